"""One teacher's most likely classes at some positions of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mtkd.alignment import over_classes
from mtkd.config import ConfigError, raised
from mtkd.data.examples import Batch
from mtkd.signals import PartialSignal, Signal
from mtkd.teachers import TeacherSource

CHOICES = 3


@dataclass(frozen=True)
class Said:
    """What one teacher says about some positions.

    Attributes:
        classes: `[position, choice]` its most likely classes, the likeliest first.
        probabilities: `[position, choice]`, likewise.
        present: `[position]` booleans, false where it is silent; None: it always speaks.
    """

    classes: Tensor
    probabilities: Tensor
    present: Tensor | None = None


@torch.no_grad()
def said(source: TeacherSource, label: str, classes: int, batch: Batch, at: slice) -> Said:
    """What a teacher says about one row.

    Args:
        source: The teacher, as a student hears it.
        label: What to call it in a sentence.
        classes: How many the data has.
        batch: The row.
        at: Which of its positions; a classifier's row is one position.

    Raises:
        ConfigError: The teacher reads other tokens, speaks about other classes, or fails.
    """
    try:
        signal = source(batch)
    except IndexError as error:
        raise ConfigError(
            f"teacher {label} is given a token that it does not have ({error}); name the tokenizer "
            "it was trained with in align.teacher_tokenizer"
        ) from error
    except Exception as error:  # a source of the user's own raises what it likes
        raise ConfigError(f"teacher {label} does not take the data: {raised(error)}") from error
    if signal.classes != classes:
        raise ConfigError(
            f"teacher {label} speaks about {signal.classes} classes, config.data has {classes}; "
            "set its number of classes, or give it align if it has a tokenizer of its own"
        )
    if batch["labels"].dim() == 2:
        # Only these positions: logits of a whole row could be more than the memory.
        signal = signal.map(lambda values: values[0, at])
    return _best(signal)


def _best(signal: Signal) -> Said:
    """The most likely of the student's classes; a tail is no class and is left out."""
    kept = None
    if isinstance(signal, PartialSignal):
        kept, log_p = signal.kept, signal.log_probs
    else:
        log_p = over_classes(signal)
    best = log_p.topk(min(CHOICES, log_p.shape[-1]), dim=-1)
    found = best.indices if kept is None else kept.gather(-1, best.indices)
    return Said(found, best.values.exp(), signal.present)
