"""A study calls its loss and weighting once before it trains."""

import pytest

from mtkd.config import ConfigError
from mtkd.functional import kl_divergence
from mtkd.losses import Divergence
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan
from mtkd.weighting import TeacherWeighting
from tests.study.test_check import SMALL, write


class Summed(Divergence):
    def divergence(self, student_log_probs, teacher_log_probs):
        return kl_divergence(teacher_log_probs, student_log_probs).sum(-1, keepdim=True)


class Mixed(Divergence):
    """Right for each teacher, wrong for one made of all."""

    def divergence(self, student_log_probs, teacher_log_probs):
        found = kl_divergence(teacher_log_probs, student_log_probs)
        return found if found.dim() == 2 else found.mean()


class Endless(Divergence):
    def divergence(self, student_log_probs, teacher_log_probs):
        return kl_divergence(teacher_log_probs, student_log_probs) / 0


class Clumsy(Divergence):
    def divergence(self, student_log_probs, teacher_log_probs):
        return student_log_probs @ teacher_log_probs


class Unready(Divergence):
    def __init__(self):
        self.scale = 2

    def divergence(self, student_log_probs, teacher_log_probs):
        return kl_divergence(teacher_log_probs, student_log_probs)


class AllClasses(Divergence):
    """Looks across positions, and only at all ten digits."""

    row_wise = False
    coarse = False

    def divergence(self, student_log_probs, teacher_log_probs):
        assert student_log_probs.shape[-1] == 10
        found = kl_divergence(teacher_log_probs, student_log_probs)
        return found - found.mean(-1, keepdim=True)


class ByTeacher(TeacherWeighting):
    def evidence(self, student_logits, teacher_logits, labels, hidden):
        return teacher_logits.mean((1, 2))


class Forgetful(TeacherWeighting):
    def evidence(self, student_logits, teacher_logits, labels, hidden):
        return teacher_logits.mean(-1) + hidden.sum(-1)


def checked(folder, **parts):
    nodes = {key: {"_target_": f"{__name__}.{cls.__name__}"} for key, cls in parts.items()}
    return lambda **more: check_plan(make_plan(write(folder / "s", SMALL | nodes | more)))


@pytest.mark.parametrize(
    ("parts", "aggregation", "words"),
    [
        (
            {"loss": Summed},
            "distances",
            r"loss: Summed returned \[2, 1\], expected .*\[2, 3\]; sum",
        ),
        ({"loss": Mixed}, "logits", r"loss: Mixed returned \[\], .* for each position, \[3\]; sum"),
        ({"loss": Endless}, "distances", "loss: Endless is infinite or NaN for random finite log"),
        ({"loss": Clumsy}, "distances", "loss: Clumsy fails on 3 positions: "),
        ({"loss": Unready}, "distances", "Unready is not set up; begin its __init__ with super"),
        ({"weighting": ByTeacher}, "distances", r"ByTeacher.evidence returned \[2\], expected"),
        ({"weighting": Forgetful}, "distances", "weighting: Forgetful fails on 3 positions: "),
    ],
)
def test_a_wrong_loss_or_weighting_is_told_before_training(tmp_path, parts, aggregation, words):
    with pytest.raises(ConfigError, match=words):
        checked(tmp_path, **parts)(aggregation=aggregation)


def test_a_loss_that_is_wrong_for_mixtures_alone_may_compare_distances(tmp_path):
    assert checked(tmp_path, loss=Mixed)()


def test_a_loss_across_positions_that_needs_all_classes_passes(tmp_path):
    assert checked(tmp_path, loss=AllClasses)()
