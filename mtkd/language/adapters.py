"""A batch in, hidden states and head (or logits) out, around a transformers model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.language.head import caught, check_causal, measured_finish, output_head, probing
from mtkd.language.positions import most_positions
from mtkd.outputs import ModelOutput, OutputHead


class TokenModel(nn.Module):
    """A language model handed over as last hidden states and output head: no logits are made.

    Args:
        model: A causal or masked language model of transformers. It stays usable by itself:
            `generate` and `save_pretrained` are those of `self.model`.
        causal: Whether it must not see later tokens; measured once, here.

    Attributes:
        width: Size of a hidden state at the head.
        classes: Rows of the head: the vocabulary, with its padding if it has any.
        scale: Factor on the raw logits, 1 for most models.
        softcap: Largest magnitude of a logit, or None.
        positions: Longest sequence the model knows, or None.

    Raises:
        ValueError: The model has no head, treats its logits in a way that scale and soft-cap do
            not explain, or sees later tokens although it should be causal.
    """

    def __init__(self, model: Any, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.classes, self.width = output_head(model).weight.shape
        self.scale, self.softcap = measured_finish(model)
        if causal:
            check_causal(model)
        self.positions, self.options = most_positions(model), options(model)
        self.model = model

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Hidden states `[batch, length, width]` and head for `batch["inputs"]`.

        Args:
            batch: `inputs [batch, length]` token ids; `attention_mask [batch, length]`, if
                given, is 1 (or true) at tokens and 0 at padding.

        Raises:
            ValueError: `inputs` are no token ids, or too many for the model.
        """
        arguments = token_arguments(batch, self.positions, type(self.model).__name__)
        head = output_head(self.model)
        with caught(head) as seen:
            self.model(**arguments, **self.options)
        made = OutputHead(head.weight, head.bias, self.scale, self.softcap)
        return ModelOutput(hidden=seen[0], head=made)


class SequenceModel(nn.Module):
    """A classifier of whole sequences: logits `[batch, classes]`.

    Args:
        model: A sequence classifier of transformers.

    Attributes:
        classes: Number of classes.
        positions: Longest sequence the model knows, or None.

    Raises:
        ValueError: The model reads its answer at the last token that is no padding, and has no
            padding token.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.classes = int(model.config.num_labels)
        self.positions, self.options = most_positions(model), options(model)
        tokens = torch.zeros(2, 1, dtype=torch.long, device=model.device)
        try:
            with probing(model):
                model(input_ids=tokens)
        except ValueError as error:
            raise ValueError(
                f"{type(model).__name__} cannot read a batch of sequences ({error}); give "
                "padding=, the id of its padding token"
            ) from None
        self.model = model

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Logits for `batch["inputs"]`, `[batch, length]` token ids; see `TokenModel`."""
        arguments = token_arguments(batch, self.positions, type(self.model).__name__)
        return ModelOutput(logits=self.model(**arguments, **self.options).logits)


def options(model: Any) -> dict[str, bool]:
    """Keys and values for generating are not kept, if `model` would keep them by default.

    Said in the call and not in the config, which is saved with a student.
    """
    accepted = inspect.signature(model.forward).parameters
    return {"use_cache": False} if "use_cache" in accepted else {}


def token_arguments(
    batch: Mapping[str, Tensor], positions: int | None, name: str
) -> dict[str, Tensor]:
    """What a transformers model is called with, checked.

    Raises:
        ValueError: `inputs` are no token ids `[batch, length]`, or longer than `positions`.
    """
    inputs = batch["inputs"]
    if inputs.dim() != 2 or inputs.is_floating_point():
        raise ValueError(
            f"{name} reads token ids [batch, length], got {inputs.dtype} of shape "
            f"{list(inputs.shape)}; tokenise in the data module"
        )
    if positions is not None and inputs.shape[1] > positions:
        raise ValueError(
            f"a sequence of {inputs.shape[1]} tokens is longer than the {positions} positions of "
            f"{name}; cut or pack the text to {positions} tokens"
        )
    arguments = {"input_ids": inputs}
    if "attention_mask" in batch:
        arguments["attention_mask"] = batch["attention_mask"]
    return arguments
