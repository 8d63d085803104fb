"""The parts of `benchmarks.metrics`, by the functions that users call."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import mtkd.metrics as m
from benchmarks.clock import Clock
from benchmarks.metric_problem import Problem


class Timed(m.Rows):
    """Rows of a file whose reading is a part of its own."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.stored, self.clock = m.StoredRows(path), clock
        self.shape, self.dtype = self.stored.shape, self.stored.dtype

    def block(self, start: int, stop: int) -> np.ndarray:
        with self.clock.part("reading"):
            return self.stored.block(start, stop)


def measure(problem: Problem, replicates: int, clock: Clock) -> None:
    """Everything; prints the endpoint."""
    models: dict[str, m.Predictions] = {}
    for name in problem.names:
        with clock.part("checking, and reducing rows to items"):
            models[name] = m.Predictions(Timed(problem.path(name), clock), problem.labels)
        alone(models[name], clock)
    real, placebo = (
        [
            m.Inheritance(
                m.Pair(models[source], models[one]), m.Pair(models[source], models[other])
            )
            for one, other in zip(problem.students, problem.controls, strict=True)
        ]
        for source in ("teacher", "placebo")
    )
    with clock.part(f"endpoint DD-CEIR, {replicates} replicates"):
        found = m.dd_ceir_estimate(real, placebo, replicates=replicates)
    print(f"DD-CEIR {found.metric.value:.4f} [{found.low:.4f}, {found.high:.4f}], n {found.counts}")
    with clock.part("mass moved to wrong labels, slopes: all students"):
        for cell in [*real, *placebo]:
            m.transferred_wrong_mass(cell)
            m.inheritance_slope(cell)
    with clock.part(f"slope on wrong items, {replicates} replicates"):
        m.crossed_interval(
            [m.inheritance_slope_items(cell) for cell in real], replicates=replicates
        )


def alone(model: m.Predictions, clock: Clock) -> None:
    """What is measured of each model by itself."""
    pair = model.confidence, model.correct
    with clock.part("proper scores: accuracy, NLL, Brier, Spiegelhalter"):
        for metric in (m.accuracy, m.top_label_brier, m.spiegelhalter_z):
            metric(*pair)
        m.nll_of(model)
        m.brier_of(model)
    with clock.part("ECE family: nine errors of two kinds of bins"):
        m.binned_errors(*pair)
    with clock.part("class-wise ECE: rows are read again"):
        m.classwise_ece(model.rows, model.labels)
    with clock.part("smooth ECE, KS, CORP"):
        m.smooth_ece(*pair)
        m.ks_ce(*pair)
        m.corp(*pair)
    with clock.part("selective: AURC, AUGRC, AUROC, AUPR, FPR95, two points"):
        m.selective_metrics(*pair)
        m.risk_at_coverage(*pair)
        m.coverage_at_risk(*pair)
