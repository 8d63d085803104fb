"""Small classifiers of short texts that read bytes: a bag of n-grams, a convolution, a transformer.

Each takes a batch whose `inputs` are `[batch, length]` bytes, 0 where the text has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtkd.students import Classifier

BYTES = 256
PRIME = 0x01000193
"""Of the FNV hash (http://www.isthe.com/chongo/tech/comp/fnv)."""


class ByteNgrams(Classifier):
    """Mean of hashed n-gram embeddings, then a linear head: a linear model of low rank.

    Args:
        classes: Number of classes.
        buckets: Rows of the embedding table; n-grams that fall together share one.
        width: Length of an embedding.
        sizes: Lengths n of the n-grams, in bytes.
    """

    def __init__(
        self,
        classes: int,
        buckets: int = 16384,
        width: int = 32,
        sizes: Sequence[int] = (2, 3, 4, 5),
    ) -> None:
        if buckets < 1 or width < 1 or not sizes or min(sizes) < 1:
            raise ValueError(
                f"buckets, width and sizes must be positive, got {buckets}, {width}, {list(sizes)}"
            )
        super().__init__(_Bag(buckets, width, sizes), width, classes)


class _Bag(nn.Module):
    def __init__(self, buckets: int, width: int, sizes: Sequence[int]) -> None:
        super().__init__()
        self.buckets, self.sizes = buckets, tuple(sizes)
        self.table = nn.EmbeddingBag(buckets + 1, width, mode="mean", padding_idx=buckets)

    def forward(self, texts: Tensor) -> Tensor:
        return self.table(torch.cat([self._hashed(texts, size) for size in self.sizes], dim=1))

    def _hashed(self, texts: Tensor, size: int) -> Tensor:
        """`[batch, length]`: the bucket of the n-gram that starts at each byte."""
        padded = nn.functional.pad(texts, (0, size - 1))
        grams = padded.unfold(1, size, 1)
        mixed = torch.full_like(texts, size)
        for place in range(size):
            mixed = (mixed * PRIME + grams[..., place]) & 0x7FFFFFFF
        return torch.where(grams[..., -1] > 0, mixed % self.buckets, self.buckets)


class ByteConvolution(Classifier):
    """Two convolutions over byte embeddings and a maximum over the text.

    Args:
        classes: Number of classes.
        width: Channels; the hidden state is as wide.
        reach: Bytes that a convolution sees, odd.
    """

    def __init__(self, classes: int, width: int = 128, reach: int = 5) -> None:
        if width < 2 or reach < 1 or reach % 2 == 0:
            raise ValueError(f"width must be at least 2 and reach odd, got {width} and {reach}")
        super().__init__(_Convolved(width, reach), width, classes)


class _Convolved(nn.Module):
    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(BYTES, width // 2, padding_idx=0)
        self.first = nn.Conv1d(width // 2, width, reach, stride=2, padding=reach // 2)
        self.second = nn.Conv1d(width, width, reach, stride=2, padding=reach // 2)

    def forward(self, texts: Tensor) -> Tensor:
        seen = self.embed(texts).transpose(1, 2)
        found = self.second(self.first(seen).relu()).relu()
        return found.amax(dim=2)


class ByteTransformer(Classifier):
    """A convolution that shortens the text four times, then transformer layers, then their mean.

    Args:
        classes: Number of classes.
        width: Of the hidden state, a multiple of `heads`.
        layers: Transformer layers.
        heads: Attention heads.
        length: Longest text, in bytes.
    """

    def __init__(
        self, classes: int, width: int = 96, layers: int = 2, heads: int = 4, length: int = 96
    ) -> None:
        if width % heads or layers < 1 or length < 4:
            raise ValueError(
                f"width must be a multiple of heads, layers at least 1 and length at least 4, got "
                f"{width}, {heads}, {layers} and {length}"
            )
        super().__init__(_Attended(width, layers, heads, length), width, classes)


class _Attended(nn.Module):
    def __init__(self, width: int, layers: int, heads: int, length: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(BYTES, width // 2, padding_idx=0)
        self.shorten = nn.Conv1d(width // 2, width, kernel_size=7, stride=4, padding=3)
        self.places = nn.Parameter(0.02 * torch.randn(-(-length // 4), width))
        # Dropout 0: a student and its control draw nothing but batches.
        make = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(make, layers, nn.LayerNorm(width), False)

    def forward(self, texts: Tensor) -> Tensor:
        pieces = self.shorten(self.embed(texts).transpose(1, 2)).transpose(1, 2)
        there = (texts > 0)[:, ::4]
        seen = self.layers(pieces + self.places[: pieces.shape[1]], src_key_padding_mask=~there)
        weights = there.unsqueeze(-1).to(seen.dtype)
        return (seen * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
