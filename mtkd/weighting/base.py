"""The contract of every weighting: what a rule may rely on."""

import math
from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor

from mtkd.functional import widen
from mtkd.untouched import untouched
from mtkd.weighting.checks import check_evidence, check_hidden, check_scores
from mtkd.weighting.pooling import GRANULARITIES, group_of_each, presence, weigh
from mtkd.weighting.rule import Rule


class TeacherWeighting(Rule):
    """How much each teacher counts at each position, from logits at temperature 1.

    A subclass says what it looks at (`evidence`, one teacher at a time). That is a log-weight: the
    weights are its softmax over the teachers, so log(w) gives w / sum w, and a teacher with ln 2
    more counts twice as much. If it is not, `scores` says how teachers compare. This class does
    the rest, so no subclass can break it: evidence is averaged over the granularity, absent
    teachers weigh exactly 0, the others at least 0 and 1 in all, in float32 or wider. It cuts the
    student's graph: uncertainty is measured here, never trained.

    Args:
        granularity: What shares one set of weights: each `position`, all positions of an
            `example`, or the whole `batch` (what one device sees of it).

    Raises:
        ValueError: `granularity` is none of the three.
    """

    def __init__(self, granularity: str = "position") -> None:
        super().__init__()
        if granularity not in GRANULARITIES:
            expected = ", ".join(GRANULARITIES)
            raise ValueError(f"granularity must be one of {expected}; got {granularity!r}")
        self.granularity = granularity
        self.teachers: tuple[str, ...] = ()

    @final
    def prepare(self, teachers: Sequence[str], width: int | None = None) -> None:
        """Say, before training, who teaches, in order, and how wide the student's hidden state is.

        Repeating it with the same names changes nothing, so a gate keeps what it has learnt.

        Raises:
            ValueError: Names repeat, or differ from an earlier call's, or do not fit the rule.
        """
        names = tuple(teachers)
        if not names or len(set(names)) != len(names):
            raise ValueError(f"teachers must be distinct names, at least one; got {list(names)}")
        if self.teachers not in ((), names):
            raise ValueError(
                f"{type(self).__name__} was prepared for {', '.join(self.teachers)}, got "
                f"{', '.join(names)}; build a new one for other teachers"
            )
        if not self.teachers:
            self.resolve(names, width)
            self.teachers = names

    @final
    def check_prepared(self) -> None:
        """Raise if the rule needs to know who teaches and has not been told."""
        if self.needs_names and not self.teachers:
            raise ValueError(
                f"{type(self).__name__} does not know who teaches; call "
                "prepare(teachers' names in order, student's hidden width) first"
            )

    @final
    def weights(
        self, evidence: Tensor, present: Tensor | None = None, examples: Tensor | None = None
    ) -> Tensor:
        """Weights `[teacher, position]`: 1 in all over present teachers, 0 where there are none.

        Where presence differs inside a group, the group's weights are renormalised at each
        position over the teachers present there.

        Args:
            evidence: `[teacher or 1, position, *extra]`, from `evidence`; its graph is cut.
            present: `[teacher, position]` booleans; None: all teachers everywhere.
            examples: `[position]` integers, equal within an example; None: one position each.
        """
        self.check_prepared()
        seen = widen(evidence.detach())
        known = presence(seen, present, len(self.teachers), type(self).__name__)
        groups = group_of_each(self.granularity, examples, seen)
        return weigh(seen, known, *groups, self._checked_scores)

    @final
    def look(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        """`evidence` of flat positions, checked; `hidden` reaches only rules that need it.

        Raises:
            ValueError: It has another shape, writes into what it is shown, or lacks `hidden`.
        """
        owner = type(self).__name__
        state = check_hidden(owner, hidden) if self.needs_hidden else None
        shown = student_logits, teacher_logits, labels, state
        found = untouched(f"{owner}.evidence", self.evidence, *shown)
        return check_evidence(owner, found, len(teacher_logits), len(labels))

    def _checked_scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        return check_scores(type(self).__name__, self.scores(pooled, present), *present.shape)

    def forward(
        self,
        student_logits: Tensor,
        teacher_logits: Tensor,
        labels: Tensor,
        hidden: Tensor | None = None,
        present: Tensor | None = None,
        examples: Tensor | None = None,
    ) -> Tensor:
        """Weights `[teacher, ...]` in one call; every leading dimension counts positions.

        Args:
            student_logits: `[..., classes]`; with the next three broadcast to one `[...]`.
            teacher_logits: `[teacher, ..., classes]`.
            labels: `[...]` integers.
            hidden: `[..., width]`.
            present: `[teacher, ...]` booleans, not broadcast.
            examples: `[...]` integers, not broadcast; None: the first dimension counts examples.
        """
        shapes = student_logits.shape[:-1], teacher_logits.shape[1:-1], labels.shape
        lead = torch.broadcast_shapes(*shapes)

        def flat(tensor: Tensor, *axes: int) -> Tensor:
            return tensor.expand((*lead, *axes)).reshape(math.prod(lead), *axes)

        by_teacher = [flat(logits, logits.shape[-1]) for logits in teacher_logits]
        if examples is None and lead:
            each = torch.arange(lead[0], device=teacher_logits.device)
            examples = each.repeat_interleave(math.prod(lead[1:]))
        evidence = self.look(
            flat(student_logits.detach(), student_logits.shape[-1]),
            torch.stack(by_teacher),
            flat(labels),
            None if hidden is None else flat(hidden.detach(), hidden.shape[-1]),
        )
        weights = self.weights(
            evidence,
            None if present is None else present.flatten(1) if lead else present[:, None],
            None if examples is None else examples.flatten(),
        )
        return weights.unflatten(1, lead) if lead else weights[:, 0]
