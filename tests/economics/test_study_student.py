"""The student of a run that is meant: how it is named, and where its fallback is broken."""

import numpy as np
import pytest

from mtkd.config import ConfigError
from mtkd.economics.study_figures import measure
from mtkd.predictions import Predictions
from tests.economics.cases import analysis
from tests.economics.runs import whole_run
from tests.economics.test_study import OPEN
from tests.fallback.run_folder import tokens_of


@pytest.fixture
def run(tmp_path):
    return whole_run(tmp_path)


def test_a_stated_share_of_one_still_asks_the_student():
    assert analysis({"operation.fallback_share": 1.0}).outcome.items["student's requests"] == -200


def test_a_broken_promise_is_said_beside_the_evaluation(run):
    ids, labels = np.arange(200), np.zeros(200, np.int64)
    log_probs = np.log(np.tile(np.array([[0.1, 0.9]], np.float32), (200, 1)))
    file = run / "trials/a/predictions/noise@3.npz"
    Predictions(ids, labels, log_probs).save(file)
    found = analysis(OPEN, measure(run)).decision.findings[7]
    assert found.status == "care"
    assert "The fallback's promise is broken on noise@3" in found.reason
    Predictions(ids, labels + 1, log_probs).save(file)
    assert analysis(OPEN, measure(run)).decision.findings[7].status == "pass"
    file.write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"noise@3[.]npz"):
        measure(run)


def test_a_student_may_be_named_as_in_other_commands(run):
    by_tag = {figure.key: figure.value for figure in measure(run, "C1").found}
    assert by_tag["training.gpu_hours"] == 0.01
    with pytest.raises(ConfigError, match=r"no trial is called 'C9'[.] There are C1: "):
        measure(run, "C9")


def test_tokens_that_are_handed_over_are_no_requests(run):
    """Of a language model the rule is certified and watched, but nobody bills by the token."""
    said = Predictions(
        np.arange(200),
        np.zeros(200, np.int64),
        np.log(np.tile(np.array([[0.1, 0.9]], np.float32), (200, 1))),
    )
    for domain in ("validation", "noise@3"):
        tokens_of(said).save(run / f"trials/a/predictions/{domain}.npz")
    told = measure(run)
    assert "operation.fallback_share" not in {figure.key for figure in told.found}
    why = told.missing["operation.fallback_share"]
    assert why.endswith("10 of 40 calibration items fall back, which are tokens and no requests")
    assert {figure.key: figure.value for figure in told.found}["evidence.certified_fallback"]
    assert told.broken == ["noise@3"]
