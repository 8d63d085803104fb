"""What a dotted path accepts, read from its source text: nothing is imported or executed.

So a study of torch classes is checked, named and listed in a fraction of a second, before
torch. Where the text does not tell, the answer is None and `mtkd.config.targets` asks the
imported object instead.
"""

import ast
import sys
from functools import cache
from importlib.machinery import ModuleSpec
from inspect import Parameter, Signature, _ParameterKind

from mtkd.config.errors import ConfigError
from mtkd.config.sources import Definition, find_definition, split_target

COMPUTED = "<computed>"
"""Stands for a default that is not a literal."""

TAKE_NOTHING = ("ABC", "object", "nn.Module", "torch.nn.Module")
"""Base classes whose own constructor takes no argument."""


def read_signature(target: str) -> Signature | None:
    """What `target` accepts, without `self`; None if only an import can tell.

    Annotations are their source text; a default that is no literal is `COMPUTED`.

    Raises:
        ConfigError: There is no such module, or nothing of that name in it.
    """
    return _read(target, tuple(sys.path))


@cache
def _read(target: str, search_path: tuple[str, ...]) -> Signature | None:
    spec, names = split_target(target)
    if not names:
        raise ConfigError(f"{target!r} is a module; name a class or a function in it")
    found = find_definition(spec, names[0])
    return None if found is None or len(names) > 1 else _signature(*found)


def _signature(spec: ModuleSpec, definition: Definition) -> Signature | None:
    if isinstance(definition, ast.FunctionDef):
        return None if definition.decorator_list else _of_function(definition)
    if definition.decorator_list:
        decorators = [ast.unparse(decorator) for decorator in definition.decorator_list]
        known = len(decorators) == 1 and decorators[0].startswith("dataclass")
        return _of_fields(definition) if known and not definition.bases else None
    methods = {node.name: node for node in definition.body if isinstance(node, ast.FunctionDef)}
    if "__init__" in methods:
        of_init = _of_function(methods["__init__"])
        return of_init.replace(parameters=list(of_init.parameters.values())[1:])
    if "__new__" in methods:
        return None
    if not definition.bases or ast.unparse(definition.bases[0]) in TAKE_NOTHING:
        return Signature()
    base = definition.bases[0]
    found = find_definition(spec, base.id) if isinstance(base, ast.Name) else None
    return _signature(*found) if found else None


def _of_function(function: ast.FunctionDef) -> Signature:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    defaults = [*[None] * required, *arguments.defaults]
    pairs = list(zip(positional, defaults, strict=True))
    found = [_parameter(a, d, Parameter.POSITIONAL_OR_KEYWORD) for a, d in pairs]
    if arguments.vararg:
        found.append(_parameter(arguments.vararg, None, Parameter.VAR_POSITIONAL))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(_parameter(argument, default, Parameter.KEYWORD_ONLY))
    if arguments.kwarg:
        found.append(_parameter(arguments.kwarg, None, Parameter.VAR_KEYWORD))
    return Signature(found)


def _of_fields(definition: ast.ClassDef) -> Signature:
    """What the constructor of a dataclass without bases accepts."""
    found = []
    for field in definition.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            argument = ast.arg(field.target.id, field.annotation)
            found.append(_parameter(argument, field.value, Parameter.POSITIONAL_OR_KEYWORD))
    return Signature(found)


def _parameter(argument: ast.arg, default: ast.expr | None, kind: _ParameterKind) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation else Parameter.empty
    value: object = Parameter.empty
    if default is not None:
        try:
            value = ast.literal_eval(default)
        except ValueError:
            value = COMPUTED
    return Parameter(argument.arg, kind, default=value, annotation=annotation)
