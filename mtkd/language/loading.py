"""A transformers model made or loaded: safely, whole, of one type and on one device."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

import torch

from mtkd.language.origin import Origin, first_sentence
from mtkd.language.placement import known_device, known_dtype
from mtkd.language.progress import no_bars
from mtkd.language.quantized import quantization_config
from mtkd.language.wrong_config import cannot_be_built, config_of, given, told_config
from mtkd.memory import told_memory

LOADING_ADVICE = (
    "use a smaller model (hidden_size, num_hidden_layers, vocab_size), dtype: bfloat16, "
    "quantization of stored weights, or another device"
)


def load(
    auto: Any,
    origin: Origin,
    *,
    dtype: str | None,
    device: str | None,
    gradient_checkpointing: bool,
    quantization: Mapping[str, Any] | None,
) -> Any:
    """The model that `auto`, one of transformers' Auto classes, makes of `origin`.

    Returns:
        A transformers model in train mode; frozen, if it is quantised.

    Raises:
        ValueError: See `mtkd.language.causal_model`.
    """
    kind, place = known_dtype(dtype), known_device(device)
    who = "a new model" if origin.from_scratch else f"the model {origin.name}"
    with told_memory(who, LOADING_ADVICE):
        config = config_of(origin)
        if quantization is not None:
            model = _quantized(auto, origin, config, kind, place, quantization)
        elif origin.from_scratch:
            model = _new(auto, origin, config, kind).to(place)
        else:
            model = _stored(auto, origin, config, dtype=kind).to(place)
    if gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
    return model.train()


def _new(auto: Any, origin: Origin, config: Any, dtype: torch.dtype | None) -> Any:
    _check_family(auto, config, origin.name)
    with told_config(cannot_be_built(config.model_type), given(origin), config.to_dict()):
        return auto.from_config(config, dtype=dtype or torch.float32, trust_remote_code=False)


def _quantized(
    auto: Any,
    origin: Origin,
    config: Any,
    dtype: torch.dtype | None,
    place: torch.device,
    quantization: Mapping[str, Any],
) -> Any:
    """Stored weights, quantised while they are read."""
    settings = quantization_config(quantization)
    if origin.from_scratch:
        raise ValueError("quantization needs stored weights, a config from scratch has none")
    if vars(config).get("quantization_config"):
        raise ValueError(f"{origin.name} is stored quantised already; leave quantization out")
    # bitsandbytes quantises on the device; torchao's weights move like any other.
    on = {"device_map": {"": place}} if quantization["library"] == "bitsandbytes" else {}
    model = _stored(auto, origin, config, dtype=dtype, quantization_config=settings, **on)
    return (model if on else model.to(place)).requires_grad_(False)


def _stored(
    auto: Any, origin: Origin, config: Any, *, dtype: torch.dtype | None, **more: Any
) -> Any:
    from safetensors import SafetensorError

    _check_family(auto, config, origin.name)
    what = f"{origin.name} cannot be loaded as a {config.model_type} model"
    try:
        with (
            told_config(what, config.to_diff_dict(), config.to_dict()),
            no_bars(origin.local_files_only),  # a download is worth one
        ):
            origin.refuse_pickles()
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
                **more,
            )
    except OSError as error:
        raise ValueError(origin.missing("model.safetensors", error)) from None
    except ImportError as error:
        raise ValueError(f"{origin.name} is quantised: {first_sentence(error)}") from None
    except (SafetensorError, JSONDecodeError) as error:
        said = first_sentence(error)
        raise ValueError(f"the weights of {origin.name} are damaged ({said})") from None
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
        advice = "check the settings that were changed"
        if "num_labels" in origin.changes:
            advice = (
                "a saved head keeps its number of classes, so leave classes out and give data with "
                "as many, or give a model that was trained on these"
            )
        raise ValueError(
            f"the weights of {origin.name} do not fit its config: {odd[0]} has another size; "
            f"{advice}"
        )
