"""Models of transformers that an audit runs: where they lie, their classes, their hash."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.files import hash_of
from mtkd.language.origin import Origin, first_sentence
from mtkd.language.wrong_config import config_of

FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
"""What a model and its tokenizer consist of; pickles are neither fetched nor read."""
CAUSAL = ("ForCausalLM", "LMHeadModel")
"""How transformers calls language models that predict the next token."""
UNNAMED = re.compile(r"LABEL_(\d+)")
"""What transformers calls classes that nobody named."""


@dataclass(frozen=True)
class Network:
    """A model that is there and can be run.

    Attributes:
        said: As it was given.
        folder: Where it lies.
        names: Its classes in the order of its outputs; "0", "1", ... if nobody named them; none
            for a language model, whose answers are tokens.
        identity: Hash of its files.
    """

    said: str
    folder: Path
    names: tuple[str, ...]
    identity: str

    @property
    def by_token(self) -> bool:
        """Whether it is a language model."""
        return not self.names


def find_network(model: str, download: bool) -> Network:
    """The model at a folder or hub name.

    Raises:
        ValueError: One sentence: not found, with the places looked at; or of another kind.
    """
    folder = Path(model) if Path(model).is_dir() else _of_hub(model, download)
    config = config_of(Origin(str(folder)))
    return Network(model, folder, _names(model, config), _identity(folder))


def _of_hub(model: str, download: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE

    name, _, revision = model.partition("@")
    try:
        found = snapshot_download(
            name,
            revision=revision or None,
            allow_patterns=list(FILES),
            local_files_only=not download,
        )
    except (OSError, ValueError) as error:
        cache = Path(HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
        rest = (
            f", and could not be downloaded ({first_sentence(error)})"
            if download
            else "; add --download to fetch it"
        )
        raise ValueError(
            f"the model {model!r} is neither a file or folder here nor in the cache {cache}{rest}"
        ) from None
    return Path(found)


def _names(model: str, config: Any) -> tuple[str, ...]:
    made = config.architectures or ["ForSequenceClassification"]
    if not (isinstance(made, list | tuple) and isinstance(made[0], str)):
        raise ValueError(f"the config of {model} must list architectures by name, got {made!r}")
    if made[0].endswith(CAUSAL):
        return ()
    if not made[0].endswith("ForSequenceClassification"):
        raise ValueError(
            f"{model} is a {made[0]}, expected a model for sequence classification, or a causal "
            "language model"
        )
    if config.problem_type == "multi_label_classification":
        raise ValueError(
            f"{model} gives several classes to a text (problem_type {config.problem_type}), but an "
            "audit is about models whose probabilities sum to 1"
        )
    names = tuple(str(config.id2label.get(place)) for place in range(config.num_labels))
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise ValueError(
            f"{model} names {len(set(names))} distinct classes in id2label for {len(names)} "
            "outputs, expected one name for each, and at least two"
        )
    return _numbers(names)


def _numbers(names: Sequence[str]) -> tuple[str, ...]:
    """`LABEL_0`, `LABEL_1`, ... as 0, 1, ...; other names as they are."""
    found = [UNNAMED.fullmatch(name) for name in names]
    if all(one and int(one[1]) == place for place, one in enumerate(found)):
        return tuple(map(str, range(len(names))))
    return tuple(names)


def _identity(folder: Path) -> str:
    """Hash of names and contents; what lies beside a model, such as optimizer states, is left."""
    return hash_of(sorted({path for pattern in FILES for path in folder.glob(pattern)}))
