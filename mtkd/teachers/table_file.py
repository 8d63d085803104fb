"""The file of a recorded teacher, written while its answers come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mtkd.files import making, writing
from mtkd.signals import Signal
from mtkd.teachers.stored import as_bytes, file_layout, kind_of, read_signal, stored_rows
from mtkd.teachers.table import refuse_apart

if TYPE_CHECKING:
    from mtkd.teachers.cached import CachedTeacher

COPIED = 64
"""Rows in memory at one time where a table is written again."""

Told = Callable[[int], None]
"""Gets the length of a file in bytes before it is made, and may refuse it."""


@contextmanager
def table_file(
    path: Path, example_id: Tensor, identity: str, told: Told = lambda length: None
) -> Iterator[TableFile]:
    """A table to add rows to; its file is there when the block ends.

    Args:
        path: Of the file.
        example_id: `[row]` int64, of all that will be added; equal ones have one row.
        identity: The teacher's content hash.
        told: See `Told`.

    Raises:
        ValueError: Ids without a row. After this or any other error nothing is left.
    """
    for left in path.parent.glob(f".{path.name}.*~"):  # by a process that was killed
        left.unlink(missing_ok=True)
    with making(path) as temporary:
        table = TableFile(path, temporary, example_id.cpu().unique(), identity, told)
        yield table
        missing = int((~table.added).sum())
        if missing:
            raise ValueError(f"the table of teacher {identity} lacks {missing} of its rows")


class TableFile:
    """Writes rows to their places among the ids, so that few are in memory at one time.

    Args:
        path: What the file will be called.
        temporary: What it is called until then.
        ids: `[row]` int64, rising.
        identity, told: See `table_file`.
    """

    def __init__(self, path: Path, temporary: Path, ids: Tensor, identity: str, told: Told) -> None:
        self.path, self.temporary, self.ids = path, temporary, ids
        self.identity, self.told = identity, told
        self.added = torch.zeros(len(ids), dtype=torch.bool)
        self.kind = ""
        self.forms: dict[str, Tensor] = {}
        self.starts: dict[str, int] = {}

    def add(self, said: CachedTeacher) -> None:
        """Write the rows of some ids; of an id that has a row already, that one stays.

        Raises:
            ValueError: They are of another kind than those before, or say something else of an id.
            OSError: See `mtkd.files.writing`.
        """
        ids, signal = said.example_id.cpu(), said.signal
        self._check_kind(signal)
        places = torch.searchsorted(self.ids, ids)
        assert torch.equal(self.ids[places], ids)
        known = self.added[places]
        fresh = signal.map(itemgetter(~known)) if known.any() else signal
        with writing(self.path):
            self._make_room(signal)
            if not known.all():
                self._put(self.temporary, fresh, places[~known])
        self.added[places] = True
        if known.any():
            first = self._so_far().map(itemgetter(places[known]))
            again = signal.map(lambda values: values.cpu()[known])
            refuse_apart(ids[known], first, again, self.identity)

    def _check_kind(self, signal: Signal) -> None:
        kind = kind_of(signal)
        self.kind = self.kind or kind
        if kind != self.kind:
            raise ValueError(
                f"a source answers in several ways ({'; '.join(sorted({kind, self.kind}))}) and "
                "cannot be recorded; let it answer every batch in the same way"
            )

    def _make_room(self, signal: Signal) -> None:
        """Make the file in its whole length; anew for rows of a wider type or not all present."""
        rows, head, said = stored_rows(signal)
        # No row of each tensor: `cat` finds the type that holds what came and what comes.
        forms = {name: values[:0].cpu() for name, values in rows.items()}
        forms = {n: torch.cat([f, forms.get(n, f)]) for n, f in (forms | self.forms).items()}
        if _types(forms) == _types(self.forms):
            return
        before = self._so_far() if self.forms else None
        whole = head | {"example_id": self.ids}
        sizes = {name: (form, len(self.ids)) for name, form in forms.items()}
        sizes |= {name: (values, len(values)) for name, values in whole.items()}
        start, self.starts, length = file_layout(sizes, {**said, "identity": self.identity})
        self.told(length)
        self.forms = forms
        with making(self.temporary) as fresh:
            with fresh.open("wb") as file:
                file.write(start)
                file.truncate(length)
                for name, values in whole.items():
                    file.seek(self.starts[name])
                    file.write(as_bytes(values).data)
            if before is not None:
                for places in self.added.nonzero()[:, 0].split(COPIED):
                    self._put(fresh, before.map(itemgetter(places)), places)

    def _put(self, path: Path, signal: Signal, places: Tensor) -> None:
        rows, *_ = stored_rows(signal)
        if "present" in self.forms and signal.present is None:
            rows["present"] = torch.ones(signal.shape, dtype=torch.bool)
        cuts = [0, *((places.diff() != 1).nonzero()[:, 0] + 1).tolist(), len(places)]
        with path.open("r+b") as file:
            for name, form in self.forms.items():
                content = as_bytes(rows[name].to("cpu", form.dtype))
                size = content.shape[1]
                for begin, end in pairwise(cuts):  # neighbours are written at once
                    file.seek(self.starts[name] + int(places[begin]) * size)
                    file.write(content[begin:end].data)

    def _so_far(self) -> Signal:
        return read_signal(self.temporary, self.identity)[1]


def _types(forms: Mapping[str, Tensor]) -> dict[str, torch.dtype]:
    return {name: form.dtype for name, form in forms.items()}
