"""Where a split lies: in files here, or in a set on the Hugging Face hub."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from mtkd.elsewhere import elsewhere
from mtkd.language.origin import first_sentence
from mtkd.text.splits import files_of_split


class Hub:
    """One split of a data set on the Hugging Face hub, read as the files it consists of.

    The files are found as the `datasets` library finds them: by the `configs` of the set's card,
    else by the split's name in their paths. Nothing of the set is executed, no pickle is read,
    and files that `datasets` downloaded before are found in the same cache. A set that is made
    by a script has its Parquet files under the revision `refs/convert/parquet`.

    Args:
        name: `owner/name`.
        split: `train`, `validation`, `test`, or what the set calls it.
        config: Which of the set's configurations (subsets); None: its default.
        revision: Branch, tag or commit; None: `main`. A commit makes a study repeatable.
        files: Pattern of paths inside of the set, in place of looking for the split.
        local_files_only: Whether only the local cache is looked at.
    """

    def __init__(
        self,
        name: str,
        split: str,
        *,
        config: str | None = None,
        revision: str | None = None,
        files: str | None = None,
        local_files_only: bool = True,
    ) -> None:
        self.name, self.split, self.config = name, split, config
        self.revision, self.pattern = revision or "main", files
        self.local_files_only = local_files_only

    def paths(self) -> list[Path]:
        """The files of the split, in order of their names, downloaded if that is allowed.

        Raises:
            ValueError: Not in the cache (with its place), not on the hub, no such split.
        """
        if self.local_files_only:
            folder = self._cached()
            there = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
            card = folder / "README.md"
            found = self._chosen(there, card if card.is_file() else None)
            return [folder / name for name in found]
        return self._downloaded()

    def _chosen(self, there: Sequence[str], card: Path | None) -> list[str]:
        text = "" if card is None else card.read_text(encoding="utf-8", errors="replace")
        return files_of_split(self.name, there, text, self.split, self.config, self.pattern)

    def _cached(self) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.constants import HF_HUB_CACHE

        try:
            found = snapshot_download(
                self.name, repo_type="dataset", revision=self.revision, local_files_only=True
            )
        except (OSError, ValueError) as error:
            place = Path(HF_HUB_CACHE) / f"datasets--{self.name.replace('/', '--')}"
            raise ValueError(
                f"the data set {self.name!r} (revision {self.revision}) is not in the cache "
                f"{place} ({first_sentence(error)}); set local_files_only: false to download it"
            ) from None
        return Path(found)

    def _downloaded(self) -> list[Path]:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub.errors import HFValidationError, HTTPError

        def get(name: str) -> Path:
            return Path(
                hf_hub_download(self.name, name, repo_type="dataset", revision=self.revision)
            )

        try:
            api = HfApi()
            there = api.list_repo_files(self.name, repo_type="dataset", revision=self.revision)
            card = get("README.md") if "README.md" in there else None
            return [get(name) for name in self._chosen(sorted(there), card)]
        except (OSError, HTTPError, HFValidationError) as error:
            raise ValueError(
                f"the data set {self.name!r} (revision {self.revision}) could not be downloaded "
                f"({first_sentence(error)}); check the name and the network"
            ) from None


Place = str | Sequence[str] | Hub
"""Where a split lies: a path or pattern, several of them, or `Hub`."""


def paths_of(place: Place | bool, split: str) -> list[Path]:
    """The files of a split, those of a pattern in order of their names.

    Raises:
        ValueError: It is no place, a pattern matches nothing; see `Hub.paths`.
    """
    if isinstance(place, Hub):
        return place.paths()
    patterns = [place] if isinstance(place, str) else place
    if not (isinstance(patterns, list | tuple) and all(isinstance(p, str) for p in patterns)):
        raise ValueError(
            f"splits.{split} must be a path, a list of paths, a mtkd.text.Hub, or a whole number "
            f"of records to take out of train, got {place!r}"
        )
    found: list[Path] = []
    for pattern in patterns:
        path = Path(pattern).expanduser()
        matched = (
            [path] if path.exists() else sorted(map(Path, glob.glob(str(path), recursive=True)))
        )
        if not matched:
            hint = elsewhere(str(path)) or "; check its path"
            raise ValueError(f"{split}: there is no file {path.absolute()}{hint}")
        found += matched
    return found
