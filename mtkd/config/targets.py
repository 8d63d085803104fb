"""From a config node to an object: `_target_` is a call, its other keys are the arguments.

`_partial_: true` leaves the call open for what is only known later. The constructor's
signature is the schema; there is no second list of arguments to keep in step.
"""

import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from inspect import Parameter, Signature
from operator import attrgetter
from typing import Any

from mtkd.config.arguments import check_arguments
from mtkd.config.errors import ConfigError
from mtkd.config.raised import told
from mtkd.config.signatures import read_signature
from mtkd.config.sources import split_target

SPECIAL = ("_target_", "_partial_")


def instantiate(node: Any, at: str = "config", /, *late: Any, **late_arguments: Any) -> Any:
    """What a node describes, nested nodes first; plain values stay as they are.

    Args:
        node: Mapping with `_target_`, or a mapping, list or value that may hold some inside.
        at: Config path of the node, for error sentences.
        late, late_arguments: Arguments of the outermost call that no config can hold.

    Raises:
        ConfigError: The target does not exist, does not accept the arguments, or raises
            something; see `mtkd.config.raised.told` for what passes.
    """
    if isinstance(node, list):
        return [instantiate(value, f"{at}.{index}") for index, value in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    given = {key: instantiate(value, f"{at}.{key}") for key, value in arguments(node).items()}
    if "_target_" not in node:
        return given
    _check_one(node, at, True, len(late), late_arguments)
    call = partial(_locate(node["_target_"], at), *late, **given, **late_arguments)
    if node.get("_partial_"):
        return call
    with told(f"{at}: {_short(node)}"):
        return call()


def check(node: Any, at: str = "config", importing: bool = True) -> None:
    """Hold every node inside `node` against the signature of its target, calling none.

    Args:
        node: See `instantiate`.
        at: Config path of the node, for error sentences.
        importing: False looks at source files only; what they do not tell is not checked.

    Raises:
        ConfigError: A target does not exist or does not accept its arguments.
    """
    for inner, where in targets(node, at):
        _check_one(inner, where, importing)


def complete(node: Any) -> Any:
    """`node` with the defaults its targets declare filled in, as far as source files tell."""
    if isinstance(node, list):
        return [complete(value) for value in node]
    if not isinstance(node, Mapping):
        return node
    filled = {key: complete(value) for key, value in node.items()}
    signature = read_signature(node["_target_"]) if "_target_" in node else None
    parameters = signature.parameters.values() if signature else ()
    return {p.name: p.default for p in parameters if p.default is not Parameter.empty} | filled


def targets(node: Any, at: str = "config") -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every node with a `_target_` inside `node`, itself included, and its config path."""
    if isinstance(node, Mapping) and "_target_" in node:
        yield node, at
    inner = dict(enumerate(node)) if isinstance(node, list) else node
    if isinstance(inner, Mapping):
        for key, value in inner.items():
            yield from targets(value, f"{at}.{key}")


def arguments(node: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a node that its target is called with."""
    return {key: value for key, value in node.items() if key not in SPECIAL}


def _check_one(
    node: Mapping[str, Any],
    at: str,
    importing: bool,
    late: int = 0,
    late_names: Iterable[str] = (),
) -> None:
    target = node["_target_"]
    if not isinstance(target, str):
        raise ConfigError(f"{at}._target_ must be a dotted path like package.Class, got {target!r}")
    try:
        signature = read_signature(target)
    except ConfigError as error:
        raise ConfigError(f"{at}._target_: {error}") from None
    if signature is None and importing:
        signature = _imported_signature(_locate(target, at))
    if signature is not None:
        who, partly = f"{at}: {_short(node)}", bool(node.get("_partial_"))
        check_arguments(signature, arguments(node), who, partly, late, late_names)


def _locate(target: str, at: str) -> Callable[..., Any]:
    """The class or function a dotted path names, imported."""
    try:
        module, names = split_target(target)
    except ConfigError as error:
        raise ConfigError(f"{at}._target_: {error}") from None
    with told(f"{at}._target_: cannot import {target!r}"):
        imported = importlib.import_module(module.name)
    try:
        found = attrgetter(".".join(names))(imported)
    except AttributeError as error:
        raise ConfigError(f"{at}._target_: {error}") from None
    if not callable(found):
        raise ConfigError(f"{at}._target_: {target!r} is no class or function, it cannot be called")
    return found


def _imported_signature(function: Callable[..., Any]) -> Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def _short(node: Mapping[str, Any]) -> str:
    return node["_target_"].rsplit(".", 1)[-1]
