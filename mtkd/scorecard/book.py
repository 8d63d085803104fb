"""A folder with one JSON for each version; the page and the table are made from these."""

from dataclasses import dataclass
from pathlib import Path

from mtkd.files import write_text
from mtkd.predictions import Predictions
from mtkd.scorecard.version import Version, check_name

PAGE, TABLE = "scorecard.html", "scorecard.csv"


@dataclass(frozen=True)
class Book:
    """The versions of one student task.

    Attributes:
        folder: `<version>.json` for each, `predictions/<version>.npz`, the page and the table.
        versions: By their order.
    """

    folder: Path
    versions: tuple[Version, ...]

    @classmethod
    def read(cls, folder: Path | str) -> "Book":
        """The versions in a folder; none if it does not exist yet.

        Raises:
            ValueError: A JSON file in it is damaged or no version.
        """
        folder = Path(folder)
        found = [Version.read(path) for path in sorted(folder.glob("*.json"))]
        return cls(folder, tuple(sorted(found, key=lambda one: (one.order, one.name))))

    @property
    def latest(self) -> Version | None:
        """The version added last."""
        return self.versions[-1] if self.versions else None

    def check_new(self, name: str) -> None:
        """Stop unless a version can be called `name`.

        Raises:
            ValueError: It can be no file's name, or is taken (capitals do not tell names apart).
        """
        check_name(name)
        for one in self.versions:
            if one.name.lower() == name.lower():
                raise ValueError(
                    f"--version {name}: {self.folder} has a version {one.name} already, added "
                    f"{one.added}; choose another name, versions are never overwritten"
                )

    def said(self, version: Version) -> Predictions:
        """What a version of this book said about the clean items.

        Raises:
            ValueError: The file is missing or damaged.
        """
        return Predictions.load(self._predictions(version.name))

    def add(self, version: Version, said: Predictions) -> "Book":
        """Write a version and make page and table again; the JSON file is what makes it count.

        Args:
            version: With a name that `check_new` accepts.
            said: Its student's predictions on clean items; the next version's flips need them.
        """
        self.check_new(version.name)
        said.save(self._predictions(version.name))
        version.save(self.folder / f"{version.name}.json")
        grown = Book(self.folder, (*self.versions, version))
        grown.write()
        return grown

    def write(self) -> None:
        """Make `scorecard.html` and `scorecard.csv` from the versions."""
        from mtkd.scorecard.page import render
        from mtkd.scorecard.rows import as_csv

        write_text(self.folder / TABLE, as_csv(self.versions))
        write_text(self.folder / PAGE, render(self.versions))

    def _predictions(self, name: str) -> Path:
        return self.folder / "predictions" / f"{name}.npz"
