"""Self-consistency: what samples agree on, and what counts as the same answer."""

import numpy as np
import pytest

import mtkd.metrics as m


def test_the_modal_answer_and_its_share():
    found = m.self_consistency([["4", "5", "4 "], ["Paris.", " paris", "Lyon", "PARIS!"], []])
    assert isinstance(found, m.SelfConsistency)
    assert found.answers == ("4", "paris", None)
    np.testing.assert_allclose(found.share, [2 / 3, 3 / 4, np.nan])
    assert found.samples.tolist() == [3, 4, 0]


def test_ties_go_to_the_answer_sampled_first():
    assert m.self_consistency([["b", "a", "a", "b"]]).answers == ("b",)
    assert m.self_consistency([["a", "b", "a", "b"]]).answers == ("a",)
    assert "first sampled" in m.self_consistency([]).convention


@pytest.mark.parametrize(
    ("spelling", "plain"),
    [
        ("  The  Answer.", "the answer"),
        ("(b)", "b"),
        ("Straße", "strasse"),
        ("ﬁve", "five"),
        ("-3.50", "-3.50"),
        ("don't", "don't"),
    ],
)
def test_spellings_of_one_answer(spelling, plain):
    assert m.plain_answer(spelling) == plain


def test_a_rule_of_ones_own_says_what_is_the_same():
    given = [["1.0", "1", "2"]]
    assert m.self_consistency(given).share[0] == pytest.approx(1 / 3)
    found = m.self_consistency(given, normalise=lambda text: str(float(text)))
    assert found.answers == ("1.0",)
    assert found.share[0] == pytest.approx(2 / 3)


def test_the_share_is_a_confidence_for_every_metric_once_empty_items_are_dropped():
    found = m.self_consistency([["a", "a"], ["b", "c"], []])
    right = [answer == "a" for answer in found.answers]
    share, correct, empty = m.drop_empty(found.share, right)
    assert empty == 1
    assert m.ece(share, correct).n == 2
    assert m.auroc_errors(share, correct).value == 1


def test_one_string_for_a_list_is_refused():
    with pytest.raises(ValueError, match="samples row 1 is one string, expected the list"):
        m.self_consistency([["a"], "abc"])
