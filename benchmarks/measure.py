"""Time and memory of one call, so that figures of a shared machine can be compared.

Times are CPU seconds of this process (on a GPU: seconds between two events), and each timed call
stands between two probes of the unavoidable matrix products, so that a ratio to them means the
same while the clock drifts. Memory is the resident high-water mark of a fresh process (on a GPU:
the allocator's).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

Call = Callable[[], object]


def seconds(call: Call, device: torch.device) -> float:
    """CPU seconds of the process, or GPU seconds, that one call takes."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) / 1e3
    begun = time.process_time()
    call()
    return time.process_time() - begun


def paired(
    calls: Mapping[str, Call], probe: Call, rounds: int, device: torch.device
) -> dict[str, list[float]]:
    """Each call's time over that of the probes just before and after it, round by round."""
    ratios: dict[str, list[float]] = {name: [] for name in calls}
    seconds(probe, device)
    for call in calls.values():
        call()
    for _ in range(rounds):
        before = seconds(probe, device)
        for name, call in calls.items():
            taken = seconds(call, device)
            after = seconds(probe, device)
            ratios[name].append(2 * taken / (before + after))
            before = after
    return ratios


def middle(values: list[float]) -> str:
    """Median, and the range if there is more than one value."""
    text = f"{statistics.median(values):6.2f}"
    return text if len(values) == 1 else f"{text} [{min(values):.2f}-{max(values):.2f}]"


def peak_bytes(call: Call, device: torch.device) -> int | None:
    """Most memory that the call had beyond what was there before it; None: not known here."""
    if device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    forget = Path("/proc/self/clear_refs")
    try:
        forget.write_text("5")
    except OSError:
        return None
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    """Bytes of a field of this process's memory, where Linux says so."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(field)))
