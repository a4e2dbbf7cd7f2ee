"""Loads a file of weights of DistTrain in PyTorch, and writes a state_dict for DistTrain.

    python load_in_pytorch.py model.safetensors               # says what it is, and its parameters
    python load_in_pytorch.py model.pth out.safetensors       # what torch.save wrote, for evaluate

Needs torch and safetensors.
"""

import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, shortcut, residual):
        super().__init__()
        stride = outputs // inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.residual, self.stride, self.added = residual, stride, outputs - inputs
        if shortcut == "C" or shortcut == "B" and stride == 2:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if hasattr(self, "shortcut"):
            y = y + self.shortcut(x)
        elif self.residual:
            y = y + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        return F.relu(y)


class Network(nn.Module):
    """Takes normalised images, [N, 3, 32, 32]."""

    def __init__(self, depth, classes, shortcut="A", residual=True, bare=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=bare)
        if not bare:
            self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, outputs in enumerate([16, 32, 64], 1):
            blocks = []
            for _ in range((depth - 2) // 6):
                blocks.append(Block(inputs, outputs, shortcut, residual))
                inputs = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(self.bn1(x)) if hasattr(self, "bn1") else x
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def load(path):
    """The network of a file, ready to evaluate, and what normalises bytes/255."""
    with safe_open(path, "pt") as file:
        said = file.metadata()
    tensors = load_file(path)
    constants = {k: tensors.pop(k) for k in list(tensors) if k.startswith("normalize.")}
    tensors = {k: v for k, v in tensors.items() if not k.startswith("momentum.")}
    network = Network(
        int(said["depth"]), int(said["classes"]), said["shortcut"],
        said["network"] == "residual", said["stem"] == "bare",
    )
    # PyTorch counts batches, which no evaluation needs; all else has to be there.
    missing = network.load_state_dict(tensors, strict=False)
    assert not missing.unexpected_keys, missing
    assert all(k.endswith("num_batches_tracked") for k in missing.missing_keys), missing

    def normalize(images):
        if said["normalize"] == "image-mean":
            return images - images.mean((2, 3), keepdim=True)
        centred = images - constants["normalize.mean"]
        return centred / constants["normalize.std"] if "normalize.std" in constants else centred

    return network.eval(), normalize


def convert(source, target):
    """Writes a state_dict, or a checkpoint that holds one, as safetensors."""
    state = torch.load(source, map_location="cpu", weights_only=True)
    state = state.get("state_dict", state)
    save_file({k: v.contiguous() for k, v in state.items()}, target)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        convert(sys.argv[1], sys.argv[2])
    else:
        network, _ = load(sys.argv[1])
        print(network)
        print(sum(p.numel() for p in network.parameters()), "parameters")
