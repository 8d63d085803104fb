"""A teacher that is asked about its own kind of prompt only."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import torch
from torch import Tensor

from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource


class Routed(TeacherSource):
    """Another source that speaks only about examples on its routes.

    One teacher for each kind of prompt, as in MOPD (MiMo-V2-Flash, section on multi-teacher
    on-policy distillation, https://arxiv.org/abs/2601.02780): every example there has exactly
    one teacher. Here a route is a matter of presence: weights renormalise over the teachers that
    speak, so routes may overlap, and a teacher without a wrapper speaks everywhere. The source
    is not run for the others, unless none of a batch is on its routes: then for one example,
    because a signal must say over which classes it is silent.

    The batch must carry `route [batch]` integers, a declared property of the data.

    Args:
        source: Any source.
        routes: The routes it speaks about, at least one.

    Raises:
        ValueError: No routes.
    """

    trusted = True

    def __init__(self, source: TeacherSource, routes: Collection[int]) -> None:
        if not routes:
            raise ValueError(f"teacher {source.identity} has no routes; name at least one")
        self.routes = tuple(sorted(set(routes)))
        listed = ",".join(str(route) for route in self.routes)
        super().__init__(f"{source.identity}/routes={listed}")
        self.source = source

    def observe(self, batch: Batch) -> Signal:
        if "route" not in batch:
            raise ValueError(
                f"teacher {self.identity} speaks by route, but the batch has none; give the data "
                "an integer `route` for each example"
            )
        wanted = self.on_route(batch["route"])
        silent = len(wanted) - int(wanted.sum())
        # The base class counts every example of the batch as asked about.
        self.asked, self.skipped = self.asked - silent, self.skipped + silent
        if silent < len(wanted):
            return self.source(batch, wanted)
        one = torch.zeros_like(wanted)
        one[0] = True
        signal = self.source(batch, one)
        return signal.silenced(torch.zeros(signal.shape, dtype=torch.bool, device=wanted.device))

    def on_route(self, route: Tensor) -> Tensor:
        """`[batch]` booleans: the examples it speaks about."""
        return torch.isin(route, torch.tensor(self.routes, device=route.device))


def unheard(route: Tensor, heard: Iterable[int]) -> list[int]:
    """The routes of `[n]` examples that are none of those heard, in order."""
    return sorted(set(route.unique().tolist()).difference(heard))


def check_routes(sources: Iterable[TeacherSource], route: Tensor | None) -> None:
    """Refuse data with a route that no teacher has: nobody would teach it, and nobody would see.

    Args:
        sources: All teachers.
        route: `[n]` the routes of the data; None: it has none.

    Raises:
        ValueError: As said; it names the routes.
    """
    teachers = list(sources)
    routed = [source for source in teachers if isinstance(source, Routed)]
    if route is None or len(routed) < len(teachers) or not routed:
        return
    known = {number for source in routed for number in source.routes}
    lost = unheard(route, known)
    if lost:
        raise ValueError(
            f"no teacher has route {', '.join(map(str, lost))} of the data, only "
            f"{', '.join(map(str, sorted(known)))}; give these examples a teacher or leave them out"
        )
