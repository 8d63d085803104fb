"""The output head of a transformers model: where it is, and what arrives there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.language.probing import probing


def output_head(model: Any) -> nn.Linear:
    """The linear layer that makes the logits.

    Raises:
        ValueError: There is none, or its weights are not plain numbers (quantised, LoRA).
    """
    head = model.get_output_embeddings()
    name = type(model).__name__
    if head is None:
        raise ValueError(
            f"{name} has no output head over tokens; use a causal or masked language model"
        )
    # A quantised weight may call itself a floating tensor, but it is one of a class of its own.
    plain = isinstance(head, nn.Linear) and type(head.weight) in (Tensor, nn.Parameter)
    if not (plain and head.weight.is_floating_point()):
        raise ValueError(
            f"the output head of {name} is a {type(head).__name__} without a plain weight matrix; "
            "leave the head out of quantisation and of LoRA's targets"
        )
    return head


@contextmanager
def caught(head: nn.Linear) -> Iterator[list[Tensor]]:
    """Hidden states `[..., length, width]` that arrive at the head, which gets no position.

    The model runs up to its head by its own code, whatever its family does on the way, and its
    logits are `[..., 0, classes]`. Outside of this context the model is as before.
    """
    seen: list[Tensor] = []

    def stop(layer: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        seen.append(arguments[0])
        return (arguments[0][..., :0, :],)

    handle = head.register_forward_pre_hook(stop)
    try:
        yield seen
    finally:
        handle.remove()


def check_causal(model: Any) -> None:
    """Refuse a model that looks ahead: it would read the very label it predicts.

    Raises:
        ValueError: A hidden state changes when only a later token does.
    """
    head = output_head(model)
    classes = head.weight.shape[0]
    # Twice, as some models read nothing from a padding token on, whichever that is.
    rows = [[0, 1, 2], [0, 1, 3], [4, 5, 6], [4, 5, 7]]
    tokens = torch.tensor(rows, device=head.weight.device) % classes
    with probing(model), caught(head) as seen:
        model(input_ids=tokens)
    one, other = seen[0][::2, :2].double(), seen[0][1::2, :2].double()
    # Both rows come out bit by bit equal in practice; the room is for kernels that reorder sums.
    room = max(1e-5, 8 * torch.finfo(seen[0].dtype).eps)
    if float((one - other).abs().max()) > room * float(one.abs().max()):
        raise ValueError(
            f"{type(model).__name__} sees later tokens, so it is not causal; set is_decoder: true "
            "in its config, or use masked_model"
        )
