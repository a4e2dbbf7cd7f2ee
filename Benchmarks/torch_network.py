"""The paper's CIFAR networks in PyTorch."""

from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3x3 convolutions and, unless plain, a shortcut: A pads zeros, B and C project."""

    def __init__(self, inputs, outputs, stride, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.is_plain = shortcut == "plain"
        self.stride = stride
        self.added_channels = outputs - inputs
        projects = shortcut == "C" or (shortcut == "B" and stride == 2)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride) if projects else None

    def around(self, x):
        if self.shortcut is not None:
            return self.shortcut(x)
        if self.stride == 1:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y if self.is_plain else y + self.around(x))


class Network(nn.Module):
    """The paper's network of 6n+2 layers."""

    def __init__(self, depth, shortcut):
        super().__init__()
        blocks = []
        inputs = 16
        for outputs in (16, 32, 64):
            for _ in range((depth - 2) // 6):
                blocks.append(Block(inputs, outputs, outputs // inputs, shortcut))
                inputs = outputs
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(x.mean((2, 3)))
