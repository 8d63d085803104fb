"""A source whose opinion is made less, or more, sure."""

from __future__ import annotations

from mtkd.signals import CompleteSignal, Signal
from mtkd.teachers.base import Batch, TeacherSource


class Softened(TeacherSource):
    """Another source with its logits divided by a temperature: a calibrated teacher.

    Args:
        source: Gives complete signals.
        temperature: Positive; above 1 makes the teacher less confident at every position.
    """

    def __init__(self, source: TeacherSource, temperature: float) -> None:
        if temperature <= 0:
            raise ValueError(f"a teacher's temperature must be positive, got {temperature}")
        super().__init__(f"{source.identity}/temperature={temperature:g}")
        self.source, self.temperature = source, temperature

    def observe(self, batch: Batch) -> Signal:
        signal = self.source._observed(batch)
        if not isinstance(signal, CompleteSignal):
            raise ValueError(
                "a partial signal cannot be softened after its tail was pooled; record it again "
                f"at temperature {self.temperature:g}"
            )
        return signal.scaled(self.temperature)
