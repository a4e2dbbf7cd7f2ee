"""Checks both ways between DistTrain and PyTorch on CIFAR-10's test set.

    python check_pytorch.py .build/release/disttrain model.safetensors cifar-10-batches-bin

Our model in PyTorch must make the errors that `evaluate` counts, with the probabilities that `predict`
gives; and what PyTorch saved, converted, must be evaluated to the same. Needs torch, safetensors and
ImageMagick.
"""

import json
import os
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors import safe_open

from load_in_pytorch import convert, load

program, weights, data = sys.argv[1:]
records = torch.frombuffer(
    bytearray(open(os.path.join(data, "test_batch.bin"), "rb").read()), dtype=torch.uint8
).view(10000, 3073)
labels, images = records[:, 0].long(), records[:, 1:].view(-1, 3, 32, 32)
names = "airplane automobile bird cat deer dog frog horse ship truck".split()


def run(*arguments):
    return json.loads(subprocess.run([program, *arguments], check=True, capture_output=True).stdout)


network, normalize = load(weights)
with torch.no_grad():
    logits = torch.cat([network(normalize(part / 255)) for part in images.split(500)])
errors = int((logits.argmax(1) != labels).sum())
loss = float(F.cross_entropy(logits.double(), labels))

ours = run("evaluate", "--weights", weights, "--data", data, "--json")
print("evaluate:", ours["errors"], "errors, loss", ours["loss"])
print("PyTorch: ", errors, "errors, loss", loss)
assert errors == ours["errors"] and abs(loss - ours["loss"]) < 1e-5 * max(1, loss)

with tempfile.TemporaryDirectory() as folder:
    paths = []
    for index in range(50):
        paths.append(os.path.join(folder, f"{index}.ppm"))
        with open(paths[-1], "wb") as file:
            file.write(b"P6 32 32 255\n" + bytes(images[index].permute(1, 2, 0).flatten().tolist()))
    told = run("predict", "--weights", weights, "--top", "10", "--json", *paths)
    # Logarithms of probabilities are the logits less a number of each image.
    rows = [{c["class"]: c["probability"] for c in image["classes"]} for image in told]
    got = torch.tensor([[row[name] for name in names] for row in rows], dtype=torch.double).log()
    expected = logits[: len(paths)].double().log_softmax(1)
    worst = float((got - expected).abs().max() / logits.abs().max())
    print(f"largest difference of logits: {worst:.1e} of the largest")
    assert worst < 1e-4

    torch.save({"state_dict": network.state_dict()}, os.path.join(folder, "model.pth"))
    converted = os.path.join(folder, "model.safetensors")
    convert(os.path.join(folder, "model.pth"), converted)
    with safe_open(weights, "pt") as file:
        said = file.metadata()
    back = run(
        "evaluate", "--weights", converted, "--data", data, "--json", "--network", said["network"],
        "--normalize", said["normalize"],
    )
    print("evaluate of PyTorch's file:", back["errors"], "errors, loss", back["loss"])
    assert back["errors"] == ours["errors"]
print("both ways agree")
