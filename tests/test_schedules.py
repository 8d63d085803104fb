"""Learning rates over training, by hand at a few steps."""

import math

import pytest
import torch

from mtkd.schedules import warmup_cosine


def rates(steps, **options):
    parameter = torch.nn.Parameter(torch.zeros(1))
    made = warmup_cosine([parameter], lambda p: torch.optim.SGD(p, lr=2.0), steps=steps, **options)
    assert made["lr_scheduler"]["interval"] == "step"
    seen = []
    for _ in range(steps + 1):
        seen.append(made["optimizer"].param_groups[0]["lr"])
        made["optimizer"].step()
        made["lr_scheduler"]["scheduler"].step()
    return seen


def test_it_rises_to_the_top_and_falls_along_a_cosine():
    seen = rates(10, warmup=0.2, last=0.1)
    assert seen[:3] == pytest.approx([2 / 3, 4 / 3, 2.0])
    quarter = 0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2
    assert seen[4] == pytest.approx(2 * quarter)
    assert seen[10] == pytest.approx(0.2)


def test_without_warmup_it_starts_at_the_top():
    assert rates(4, warmup=0.0)[0] == 2.0


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"warmup": 1.0}, {"last": -0.1}])
def test_words_of_the_error(wrong):
    with pytest.raises(ValueError, match=r"steps must be at least 1, warmup within \[0, 1\)"):
        warmup_cosine([], lambda p: None, **{"steps": 5, **wrong})
