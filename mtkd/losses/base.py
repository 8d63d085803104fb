"""What every loss is: one number per position, never an average."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mtkd.functional import log_probs
from mtkd.losses.arguments import positive
from mtkd.losses.softened import Softened


class DistillationLoss(nn.Module, ABC):
    """How far the student is from a teacher, position by position, in nats.

    A loss never averages over positions or teachers: the objective does both, in one place,
    for every loss. It may rely on finite logits over the same classes. Subclass this for a
    loss that needs raw logits or labels; subclass `Divergence` for one that compares two
    class distributions. In formulas p is the teacher, q the student.

    Attributes:
        temperature: What both sides are softened with, positive; the objective reads it for
            partial signals and for mixtures of teachers.
        row_wise: Whether a position's value depends on that position alone. If False, the
            objective cannot walk over the batch in chunks.
        coarse: Whether the loss means the same on k classes and one pooled rest, so that
            partial signals are accepted.
        disjoint: Whether it stays finite where only one side has mass, so that teachers with a
            vocabulary of their own can be compared token by token.
        unsoftened: Whether it reads the teacher at temperature 1, too.
        expression: Text for `formula`, in which `{p}` and `{q}` stand for the softened
            teacher and student. Empty: the name of the class.
        factor: Text put in front of `expression` at every temperature but 1.
    """

    temperature: float = 1.0
    row_wise: bool = True
    coarse: bool = False
    disjoint: bool = False
    unsoftened: bool = False
    expression: str = ""
    factor: str = ""

    @abstractmethod
    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        """Compare the student with one teacher, or with all of them.

        Args:
            student_logits: `[..., classes]`. Gradients flow into these.
            teacher_logits: `[..., classes]` or `[teacher, ..., classes]`, finite, over the
                student's classes.
            labels: `[...]` integers, the true class of each position.

        Returns:
            `[...]` or `[teacher, ...]`, in nats, smaller is closer; float32 or wider.
        """

    @property
    def formula(self) -> str:
        """Short text for the printed objective, e.g. `T^2 KL(p_T || q_T), T = 2`."""
        expression = self.expression or f"{type(self).__name__}({{p}}, {{q}})"
        if self.temperature == 1:
            return expression.format(p="p", q="q")
        softened = expression.format(p="p_T", q="q_T")
        return f"{self.factor}{softened}, T = {self.temperature:g}"


class Divergence(DistillationLoss):
    """A loss that compares two class distributions and needs nothing else.

    Subclasses implement `divergence`; this class softens both sides with one temperature
    and multiplies by temperature squared, so that gradients keep about the same size at
    every temperature (Hinton et al. 2015, section 2, https://arxiv.org/abs/1503.02531).
    Code that leaves the factor out (TRL's does) trains with a weaker loss at high
    temperatures, so compare its settings by gradient, not by number.

    One method is optional: `with_slope` gives the derivative too and spares autograd. Without it,
    or where a subclass changes `divergence` and not `with_slope`, autograd is used.

    Zero where both distributions are equal, never negative (rounding aside). Bounds that subclasses
    name (ln 2, 1, ...) are those of `divergence`; a call gives temperature squared times as much.
    `coarse` is True, as suits a sum over the classes; a subclass that ranks or correlates them sets
    it to False.

    Args:
        temperature: Positive, dimensionless. 1 leaves both distributions as they are.

    Raises:
        ValueError: `temperature` is not positive or not finite.
    """

    coarse = True
    factor = "T^2 "

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        self.temperature = positive("temperature", temperature)

    def forward(self, student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
        student = log_probs(student_logits, self.temperature)
        teacher = log_probs(teacher_logits, self.temperature)
        found = self.divergence(student, teacher)
        # What is no tensor, such as a forgotten return, is told by whoever reads it.
        return self.temperature**2 * found if isinstance(found, Tensor) else found

    @abstractmethod
    def divergence(self, student_log_probs: Tensor, teacher_log_probs: Tensor) -> Tensor:
        """Distance of each position, from log-probabilities `[..., classes]` to `[...]`."""

    def with_slope(self, student: Softened, teacher: Softened) -> tuple[Tensor, Tensor]:
        """The divergence `[...]` and its derivative by `student.log_probs`, `[..., classes]`.

        Class by class, as if the log-probabilities were free numbers. With g this slope, the
        gradient by the student's logits is `temperature * (g - q * sum g)`. Called without
        gradients, on as many positions as fit a processor's cache. All teachers meet the same
        `student`, which stays as it is; `teacher` is this call's own, so its tensors may be
        overwritten. So may the slope be by the caller: it is one of those or a new one.
        """
        raise NotImplementedError(f"{type(self).__name__} leaves its slope to autograd")

    @property
    def has_slope(self) -> bool:
        """Whether `with_slope` belongs to the very `divergence` and softening this class uses."""
        owners = [_owner(type(self), name) for name in ("with_slope", "divergence")]
        softens = _owner(type(self), "forward") is Divergence
        return softens and owners[0] is not Divergence and issubclass(*owners)


def _owner(cls: type, name: str) -> type:
    """The class of `cls`'s ancestry that defines `name`."""
    return next(base for base in cls.__mro__ if name in vars(base))
