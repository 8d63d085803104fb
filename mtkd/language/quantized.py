"""Weights in fewer bits than they were stored in: settings for bitsandbytes and torchao."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from mtkd.language.settings import unknown

NEEDED = {"bitsandbytes": ("bitsandbytes", "accelerate"), "torchao": ("torchao",)}
"""Packages of each library; transformers needs accelerate to place bitsandbytes' weights."""


def quantization_config(settings: Mapping[str, Any]) -> Any:
    """What transformers' `from_pretrained` takes as `quantization_config`.

    The head stays as it is stored, with both libraries: it is read by itself.

    Args:
        settings: `library` and its own settings. `bitsandbytes`: those of transformers'
            `BitsAndBytesConfig`, such as `load_in_8bit: true`. `torchao`: `scheme`, the name of
            one of its configs such as `Int8WeightOnlyConfig`, and that one's settings.

    Raises:
        ValueError: No or unknown library, one that is not installed, a wrong setting.
    """
    rest = dict(settings)
    library = rest.pop("library", None)
    if library not in NEEDED:
        raise ValueError(f"quantization needs library: {' or '.join(NEEDED)}, got {library!r}")
    lacking = [package for package in NEEDED[library] if find_spec(package) is None]
    if lacking:
        raise ValueError(
            f"quantization with {library} needs {' and '.join(lacking)}, which is not installed; "
            f"pip install {' '.join(lacking)}, or leave quantization out and set dtype: bfloat16"
        )
    return _bitsandbytes(rest) if library == "bitsandbytes" else _torchao(rest)


def _bitsandbytes(settings: dict[str, Any]) -> Any:
    from transformers import BitsAndBytesConfig

    made = _called(BitsAndBytesConfig, settings)
    if not (made.load_in_8bit or made.load_in_4bit):
        raise ValueError(
            "quantization with bitsandbytes needs load_in_8bit: true or load_in_4bit: true"
        )
    return made


def _torchao(settings: dict[str, Any]) -> Any:
    import torchao.quantization
    from torchao.core.config import AOBaseConfig
    from transformers import TorchAoConfig

    schemes = {
        name: scheme
        for name, scheme in vars(torchao.quantization).items()
        if isinstance(scheme, type) and issubclass(scheme, AOBaseConfig)
    }
    scheme = settings.pop("scheme", None)
    if scheme not in schemes:
        raise ValueError(unknown(f"scheme {scheme!r} of torchao", str(scheme), schemes))
    return TorchAoConfig(_called(schemes[scheme], settings))


def _called(make: Callable[..., Any], settings: dict[str, Any]) -> Any:
    """`make(**settings)`; transformers would take a misspelt setting without a word."""
    known = [
        name
        for name, parameter in inspect.signature(make).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    name = make.__name__
    for key in settings:
        if key not in known:
            raise ValueError(unknown(f"setting {key!r} of {name}", key, known))
    try:
        return make(**settings)
    except (TypeError, ValueError, AssertionError) as error:
        raise ValueError(f"quantization, {name}: {error}") from None
