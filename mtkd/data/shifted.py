"""Any data set with its population divided: what is learnt from, and what is met later."""

from collections.abc import Mapping

from mtkd.data.base import DataSet
from mtkd.data.examples import Examples
from mtkd.data.sides import PopulationShift


class Shifted:
    """A data set in which teachers and student know one side of each population shift.

    Training, validation, the clean test split and every domain of `of` show the known side of
    all shifts. A domain with the name of a shift shows the met side of that one, and the known
    side of the others: it differs from clean in one thing. Shifts apply in the order listed,
    after what `of` does, so an item is first corrupted and then divided.

        data:
          _target_: mtkd.data.Shifted
          of: {_target_: mtkd.data.Digits}
          shifts:
            rare: {_target_: mtkd.data.LabelShift, concentration: 0.5}
            strange: {_target_: mtkd.data.HeldOutClasses, classes: [2, 7]}
        domains: [clean, {domain: rare}, {out_of_distribution: strange}]

    Attributes:
        classes: Of `of`; held-out classes keep their numbers.
        train, validation, test: `Examples`, the known side.

    Args:
        of: The data set.
        shifts: Name of the domain to a `PopulationShift`.

    Raises:
        ValueError: No shifts, something else than a shift, a name that is taken, a side that
            would be empty, or a shift that the items do not allow.
    """

    def __init__(self, of: DataSet, shifts: Mapping[str, PopulationShift]) -> None:
        self.of, self.shifts = of, _checked(shifts)
        for name in self.shifts:
            if name in ("clean", *of.splits) or _has(of, name):
                raise ValueError(f"shifts names {name!r}, which is a domain of the data already")
        self.classes = of.classes
        self.train, self.validation = self._known(of.train), self._known(of.validation)
        self.test = self._known(of.domain("clean"))

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The known side of the splits, by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The met side of a shift, or the known side of a domain of `of`.

        Raises:
            ValueError: No such domain, or a severity where none belongs.
        """
        if name == "clean" and severity is None:
            return self.test
        if name not in self.shifts:
            return self._known(self._inner(name, severity))
        if severity is not None:
            raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
        return self._known(self.of.domain("clean"), but=name)

    def _inner(self, name: str, severity: int | None) -> Examples:
        try:
            return self.of.domain(name, severity)
        except ValueError as error:
            raise ValueError(f"{error}; and, of data.shifts: {', '.join(self.shifts)}") from None

    def _known(self, examples: Examples, but: str | None = None) -> Examples:
        """The known side of every shift, the met side of one."""
        for name, shift in self.shifts.items():
            try:
                examples = shift.met(examples) if name == but else shift.known(examples)
            except ValueError as error:
                raise ValueError(f"shifts.{name}: {error}") from None
        return examples


def _checked(shifts: Mapping[str, PopulationShift]) -> dict[str, PopulationShift]:
    if not isinstance(shifts, Mapping) or not shifts:
        raise ValueError(f"shifts must map names of domains to shifts, got {shifts!r}")
    for name, shift in shifts.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"shifts names {name!r}; the name of a domain is a word of letters, digits and _"
            )
        if not isinstance(shift, PopulationShift):
            raise ValueError(
                f"shifts.{name} must be a population shift, such as {{_target_: "
                f"mtkd.data.LabelShift}}, got {shift!r}"
            )
    return dict(shifts)


def _has(of: DataSet, name: str) -> bool:
    """Whether the data set knows a domain of that name that needs no severity."""
    try:
        of.domain(name)
    except ValueError:
        return False
    return True
