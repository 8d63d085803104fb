"""Small networks for images of digits; each takes a batch and returns a `ModelOutput`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from einops.layers.torch import Rearrange
from torch import Tensor, nn

from mtkd.outputs import ModelOutput, OutputHead

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


def started(layer: Layer) -> Layer:
    """`layer` with normal weights of variance 2 / inputs and biases of 0.

    He et al. 2015, equation 10, https://arxiv.org/abs/1502.01852, for layers followed by ReLU.
    With PyTorch's smaller default a student of 24 units is far from trained after 600 steps.
    """
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Classifier(nn.Module):
    """A body that makes features and a linear head, handed over apart.

    Args:
        body: `[batch, ...]` inputs to `[batch, width]` features.
        width: Features at the head.
        classes: Number of classes.
    """

    def __init__(self, body: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.body = body
        self.head = started(nn.Linear(width, classes))
        self.width = width

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Hidden states and head for `batch["inputs"]`."""
        hidden = self.body(batch["inputs"])
        return ModelOutput(hidden=hidden, head=OutputHead(self.head.weight, self.head.bias))


class MLP(Classifier):
    """Fully connected layers with ReLU between them.

    Args:
        inputs: Number of features of an example.
        hidden: Width of each hidden layer, at least one.
        classes: Number of classes.
    """

    def __init__(self, inputs: int = 64, hidden: Sequence[int] = (24,), classes: int = 10) -> None:
        if not hidden or min(hidden) < 1:
            raise ValueError(f"hidden must list at least one positive width, got {list(hidden)}")
        widths = [inputs, *hidden]
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(widths):
            layers += [started(nn.Linear(before, after)), nn.ReLU()]
        super().__init__(nn.Sequential(*layers), widths[-1], classes)


class ConvNet(Classifier):
    """Two convolutions and one pooling for small square images given as rows of pixels.

    Args:
        side: Height and width of the image; even.
        channels: Channels of the first convolution; the second has twice as many.
        classes: Number of classes.
    """

    def __init__(self, side: int = 8, channels: int = 16, classes: int = 10) -> None:
        if side < 2 or side % 2:
            raise ValueError(f"side must be an even number of pixels, got {side}")
        width = 2 * channels * (side // 2) ** 2
        body = nn.Sequential(
            nn.Flatten(),
            Rearrange("batch (height width) -> batch 1 height width", height=side, width=side),
            started(nn.Conv2d(1, channels, kernel_size=3, padding=1)),
            nn.ReLU(),
            started(nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1)),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        super().__init__(body, width, classes)
