"""Seconds and memory of the parts of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Spent:
    """CPU seconds, seconds of a clock on the wall, and bytes resident at most."""

    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0


class Clock:
    """Adds up what each part took; parts may come again and again."""

    def __init__(self) -> None:
        self.parts: dict[str, Spent] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what happens inside, but for parts inside it, which take their own."""
        spent = self.parts.setdefault(name, Spent())
        inner = {other: (one.cpu, one.wall) for other, one in self.parts.items() if other != name}
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        spent.cpu += time.process_time() - cpu
        spent.wall += time.perf_counter() - wall
        for other, one in self.parts.items():
            before = inner.get(other, (0.0, 0.0))
            if other != name:
                spent.cpu -= one.cpu - before[0]
                spent.wall -= one.wall - before[1]
        spent.peak = max(spent.peak, high_water())

    def table(self) -> str:
        """One line for each part, and their sum."""
        total = Spent(
            sum(one.cpu for one in self.parts.values()),
            sum(one.wall for one in self.parts.values()),
            max(one.peak for one in self.parts.values()),
        )
        lines = [f"{'part':58s}{'CPU s':>8s}{'wall s':>8s}{'peak GiB so far':>17s}"]
        for name, one in [*self.parts.items(), ("all", total)]:
            peak = f"{one.peak / 2**30:17.2f}" if one.peak else f"{'unknown':>17s}"
            lines.append(f"{name:58s}{one.cpu:8.2f}{one.wall:8.2f}{peak}")
        return "\n".join(lines)


def high_water() -> int:
    """Bytes that this process had resident at most until now, where Linux says so; else 0."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
