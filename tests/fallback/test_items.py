"""Language models: what an item is, and what is promised about it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtkd.fallback import Promise, certify
from mtkd.fallback.choice import choose
from mtkd.fallback.items import independent, labelled, one_of_each
from mtkd.fallback.rule import Rule
from mtkd.kept import is_whole
from mtkd.token_predictions import TokenPredictions, load_predictions
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
    assert "warning: items are tokens, one of each of 500 rows" in printed
    said = load_predictions(choose(written).path("validation"))
    rows = one_of_each(said.sequences)
    right = said.label_ranks[rows] == 0
    expected = certify(np.exp(said.log_probs[rows, 0].astype(float)), right, Promise(0.15))
    rule = Rule.load(tmp_path / "fallback.json")
    assert rule.threshold == pytest.approx(expected.threshold, abs=1e-6)
    assert (rule.items, rule.accepted, rule.errors) == (500, expected.accepted, expected.errors)
    assert rule.classes == CLASSES  # the vocabulary, which a router's models speak about
    assert "noise@3" in printed


def test_a_model_of_which_few_tokens_are_kept_is_compared_all_the_same():
    """The text's token, the likeliest other one, and the rest; the first of equals is written."""
    logs = np.log(np.array([[0.5, 0.3], [0.4, 0.4], [0.6, 0.2]], np.float32))
    two = np.array([[4, 1], [1, 4], [1, 2]], np.int32)
    label = np.log(np.array([0.5, 0.4, 0.1], np.float32))
    ranks = np.array([0, 0, 3], np.int32)
    rows = np.arange(3)
    said = TokenPredictions(rows, np.full(3, 4), rows, two, logs, label, ranks, 9)
    found = labelled(Path(), said)
    np.testing.assert_allclose(
        found.probs, [[0.5, 0, 0.5], [0.4, 0.4, 0.2], [0.1, 0.6, 0.3]], atol=1e-6
    )
    assert found.correct.tolist() == [True, False, False]
    np.testing.assert_allclose(found.confidence, [0.5, 0.4, 0.6], atol=1e-6)
    one = replace(said, classes=two[:, :1], log_probs=logs[:, :1])
    np.testing.assert_array_equal(labelled(Path(), one).probs, found.probs)


def test_prices_of_a_query_are_refused_for_tokens(written, capsys):
    prices = ["--cost-student", 1, "--cost-teacher", 9]
    assert fallback(written, *prices) == 2
    assert "what these models hand over are tokens; leave them out" in capsys.readouterr().err


def test_a_damaged_table_of_contents_is_one_sentence(written, tmp_path, capsys):
    copy = Path(shutil.copytree(written, tmp_path / "run"))
    file = choose(copy).path("validation")
    content = bytearray(file.read_bytes())
    content[content.rfind(b"PK\x01\x02") + 1] = 0
    file.write_bytes(content)
    assert fallback(copy) == 2
    assert f"mtkd: prediction file {file} cannot be used" in capsys.readouterr().err
    assert not is_whole(file)


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
