"""ULD: both vocabularies ranked as a whole, shared tokens too."""

import pytest
import torch

from mtkd.alignment import UnionSignal
from mtkd.losses import DecoupledKD, ReverseKL, SortedL1
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import top_k
from mtkd.weighting import Uniform

random = torch.Generator().manual_seed(4)
STUDENT = torch.randn(6, 5, generator=random, dtype=torch.float64)
TEACHER = torch.randn(6, 7, generator=random, dtype=torch.float64)
COLUMNS = torch.tensor([6, -1, 0, 2, -1])
LABELS = torch.zeros(6, dtype=torch.int64)


def union():
    return UnionSignal(ModelOutput(logits=TEACHER), COLUMNS)


def objective(student, chunk):
    recipe = Recipe(SortedL1(), Uniform(), hard_share=0.0, chunk=chunk)
    return distillation_objective(
        ModelOutput(logits=student), [union()], LABELS, torch.arange(6), recipe
    ).loss


@pytest.mark.parametrize("chunk", [2, 512])
def test_value_and_gradient_are_those_of_the_padded_formula(chunk):
    """arXiv 2402.12030: both sorted, the shorter filled up with 0; the order of tokens is lost."""
    found, wanted = (STUDENT.clone().requires_grad_() for _ in range(2))
    ours = objective(found, chunk)
    p, q = TEACHER.softmax(-1), torch.nn.functional.pad(wanted.softmax(-1), (0, 2))
    ranked = [side.sort(dim=-1, descending=True).values for side in (p, q)]
    theirs = (ranked[0] - ranked[1]).abs().sum()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(
        torch.autograd.grad(ours, found), torch.autograd.grad(theirs, wanted)
    )


def test_what_does_not_fit_is_told_with_what_does():
    def refused(loss, signal):
        with pytest.raises(ValueError, match=type(loss).__name__) as caught:
            Recipe(loss, Uniform()).check([signal], 5)
        return str(caught.value)

    assert "use SharedAndSorted, SortedL1, JensenShannon or" in refused(ReverseKL(), union())
    words = "needs every class, but a teacher gives a partial signal"
    assert words in refused(DecoupledKD(), union())
    assert words in refused(SortedL1(), top_k(STUDENT, 2))
    Recipe(SortedL1(), Uniform()).check([union()], 5)
