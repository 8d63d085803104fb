"""Selective prediction and OOD: published implementations agree on the fixtures."""

from functools import partial

import pytest

import mtkd.metrics as m
from tests.metrics.worlds import FIXTURES, arrays, close, value_at

# metric, key in selective/A, sources that follow our convention
SELECTIVE = [
    (m.aurc, "aurc", ["numpy_expected_over_ties"]),
    (m.e_aurc, "e_aurc", ["numpy_discrete"]),
    (m.augrc, "augrc", ["numpy_trapezoid_tie_grouped", "fd_shifts", "identity_value"]),
    (m.auroc_errors, "auroc_error_detection(correct=positive, score=conf)",
     ["sklearn", "torchmetrics", "mapie"]),
    (m.aupr_errors, "aupr_error(error=positive, score=-conf)", ["sklearn", "torchmetrics"]),
    (m.fpr95_errors, "fpr_at_95tpr_failure(correct=positive)", ["numpy", "torch_uncertainty"]),
    (partial(m.risk_at_coverage, coverage=0.5), "risk_at_coverage_0.5",
     ["numpy", "torch_uncertainty"]),
    (partial(m.risk_at_coverage, coverage=0.8), "risk_at_coverage_0.8",
     ["numpy", "torch_uncertainty"]),
    (partial(m.coverage_at_risk, risk=0.05), "coverage_at_risk_0.05",
     ["numpy_tie_grouped", "torch_uncertainty"]),
    (partial(m.coverage_at_risk, risk=0.2), "coverage_at_risk_0.2", ["numpy_tie_grouped"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "key", "source"),
    [(metric, key, source) for metric, key, sources in SELECTIVE for source in sources],
)
def test_selective_prediction_agrees_with_other_libraries(metric, key, source):
    close(metric(*arrays("A")), value_at(["selective/A", key, source]), source)


def test_risk_coverage_points():
    curve = m.risk_coverage(*arrays("A"))
    key = "rc_points(coverage,selective_risk,generalized_risk,threshold)"
    expected = value_at(["selective/A", key])
    points = zip(curve.coverage, curve.risk, curve.generalised_risk, curve.threshold, strict=True)
    listed = [list(point) for point in points]
    assert len(listed) == expected["n"]
    for found, known in zip(listed, expected["first_10"], strict=False):
        assert found == pytest.approx(known, abs=1e-9)


OOD = [
    (m.ood_auroc, "auroc(ood=positive, score high=ood)",
     ["sklearn", "torchmetrics", "mann_whitney"]),
    (m.ood_aupr_out, "aupr_out(ood=positive)", ["sklearn", "torchmetrics"]),
    (m.ood_aupr_in, "aupr_in(id=positive)", ["sklearn"]),
    (m.ood_fpr95_ood_positive,
     "fpr95_ood_positive(95% of OOD flagged; share of ID flagged)", ["numpy", "torch_uncertainty"]),
    (m.ood_fpr95_id_positive,
     "fpr95_id_positive(95% of ID accepted; share of OOD accepted)", ["numpy"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "key", "source"),
    [(metric, key, source) for metric, key, sources in OOD for source in sources],
)
def test_ood_agrees_with_other_libraries(metric, key, source):
    found = metric(FIXTURES["C"]["id_scores"], FIXTURES["C"]["ood_scores"])
    close(found, value_at(["ood/C", key, source]), source)
    assert found.n == 100
    assert "60 ID : 40 OOD" in found.convention
