"""May it answer, must it hand over, what got worse: by hand, where little or much is known."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mtkd.fallback import Promise, certify
from mtkd.fallback.cascade import Cascade, operate
from mtkd.report.alone import alone
from mtkd.report.asking import outcomes
from mtkd.report.deployed import deployed
from mtkd.report.handing_over import handing_over
from mtkd.report.worse import worse
from mtkd.results import score_study
from mtkd.slices.counts import Counts
from mtkd.slices.pockets import Pocket, Status
from mtkd.slices.slice import Slice
from tests.report.synthetic import Synthetic

ASKED = "what was asked (at most 5 wrong answers of 100, certain to 90 %)"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    results = score_study(Synthetic(tmp_path_factory.mktemp("few"), seeds=1).write())
    return outcomes(results, deployed(results))


def text(answer):
    return re.sub(r"<[^>]+>", "", str(answer))


def checked(known, n, wrong, teacher_wrong=0):
    """The outcomes of a student that was checked on `n` items and errs on some of its surest."""
    sure = np.linspace(1.0, 0.8, n)
    right = np.ones(n, dtype=bool)
    right[10 : 10 + wrong] = False
    cascade = Cascade(sure, right, np.arange(n) >= teacher_wrong)
    certificate = certify(sure, right, Promise(0.05, 0.9))
    assert certificate.threshold is None
    clean = replace(known.fallback.places[0], cascade=cascade, operation=operate(cascade, None))
    places = (clean, *known.fallback.places[1:])
    found = replace(known.fallback, certificate=certificate, calibration=cascade, places=places)
    return replace(known, fallback=found)


@pytest.mark.parametrize(
    ("n", "wrong", "end"),
    [
        (120, 5, ", and of so few one mistake decides; check it on 675 or more."),
        (201, 4, ", and they are too few for it; check it on 675 or more."),
        (900, 8, "; check it on more."),
    ],
)
def test_a_risk_within_what_was_asked_is_not_too_many_mistakes(known, n, wrong, end):
    found = checked(known, n, wrong)
    said = f"Nobody can tell. {n} questions to check it on did not show {ASKED}{end}"
    assert text(alone(found)).startswith(said)
    assert text(handing_over(found)).startswith("Always, until it was checked on more questions: ")


@pytest.mark.parametrize(("n", "wrong"), [(201, 7), (900, 10)])
def test_a_risk_above_what_was_asked_is_too_many_mistakes(known, n, wrong):
    found = checked(known, n, wrong)
    assert text(alone(found)).startswith("No. Even among the answers it is surest of, too many")
    assert text(handing_over(found)).startswith("Always: ")


def test_a_teacher_that_must_answer_everything_and_is_worse_is_said_to_be_no_help(known):
    said = text(handing_over(checked(known, 200, 4, teacher_wrong=8)))
    assert "answers everything. Handing over does not help here: of these questions" in said
    assert said.endswith("gets 96 % right, the student would 98 %.")
    assert "does not help" not in text(handing_over(checked(known, 200, 4, teacher_wrong=2)))


def confirmed(known, *slices):
    """What is said where just these slices of 200 items are confirmed, 80 of them flipped."""
    counts = Counts(200, 80, 0)
    pockets = tuple(
        Pocket(one, counts, 0.3, 0.5, 0.0, 0.0, Status.CONFIRMED, p_holm=0.001) for one in slices
    )
    return text(worse(replace(known, pockets=(replace(known.pockets[0], pockets=pockets),))))


def test_a_whole_shifted_domain_that_is_worse_is_hidden_by_the_average(known):
    said = confirmed(known, Slice("gaussian_noise@3", "domain"), Slice("clean", "domain"))
    assert "worse in 1 pocket, confirmed on other items" in said
    assert "gaussian_noise@3: all items (40 more wrong of 100, n = 200)." in said


def test_a_student_that_is_worse_altogether_is_said_to_be(known):
    said = confirmed(known, Slice("clean", "domain"))
    assert ": worse altogether (40 more wrong of 100, n = 200), and no pocket beyond that" in said
    assert "no hidden pocket is confirmed" not in said
    assert "no hidden pocket is confirmed among 0 slices" in confirmed(known)
