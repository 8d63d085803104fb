"""Where a transformers model comes from, and its config read from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtkd.elsewhere import elsewhere
from mtkd.language.settings import new_config


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
        changes = dict(self.changes)
        padding = changes.pop("pad_token_id", None)
        if isinstance(self.model, Mapping):
            config = new_config({**self.model, **changes})
        else:
            config = self._stored_config(changes)
        if padding is not None:  # the part that reads text has one of its own
            config.pad_token_id = config.get_text_config().pad_token_id = padding
        return config

    def _stored_config(self, changes: Mapping[str, Any]) -> Any:
        from transformers import AutoConfig

        try:
            config = AutoConfig.from_pretrained(
                self.name,
                revision=self.revision or "main",
                local_files_only=self.local_files_only,
                trust_remote_code=False,
                **changes,
            )
        except OSError as error:
            raise ValueError(self.missing("config.json", error)) from None
        except ValueError as error:
            raise ValueError(
                f"the config of {self.name} is of no family this transformers knows (mtkd runs no "
                f"code that comes with a model): {first_sentence(error)}"
            ) from None
        kernel = str(config._attn_implementation)
        if "/" in kernel and "attn_implementation" not in changes:  # transformers would fetch it
            raise ValueError(
                f"the config of {self.name} asks for the attention {kernel!r} of the hub (mtkd "
                "runs no code that comes with a model); remove attn_implementation from it"
            )
        return config

    def refuse_pickles(self) -> None:
        """Stop at weights in pieces that are no safetensors: a folder's index may name any file.

        Raises:
            ValueError: It names another one, or is no JSON.
        """
        index = Path(self.name) / "model.safetensors.index.json"
        if index.is_file() and not index.with_name("model.safetensors").is_file():
            for piece in json.loads(index.read_bytes())["weight_map"].values():
                if not str(piece).endswith(".safetensors"):
                    raise ValueError(f"{index} names {piece!r}, expected files in safetensors")

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


def first_sentence(error: Exception) -> str:
    """The first line of `error`, without its final stop and what a terminal would obey."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return "".join(c if c.isprintable() else " " for c in lines[0]).strip().rstrip(".")
