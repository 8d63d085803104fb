"""A path of data or of a model that is not there, but lies beside the study."""

import sys
from pathlib import Path


def elsewhere(path: str) -> str:
    """Where a relative path lies that is not in the current folder; empty if nowhere near.

    Looked at are the folders that modules are imported from, among which is that of the study
    (`mtkd.config.search_beside`), but no folder of a library.
    """
    given = Path(path)
    if given.is_absolute() or given.exists() or not path.strip():
        return ""
    for folder in map(Path, sys.path):
        installed = {"site-packages", "dist-packages"} & set(folder.parts)
        if not installed and folder.is_dir() and (folder / given).exists():
            return (
                f"; there is {folder / given}, but paths of data and models are looked up from "
                "the current folder: give that one"
            )
    return ""
