"""What is minimised: a loss, a weighting, an aggregation and the share of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtkd.allowed import check_signals
from mtkd.built import check_built
from mtkd.losses import DistillationLoss, Divergence
from mtkd.signals import Signal
from mtkd.weighting import TeacherWeighting

AGGREGATIONS = {
    "distances": "sum_k w_k D(p_k, q)",
    "probabilities": "D(sum_k w_k p_k, q)",
    "logits": "D(softmax(sum_k w_k z_k), q)",
}
"""What is weighted: the distances, the teachers' probabilities, or their logits."""

WALK = ("chunk", "compile")
"""What a config says in `trainer`, beside Lightning's options, and `Recipe` takes."""


def walk_options(trainer: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `WALK` that `trainer` says; for the others `Recipe` has defaults."""
    return {key: trainer[key] for key in WALK if key in trainer}


@dataclass(frozen=True)
class Recipe:
    """Everything the objective needs besides the batch.

    Attributes:
        loss: Distance of the student from one teacher.
        weighting: How much each teacher counts.
        aggregation: What is weighted, a key of `AGGREGATIONS`.
        hard_share: Part of the objective that comes from labels, in [0, 1].
        label_smoothing: Mass spread evenly over all classes in the labels' part, in [0, 1).
        chunk: Positions whose logits exist at one time.
        compile: Let `torch.compile` fuse what is done to a tile of logits, for losses that give
            their slope and teachers that name every class; the rest runs as it is. It takes
            seconds for each loss and number of teachers, and wants a GPU to be worth that.

    Raises:
        ValueError: A share outside its range, an unknown aggregation, an empty chunk.
        TypeError: A loss or a weighting of another kind, or one that is not set up.
    """

    loss: DistillationLoss
    weighting: TeacherWeighting
    aggregation: str = "distances"
    hard_share: float = 0.5
    label_smoothing: float = 0.0
    chunk: int = 512
    compile: bool = False

    def __post_init__(self) -> None:
        begin = f"super().__init__({'temperature' if isinstance(self.loss, Divergence) else ''})"
        check_built("loss", self.loss, DistillationLoss, "_modules", begin)
        begin = "super().__init__(granularity)"
        check_built("weighting", self.weighting, TeacherWeighting, "teachers", begin)
        if self.aggregation not in AGGREGATIONS:
            known = ", ".join(AGGREGATIONS)
            raise ValueError(f"aggregation must be one of {known}, got {self.aggregation!r}")
        if not 0 <= self.hard_share <= 1:
            raise ValueError(f"hard_share must be within [0, 1], got {self.hard_share}")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must be within [0, 1), got {self.label_smoothing}")
        if self.chunk < 1:
            raise ValueError(f"chunk must be at least 1 position, got {self.chunk}")

    @property
    def formula(self) -> str:
        """The objective in one line, as printed before the first step."""
        labels = "CE(labels, q)"
        if self.label_smoothing:
            labels = f"CE(labels smoothed by {self.label_smoothing:g}, q)"
        if self.hard_share == 1:
            return labels
        soft = AGGREGATIONS[self.aggregation]
        pieces = [] if self.hard_share == 0 else [f"{self.hard_share:g} {labels}"]
        pieces.append(f"{1 - self.hard_share:g} {soft}")
        where = f"D = {self.loss.formula}; {self.weighting.formula}"
        return f"{' + '.join(pieces)}, with {where} ({self.weighting.granularity})"

    def check(self, signals: Sequence[Signal], classes: int) -> None:
        """Refuse a combination that would be ignored or would change the objective silently.

        Args:
            signals: One for each teacher.
            classes: The student's.

        Raises:
            ValueError: One sentence that names both sides.
        """
        check_signals(self, signals, classes)
