"""Checks the ONNX model that `export` writes, with ONNX's own checker and runtime.

    python check_onnx.py .build/release/disttrain model.safetensors cifar-10-batches-bin

It must make the errors that `evaluate` counts on CIFAR-10's test set, with the probabilities that
`predict` gives. Needs onnx, onnxruntime, numpy and ImageMagick.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

program, weights, data = sys.argv[1:]
records = np.fromfile(os.path.join(data, "test_batch.bin"), np.uint8).reshape(10000, 3073)
labels, images = records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32)
names = "airplane automobile bird cat deer dog frog horse ship truck".split()


def run(*arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True).stdout


def log_softmax(logits):
    logits = logits.astype(np.float64) - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "model.onnx")
    run("export", "--weights", weights, "--onnx", path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    print("opset", model.opset_import[0].version, "with", len(model.graph.node), "nodes:",
          " ".join(sorted({node.op_type for node in model.graph.node})))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits = np.concatenate([
        session.run(["logits"], {"images": part.astype(np.float32) / 255})[0]
        for part in np.split(images, 20)
    ])
    errors = int((logits.argmax(1) != labels).sum())
    loss = float(-log_softmax(logits)[np.arange(len(labels)), labels].mean())
    ours = json.loads(run("evaluate", "--weights", weights, "--data", data, "--json"))
    print("evaluate:   ", ours["errors"], "errors, loss", ours["loss"])
    print("onnxruntime:", errors, "errors, loss", loss)
    assert errors == ours["errors"] and abs(loss - ours["loss"]) < 1e-5 * max(1, loss)

    paths = []
    for index in range(50):
        paths.append(os.path.join(folder, f"{index}.ppm"))
        with open(paths[-1], "wb") as file:
            file.write(b"P6 32 32 255\n" + images[index].transpose(1, 2, 0).tobytes())
    told = json.loads(run("predict", "--weights", weights, "--top", "10", "--json", *paths))
    rows = [{c["class"]: c["probability"] for c in image["classes"]} for image in told]
    got = np.log([[row[name] for name in names] for row in rows])
    worst = np.abs(got - log_softmax(logits[: len(paths)])).max() / np.abs(logits).max()
    print(f"largest difference of logits: {worst:.1e} of the largest")
    assert worst < 1e-4
print("the ONNX model agrees")
