"""Models that answer with something else than a `ModelOutput`, or cannot read a batch."""

import re

import pytest
import torch
from torch import nn

from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput, answered
from mtkd.recipe import Recipe
from mtkd.weighting import Uniform
from tests.language.families import LLAMA

SIZE = 4


class Plain(nn.Linear):
    def forward(self, batch):
        return super().forward(batch["inputs"])


class Mistaken(nn.Linear):
    def forward(self, batch):
        return self.predict(batch["inputs"])


class Loud(nn.Linear):
    def forward(self, batch):
        raise TypeError("load_state_dict() wants one of\ntwo lines")


def whole():
    return {
        "inputs": torch.ones(SIZE, 5),
        "labels": torch.zeros(SIZE, dtype=torch.int64),
        "mask": torch.ones(SIZE, dtype=torch.bool),
        "example_id": torch.arange(SIZE),
    }


def made(student):
    return Distiller(student, {}, Recipe(ForwardKL(), Uniform()), torch.optim.Adam)


def told(kind, words):
    return pytest.raises(kind, match=re.escape(words))


TENSOR = "returned a Tensor, expected a mtkd.outputs.ModelOutput; return ModelOutput(logits=...)"


def test_plain_logits_of_the_student():
    with told(TypeError, f"the student {TENSOR}"):
        made(Plain(5, 3)).objective(whole())


def test_a_model_that_reads_no_batch_is_told_how():
    words = (
        "the student was called with the whole batch (inputs, labels, mask, example_id): linear():"
        " argument 'input' (position 1) must be Tensor, not dict; read batch[\"inputs\"] in "
        "forward, return ModelOutput(logits=...); wrap a transformers model as "
        "mtkd.language.TokenModel(model, causal=True)"
    )
    with told(TypeError, words) as caught:
        made(nn.Linear(5, 3)).objective(whole())
    assert isinstance(caught.value.__cause__, TypeError), "where it happened is kept"


def test_an_attribute_that_a_dict_has_not_and_one_line_of_many():
    with told(TypeError, "the student was called with the whole batch"):
        made(nn.Flatten()).objective(whole())
    with told(TypeError, "the student was called with the whole batch") as caught:
        made(nn.Conv2d(1, 2, 3)).objective(whole())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        (Mistaken(5, 3), AttributeError, "'Mistaken' object has no attribute 'predict'"),
        (Loud(5, 3), TypeError, "load_state_dict() wants one of"),
    ],
    ids=["attribute", "type"],
)
def test_a_mistake_inside_a_model_stays_what_it_is(model, kind, words):
    with pytest.raises(kind) as caught:
        answered(model, whole(), "the student")
    assert str(caught.value).startswith(words)


def test_a_right_answer_is_handed_on_untouched():
    said = ModelOutput(logits=torch.zeros(SIZE, 3))

    class Says(nn.Module):
        def forward(self, batch):
            return said

    assert answered(Says(), whole(), "the student") is said


def test_a_model_of_transformers_is_told_what_wraps_it():
    from transformers import AutoConfig, AutoModelForCausalLM

    bare = AutoModelForCausalLM.from_config(AutoConfig.for_model(**LLAMA))
    tokens = whole() | {"inputs": torch.zeros(SIZE, 2, dtype=torch.int64)}
    with told(
        TypeError, "wrap a transformers model as mtkd.language.TokenModel(model, causal=True)"
    ):
        made(bare).objective(tokens)


def test_a_batch_with_the_keys_of_transformers():
    from mtkd.language import causal_model

    batch = {"input_ids": torch.zeros(SIZE, 2, dtype=torch.int64), "labels": torch.zeros(SIZE, 2)}
    words = (
        "LlamaForCausalLM reads token ids from 'inputs', got only input_ids, labels; rename "
        "input_ids, and shift labels where it is causal: labels[i] is what position i predicts"
    )
    with told(ValueError, words):
        causal_model(LLAMA)(batch)
