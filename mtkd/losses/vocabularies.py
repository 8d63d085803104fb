"""A loss between two vocabularies: shared tokens by name, the others by rank."""

import torch
from torch import Tensor

from mtkd.functional import IMPOSSIBLE
from mtkd.losses.arguments import inside
from mtkd.losses.base import Divergence
from mtkd.losses.divergences import SortedL1
from mtkd.losses.mixtures import JensenShannon
from mtkd.losses.softened import Softened


class SharedAndSorted(Divergence):
    """Shared tokens by Jensen-Shannon, the rest of both vocabularies by sorted differences.

        (1 - u) sum over shared tokens of share p ln(p / m) + (1 - share) q ln(q / m)
        + u |sort p - sort q|_1 over the others

    with m = share p + (1 - share) q. The second part ranks the tokens that only the teacher has
    against those that only the student has, the shorter list filled up with 0. Which they are is
    read from the logits: a class is `mtkd.functional.IMPOSSIBLE` on the side that lacks it, as
    `mtkd.alignment.Aligned(rest="sorted")` gives it. Where nothing is impossible this is
    `JensenShannon`.

    The hybrid of TRL's GOLD (Patino et al. 2025,
    https://huggingface.co/spaces/HuggingFaceH4/on-policy-distillation), whose beta is `share` and
    whose default u is the part of the teacher's vocabulary that the student lacks; counted in
    tokens, not in mass. Nothing is renormalised there or here. Here the factor T^2 is added, and
    where only one side has tokens of its own their mass stays in the value; GOLD drops it. With
    `sorted_share` 1 it is ULD (Boizard et al. 2025, https://arxiv.org/abs/2402.12030) on the
    unshared tokens; ULD itself, which sorts the shared ones too, is `SortedL1`.

    Ranks say nothing about which token is which: a student that is unsure about its own tokens
    in the teacher's manner pays nothing, whatever they are. `rest="map"` says which is which.

    Args:
        share: Teacher's part of the mixture, strictly between 0 and 1.
        sorted_share: u, in [0, 1]; None: GOLD's rule above, for each teacher its own.
        temperature: See `Divergence`.

    Raises:
        ValueError: A share is out of its range.
    """

    disjoint = True

    def __init__(
        self, share: float = 0.5, sorted_share: float | None = None, temperature: float = 1.0
    ) -> None:
        super().__init__(temperature)
        self.share = inside("share", share, "use another loss for the ends")
        if sorted_share is not None and not 0 <= sorted_share <= 1:
            raise ValueError(
                f"sorted_share must be within [0, 1], or None for GOLD's rule, got {sorted_share}"
            )
        self.sorted_share = sorted_share
        self.shared, self.ranked = JensenShannon(share), SortedL1()
        part = "u" if sorted_share is None else f"{sorted_share:g}"
        shared = f"JS(shared {{p}}, {{q}}; share {share:g})"
        self.expression = f"(1 - {part}) {shared} + {part} |sort {{p}} - sort {{q}}|_1"

    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        part, shared, own = self._split(student_log_probs, teacher_log_probs)
        value = (1 - part) * self.shared.divergence(*shared)
        return value if own is None else value + part * self.ranked.divergence(*own)

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        part, shared, own = self._split(student.log_probs, teacher.log_probs)
        if own is None:
            value, slope = self.shared.with_slope(student, teacher)
            return (1 - part) * value, slope.mul_(1 - part.unsqueeze(-1))
        value, slope = self.shared.with_slope(*map(Softened, shared))
        value, slope = (1 - part) * value, slope.mul_(1 - part.unsqueeze(-1))
        ranked, by_rank = self.ranked.with_slope(*map(Softened, own))
        return value + part * ranked, slope.addcmul_(by_rank, part.unsqueeze(-1))

    def _split(
        self, student: Tensor, teacher: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor], tuple[Tensor, Tensor] | None]:
        """How much ranks count, `[...]`; both sides on the shared classes; on the others, if any.

        A class that is impossible on both sides adds 0 to either part, and so does its slope.
        """
        lowest = IMPOSSIBLE / (2 * self.temperature)
        part = torch.full_like(teacher[..., 0], self.sorted_share or 0)
        if all(bool((side.amin(dim=-1) > lowest).all()) for side in (student, teacher)):
            return part, (student, teacher), None
        ours, theirs = student > lowest, teacher > lowest
        both = ours & theirs
        if self.sorted_share is None:
            count = theirs.sum(dim=-1)
            part = ((count - both.sum(dim=-1)) / count.clamp(min=1)).to(part.dtype)
        shared = student.masked_fill(~both, IMPOSSIBLE), teacher.masked_fill(~both, IMPOSSIBLE)
        own = student.masked_fill(theirs, IMPOSSIBLE), teacher.masked_fill(ours, IMPOSSIBLE)
        return part, shared, own
