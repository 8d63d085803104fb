"""Student and teacher side by side, whatever the teacher's signal names."""

from typing import NamedTuple

from torch import Tensor


class View(NamedTuple):
    """Student and teacher as a loss or a weighting sees them, over the same outcomes.

    Attributes:
        student: `[..., outcomes]` logits.
        teacher: `[..., outcomes]` logits; after `stacked_views`, `[teacher, ..., outcomes]`.
        labels: `[...]` integers among the outcomes.
    """

    student: Tensor
    teacher: Tensor
    labels: Tensor
