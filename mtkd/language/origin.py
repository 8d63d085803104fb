"""Where a transformers model comes from, and its config read from there."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtkd.elsewhere import elsewhere

TRANSLATED = {"num_labels", "rope_theta", "rope_scaling"}
"""Config keys that transformers accepts beside a family's own fields, and translates."""


@dataclass(frozen=True)
class Origin:
    """A folder, a hub name, or a config.

    Attributes:
        model: Folder, hub name, or config with `model_type`.
        revision: Of a hub name.
        local_files_only: Whether a hub name is looked up in the local cache only.
        changes: Settings put on top of the config.
        new_head: Whether weights outside of the body may be missing, and start anew.

    Raises:
        ValueError: A revision that would be ignored.
    """

    model: str | Path | Mapping[str, Any]
    revision: str | None = None
    local_files_only: bool = True
    changes: Mapping[str, Any] = field(default_factory=dict)
    new_head: bool = False

    def __post_init__(self) -> None:
        if self.revision is not None and (self.from_scratch or Path(self.name).is_dir()):
            raise ValueError(
                f"revision {self.revision!r} belongs to a hub name, but {self.name} is not one; "
                "leave the revision out"
            )

    @property
    def from_scratch(self) -> bool:
        """Whether there are no weights to load."""
        return isinstance(self.model, Mapping)

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return "a config" if isinstance(self.model, Mapping) else str(self.model)

    def config(self) -> Any:
        """The transformers config, changes applied.

        Raises:
            ValueError: Nothing there, nothing readable there, or a wrong key.
        """
        if isinstance(self.model, Mapping):
            return new_config({**self.model, **self.changes})
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(
                self.name,
                revision=self.revision or "main",
                local_files_only=self.local_files_only,
                trust_remote_code=False,
                **self.changes,
            )
        except OSError as error:
            raise ValueError(self.missing("config.json", error)) from None
        except ValueError as error:
            raise ValueError(
                f"the config of {self.name} is of no family this transformers knows (mtkd runs no "
                f"code that comes with a model): {first_sentence(error)}"
            ) from None

    def missing(self, what: str, error: Exception) -> str:
        """The sentence for `what` that was not found, with the places that were looked at."""
        folder = Path(self.name).absolute()
        if folder.is_dir():
            return f"the folder {folder} has no readable {what} ({first_sentence(error)})"
        if self.local:
            return (
                f"there is no folder {folder}{elsewhere(self.name)}; give one written by "
                "save_pretrained"
            )
        from huggingface_hub.constants import HF_HUB_CACHE

        cache = Path(HF_HUB_CACHE) / f"models--{self.name.replace('/', '--')}"
        places = f"{what} of {self.name!r} is neither in the folder {folder} nor in the cache "
        if self.local_files_only:
            return f"{places}{cache}; if it is a hub name, local_files_only: false downloads it"
        return f"{places}{cache}, and could not be downloaded ({first_sentence(error)})"

    @property
    def local(self) -> bool:
        """Whether a name that is no folder can only be meant as one: no `name`, no `owner/name`."""
        path = Path(self.name)
        beside = path.parent != Path() and path.parent.is_dir()
        odd = path.is_absolute() or self.name[:1] in (".", "~") or self.name.endswith("/")
        return odd or beside or len(path.parts) > 2 or bool(elsewhere(self.name))


def new_config(settings: Mapping[str, Any]) -> Any:
    """A transformers config from `model_type` and the settings of that family.

    transformers keeps any key it does not know without a word; here a misspelt one raises.

    Raises:
        ValueError: No or unknown `model_type`, an unknown setting, a value of a wrong type.
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING

    rest = dict(settings)
    family = rest.pop("model_type", None)
    if family is None:
        raise ValueError("a model's config needs model_type (llama, gpt2, ...), got none")
    if family not in CONFIG_MAPPING:
        raise ValueError(unknown(f"model_type {family!r}", family, CONFIG_MAPPING))
    made = CONFIG_MAPPING[family]
    known = {entry.name for entry in dataclasses.fields(made)} | set(made.attribute_map)
    for key in rest:
        if key not in known | TRANSLATED:
            raise ValueError(unknown(f"setting {key!r} of model_type {family!r}", key, known))
    try:
        return made(**rest)
    except StrictDataclassError as error:
        raise ValueError(
            f"the config of a {family} model: {' '.join(str(error).split())}"
        ) from None


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest ones that do."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"unknown {what}" + (f"; did you mean {', '.join(near)}?" if near else "")


def first_sentence(error: Exception) -> str:
    """The first line of `error`, without its final stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".")
