"""Parameter groups: what weight decay leaves alone, and what learns at a rate of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

EMBEDDINGS = ("embed", "word_embeddings", "position_embeddings", "wte", "wpe", "shared")
"""How the names of embedding tables start, in the families of transformers."""


def grouped(
    parameters: Iterable[tuple[str, Tensor]],
    optimizer: Callable[[Iterable[dict[str, Any]]], Optimizer],
    *,
    rates: Mapping[str, float] | None = None,
    undecayed: Sequence[str] = EMBEDDINGS,
) -> Optimizer:
    """An optimizer whose weight decay spares biases, norms and embeddings.

    A name is meant by its dotted parts: `lora_` means every parameter one of whose parts starts
    with it. A tied head is an embedding.

    Args:
        parameters: Pairs of name and parameter, as `named_parameters()` gives them.
        optimizer: Makes the optimizer from parameter groups; its own learning rate and weight
            decay hold wherever nothing else is said.
        rates: Learning rates by the start of a name, such as `{lora_: 1.0e-3, lm_head: 1.0e-4}`.
        undecayed: Starts of names without weight decay. A parameter with fewer than two axes
            (a bias, a norm) never has any.

    Raises:
        ValueError: Parameters without names, a rate that belongs to none of them, or two rates
            for one.
    """
    rates = dict(rates or {})
    groups: dict[tuple[str | None, bool], dict[str, Any]] = {}
    names = []
    for name, parameter in _named(parameters):
        names.append(name)
        rate = _rate(name, rates)
        decays = parameter.dim() > 1 and not any(_meant(name, start) for start in undecayed)
        group = {} if rate is None else {"lr": float(rates[rate])}
        if not decays:
            group["weight_decay"] = 0.0
        groups.setdefault((rate, decays), {"params": [], **group})["params"].append(
            (name, parameter)
        )
    idle = sorted(set(rates) - {rate for rate, _ in groups})
    if idle:
        raise ValueError(
            f"rates has {idle[0]!r}, but no trained parameter has a part that starts with it; they "
            f"are {_listed(names)}"
        )
    return optimizer(list(groups.values()))


def _named(parameters: Iterable[Any]) -> Iterable[tuple[str, Tensor]]:
    for pair in parameters:
        if isinstance(pair, Tensor):
            raise ValueError(
                "grouped needs names beside the parameters; give it named_parameters()"
            )
        yield pair


def _rate(name: str, rates: Mapping[str, float]) -> str | None:
    """The key of `rates` that means `name`."""
    found = [start for start in rates if _meant(name, start)]
    if len(found) > 1:
        raise ValueError(f"rates gives {name} two rates, by {' and '.join(found)}; leave one out")
    return found[0] if found else None


def _meant(name: str, start: str) -> bool:
    return any(part.startswith(start) for part in name.split("."))


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
