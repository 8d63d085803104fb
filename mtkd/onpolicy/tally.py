"""How much the student wrote, and how much of the learning it was."""

from __future__ import annotations

import torch
from torch import Tensor

from mtkd.objective import Objective
from mtkd.onpolicy.writing import Text


class Tally:
    """Counts since the last reading; tensors stay where they are until read."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._positions = {True: 0, False: 0}
        self._texts: list[Tensor] = []
        self._rows = 0
        self._soft: list[Tensor] = []

    def wrote(self, text: Text) -> None:
        """Text that was just written."""
        self._rows += len(text.ended)
        self._texts.append(torch.stack([text.present.sum(), text.ended.sum()]))

    def learnt(self, objective: Objective, own: bool) -> None:
        """A batch that was learnt from, the student's `own` or the data's."""
        self._positions[own] += objective.count
        if own:
            self._soft.append(objective.soft.detach())

    def read(self) -> dict[str, float]:
        """Numbers by name; each only if there is something to count.

        `on_policy_share` is the part of the counted positions that the student wrote,
        `on_policy_length` the mean number of tokens in a text, `on_policy_ended` the share of
        texts that ended by an end token, `on_policy_soft` the mean distance to the teachers on the
        student's own text.
        """
        values: dict[str, float] = {}
        own, counted = self._positions[True], sum(self._positions.values())
        if counted:
            values["train/on_policy_share"] = own / counted
        if own:
            values["train/on_policy_soft"] = float(torch.stack(self._soft).sum()) / own
        if self._rows:
            tokens, ended = torch.stack(self._texts).sum(dim=0).tolist()
            values["train/on_policy_length"] = tokens / self._rows
            values["train/on_policy_ended"] = ended / self._rows
        return values
