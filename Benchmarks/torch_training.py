"""The first epochs of residual networks, recipe `paper`, in PyTorch: the peer of our learning curves.

  PYTHON torch_training.py [--depths 20,56] [--epochs 5] [--data FOLDER]

PYTHON is an interpreter that has PyTorch, such as that of the virtual environment which `compare
torch` makes. One process computes each minibatch of 128 in fp32, with batch norm over all of it.
Initial weights have the distributions of ours, drawn by PyTorch's own generator. A line per epoch of
391 iterations has the columns of evaluation.csv: the training error is that of the epoch's minibatches
as they were trained on, the test error that of running statistics.
"""

import argparse
import math
import os
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

from torch_network import Network

BATCH = 128
EPOCH = 391


def read(folder, names):
    """Images of 3 x 32 x 32 in 0…1, and labels."""
    content = b"".join((folder / name).read_bytes() for name in names)
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32).float() / 255, records[:, 0].long()


def read_all(folder):
    """Training images and labels, test images and labels."""
    training = read(folder, [f"data_batch_{part}.bin" for part in range(1, 6)])
    return *training, *read(folder, ["test_batch.bin"])


def initialize(model):
    """Normal weights of variance 2 over the number of inputs, biases 0."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            inputs = module.weight[0].numel()
            nn.init.normal_(module.weight, 0, math.sqrt(2 / inputs))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def augmented(padded, chosen):
    """Random crops of padded images, half of them mirrored."""
    count = len(chosen)
    rows = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    columns = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    return padded[chosen[:, None, None, None], torch.arange(3)[:, None, None],
                  rows[:, None, :, None], columns[:, None, None, :]]


def minibatches(samples):
    """Minibatches without end; where a permutation of the samples ends, the next one goes on."""
    order = torch.empty(0, dtype=torch.long)
    while True:
        if len(order) < BATCH:
            order = torch.cat([order, torch.randperm(samples)])
        yield order[:BATCH]
        order = order[BATCH:]


def errors(logits, labels):
    return int((logits.argmax(1) != labels).sum())


def test_error(model, images, labels):
    model.eval()
    with torch.no_grad():
        wrong = sum(errors(model(part), answers)
                    for part, answers in zip(images.split(500), labels.split(500)))
    model.train()
    return wrong / len(labels)


def train(depth, epochs, data):
    training, labels, test, test_labels = read_all(data)
    mean = training.mean(0)
    padded = F.pad(training - mean, (4, 4, 4, 4))
    test -= mean
    torch.manual_seed(1)
    model = Network(depth, "A")
    initialize(model)
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    stream = minibatches(len(labels))
    for epoch in range(1, epochs + 1):
        wrong = 0
        for _ in range(EPOCH):
            chosen = next(stream)
            images = augmented(padded, chosen).contiguous(memory_format=torch.channels_last)
            logits = model(images)
            loss = F.cross_entropy(logits, labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            wrong += errors(logits, labels[chosen])
        error = test_error(model, test, test_labels)
        print(f"residual-{depth},{epoch * EPOCH},{wrong / (EPOCH * BATCH):.4f},{error:.4f}", flush=True)


def data_parser(description):
    """A parser of flags that has --data, which is needed where CIFAR10_DIR does not say the folder."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = os.environ.get("CIFAR10_DIR")
    parser.add_argument(
        "--data", type=pathlib.Path, default=folder, required=folder is None,
        help="the folder of CIFAR-10, or CIFAR10_DIR")
    return parser


def main():
    parser = data_parser(__doc__)
    parser.add_argument("--depths", default="20,56")
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    print("network,iteration,train_error,test_error")
    for depth in map(int, options.depths.split(",")):
        train(depth, options.epochs, options.data)


if __name__ == "__main__":
    main()
