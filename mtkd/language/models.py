"""Students and teachers from transformers: by hub name, by folder, or by config from scratch.

Loading runs no code that comes with a model (`trust_remote_code` is off) and reads no pickle
(`use_safetensors` is on); neither can be switched. Models come in train mode, as any module that
was just made; `mtkd.teachers.LiveTeacher` puts its own into eval mode. transformers is imported
when a model is made, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.language.adapters import SequenceModel, TokenModel
from mtkd.language.loading import load
from mtkd.language.origin import Origin


def causal_model(
    model: str | Path | Mapping[str, Any],
    *,
    revision: str | None = None,
    dtype: str | None = None,
    device: str | None = None,
    local_files_only: bool = True,
    gradient_checkpointing: bool = False,
    quantization: Mapping[str, Any] | None = None,
) -> TokenModel:
    """A model that predicts the next token at every position.

    Args:
        model: Folder written by `save_pretrained`, hub name, or config of a model to train from
            scratch: `model_type` and that family's settings; weights from torch's global seed.
        revision: Branch, tag or commit of a hub name; None: `main`.
        dtype: Name of a floating torch type; None: the stored one, float32 from scratch.
        device: Where it lives; None: the CPU.
        local_files_only: Whether a hub name is looked up in the local cache only.
        gradient_checkpointing: Compute activations again in the backward pass: less memory,
            about a third more time.
        quantization: Stored weights in fewer bits, but for the head, as in
            `{library: bitsandbytes, load_in_4bit: true}` or
            `{library: torchao, scheme: Int8WeightOnlyConfig}`. Such a model is frozen: a
            teacher, or a student below a `LowRankModel`.

    Raises:
        ValueError: One sentence: nothing found, nothing safe to load, no output head, a wrong
            name of a type, device or config key, a library that is not installed.
    """
    from transformers import AutoModelForCausalLM

    origin = Origin(model, revision, local_files_only)
    found = load(
        AutoModelForCausalLM,
        origin,
        dtype=dtype,
        device=device,
        gradient_checkpointing=gradient_checkpointing,
        quantization=quantization,
    )
    return TokenModel(found, causal=True)


def masked_model(
    model: str | Path | Mapping[str, Any],
    *,
    revision: str | None = None,
    dtype: str | None = None,
    device: str | None = None,
    local_files_only: bool = True,
    gradient_checkpointing: bool = False,
    quantization: Mapping[str, Any] | None = None,
) -> TokenModel:
    """A model that predicts hidden tokens from both sides.

    Its labels are not shifted: `labels[i]` is the token that was hidden at position i, and the
    batch's `mask` is true there. Arguments and errors are those of `causal_model`.
    """
    from transformers import AutoModelForMaskedLM

    origin = Origin(model, revision, local_files_only)
    found = load(
        AutoModelForMaskedLM,
        origin,
        dtype=dtype,
        device=device,
        gradient_checkpointing=gradient_checkpointing,
        quantization=quantization,
    )
    return TokenModel(found, causal=False)


def sequence_classifier(
    model: str | Path | Mapping[str, Any],
    *,
    classes: int | None = None,
    padding: int | None = None,
    revision: str | None = None,
    dtype: str | None = None,
    device: str | None = None,
    local_files_only: bool = True,
    gradient_checkpointing: bool = False,
    quantization: Mapping[str, Any] | None = None,
) -> SequenceModel:
    """A model that predicts one class for each sequence.

    Args:
        model: As in `causal_model`.
        classes: Number of classes. With it a folder without a classifier gets a new one from
            torch's global seed; None: the classifier must be in the folder (or `num_labels` in
            the config).
        padding: Id of the padding token, for a model that has none; None: the model's own.
        revision: As in `causal_model`, like the other arguments and the errors.
        dtype: As in `causal_model`.
        device: As in `causal_model`.
        local_files_only: As in `causal_model`.
        gradient_checkpointing: As in `causal_model`.
        quantization: As in `causal_model`.
    """
    from transformers import AutoModelForSequenceClassification

    changes: dict[str, int] = {}
    if classes is not None:
        changes["num_labels"] = classes
    if padding is not None:
        changes["pad_token_id"] = padding
    origin = Origin(model, revision, local_files_only, changes, new_head=classes is not None)
    found = load(
        AutoModelForSequenceClassification,
        origin,
        dtype=dtype,
        device=device,
        gradient_checkpointing=gradient_checkpointing,
        quantization=quantization,
    )
    return SequenceModel(found)
