"""Errors of trained weights in PyTorch, with the running statistics they came with and with new ones.

  PYTHON torch_statistics.py MODEL.safetensors... [--images 20000] [--data FOLDER]

PYTHON is an interpreter that has PyTorch and safetensors. New statistics are the means over minibatches
of 128 training images, cropped and mirrored as in training, by the final weights; if running statistics
lagged behind the weights, or were wrong, the test error would fall with the new ones. The training
error is that of the same minibatches, by their own statistics, as in training.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

from torch_training import BATCH, augmented, data_parser, errors, read_all, test_error

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "Examples"))
from load_in_pytorch import load  # noqa: E402


def renew_statistics(model, images, labels, count):
    """Sets running statistics to means over minibatches; returns the error on those."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    padded = F.pad(images, (4, 4, 4, 4))
    chosen = torch.randperm(len(labels))[: count // BATCH * BATCH]
    model.train()
    with torch.no_grad():
        wrong = sum(errors(model(augmented(padded, part)), labels[part])
                    for part in chosen.split(BATCH))
    return wrong / len(chosen)


def compare(path, data, count):
    """Prints the errors of a model before and after its statistics are renewed."""
    model, normalize = load(path)
    training, labels, test, test_labels = data
    training, test = normalize(training), normalize(test)
    torch.manual_seed(1)
    print(f"test error, running statistics: {test_error(model, test, test_labels):.4f}", flush=True)
    print(f"training error: {renew_statistics(model, training, labels, count):.4f}", flush=True)
    print(f"test error, new statistics: {test_error(model, test, test_labels):.4f}", flush=True)


def main():
    parser = data_parser(__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--images", type=int, default=20000)
    options = parser.parse_args()
    data = read_all(options.data)
    print(f"PyTorch {torch.__version__}")
    for path in options.models:
        print(path)
        compare(path, data, options.images)


main()
