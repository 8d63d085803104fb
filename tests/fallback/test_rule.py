import json
import subprocess
import sys

import numpy as np
import pytest

from mtkd.fallback import Cascade, Promise, Rule, certify, largest_risk, make_rule
from tests.fallback.traffic import rule

RULE = rule()


def edited(tmp_path, **changes):
    """The rule's file with fields changed, or left out where the value is `...`."""
    path = tmp_path / "fallback.json"
    RULE.save(path)
    content = json.loads(path.read_text()) | changes
    kept = {name: value for name, value in content.items() if value is not ...}
    path.write_text(json.dumps(kept))
    return path


def test_a_saved_rule_comes_back_the_same(tmp_path):
    for known in (RULE, rule(risk=0.001)):
        known.save(tmp_path / "fallback.json")
        back = Rule.load(tmp_path / "fallback.json")
        assert back == known
        assert back.fingerprint == known.fingerprint


def test_fingerprints_tell_rules_apart():
    assert RULE.fingerprint != rule(seed=8).fingerprint
    assert len(RULE.fingerprint) == 10


def test_what_the_calibration_items_leave_in_a_rule():
    random = np.random.default_rng(0)
    confidence = np.round(random.random(2000), 3)
    right = random.random(2000) < 0.99
    right[:20] = True
    teacher = np.ones(2000, bool)
    right[20:25] = False  # both wrong: no reason to disagree
    confidence[:25], teacher[:25] = 0.999, False
    cascade, promise = Cascade(confidence, right, teacher), Promise(0.05)
    found = certify(confidence, right, promise)
    made = make_rule(found, promise, cascade, 7, "s", "x", "t")
    above = confidence >= found.threshold
    assert (made.accepted, made.errors) == (above.sum(), (above & ~right).sum())
    assert made.mean_confidence == pytest.approx(confidence[above].mean())
    assert made.allowed_disagreement == pytest.approx(0.05 + largest_risk(20, above.sum(), 0.1))
    assert (made.items, sum(made.counts), len(made.counts)) == (2000, 2000, 20)
    assert min(made.counts) > 80
    assert made.counts[3] == ((confidence >= made.edges[2]) & (confidence < made.edges[3])).sum()


def test_a_silent_teacher_is_no_wrong_one():
    """20 answers that only the student has: nobody who is asked would disagree."""
    right = np.ones(1000, bool)
    teacher = np.arange(1000) >= 20
    cascade = Cascade(np.full(1000, 0.9), right, teacher, teacher)
    promise = Promise(0.05)
    made = make_rule(
        certify(np.full(1000, 0.9), right, promise), promise, cascade, 4, "s", "x", "t"
    )
    assert made.allowed_disagreement == pytest.approx(0.05 + largest_risk(0, 980, 0.1))


def test_heavy_ties_make_fewer_bins():
    confidence = np.repeat([0.5, 1.0], [300, 700])
    cascade = Cascade(confidence, np.ones(1000, bool), np.ones(1000, bool))
    found = certify(confidence, cascade.student_right, Promise(0.05))
    made = make_rule(found, Promise(0.05), cascade, 2, "s", "x", "t")
    assert sum(made.counts) == 1000
    assert len(made.edges) <= 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "is a mtkd fallback rule of version 2, this mtkd reads version 1; `mtkd"),
        ({"format": "recipe"}, r"holds no 'mtkd fallback rule' \(its format is 'recipe'\)"),
        ({"threshold": ...}, "field 'threshold' is missing"),
        ({"threshold": "high"}, r"field 'threshold' is 'high', expected a number in \[0, 1\]"),
        ({"threshold": float("nan")}, "field 'threshold' is nan, expected a number"),
        ({"threshold": 1.2}, "field 'threshold' is 1.2, expected a number"),
        ({"threshold": True}, "field 'threshold' is True"),
        ({"threshold": 0.99}, "needs a mean_confidence above it"),
        ({"allowed_disagreement": 0.01}, "needs a mean_confidence above it and an allowed_dis"),
        ({"mean_confidence": None}, "needs a mean_confidence above it"),
        ({"risk": 0}, "fallback.json: risk must lie strictly between 0 and 1, got 0"),
        ({"confidence": 1}, "fallback.json: confidence must lie strictly between 0 and 1, got 1"),
        ({"classes": 1}, "field 'classes' is 1, expected a whole number from 2"),
        ({"items": 2.5}, "field 'items' is 2.5, expected a whole number from 1"),
        ({"counts": [1, 2]}, "2 counts that sum to 3 do not fit 19 edges and 4000 items"),
        ({"counts": 7}, "field 'counts' is 7, expected a list"),
        ({"edges": [0.5, 0.5]}, "field 'edges' does not rise, expected rising numbers"),
        ({"student": 3}, "field 'student' is 3, expected a text"),
        ({"treshold": 0.5}, "field 'treshold' is not a field of this version, expected one of acc"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_name(tmp_path, changes, words):
    path = edited(tmp_path, **changes)
    with pytest.raises(ValueError, match=words) as error:
        Rule.load(path)
    assert str(error.value).startswith(str(path))


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"fallback.json does not exist; `mtkd fallback RUN`"):
        Rule.load(tmp_path / "fallback.json")
    (tmp_path / "fallback.json").write_text('{"format": "mtkd fall')
    with pytest.raises(ValueError, match=r"fallback\.json is damaged"):
        Rule.load(tmp_path / "fallback.json")
    (tmp_path / "fallback.json").write_text("[]")
    with pytest.raises(ValueError, match="holds no 'mtkd fallback rule'"):
        Rule.load(tmp_path / "fallback.json")


def test_a_serving_process_imports_no_torch_and_no_plots():
    heavy = "print(sorted({'torch', 'matplotlib', 'pytorch_lightning'} & set(sys.modules)))"
    code = f"import sys; from mtkd.fallback import Router, Rule; {heavy}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "[]\n", answer.stderr
