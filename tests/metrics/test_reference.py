"""Calibration: published implementations agree on the fixtures, in their own conventions."""

from functools import partial

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.metrics.smooth import Curve
from tests.metrics.worlds import arrays, close, edge_fixture, value_at

# metric, key in calibration/<fixture>, sources that follow our convention
CALIBRATION = [
    (m.accuracy, "accuracy", ["numpy"]),
    (m.mean_confidence, "mean_confidence", ["numpy"]),
    (m.signed_gap, "overconfidence_gap", ["numpy"]),
    (m.mean_confidence_on_errors, "mean_confidence_on_errors", ["numpy"]),
    (partial(m.confident_wrong_rate, tau=0.9), "confident_wrong_rate@0.9", ["numpy"]),
    (m.nll, "nll", ["numpy", "sklearn", "torch"]),
    (m.brier, "brier_multiclass", ["numpy", "sklearn", "torch_uncertainty_f32"]),
    (m.top_label_brier, "brier_top_label", ["numpy", "sklearn"]),
    (partial(m.equal_mass_ece, bins=4), "adaptive_ece_equal_mass_4",
     ["numpy_array_split", "torch_uncertainty_f32", "mapie_array_split_presorted",
      "uncertainty_calibration_em", "netcal_quantile"]),
    (partial(m.debiased_l2_squared, bins=4), "debiased_l2_equal_mass_4", ["numpy_sq"]),
    (partial(m.debiased_l2, bins=4), "debiased_l2_equal_mass_4",
     ["numpy_sqrt_clipped", "uncertainty_calibration"]),
    (m.ks_ce, "ks_calibration_error", ["numpy", "numpy_tie_grouped"]),
    (m.spiegelhalter_z, "spiegelhalter_z", ["numpy", "mapie"]),
    (m.spiegelhalter_p, "spiegelhalter_z", ["p_value_two_sided"]),
]  # fmt: skip
for bins in (10, 15):
    left, right = partial(m.ece, bins=bins), partial(m.ece, bins=bins, closed="right")
    CALIBRATION += [
        (left, f"ece_l1_{bins}", ["numpy_left", "torchmetrics", "netcal"]),
        (right, f"ece_l1_{bins}", ["numpy_right_guo", "uncertainty_calibration_guo"]),
        (partial(m.mce, bins=bins), f"mce_{bins}", ["numpy_left", "torchmetrics", "netcal"]),
        (partial(m.rmsce, bins=bins), f"rmsce_{bins}", ["numpy_left"]),
        (partial(m.overconfidence_error, bins=bins), f"overconfidence_error_{bins}",
         ["numpy", "python_loop"]),
        (partial(m.ece_overconfident, bins=bins), f"ece_over_under_{bins}", ["over"]),
        (partial(m.ece_underconfident, bins=bins), f"ece_over_under_{bins}", ["under"]),
        (left, f"ece_over_under_{bins}", ["total"]),
        (partial(m.classwise_ece, bins=bins), f"classwise_ece_{bins}",
         ["numpy", "torch_uncertainty", "netcal_per_class"]),
    ]  # fmt: skip


@pytest.mark.parametrize("fixture", ["A", "A0"])
@pytest.mark.parametrize(
    ("metric", "key", "source"),
    [(metric, key, source) for metric, key, sources in CALIBRATION for source in sources],
)
def test_calibration_agrees_with_other_libraries(fixture, metric, key, source):
    found = metric(*arrays(fixture))
    close(found, value_at([f"calibration/{fixture}", key, source]), source)
    assert found.n == (4 if metric is m.mean_confidence_on_errors else 12)


@pytest.mark.parametrize("source", ["relplot", "torch_uncertainty_f32"])
def test_smooth_ece_agrees_with_relplot_where_no_confidence_is_one(source):
    expected = value_at(["calibration/A0", "smooth_ece", source])
    close(m.smooth_ece(*arrays("A0")), expected, source)


def test_smooth_ece_agrees_with_relplot_once_an_item_at_one_counts_half():
    confidence, correct = m.top_label(*arrays("A"))
    curve = Curve(confidence, correct)
    curve.count = np.where(confidence == 1, 0.5, 1.0)
    curve.gap = (confidence - correct) * curve.count
    expected = value_at(["calibration/A", "smooth_ece"])
    assert curve.fixed_point() == expected["relplot_sigma"]
    assert curve.error(curve.fixed_point()) == pytest.approx(expected["relplot"], abs=1e-9)
    assert m.smooth_ece(confidence, correct).value == pytest.approx(0.13749890626395914, abs=1e-9)


@pytest.mark.parametrize("bins", [10, 15])
def test_rmsce_agrees_with_torchmetrics_where_no_confidence_is_one(bins):
    expected = value_at(["calibration/A0", f"rmsce_{bins}", "torchmetrics"])
    close(m.rmsce(*arrays("A0"), bins=bins), expected, "torchmetrics")


@pytest.mark.parametrize("fixture", ["A", "A0"])
@pytest.mark.parametrize("part", ["miscalibration", "discrimination", "uncertainty"])
def test_corp_agrees_with_model_diagnostics(fixture, part):
    short = {"miscalibration": "mcb", "discrimination": "dsc", "uncertainty": "unc"}[part]
    found = m.corp(*arrays(fixture))[part]
    for source in (part, f"model_diagnostics_{short}"):
        close(found, value_at([f"calibration/{fixture}", "corp_top_label", source]))


@pytest.mark.parametrize(
    ("closed", "source"),
    [("left", "numpy_left"), ("left", "netcal"), ("right", "numpy_right_guo"),
     ("right", "uncertainty_calibration_bisect_left")],
)  # fmt: skip
def test_confidences_on_edges_fall_where_the_convention_says(closed, source):
    expected = value_at(["calibration/E(bin edges)", "ece_l1_10", source])
    close(m.ece(*edge_fixture(), bins=10, closed=closed), expected)
