"""What a config minimises, on the same text, is what its paper says, apart from the scale."""

from dataclasses import replace
from functools import partial
from inspect import signature

import numpy as np
import pytest
import torch

from mtkd.config import instantiate
from mtkd.functional import IMPOSSIBLE
from mtkd.losses import SkewedReverseKL
from mtkd.losses.softened import Softened
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal
from mtkd.trial import recipe
from tests.published import papers
from tests.published.cases import cells

POSITIONS, CLASSES = 12, 7
CELLS = cells()
NEMO = 1 / 1.1

# Cell: the paper's objective, and mtkd's share of it (shares sum to 1 in mtkd).
PAPERS = {
    "hinton": (papers.hinton, 1),
    "ca_mkd": (papers.ca_mkd, 1 / 2),
    "ebkd": (papers.ebkd, 0.6),
    "ae_kd": (papers.ae_kd, 1 / 1.9),
    "minillm": (papers.minillm, 1),
    "gkd": (papers.gkd, 1),
    "distillm/skewed_forward_kl": (papers.skl, 1),
    "distillm/skewed_reverse_kl": (papers.srkl, 1),
    "distillm_2": (papers.skl, 1),
    "akl": (papers.akl, 1),
    "todi": (papers.todi, 1.6),
    "abkd": (papers.abkd, 1),
    "amid": (papers.amid, 1),
    "dynamic_kd/soft_instance": (papers.dynamic_kd, 1 / 2),
    "dynamic_kd/soft": (partial(papers.dynamic_kd, whole_batch=True), 1 / 2),
    "fusellm/min_ce": (papers.min_ce, 1),
    "fusellm/avg_ce": (papers.avg_ce, 1),
    "nemo_rl/static": (papers.nemo_sum(lambda z, y: np.zeros(1)), NEMO),
    "nemo_rl/ce": (papers.nemo_sum(lambda z, y: -papers.cross_entropy(z, y)), NEMO),
    "nemo_rl/entropy": (papers.nemo_sum(lambda z, y: -papers.entropy(papers.softmax(z))), NEMO),
    "nemo_rl/max_prob": (papers.nemo_sum(lambda z, y: papers.softmax(z).max(-1)), NEMO),
    "nemo_rl/select_teacher": (papers.nemo_select, NEMO),
    "nemo_rl/averaged_logits": (papers.nemo_logits, NEMO),
}


def drawn(teachers, length):
    """Logits of student and teachers, labels, and which text (or image) a position belongs to."""
    rng = np.random.default_rng(2)  # a draw in which AE-KD's cap binds, and not in a corner
    student = rng.normal(0, 1.5, (POSITIONS, CLASSES))
    labels = rng.integers(0, CLASSES, POSITIONS)
    text = np.arange(POSITIONS) // length
    return student, rng.normal(0, 2, (teachers, POSITIONS, CLASSES)), labels, text


def test_every_cell_is_held_against_its_paper():
    """Except MOPD, which never learns from given text; tests/onpolicy has its policy gradient."""
    assert PAPERS.keys() == CELLS.keys() - {"mopd"}


def learnt(name, chunk):
    """The cell's value and gradient by position, the student's logits, and the paper's."""
    config = CELLS[name].config
    images = config["data"]["_target_"].endswith("Digits")
    student, teachers, labels, text = drawn(len(config["committee"]), 1 if images else 3)
    built = replace(recipe(config), chunk=chunk)
    built.weighting.prepare(config["committee"])
    signals = [CompleteSignal(ModelOutput(logits=torch.from_numpy(one))) for one in teachers]
    given = torch.from_numpy(student).requires_grad_()
    own = distillation_objective(
        ModelOutput(logits=given), signals, torch.from_numpy(labels), torch.from_numpy(text), built
    )
    own.loss.backward()
    paper, scale = PAPERS[name]

    def at(moving, fixed=student):
        held = [fixed] if "fixed" in signature(paper).parameters else []
        return scale * paper(moving, teachers, labels, text, *held)

    return float(own.loss.detach()) / own.count, given.grad.numpy() / own.count, student, at


def slope(value, at, step=1e-5):
    """Derivative of `value` by every number of `at`, by central differences."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        moved = np.zeros_like(at)
        moved[place] = step
        found[place] = (value(at + moved) - value(at - moved)) / (2 * step)
    return found


@pytest.mark.parametrize("chunk", [64, 5])
@pytest.mark.parametrize("name", PAPERS)
def test_objective_and_gradient_are_the_papers(name, chunk):
    """In one chunk by autograd, in several by the slope that a loss gives itself."""
    value, gradient, student, paper = learnt(name, chunk)
    np.testing.assert_allclose(value, paper(student), rtol=1e-6)
    np.testing.assert_allclose(gradient, slope(paper, student), rtol=1e-5, atol=1e-8)


def test_what_a_paper_holds_fixed_matters():
    """The anchor of the test above: with nothing held fixed each of these has another gradient."""
    held = {name for name, (paper, _) in PAPERS.items() if "fixed" in signature(paper).parameters}
    assert held == {"ae_kd", "akl", "todi", "dynamic_kd/soft_instance", "dynamic_kd/soft"}
    for name in held:
        _, gradient, student, paper = learnt(name, 64)
        moving = slope(lambda moved: paper(moved, moved), student)  # noqa: B023
        assert np.linalg.norm(moving - gradient) > 0.01 * np.linalg.norm(gradient), name


def test_the_second_loss_of_distillm_2_holds_the_mixture_fixed():
    """For the student's own text; DistiLLM's, of the same value, does not."""
    node = CELLS["distillm_2"].config["on_policy"]["loss"]
    student, teachers, labels, text = drawn(1, 3)
    given = torch.from_numpy(student).requires_grad_()
    logits = torch.from_numpy(teachers[0])
    values = instantiate(node, "loss")(given, logits, torch.from_numpy(labels))
    (gradient,) = torch.autograd.grad(values.mean(), given)
    np.testing.assert_allclose(
        values.mean().detach(), papers.srkl(student, teachers, labels, text), rtol=1e-6
    )
    held = slope(lambda s: papers.srkl_2(s, teachers, labels, text, student), student)
    moving = slope(lambda s: papers.srkl(s, teachers, labels, text), student)
    np.testing.assert_allclose(gradient, held, rtol=1e-5, atol=1e-8)
    assert np.linalg.norm(held) > 1.2 * np.linalg.norm(moving)


@pytest.mark.parametrize("share", [0.1, 0.7])
def test_a_mixture_held_fixed_gives_its_slope_and_stays_finite(share):
    loss = SkewedReverseKL(share, detach_mixture=True)
    logits = 4 * torch.randn(2, 5, 40, generator=torch.Generator().manual_seed(0)).double()
    for impossible in (False, True):
        if impossible:
            logits[0, :, 3] = logits[1, :, 4] = logits[:, :, 5] = IMPOSSIBLE
        student, teacher = logits.log_softmax(-1)
        value, found = loss.with_slope(Softened(student), Softened(teacher.clone()))
        leaf = student.clone().requires_grad_()
        (expected,) = torch.autograd.grad(loss.divergence(leaf, teacher).sum(), leaf)
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)
        q, gap = (
            student.exp(),
            (student - (share * student.exp() + (1 - share) * teacher.exp()).log()),
        )
        pull = found - q * found.sum(-1, keepdim=True)
        by_hand = q * (gap.nan_to_num() - value[:, None])
        torch.testing.assert_close(pull, by_hand, rtol=1e-6, atol=1e-9)
    assert "detach(q)" in loss.formula
    assert "detach" not in SkewedReverseKL(share).formula
