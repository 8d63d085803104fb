"""YAML in and out. The only file that imports OmegaConf."""

import re
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from mtkd.config.errors import ConfigError

SEVERAL = re.compile(r"[-+.\de]+(,[-+.\de]+)+|[^,'\"\[{]+\.ya?ml(,[^,'\"\[{]+\.ya?ml)+")
"""Numbers or files with commas between them, as other tools write a sweep."""


def read_yaml(file: Path) -> dict[str, Any]:
    """The mapping in a YAML file, interpolations still open; an empty file is an empty mapping.

    Raises:
        ConfigError: It cannot be read, is no YAML, or holds a list.
    """
    try:
        content = OmegaConf.to_container(OmegaConf.load(file))
    except (YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as YAML: {_one_line(error)}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{file} must hold keys and values, got a list")
    return {str(key): value for key, value in content.items()}


def parse_value(text: str, what: str) -> Any:
    """The value a piece of YAML stands for: `3e-3` a number, `[a, b]` a list, nothing null.

    Raises:
        ConfigError: It is no YAML; `what` begins the sentence.
    """
    try:
        return OmegaConf.to_container(OmegaConf.from_dotlist([f"value={text}"]))["value"]  # type: ignore[index, call-overload]
    except (YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{what}: the value is not YAML: {_one_line(error)}") from None


def refuse_several(key: str, text: str) -> None:
    """Stop at `seed=0,1,2`, which YAML reads as one text.

    Raises:
        ConfigError: How several values are written.
    """
    if SEVERAL.fullmatch(text):
        axis = f", or to compare them an axis, 'grid={{{key}: [{text}]}}'"
        raise ConfigError(
            f"override '{key}={text}' gives several values; write a list, '{key}=[{text}]'"
            f"{axis * (key != 'seed' and not key.startswith('grid.'))}"
        )


def resolve(config: dict[str, Any]) -> dict[str, Any]:
    """`config` with every `${other.key}` replaced by what it stands for.

    Raises:
        ConfigError: An interpolation names nothing, or runs in a circle.
    """
    try:
        return OmegaConf.to_container(OmegaConf.create(config), resolve=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ConfigError(f"config.{error.full_key}: {_one_line(error)}") from None


def as_yaml(config: dict[str, Any]) -> str:
    """`config` as YAML text, keys in their order."""
    return OmegaConf.to_yaml(OmegaConf.create(config))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
