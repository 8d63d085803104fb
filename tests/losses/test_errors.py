"""The words a user reads when an argument or a label is wrong."""

import inspect
import math

import pytest
import torch

from mtkd.losses import (
    AdaptiveKL,
    AlphaBeta,
    AlphaMixture,
    CorrelationKD,
    DecoupledKD,
    JensenShannon,
    NormalizedKD,
    Renyi,
    SkewedForwardKL,
    SkewedReverseKL,
    TokenwiseKL,
)

from .cases import CLASSES_TO_USE

WITH_TEMPERATURE = [
    cls for cls in CLASSES_TO_USE if "temperature" in inspect.signature(cls).parameters
]


@pytest.mark.parametrize("cls", WITH_TEMPERATURE)
@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan])
def test_temperature_must_be_positive(cls, temperature):
    sentence = f"^temperature must be positive and finite, got {temperature}$"
    with pytest.raises(ValueError, match=sentence):
        cls(temperature=temperature)


def test_all_losses_but_logit_mse_have_a_temperature():
    missing = set(CLASSES_TO_USE) - set(WITH_TEMPERATURE)
    assert [cls.__name__ for cls in missing] == ["LogitMSE"]


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, math.nan])
@pytest.mark.parametrize(
    ("cls", "advice"),
    [
        (JensenShannon, "use ForwardKL or ReverseKL for the ends"),
        (SkewedForwardKL, "use ForwardKL for 0; at 1 nothing is learned"),
        (SkewedReverseKL, "use ReverseKL for 0; at 1 nothing is learned"),
        (AlphaMixture, "use ForwardKL for 0; at 1 nothing is learned"),
    ],
)
def test_share_must_split(cls, advice, share):
    sentence = f"^share must be strictly between 0 and 1, got {share}; {advice}$"
    with pytest.raises(ValueError, match=sentence):
        cls(share=share)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda: AdaptiveKL(head_mass=1.0),
            "head_mass must be strictly between 0 and 1, got 1.0; "
            "use ForwardKL if all classes are head and ReverseKL if none is",
        ),
        (lambda: TokenwiseKL(-1.0), "steepness must be finite and not negative, got -1.0"),
        (lambda: TokenwiseKL(math.inf), "steepness must be finite and not negative, got inf"),
        (lambda: AlphaBeta(-0.5, 1.0), "alpha must be finite and not negative, got -0.5"),
        (lambda: AlphaBeta(0.5, -0.5), "beta must be finite and not negative, got -0.5"),
        (
            lambda: AlphaBeta(0.0, 0.0),
            "alpha and beta must not both be 0, there every class counts the same; "
            "use LogitMSE for that",
        ),
        (
            lambda: AlphaBeta(1.0, 0.001),
            "beta must be 0 or at least 0.01, got 0.001; use 0, the exact limit",
        ),
        (lambda: Renyi(0.0), "order must be positive and finite, got 0.0"),
        (
            lambda: Renyi(1.0),
            "order must differ from 1 by at least 0.01, got 1.0; use ForwardKL, the limit at 1",
        ),
        (
            lambda: AlphaMixture(1.001),
            "order must differ from 1 by at least 0.01, got 1.001; "
            "use exactly 1 for the geometric mixture",
        ),
        (
            lambda: AlphaMixture(math.inf),
            "order must be finite, got inf; use 1 for the geometric mixture",
        ),
        (
            lambda: CorrelationKD(0.0, 0.0),
            "sample_weight and batch_weight must not both be 0; give one a weight",
        ),
    ],
)
def test_constructors_say_what_is_possible(build, sentence):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        build()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("cls", "weight"),
    [
        (DecoupledKD, "target_weight"),
        (DecoupledKD, "rest_weight"),
        (NormalizedKD, "rest_weight"),
        (CorrelationKD, "sample_weight"),
        (CorrelationKD, "batch_weight"),
    ],
)
def test_weights_must_not_be_negative(cls, weight):
    with pytest.raises(ValueError, match=f"^{weight} must be finite and not negative, got -1$"):
        cls(**{weight: -1})


@pytest.mark.parametrize("loss", [DecoupledKD(), NormalizedKD()])
@pytest.mark.parametrize(("labels", "span"), [([0, -1], "-1 to 0"), ([3, 1], "1 to 3")])
def test_labels_must_be_classes(loss, labels, span):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        loss(torch.zeros(2, 3), torch.zeros(2, 3), torch.tensor(labels))
    assert str(caught.value) == (
        f"labels must lie in [0, 3), got {span}; "
        "leave out positions without a label, or use a loss that needs none"
    )
