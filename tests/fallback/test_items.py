"""Language models: what an item is, and what is promised about it."""

import numpy as np
import pytest

from mtkd.fallback import Promise, certify
from mtkd.fallback.choice import choose
from mtkd.fallback.items import independent, one_of_each
from mtkd.fallback.rule import Rule
from mtkd.token_predictions import load_predictions
from tests.fallback.run_folder import CLASSES, EACH, fallback, write_token_run
from tests.fallback.traffic import draw, true_risks


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_token_run(tmp_path_factory.mktemp("tokens"))


def test_one_position_of_each_sequence_wherever_it_stands():
    sequences = np.repeat(np.arange(600), EACH)
    found = one_of_each(sequences)
    assert sequences[found].tolist() == list(range(600))
    assert (found == one_of_each(sequences + 7)).all()
    counts = np.bincount(found % EACH)
    assert (np.abs(counts - 200) < 50).all(), counts  # four standard deviations


def test_a_classifiers_items_are_all_of_them(demo):
    said = load_predictions(choose(demo).path("clean"))
    assert independent(said) is said


def test_a_threshold_for_tokens_is_certified_on_one_of_each_text(written, capsys, tmp_path):
    assert fallback(written, "--risk", 0.15, "--out", tmp_path) == 0
    printed = capsys.readouterr().out
    assert "warning: items are tokens, one of each of 500 texts" in printed
    said = load_predictions(choose(written).path("validation"))
    rows = one_of_each(said.sequences)
    right = said.label_ranks[rows] == 0
    expected = certify(np.exp(said.log_probs[rows, 0].astype(float)), right, Promise(0.15))
    rule = Rule.load(tmp_path / "fallback.json")
    assert rule.threshold == pytest.approx(expected.threshold, abs=1e-6)
    assert (rule.items, rule.accepted, rule.errors) == (500, expected.accepted, expected.errors)
    assert rule.classes == CLASSES  # the vocabulary, which a router's models speak about
    assert "noise@3" in printed


def test_the_default_teacher_is_the_one_most_accurate_on_tokens(written):
    assert choose(written).teacher.name == "good"


def test_counting_dependent_tokens_one_by_one_breaks_the_promise():
    """Texts of ten equal tokens: 1,000 tokens know no more than 100 texts."""
    random, promise = np.random.default_rng(5), Promise(0.1)
    one = one_of_each(np.repeat(np.arange(150), 10))
    found = []
    for _ in range(200):
        confidence, right = (np.repeat(values, 10) for values in draw(random, 150))
        each = (certify(confidence[rows], right[rows], promise) for rows in (one, slice(None)))
        # An infeasible rule accepts nothing, as a threshold of 1 does, and keeps every promise.
        found.append([1.0 if rule.threshold is None else rule.threshold for rule in each])
    broken = (true_risks(found) > promise.risk).mean(axis=0)
    assert broken[0] <= promise.doubt
    assert broken[1] > 2 * promise.doubt
