"""The gate: verdicts at tables made by hand, what a YAML may say, and its sentences."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.metrics import Predictions
from mtkd.slices import Compared, Counts, Verdict, judge, read_registry, verdict
from mtkd.slices.findings import gate_sentence


@pytest.mark.parametrize(
    ("counts", "margin", "expected"),
    [
        # Wilson's bound for none of n is 2.706 / (n + 2.706): .0201 at 132, .0199 at 134.
        (Counts(132, 0, 0), 0.02, Verdict.UNDECIDED),
        (Counts(134, 0, 0), 0.02, Verdict.PASS),
        # The student is better: its whole interval lies below 0.
        (Counts(200, 1, 20), 0.02, Verdict.PASS),
        # 25 of 30 are lost: the slice is small, and worse than the margin all the same.
        (Counts(30, 25, 0), 0.02, Verdict.FAIL),
        # They differ on 4 %: .04 * 2.4865^2 / .02^2 = 619 items are needed.
        (Counts(500, 10, 10), 0.02, Verdict.PASS),
        (Counts(250, 5, 5), 0.02, Verdict.UNDECIDED),
        (Counts(2000, 60, 20), 0.02, Verdict.FAIL),
        (Counts(2000, 60, 20), 0.05, Verdict.PASS),
    ],
)
def test_verdicts_at_tables_made_by_hand(counts, margin, expected):
    assert verdict(counts, margin, 0.95)[0] is expected


def test_items_that_are_needed_by_hand():
    assert verdict(Counts(1000, 20, 20), 0.02, 0.95)[3] == int(np.ceil(0.04 * 6.18255724 / 0.0004))
    assert verdict(Counts(50, 0, 0), 0.02, 0.95)[3] == 133


def test_a_student_at_the_margin_passes_hardly_more_often_than_the_confidence_allows():
    """All tables of 200 items, weighted by their probability at a true difference of .05."""
    n, margin, better = 200, 0.05, 0.03
    worse = better + margin
    random = np.random.default_rng(0)
    tables = random.multinomial(n, [worse, better, 1 - worse - better], 4000)
    passed = [verdict(Counts(n, w, b), margin, 0.95)[0] is Verdict.PASS for w, b, _ in tables]
    assert np.mean(passed) < 0.06


@pytest.fixture
def compared():
    """Twenty items; the student loses the first four of ten "short" ones."""
    labels = np.array([0, 1] * 10)
    wrong = np.arange(20) < 4
    right = np.eye(2)[labels] * 0.8 + 0.1
    student = np.where(wrong[:, None], right[:, ::-1], right)
    ids = np.arange(20).astype(str)
    columns = {
        "kind": np.array(["short"] * 10 + ["long"] * 10),
        "length": np.arange(20).astype(str),
        "flag": np.array([1] * 10 + [0] * 10),
    }
    models = [Predictions(probs, labels) for probs in (student, right)]
    teacher = {"big": models[0]}
    return Compared("clean", ids, ids, ("no", "yes"), *models, teacher, columns, tau=0.9)


def registry(tmp_path, text):
    path = tmp_path / "gate.yaml"
    path.write_text(text)
    return read_registry(path)


@pytest.mark.parametrize(
    ("where", "n", "worse"),
    [
        ("{}", 20, 4),
        ("{kind: short}", 10, 4),
        ("{kind: [short, long]}", 20, 4),
        ("{length: {to: 1}}", 2, 2),
        ("{length: {from: 3, to: 12}}", 10, 1),
        ("{flag: 1, label: 'yes'}", 5, 2),
        ("{confidently_wrong: big}", 4, 4),
        ("{confidently_wrong: [big], label: 'no'}", 2, 2),
    ],
)
def test_predicates_choose_the_items_they_name(where, n, worse, compared, tmp_path):
    gate = judge([compared], registry(tmp_path, f"slices: [{{where: {where}}}]"))
    assert (gate.judged[0].counts.n, gate.judged[0].counts.worse) == (n, worse)


def test_of_several_teachers_any_may_be_wrong(compared, tmp_path):
    big = compared.teachers["big"]
    late = Predictions(np.roll(big.probs, 2, axis=0), big.labels)
    both = replace(compared, teachers={"big": big, "late": late})
    gate = judge([both], registry(tmp_path, "slices: [{where: {confidently_wrong: [big, late]}}]"))
    assert (gate.judged[0].counts.n, gate.judged[0].counts.worse) == (6, 4)


def test_undecided_slices_do_what_was_chosen(compared, tmp_path):
    text = "undecided: {}\nmargin: .3\nslices: [{{where: {{kind: long}}, margin: .01}}]"
    for choice, status in (("fail", 1), ("pass", 0)):
        gate = judge([compared], registry(tmp_path, text.format(choice)))
        assert [one.verdict for one in gate.judged] == [Verdict.UNDECIDED]
        assert gate.status == status
        assert f"undecided slices are to {choice}" in gate_sentence(gate)


def test_one_slice_that_fails_fails_the_gate(compared, tmp_path):
    text = "margin: .05\nundecided: pass\nslices: [{where: {kind: long}}, {where: {kind: short}}]"
    gate = judge([compared], registry(tmp_path, text))
    assert [one.verdict.value for one in gate.judged] == ["undecided", "fail"]
    assert gate.status == 1
    assert "kind = short: even the lower bound" in gate_sentence(gate)


REFUSED = {
    "margin: 0\nslices: [{}]": "slices[1].margin must be a number in (0, 1), got 0",
    "slices: [{margin: 1.5}]": "slices[1].margin must be a number in (0, 1), got 1.5",
    "slices: [{margin: a}]": "slices[1].margin must be a number in (0, 1), got 'a'",
    "slices: [{}, {confidence: .4}]": "slices[2].confidence must be a number in (0.5, 1), got 0.4",
    "undecided: maybe\nslices: [{}]": "undecided must be fail or pass, got 'maybe'",
    "slices: []": "slices must be a list with at least one slice, got []",
    "slices: [{}, {}]": "the name 'all items' is there twice",
    "margins: 1\nslices: [{}]": "has an unknown key 'margins'; did you mean margin?",
    "slices: [{were: {}}]": "slices[1] has an unknown key 'were'; did you mean where?",
    "slices: [{where: [a]}]": "slices[1].where must map columns to values, got ['a']",
    "slices: [{where: {length: {from: 3, to: 2}}}]": "goes from 3 to 2, expected from <= to",
    "slices: [{where: {length: {least: 3}}}]": "must have the numbers from and to",
    "slices: [{where: {kind: []}}]": "must be a value, a list of values or {from: .., to: ..}",
    "slices: [{where: {knd: short}}]": "has no column 'knd'; did you mean kind?",
    "slices: [{where: {kind: shrt}}]": "no item has kind = 'shrt'; did you mean short?",
    "slices: [{where: {kind: {to: 3}}}]": "kind has texts like 'short', so no range can be taken",
    "slices: [{where: {kind: short, flag: 0}}]": "(kind = short and flag = 0) is empty",
    "slices: [{domain: fog}]": "slices[1].domain is 'fog', expected one of clean",
    "slices: [{where: {confidently_wrong: small}}]": "'small' taught nothing to this student",
    "slices: [": "cannot be read as YAML",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_meant_so_is_one_sentence_with_file_and_place(text, compared, tmp_path):
    with pytest.raises(ValueError, match=r"gate\.yaml") as error:
        judge([compared], registry(tmp_path, text))
    assert REFUSED[text] in str(error.value)
    assert "\n" not in str(error.value)
