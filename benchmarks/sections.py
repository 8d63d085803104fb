"""The parts of `python -m benchmarks.objective`, each a table."""

from __future__ import annotations

import inspect
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

import mtkd.losses
from benchmarks.halves import half_precision
from benchmarks.measure import middle, paired
from benchmarks.peak import peak_of
from benchmarks.peers import PEERS
from benchmarks.problem import Problem
from mtkd.functional import kl_divergence
from mtkd.losses import DistillationLoss, Divergence, ForwardKL, JensenShannon
from mtkd.weighting import (
    StudentEntropy,
    TeacherEntropy,
    TeacherWeighting,
    UncertaintyGated,
    Uniform,
)


@dataclass
class Options:
    """Sizes and rounds, as asked for on the command line."""

    positions: int
    classes: list[int]
    rounds: int
    chunk: int
    device: torch.device
    compile: bool = False
    only: tuple[str, ...] = ()

    def problem(self, teachers: int, classes: int | None = None, dtype=torch.float32) -> Problem:
        """A problem of the size asked for."""
        size = classes or self.classes[0]
        problem = Problem.make(self.positions, size, teachers, dtype, self.device)
        problem.compile = self.compile
        return problem

    def show(self, problem: Problem, calls: dict[str, Callable[[], object]]) -> dict[str, float]:
        """Print each call's time over the products; their medians."""
        found = paired(calls, problem.products(), self.rounds, self.device)
        for name, ratios in found.items():
            print(f"  {name:58s} {middle(ratios)} x products", flush=True)
        return {name: statistics.median(ratios) for name, ratios in found.items()}

    def show_wanted(self, problem: Problem, calls: dict[str, Callable[[], object]]) -> None:
        """The same for calls whose names hold one of `only`, if anything is asked for there."""
        wanted = {n: call for n, call in calls.items() if any(part in n for part in self.only)}
        if wanted or not self.only:
            self.show(problem, wanted or calls)


class SymmetricKL(Divergence):
    """What a user writes: no slope, so autograd inside the chunk."""

    def divergence(self, student: Tensor, teacher: Tensor) -> Tensor:
        return (kl_divergence(teacher, student) + kl_divergence(student, teacher)) / 2


def divergences(options: Options) -> None:
    """Every built-in divergence that is walked in chunks, one teacher, float32"""
    exported = [getattr(mtkd.losses, name) for name in mtkd.losses.__all__]
    built = [cls() for cls in exported if not inspect.isabstract(cls)]
    losses = [loss for loss in built if isinstance(loss, Divergence) and loss.row_wise]
    problem = options.problem(teachers=1)
    options.show_wanted(
        problem,
        {type(loss).__name__: problem.ours(loss, Uniform(), options.chunk) for loss in losses},
    )


def weightings(options: Options) -> None:
    """Classes x teachers x weightings, float32"""
    for classes in options.classes:
        for count in (1, 3):
            problem = options.problem(count, classes)
            order = [f"teacher {index}" for index in range(count)]
            rules: list[TeacherWeighting] = [Uniform()]
            if count > 1:
                rules += [StudentEntropy(order), TeacherEntropy(), UncertaintyGated()]
            losses: list[DistillationLoss] = [ForwardKL(), JensenShannon()]
            calls = {
                f"{type(loss).__name__}, {type(rule).__name__}": problem.ours(
                    loss, rule, options.chunk
                )
                for loss in losses
                for rule in (rules if isinstance(loss, ForwardKL) else rules[:1])
            }
            print(f"  {classes} classes, {count} teacher(s)")
            options.show_wanted(problem, calls)


def memory(options: Options) -> None:
    """Peak memory beyond the returned gradients, JensenShannon, float32"""
    classes = options.classes[0]
    matrix = 4 * options.positions * classes
    lines = [("mtkd", count, chunk) for chunk in (512, 256, 64) for count in (1, 3, 8)]
    for method, count, chunk in [*lines, *((peer, 1, 0) for peer in PEERS)]:
        found = peak_of(method, options.positions, classes, count, chunk, options.device)
        label = f"{method}, chunk {chunk}, {count} teacher(s)" if chunk else method
        said = "not installed, or not measured here"
        if found is not None:
            said = f"{found / 2**20:8.0f} MiB {found / matrix:6.2f} logit matrices"
        print(f"  {label:58s} {said}", flush=True)


def peers(options: Options) -> None:
    """The same work by other libraries: Jensen-Shannon to one teacher, float32"""
    problem = options.problem(teachers=1)
    calls = {"mtkd": problem.ours(JensenShannon(), Uniform(), options.chunk)}
    for name, make in PEERS.items():
        call = make(problem)
        if call is None:
            print(f"  {name:58s} not installed")
        else:
            calls[name] = call
    found = options.show(problem, calls)
    for name in list(found)[1:]:
        print(f"  {name + ' over mtkd':58s} {found[name] / found['mtkd']:6.2f}")


def users(options: Options) -> None:
    """What a user's five-line loss costs, and what three teachers cost"""
    problem = options.problem(teachers=1)
    built, own = (problem.ours(loss(), Uniform(), options.chunk) for loss in LOSS_PAIR)
    found = options.show(problem, {"Jeffreys, built in": built, "the same by autograd": own})
    ratio = found["the same by autograd"] / found["Jeffreys, built in"]
    print(f"  {'autograd over built in':58s} {ratio:6.2f}")
    calls = {}
    for count in (0, 1, 3):
        share = 0.0 if count else 1.0
        several = options.problem(teachers=count)
        calls[f"{count} teacher(s)"] = several.ours(ForwardKL(), Uniform(), options.chunk, share)
    taken = list(options.show(problem, calls).values())
    print(
        f"  {'three teachers over one, less the labels alone':58s} "
        f"{(taken[2] - taken[0]) / (taken[1] - taken[0]):6.2f}"
    )


LOSS_PAIR = (mtkd.losses.Jeffreys, SymmetricKL)
SECTIONS: dict[str, Callable[[Options], None]] = {
    "divergences": divergences,
    "weightings": weightings,
    "memory": memory,
    "peers": peers,
    "users": users,
    "halves": half_precision,
}
