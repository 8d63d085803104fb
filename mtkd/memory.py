"""Out of memory, told in one sentence: what needed it, how much, and what needs less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

STUDENT_ADVICE = (
    "lower trainer.batch_size, cut the text shorter, set gradient_checkpointing: true or "
    "dtype: bfloat16 on the student"
)
TEACHER_ADVICE = (
    "lower trainer.batch_size, or give this teacher dtype: bfloat16, quantization or a device of "
    "its own"
)
OBJECTIVE_ADVICE = (
    "lower trainer.chunk, the positions whose logits exist at one time, or trainer.batch_size"
)
STEP_ADVICE = (
    "lower trainer.batch_size or trainer.chunk, set gradient_checkpointing: true or "
    "dtype: bfloat16 on the student"
)

SIGNS = (
    "DefaultCPUAllocator: can't allocate",
    "not enough memory",
    "_STATUS_ALLOC_FAILED",
    "CUDA error: out of memory",
)
"""What a plain RuntimeError of torch says when memory ran out."""
BYTES = re.compile(r"allocate (\d+) bytes")
READABLE = re.compile(r"allocate (\d[\d.]* ?[KMGTP]?i?B)\b", re.IGNORECASE)


class OutOfMemory(ValueError):  # noqa: N818
    """Memory ran out; the message says where, for how much, and what to do."""


@contextmanager
def told_memory(who: str, advice: str) -> Iterator[None]:
    """Turn running out of memory within this context into one sentence.

    Args:
        who: What runs here, such as `the student` or `the objective`.
        advice: What makes it need less; see the constants of this module.

    Raises:
        OutOfMemory: torch or Python could not get the memory. An `OutOfMemory` from within,
            told about something smaller, passes.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        raise OutOfMemory(f"out of memory in {who}{_asked(str(error))}; {advice}") from error


def ran_out(error: BaseException) -> bool:
    """Whether `error` says that there was no memory left, on a GPU or in the machine."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in SIGNS)


def _asked(text: str) -> str:
    """`, which asked for 7.45 GiB`, if the error of the allocator says how much."""
    counted, said = BYTES.search(text), READABLE.search(text)
    if counted:
        return f", which asked for {int(counted[1]) / 2**30:.3g} GiB at once"
    return f", which asked for {said[1]} at once" if said else ""
