"""The student writes, with dropout off and without gradients."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mtkd.onpolicy.choice import choose, uniforms
from mtkd.onpolicy.decoders import decoder
from mtkd.onpolicy.progress import Progress
from mtkd.onpolicy.prompts import Prompts


@dataclass(frozen=True)
class Sampling:
    """How text is drawn; see `mtkd.onpolicy.OnPolicy` for the meanings.

    Attributes:
        temperature: Divides the logits, positive.
        top_p: Mass kept, in (0, 1].
        max_new_tokens: Most tokens written behind a prompt.
        end_tokens: Tokens after which a row is complete; the row keeps them.
    """

    temperature: float
    top_p: float
    max_new_tokens: int
    end_tokens: Collection[int]


@dataclass(frozen=True)
class Text:
    """What was written behind each prompt.

    Attributes:
        tokens: `[row, new]` int64; 0 behind the end.
        log_probs: `[row, new]` float32, what each token was drawn with; 0 behind the end.
        present: `[row, new]` booleans, false behind the end.
        ended: `[row]` booleans: an end token was written, so that nothing was cut off.
    """

    tokens: Tensor
    log_probs: Tensor
    present: Tensor
    ended: Tensor


@contextmanager
def writing(student: nn.Module) -> Iterator[None]:
    """Every layer in eval mode, no gradients; each layer's own mode comes back.

    Weights that autocast casts without gradients must not stay in its cache: the training pass
    behind this would take them from there, and its gradients would end at the cast.
    """
    modes = [(layer, layer.training) for layer in student.modules()]
    student.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        torch.clear_autocast_cache()
        for layer, training in modes:
            layer.training = training


def write(
    student: nn.Module,
    prompts: Prompts,
    draws: Sequence[int],
    sampling: Sampling,
    progress: Progress,
) -> Text:
    """Continue each prompt, row by row with its own random numbers.

    Args:
        student: A causal language model; dropout is off while it writes.
        prompts: What it continues.
        draws: A number for each row: same student, same prompt, same number, same text.
        sampling: How tokens are drawn.
        progress: Is told about each token.
    """
    device, new = prompts.tokens.device, sampling.max_new_tokens
    chances = uniforms(draws, new).to(device)
    ends = torch.tensor(sorted(sampling.end_tokens), dtype=torch.int64, device=device)
    ended = torch.zeros(len(prompts.tokens), dtype=torch.bool, device=device)
    columns: list[tuple[Tensor, Tensor, Tensor]] = []
    with writing(student), progress.writing(len(draws), new):
        source = decoder(student, prompts, new)
        logits = source.start()
        for place in range(new):
            if bool(logits.isnan().any()):
                raise ValueError(
                    f"the student's logits are NaN behind {place} written tokens, so it cannot go "
                    "on writing; its training diverged: lower the learning rate or clip gradients"
                )
            drawn, log_prob = choose(
                logits, chances[:, place], sampling.temperature, sampling.top_p
            )
            columns.append((drawn.where(~ended, 0), log_prob.where(~ended, 0), ~ended))
            ended = ended | torch.isin(drawn, ends)
            progress.step()
            if place + 1 == new or bool(ended.all()):
                break
            logits = source.append(drawn)
    tokens, log_probs, present = (
        torch.stack(column, dim=1) for column in zip(*columns, strict=True)
    )
    return Text(tokens, log_probs.float(), present, ended)
