"""Every family takes a step in bfloat16 with gradient checkpointing, by each way to ask for it."""

import functools

import pytest
import torch

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.language import causal_model, masked_model
from mtkd.losses import ForwardKL, JensenShannon
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.training import fit
from mtkd.weighting import Uniform
from tests.language.families import CAUSAL, CLASSES, GPT2, LLAMA, MASKED, ROTARY, loud, tokens

FAMILIES = {
    **CAUSAL,
    **MASKED,
    "qwen3": {"model_type": "qwen3", **ROTARY, "head_dim": 8},
    "gemma": {"model_type": "gemma", **ROTARY, "head_dim": 8},
}
SGD = functools.partial(torch.optim.SGD, lr=0.1)


def made(family, **options):
    make = masked_model if family in MASKED else causal_model
    return make(FAMILIES[family], **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_student_of_every_family_learns_in_bfloat16_with_checkpointing(family):
    torch.manual_seed(0)
    student = made(family, dtype="bfloat16", gradient_checkpointing=True)
    assert student.training
    teachers = {"teacher": LiveTeacher(loud(made(family)), "teacher", dtype="bfloat16")}
    module = Distiller(student, teachers, Recipe(ForwardKL(), Uniform(), chunk=5), SGD)
    words = tokens(4, 9)
    batch = {
        "inputs": words[:, :-1],
        "labels": words[:, 1:],
        "mask": torch.ones(4, 8, dtype=torch.bool),
        "example_id": torch.arange(4),
    }
    torch.manual_seed(1)
    before = module.objective(batch).loss
    before.backward()
    gradients = {name: weight.grad for name, weight in student.named_parameters()}
    assert all(gradient is not None for gradient in gradients.values()), "a layer is cut off"
    assert all(gradient.dtype == torch.bfloat16 for gradient in gradients.values())
    norm = torch.stack([gradient.float().square().sum() for gradient in gradients.values()]).sum()
    assert norm.isfinite()
    with torch.no_grad():
        for weight in student.parameters():
            weight -= 0.02 * weight.grad / norm.sqrt()
    torch.manual_seed(1)
    assert module.objective(batch).loss < before


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true"])
@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("config", [LLAMA, GPT2], ids=["llama", "gpt2"])
def test_the_trainers_precision_is_the_students_alone(tmp_path, config, precision, checkpointing):
    torch.manual_seed(0)
    student = causal_model(config, gradient_checkpointing=checkpointing)
    before = [weight.clone() for weight in student.parameters()]
    unsaved = {name: value.clone() for name, value in student.named_buffers()}
    teacher = LiveTeacher(loud(causal_model(LLAMA)), "teacher")
    recipe = Recipe(JensenShannon(0.4), Uniform(), chunk=5)
    distiller = Distiller(student, {"teacher": teacher}, recipe, SGD, width=16, log_every=1)
    words = tokens(8, 9)
    texts = Examples(words[:, :-1].contiguous(), words[:, 1:].contiguous(), CLASSES)
    trainer = {"max_epochs": 3, "batch_size": 4, "precision": precision}
    assert fit(distiller, texts, trainer, 0, tmp_path) == 6
    assert {weight.dtype for weight in student.parameters()} == {torch.float32}
    assert {weight.dtype for weight in teacher.model.parameters()} == {torch.float32}
    assert all(weight.isfinite().all() for weight in student.parameters())
    assert all(value.equal(unsaved[name]) for name, value in student.named_buffers())
    assert any(
        not weight.float().equal(old)
        for weight, old in zip(student.parameters(), before, strict=True)
    )
    series = distiller.history.as_json()["series"]["train/loss"]
    assert series[-1] < series[0]
