"""A split of a data set: inputs, labels and content ids, checked once and batched by indexing."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

NO_LABEL = -1
"""Label of an item that belongs to none of the classes."""

Batch = dict[str, Tensor]


def content_ids(inputs: Tensor) -> Tensor:
    """`[n]` int64, one for each row of `[n, ...]`: BLAKE2b with 8 bytes of the row's own bytes.

    Equal rows have equal ids, wherever they stand and whatever surrounds them. The bytes are
    those of the row's dtype, so the same numbers in another dtype have other ids.
    """
    rows = np.ascontiguousarray(inputs.numpy(force=True))
    digests = b"".join(blake2b(row.tobytes(), digest_size=8).digest() for row in rows)
    return torch.from_numpy(np.frombuffer(digests, dtype="<i8").astype(np.int64))


@dataclass(frozen=True, eq=False)
class Examples:
    """Items of one split or domain, in a fixed order.

    Whoever holds an `Examples` may rely on: at least one item, finite inputs, labels within
    the classes or -1, equal lengths, and ids that are the hash (`content_ids`) of the
    inputs, with `token_type_ids` behind them if the extras have those.

    Attributes:
        inputs: `[n, ...]`, float32, or integers for tokens.
        labels: `[n]` or, for tokens, `[n, length]`, int64 in [-1, classes); -1 says that no
            class is right, or that nothing is predicted there. Labels are shifted already:
            `labels[:, i]` is what position i predicts. Tokens and their labels may both be int32,
            to take half the room: batches and ids are those of int64.
        classes: How many classes there are.
        name: What error sentences call this split.
        metadata: `[n]` arrays by name: declared properties of the items, true in every split
            because they were computed on the whole data set. Boolean ones name parts of it.
        extras: `[n, ...]` tensors by name that every batch carries too, such as
            `attention_mask [n, length]`.

    Raises:
        ValueError: One of the above does not hold; the sentence names the row and the value.
    """

    inputs: Tensor
    labels: Tensor
    classes: int
    name: str = "examples"
    metadata: Mapping[str, np.ndarray] = field(default_factory=dict)
    extras: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_inputs()
        self._check_labels()

    @cached_property
    def ids(self) -> Tensor:
        """`[n]` int64 content ids, hashed when first asked for."""
        read = self.inputs
        if "token_type_ids" in self.extras:  # the same tokens in another text of a pair
            read = torch.cat([read, self.extras["token_type_ids"]], dim=1)
        return torch.cat([content_ids(self.wide(part)) for part in read.split(1024)])

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """The boolean arrays of the metadata: `[n]`, true for the items of that part."""
        return {name: at for name, at in self.metadata.items() if at.dtype == np.bool_}

    def __len__(self) -> int:
        return len(self.inputs)

    def wide(self, values: Tensor) -> Tensor:
        """What is held as int32, as batches have it."""
        narrow = values.dtype == self.labels.dtype == torch.int32
        return values.long() if narrow else values

    def take(self, rows: Tensor, name: str | None = None) -> "Examples":
        """The items at `rows`: `[m]` integer positions in the order wanted, or an `[n]` mask."""
        return Examples(
            self.inputs[rows],
            self.labels[rows],
            self.classes,
            name or self.name,
            {key: values[rows.numpy()] for key, values in self.metadata.items()},
            {key: values[rows] for key, values in self.extras.items()},
        )

    def batches(self, size: int, seed: int, epoch: int) -> Iterator[Batch]:
        """Batches of `size` in an order that only (seed, epoch) and the number of items decide.

        The last batch may be shorter. A batch is `inputs [b, ...]`, `labels` and `mask` (true
        where there is a label), both `[b]` or `[b, length]`, `example_id [b]` and the extras.
        """
        order = np.random.default_rng([seed, epoch]).permutation(len(self))
        return self._batches(size, torch.from_numpy(order))

    def in_order(self, size: int) -> Iterator[Batch]:
        """Batches of `size` as in `batches`, first item first."""
        return self._batches(size, torch.arange(len(self)))

    def _batches(self, size: int, order: Tensor) -> Iterator[Batch]:
        if size < 1:
            raise ValueError(f"a batch must hold at least 1 item, got size {size}")
        return map(self._batch, order.split(size))

    def _batch(self, rows: Tensor) -> Batch:
        labels = self.wide(self.labels[rows])
        return {
            "inputs": self.wide(self.inputs[rows]),
            "labels": labels,
            "mask": labels != NO_LABEL,
            "example_id": self.ids[rows],
            **{name: self.wide(values[rows]) for name, values in self.extras.items()},
        }

    def _check_sizes(self) -> None:
        items = len(self.inputs)
        if items == 0:
            raise ValueError(f"{self.name} is empty, expected at least one item; check the split")
        by_token = not self.inputs.is_floating_point() and self.labels.shape == self.inputs.shape
        columns: dict[str, Tensor | np.ndarray] = {} if by_token else {"labels": self.labels}
        # An extra may be anything behind its first axis; labels and metadata may not.
        columns |= {
            name: values.new_empty(values.shape[:1]) for name, values in self.extras.items()
        }
        for what, values in {**columns, **self.metadata}.items():
            if values.shape != (items,):
                raise ValueError(
                    f"{self.name}: {what} has shape {tuple(values.shape)}, expected ({items},): "
                    "one for each row of the inputs"
                )

    def _check_inputs(self) -> None:
        if self.inputs.is_floating_point() and self.inputs.dtype != torch.float32:
            raise ValueError(f"{self.name}: inputs are {self.inputs.dtype}; call .float() on them")
        if not self.inputs.is_floating_point():
            return
        finite = self.inputs.isfinite().reshape(len(self), -1).all(dim=1)
        if not finite.all():
            rows = (~finite).nonzero().flatten()
            raise ValueError(
                f"{self.name}: {len(rows)} of {len(self)} rows hold NaN or infinite inputs, "
                f"first row {int(rows[0])}; repair or remove them"
            )

    def _check_labels(self) -> None:
        narrow = self.labels.dtype == self.inputs.dtype == torch.int32
        if self.labels.dtype != torch.int64 and not narrow:
            raise ValueError(f"{self.name}: labels are {self.labels.dtype}, expected torch.int64")
        wrong = ((self.labels < NO_LABEL) | (self.labels >= self.classes)).nonzero()
        if len(wrong):
            place = tuple(wrong[0].tolist())
            where = f"row {place[0]}" + (f", position {place[1]}" if len(place) > 1 else "")
            raise ValueError(
                f"{self.name}: the label of {where} is {int(self.labels[place])}, expected 0 to "
                f"{self.classes - 1}, or {NO_LABEL} for none of them; {len(wrong)} of "
                f"{math.prod(self.labels.shape)} labels are wrong"
            )
