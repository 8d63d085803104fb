"""The Lightning module: wiring, the one division, and records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from mtkd.asking import ask
from mtkd.built import check_replaced
from mtkd.counting import counted, counted_positions
from mtkd.given import check_batch, check_parts, told_labels
from mtkd.memory import OBJECTIVE_ADVICE, STUDENT_ADVICE, told_memory
from mtkd.objective import Objective, distillation_objective
from mtkd.onpolicy import OnPolicy
from mtkd.optimizers import check_optimizer
from mtkd.outputs import answered
from mtkd.reached import Reached, nothing, trained
from mtkd.recipe import Recipe
from mtkd.recorder import History, Recorder
from mtkd.recording import RecordingModule
from mtkd.sharding import split
from mtkd.tallies import Counts, over_devices
from mtkd.teachers import Batch, TeacherSource


class Distiller(RecordingModule):
    """A student that learns from labels and from any number of teachers.

    The teachers live in a plain dictionary: they are not in the module tree, so they are never
    trained, put into train mode, moved, or saved in a checkpoint.

    A subclass that overrides one of Lightning's hooks calls `super()` in it. Outside of a trainer,
    `objective(batch)` gives what a loop of one's own needs: its `loss` over its `count`.

    Args:
        student: Takes a batch, returns a `ModelOutput`.
        teachers: Sources by name; empty: the student learns from labels only.
        recipe: What is minimised. Its loss and weighting are trained if they have parameters.
        optimizer: Makes the optimizer from the trainable parameters, `(name, parameter)` pairs.
        width: Width of the student's hidden state, for weightings that read it.
        log_every: Optimizer steps between two records of averages. Accuracy, confidence and the
            teachers' distance, agreement, entropy and coverage are of the first batch of each.
        on_policy: How batches of prompts become text of the student's own; None: there are none.

    Raises:
        ValueError: `on_policy` does not go with the recipe or the teachers.
        TypeError: A part is of another kind, such as a list of teachers or an optimizer that was
            made already. Batches and models' answers of another kind are told when they come.
    """

    def __init__(
        self,
        student: nn.Module,
        teachers: Mapping[str, TeacherSource],
        recipe: Recipe,
        optimizer: Callable[[Iterable[tuple[str, nn.Parameter]]], Optimizer],
        *,
        width: int | None = None,
        log_every: int = 10,
        on_policy: OnPolicy | None = None,
    ) -> None:
        super().__init__()
        check_parts(student, teachers, recipe, optimizer)
        if teachers:
            recipe.weighting.prepare(tuple(teachers), width)
        if on_policy is not None:
            on_policy.prepare(recipe, teachers, width)
        self.student, self.loss, self.weighting = student, recipe.loss, recipe.weighting
        self.teachers, self.recipe, self.on_policy = dict(teachers), recipe, on_policy
        self.make_optimizer, self.log_every = optimizer, log_every
        self.records = {"train": Recorder(tuple(teachers)), "val": Recorder(tuple(teachers))}
        self.history = History()
        self.counts, self.reached = Counts(), Reached()

    def configure_model(self) -> None:
        """Split the student over devices, if the strategy has a mesh of them."""
        if self.device_mesh is not None:
            split(self, self.student, self.device_mesh)

    def forward(self, batch: Batch, detail: bool = False) -> Objective:
        """The objective; a student that is split over devices has its head whole in here only."""
        return self.objective(batch, detail)

    def objective(self, batch: Batch, detail: bool = False) -> Objective:
        """Sums over the counted positions of one batch."""
        check_replaced(self.recipe, self.loss, self.weighting)
        check_batch(batch)
        own = self.on_policy if "written" in batch else None
        recipe = self.recipe if own is None else own.recipe(self.recipe)
        with told_memory("the student", STUDENT_ADVICE):
            output = answered(self.student, batch, "the student")
        # Other devices wait for this one's part, even if nothing of it counts.
        idle = self.device_mesh is not None and not bool(batch["mask"].any())
        signals = ask({} if idle else self.teachers, batch, output, recipe, self.training)
        student, signals, labels, examples = counted_positions(output, signals, batch)
        told = told_memory("the objective", OBJECTIVE_ADVICE)
        with told, told_labels(labels, student.classes):
            if own is not None and own.gradient is not None:
                pick = counted(batch["mask"])
                written, drawn = pick(batch["written"]), pick(batch["drawn"])
                return own.gradient.objective(student, signals, written, drawn, examples, recipe)
            return distillation_objective(student, signals, labels, examples, recipe, detail=detail)

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Sum over positions; the division happens in `optimizer_step`."""
        self.counts.begin(self.global_step)
        if "draw" in batch:
            assert self.on_policy is not None, "a batch of prompts needs on_policy"
            if not len(batch["inputs"]):  # the last prompts of an epoch are other devices'
                return nothing(trained(self))
            batch = self.on_policy.written(self.student, batch)
        check_batch(batch)
        own = "written" in batch
        if not self.counts.useful(batch):
            if self.device_mesh is None:
                return nothing(trained(self))
            return self._total(self(batch), own)
        objective = self(batch, detail=self.records["train"].lacks(batch))
        self.records["train"].add(objective, batch)
        self.counts.positions += objective.count
        if self.on_policy is not None:
            self.on_policy.tally.learnt(objective, own)
        loss = self._total(objective, own)
        loss = self.reached.complete(loss, self)
        # Lightning divides by the accumulated batches; the one division is ours.
        batches = self.trainer.accumulate_grad_batches
        return loss * batches if batches > 1 else loss

    def _total(self, objective: Objective, own: bool) -> Tensor:
        """The objective, and what the weighting learns from the data's text."""
        recipe = self.recipe
        learns = recipe.hard_share < 1 and recipe.weighting.learns and not own
        return objective.loss + objective.own if learns else objective.loss

    def optimizer_step(
        self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Any = None
    ) -> None:
        """A step whose gradients are divided before callbacks and subclasses look at them."""

        def closure() -> Any:
            loss = optimizer_closure()
            # Without a gradient a scaler of float16's has nothing to scale back: None skips it.
            return loss if self._divide() else None

        super().optimizer_step(epoch, batch_idx, optimizer, closure)

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        self._divide()  # where a subclass steps in its own way

    def _divide(self) -> bool:
        """The one division: by the positions counted since the last step, on all devices.

        Returns whether there is anything to step along.
        """
        if not self.counts.pending:
            return True
        groups = [group for one in self.trainer.optimizers for group in one.param_groups]
        parameters = {p: None for group in groups for p in group["params"]}
        counted = self.counts.divide(parameters, partial(over_devices, self, "mean"))
        self.reached.release(self)
        return counted

    def on_train_epoch_end(self) -> None:
        self.counts.end_epoch(partial(over_devices, self, "sum"))

    def on_train_start(self) -> None:
        # What a training that broke off left behind is no part of this one.
        self.counts, self.reached = Counts(), Reached()
        self.records["train"].clear()
        if self.on_policy is not None:
            self.on_policy.tally.clear()
        if self.global_rank:  # what was asked before stands in the first process's sum
            for source in self.teachers.values():
                source.asked = source.skipped = 0

    def on_train_end(self) -> None:
        self._flush("train")
        for source in {id(one): one for one in self.teachers.values()}.values():
            source.asked, source.skipped = (
                int(over_devices(self, "sum", count)) for count in (source.asked, source.skipped)
            )

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        check_batch(batch)
        if bool(batch["mask"].any()):
            self.records["val"].add(self(batch, detail=True), batch)

    def predict_step(self, batch: Batch, batch_index: int) -> Tensor:
        """The student's logits, `[batch, ..., classes]`."""
        return answered(self.student, batch, "the student").dense()

    def configure_optimizers(self) -> Optimizer:
        # With their names, which torch's optimizers take too: groups are chosen by name.
        named = [(name, p) for name, p in self.named_parameters() if p.requires_grad]
        return check_optimizer(self.make_optimizer(named))
