"""The Lightning module: wiring, the one division, and records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from mtkd.objective import Objective, distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.recorder import History, Recorder
from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource


class Distiller(pl.LightningModule):
    """A student that learns from labels and from any number of teachers.

    The teachers live in a plain dictionary: they are not in the module tree, so they are never
    trained, put into train mode, moved, or saved in a checkpoint.

    Args:
        student: Takes a batch, returns a `ModelOutput`.
        teachers: Sources by name; empty: the student learns from labels only.
        recipe: What is minimised. Its loss and weighting are trained if they have parameters.
        optimizer: Makes the optimizer from the trainable parameters.
        width: Width of the student's hidden state, for weightings that read it.
        log_every: Optimizer steps between two records of averages.
    """

    def __init__(
        self,
        student: nn.Module,
        teachers: Mapping[str, TeacherSource],
        recipe: Recipe,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        *,
        width: int | None = None,
        log_every: int = 10,
    ) -> None:
        super().__init__()
        if teachers:
            recipe.weighting.prepare(tuple(teachers), width)
        self.student, self.loss, self.weighting = student, recipe.loss, recipe.weighting
        self.teachers, self.recipe = dict(teachers), recipe
        self.make_optimizer, self.log_every = optimizer, log_every
        self.records = {"train": Recorder(tuple(teachers)), "val": Recorder(tuple(teachers))}
        self.history = History()
        # A dictionary, because assigning a module's attribute is slow and happens every step.
        self.counted = {"positions": 0}

    def objective(self, batch: Batch, detail: bool = False) -> Objective:
        """Sums over the counted positions of one batch."""
        output: ModelOutput = self.student(batch)
        wanted = self._wanted(output, batch)
        signals = [
            source(batch, None if wanted is None else wanted[index])
            for index, source in enumerate(self.teachers.values())
        ]
        student, signals, labels, examples = counted_positions(output, signals, batch)
        return distillation_objective(
            student, signals, labels, examples, self.recipe, detail=detail
        )

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Sum over positions; the division happens in `on_before_optimizer_step`."""
        objective = self.objective(batch, detail=batch_index % self.log_every == 0)
        self.records["train"].add(objective)
        self.counted["positions"] += objective.count
        learns = self.recipe.hard_share < 1 and self.weighting.learns
        loss = objective.loss + objective.own if learns else objective.loss
        # Lightning divides by the accumulated batches; the one division is ours.
        batches = self.trainer.accumulate_grad_batches
        return loss * batches if batches > 1 else loss

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Divide the summed gradients by the positions counted since the last step.

        Averaging inside each batch would weigh positions by how the batch was split over
        accumulation steps and devices (TRL issue 4719, verl issue 7200).
        """
        counted: Tensor | float = float(self.counted["positions"])
        if self.trainer.world_size > 1:
            here = torch.tensor(counted, device=self.device)
            counted = self.trainer.strategy.reduce(here, reduce_op="mean")
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        gradients = [p.grad for p in parameters if p.grad is not None]
        torch._foreach_div_(gradients, float(counted) or 1.0)
        self.counted["positions"] = 0

    def __setattr__(self, name: str, value: Any) -> None:
        # Lightning notes the hook it is in, forty times a step; torch's way to set a module's
        # attribute looks for parameters first and costs 5 % of a small student's step.
        if name == "_current_fx_name":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def on_train_batch_end(self, outputs: object, batch: object, batch_index: int) -> None:
        if (
            self.global_step
            and self.global_step % self.log_every == 0
            and not self.counted["positions"]
        ):
            self._flush("train")

    def on_train_end(self) -> None:
        self._flush("train")

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        self.records["val"].add(self.objective(batch, detail=True))

    def on_validation_epoch_end(self) -> None:
        self._flush("val")

    def configure_optimizers(self) -> Optimizer:
        return self.make_optimizer(p for p in self.parameters() if p.requires_grad)

    def _wanted(self, output: ModelOutput, batch: Batch) -> Tensor | None:
        """`[teacher, batch]`, the examples worth asking each teacher about; None: all."""
        if not (self.teachers and self.training and self.weighting.learns):
            return None
        numbers = example_numbers(batch["labels"])
        with torch.no_grad():
            return self.weighting.select(output.dense(), output.hidden, numbers)

    def _flush(self, stage: str) -> None:
        values = self.records[stage].read(stage)
        self.records[stage].clear()
        if not values:
            return
        self.history.add(self.global_step, values)
        if self.logger is not None:
            self.logger.log_metrics(values, step=self.global_step)


def counted_positions(
    output: ModelOutput, signals: list[Signal], batch: Batch
) -> tuple[ModelOutput, list[Signal], Tensor, Tensor]:
    """Student, signals, labels and example numbers, flattened to the positions that count.

    The mask is applied here, once; everything behind this line sees counted positions only.

    Raises:
        ValueError: A signal or the student covers other positions than the labels do.
    """
    mask, labels = batch["mask"], batch["labels"]
    for who, shape in [("the student", output.shape), *_shapes(signals)]:
        if shape != tuple(labels.shape):
            raise ValueError(
                f"{who} speaks about positions {list(shape)}, the labels about "
                f"{list(labels.shape)}; shift and align in the data module, nowhere else"
            )
    axes = labels.dim()
    rows = None if bool(mask.all()) else mask.flatten().nonzero().squeeze(-1)

    def pick(values: Tensor) -> Tensor:
        flat = values if axes == 1 else values.flatten(0, axes - 1)
        return flat if rows is None else flat[rows]

    picked = [signal.map(pick) for signal in signals]
    return output.map(pick), picked, pick(labels), pick(example_numbers(labels))


def example_numbers(labels: Tensor) -> Tensor:
    """`[batch, ...]` integers from 0: which example of the batch each position belongs to."""
    numbers = torch.arange(len(labels), device=labels.device)
    return numbers.reshape(-1, *[1] * (labels.dim() - 1)).expand(labels.shape)


def _shapes(signals: list[Signal]) -> list[tuple[str, tuple[int, ...]]]:
    return [(f"teacher {number}", signal.shape) for number, signal in enumerate(signals, start=1)]
