"""One config on top of another, and single values put into place."""

import re
from collections.abc import Sequence
from typing import Any

from mtkd.config.errors import ConfigError


def merge(base: Any, override: Any) -> Any:
    """`override` on top of `base`, key by key; lists and values are replaced.

    A node that names another `_target_` replaces the whole node: the arguments of the old
    class mean nothing to the new one.
    """
    if not (isinstance(base, dict) and isinstance(override, dict)):
        return override
    if override.get("_target_", base.get("_target_")) != base.get("_target_"):
        return override
    return base | {key: merge(base.get(key), value) for key, value in override.items()}


def set_path(config: Any, path: Sequence[str], value: Any, at: str = "config") -> Any:
    """A copy of `config` with `value` at `path`, whatever was there before.

    Another `_target_` drops the arguments of the old one, as in `merge`.

    Args:
        config: Mapping, list, or None for a mapping yet to be made.
        path: Keys from the outside in; a list takes positions.
        value: What to put there.
        at: Config path of `config`, for error sentences.

    Raises:
        ConfigError: The path leads into a plain value, or past the end of a list.
    """
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(config, list):
        if not key.isdecimal() or int(key) >= len(config):
            axis = ".".join([*at.split(".")[2:], *path])  # of one product, `config.grid.loss`
            vary = f", or make {axis} an axis of its own, like 'grid={{{axis}: [...]}}'"
            of_grid = re.fullmatch(r"config\.grid\.\D+", at) and not key.isdecimal()
            raise ConfigError(
                f"{at} is a list of {len(config)}, it has no {key!r}; "
                f"name a position, which starts at 0{vary if of_grid else ''}"
            )
        before, after = config[: int(key)], config[int(key) + 1 :]
        return [*before, set_path(config[int(key)], rest, value, f"{at}.{key}"), *after]
    if config is not None and not isinstance(config, dict):
        raise ConfigError(f"{at} is {config!r}, it has no key {key!r}")
    node = config or {}
    if key == "_target_" and not rest and node.get(key) != value:
        return {name: node[name] for name in node if name == "_partial_"} | {key: value}
    return node | {key: set_path(node.get(key), rest, value, f"{at}.{key}")}
