"""A Lightning module's records: told to callbacks and loggers, kept in checkpoints."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import torch

from mtkd.finite import check_finite
from mtkd.lean import LeanModule
from mtkd.onpolicy import OnPolicy
from mtkd.recipe import Recipe
from mtkd.recorder import PER_POSITION, History, Recorder
from mtkd.tallies import Counts
from mtkd.teachers import TeacherSource

ENTRY = "mtkd"
"""Key of a Lightning checkpoint: teachers' identities by name, in their order, and the history."""


class RecordingModule(LeanModule):
    """A module with a history, which checkpoints keep, and teachers, whom they only name."""

    teachers: dict[str, TeacherSource]
    recipe: Recipe
    on_policy: OnPolicy | None
    records: dict[str, Recorder]
    history: History
    counts: Counts
    log_every: int

    @property
    def fitting(self) -> bool:
        """Whether a trainer trains it, rather than validating or predicting with what is there."""
        return self._trainer is not None and self.trainer.state.fn == "fit"

    def on_train_batch_end(self, outputs: object, batch: object, batch_index: int) -> None:
        self._flush_if_due()

    def on_validation_start(self) -> None:
        self.records["val"].clear()  # one that broke off is no part of this one

    def on_validation_epoch_end(self) -> None:
        """Tell callbacks and loggers the averages over all devices."""
        if self.trainer.sanity_checking:
            return
        totals = torch.tensor(self.records["val"].totals(), device=self.device)
        if self.trainer.world_size > 1:
            totals = self.trainer.strategy.reduce(totals, reduce_op="sum")
        for name, (total, count) in zip(PER_POSITION, totals.tolist(), strict=True):
            if count:
                self.log(f"val/{name}", total / count, sync_dist=True)
        self._flush("val")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.fitting:  # Lightning saves after a step before it calls the last hook of that step
            self._flush_if_due()
        history = copy.deepcopy(self.history.as_json())
        checkpoint[ENTRY] = {"teachers": _identities(self.teachers), "history": history}

    def on_load_checkpoint(self, checkpoint: Mapping[str, Any]) -> None:
        """Go on where the checkpoint was made; a validation or a prediction changes no history.

        Raises:
            ValueError: Training would go on with other teachers, or learnt weights meet others.
        """
        saved = checkpoint.get(ENTRY)
        if saved is None or (self._trainer is not None and not self.fitting):
            return
        there, here = saved["teachers"], _identities(self.teachers)
        if self.fitting:
            others = [*there.items()] != [*here.items()]
        else:  # to predict, a student needs no teachers
            others = bool(here) and self.recipe.weighting.learns and [*there] != [*here]
        if others:
            raise ValueError(
                f"the checkpoint was made with teachers {_listed(there)}, got {_listed(here)}; "
                "give the same ones in the same order, or train anew from the student's weights"
            )
        self.history.steps = saved["history"]["step"]
        self.history.series = saved["history"]["series"]

    def _flush_if_due(self) -> None:
        step = self.global_step
        if step and step % self.log_every == 0 and not self.counts.positions:
            self._flush("train")

    def _flush(self, stage: str) -> None:
        recorder = self.records[stage]
        values = recorder.read(stage)
        if stage == "train" and self.on_policy is not None:
            values |= self.on_policy.tally.read()
            self.on_policy.tally.clear()
        if values and self.fitting:
            self.history.add(self.global_step, values)
        by_lightning = {f"val/{name}" for name in PER_POSITION}  # of all devices, by its `log`
        told = {name: value for name, value in values.items() if name not in by_lightning}
        for logger in self.loggers if told else ():
            logger.log_metrics(told, step=self.global_step)
            logger.save()
        if stage == "train":
            check_finite(values, recorder, self.recipe, self.global_step)
        recorder.clear()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Lightning averages weights in copies of the module; its teachers may be large.
        memo.update((id(source), source) for source in self.teachers.values())
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return made


def _identities(teachers: Mapping[str, TeacherSource]) -> dict[str, str]:
    return {name: str(source.identity) for name, source in teachers.items()}


def _listed(identities: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({identity})" for name, identity in identities.items()) or "none"
