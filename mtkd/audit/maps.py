"""What --map and --renormalise say about the classes of models."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mtkd.audit.spaces import SHARED, Space


def read_spaces(
    given: Iterable[str], renormalised: Iterable[str], models: Sequence[str]
) -> dict[str, Space]:
    """By model, from `NAME=FILE.json` or `NAME=names`.

    Raises:
        ValueError: No such model or file, or a file that holds something else.
    """
    found: dict[str, Space] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or name not in models or name in found:
            raise ValueError(
                f"--map {text}: expected NAME=FILE.json, once for a model; there are "
                f"{', '.join(models)}"
            )
        found[name] = Space(path, None if path == SHARED else _read(Path(path)))
    for name in renormalised:
        if name not in found:
            raise ValueError(
                f"--renormalise {name}: it has no --map, so there is nothing to divide"
            )
        found[name] = replace(found[name], renormalised=True)
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"--map {path} is no readable JSON file ({said})") from None
    if not isinstance(content, dict) or not content:
        raise ValueError(f'--map {path} holds no {{"class of the model": "our class"}}')
    for name, ours in content.items():
        if not isinstance(ours, str | None):
            raise ValueError(
                f"--map {path} maps {name!r} to {ours!r}, expected the name of a class, or null "
                "for none"
            )
    return {name: ours for name, ours in content.items() if ours is not None}
