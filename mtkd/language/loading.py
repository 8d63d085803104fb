"""A transformers model made or loaded: safely, whole, of one type and on one device."""

from __future__ import annotations

from typing import Any

import torch

from mtkd.language.origin import Origin, first_sentence

DTYPES = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


def load(
    auto: Any, origin: Origin, dtype: str | None, device: str | None, gradient_checkpointing: bool
) -> Any:
    """The model that `auto`, one of transformers' Auto classes, makes of `origin`.

    Returns:
        A transformers model in train mode.

    Raises:
        ValueError: See `mtkd.language.causal_model`.
    """
    kind, place = known_dtype(dtype), known_device(device)
    config = origin.config()
    make = _new if origin.from_scratch else _stored
    model = make(auto, origin, config, kind).to(place).train()
    if gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    return model


def _new(auto: Any, origin: Origin, config: Any, dtype: torch.dtype | None) -> Any:
    _check_family(auto, config, origin.name)
    return auto.from_config(config, dtype=dtype or torch.float32, trust_remote_code=False)


def _stored(auto: Any, origin: Origin, config: Any, dtype: torch.dtype | None) -> Any:
    from safetensors import SafetensorError

    _check_family(auto, config, origin.name)
    try:
        model, found = auto.from_pretrained(
            origin.name,
            config=config,
            revision=origin.revision or "main",
            dtype=dtype or "auto",
            local_files_only=origin.local_files_only,
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # they are refused below, by name
            output_loading_info=True,
        )
    except OSError as error:
        raise ValueError(origin.missing("model.safetensors", error)) from None
    except SafetensorError as error:
        raise ValueError(f"the weights of {origin.name} are damaged ({error})") from None
    _check_whole(model, origin, found)
    return model


def _check_family(auto: Any, config: Any, name: str) -> None:
    """Refuse a family that has no model of this kind, such as one without an output head."""
    if type(config) not in auto._model_mapping:
        raise ValueError(
            f"{name} is of model_type {config.model_type!r}, which has no {auto.__name__} in "
            "transformers: it has no output head for this"
        )


def _check_whole(model: Any, origin: Origin, found: dict[str, Any]) -> None:
    """Refuse weights that transformers would leave random with no more than a warning."""
    body = f"{model.base_model_prefix}."
    lacking = sorted(found["missing_keys"])
    if origin.new_head:
        lacking = [key for key in lacking if key.startswith(body)]
    if lacking:
        raise ValueError(
            f"the weights of {origin.name} have no {lacking[0]} ({len(lacking)} missing), so "
            f"{type(model).__name__} has no trained output head or body; load weights that were "
            "saved by the same kind of model"
        )
    odd = sorted(str(key[0]) for key in found["mismatched_keys"])
    if odd:
        raise ValueError(
            f"the weights of {origin.name} do not fit its config: {odd[0]} has another size; "
            "check the number of classes"
        )


def known_dtype(name: str | None) -> torch.dtype | None:
    """The torch type called `name`.

    Raises:
        ValueError: It is none of `DTYPES`.
    """
    if name is None:
        return None
    if name not in DTYPES:
        raise ValueError(f"unknown dtype {name!r}; it must be one of {', '.join(DTYPES)}")
    return DTYPES[name]


def known_device(name: str | None) -> torch.device:
    """The torch device called `name`.

    Raises:
        ValueError: torch knows no such device, or this machine has none.
    """
    try:
        device = torch.device(name or "cpu")
    except RuntimeError as error:
        raise ValueError(f"unknown device {name!r}: {first_sentence(error)}") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device {name!r} asks for a GPU, but torch finds none; use 'cpu'")
    return device
