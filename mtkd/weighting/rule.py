"""What one rule of weighting may say for itself."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Rule(nn.Module, ABC):
    """The part of a `TeacherWeighting` that its subclasses fill in; `evidence` is enough.

    Attributes:
        needs_labels: It cannot work without the true class of each position.
        needs_hidden: It cannot work without the student's hidden state.
        needs_complete: It cannot work with signals that name only some classes.
        compares: It compares student and teacher: of a partial signal it sees both over the k + 1
            outcomes. Other rules see all classes, with the tail spread evenly over its own, so
            that entropies, largest probabilities and cross-entropies of all kinds compare.
        needs_names: It cannot work before `prepare` told it who teaches.
        needs_teachers: Its evidence depends on what the teachers say; if not, it is asked for
            with the student in the teachers' place, whatever the signals are.
        learns: It has parameters, trained on `own_loss` and on nothing else.
        granularity: See `TeacherWeighting`.
    """

    needs_labels: bool = False
    needs_hidden: bool = False
    needs_complete: bool = False
    compares: bool = False
    needs_names: bool = False
    needs_teachers: bool = True
    learns: bool = False
    granularity: str

    def resolve(self, teachers: tuple[str, ...], width: int | None) -> None:
        """Resolve names and sizes; called once, by `prepare`."""
        return

    @abstractmethod
    def evidence(
        self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor, hidden: Tensor | None
    ) -> Tensor:
        """What the rule looks at; of several teachers it is the concatenation of each alone.

        Args:
            student_logits: `[..., classes]`.
            teacher_logits: `[teacher, ..., classes]`, finite.
            labels: `[...]` integers, the true class of each position.
            hidden: `[..., width]`, the student's last hidden state; None unless `needs_hidden`.

        Returns:
            `[teacher, ..., *extra]`, or `[1, ..., *extra]` if it concerns only the student. Without
            `scores` there is no `*extra` and these are log-weights: finite, or -inf for weight 0.
        """

    def scores(self, pooled: Tensor, present: Tensor) -> Tensor:
        """Log-weights `[teacher, group]`, each group up to a constant; -inf is weight 0.

        Args:
            pooled: `[teacher or 1, group, *extra]`, mean evidence; 0 for absent teachers.
            present: `[teacher, group]` booleans; scores of absent teachers are not read.
        """
        return pooled

    def own_loss(
        self,
        weights: Tensor,
        label_log_probs: Tensor,
        distances: Tensor | None = None,
        present: Tensor | None = None,
    ) -> Tensor | None:
        """What a learned weighting trains itself on, `[position]` in nats; None: nothing.

        Args:
            weights: `[teacher, position]`, with their graph.
            label_log_probs: `[teacher, position]`, log p_k(label).
            distances: `[teacher, position]`, the distillation loss of each teacher.
            present: `[teacher, position]` booleans; None: all.
        """
        return None

    def select(
        self,
        student_logits: Tensor,
        hidden: Tensor | None = None,
        examples: Tensor | None = None,
    ) -> Tensor | None:
        """Which teachers to ask at all, `[teacher, example]` booleans; None: every one.

        Examples are the distinct values of `examples` (`[position]`) in ascending order;
        without ids each position is one.
        """
        return None

    @property
    def formula(self) -> str:
        """The rule as it is printed with the objective."""
        return f"w = {type(self).__name__}"
