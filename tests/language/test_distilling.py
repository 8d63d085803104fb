"""Two language teachers and a student, from folders, through the Distiller."""

import functools
import warnings

import pytest
import pytorch_lightning as pl
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from mtkd.distiller import Distiller
from mtkd.language import causal_model, masked_model
from mtkd.losses import ForwardKL
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.weighting import Uniform
from tests.language.families import GEMMA2, GPT2, LLAMA, MASKED, loud, tokens

LENGTH, TEMPERATURE, HARD_SHARE = 8, 2.0, 0.3
warnings.filterwarnings("ignore", module="pytorch_lightning")


def examples(size=12):
    rng = torch.Generator().manual_seed(7)
    rows = tokens(size, LENGTH + 1)
    return [
        {
            "inputs": row[:-1],
            "labels": row[1:],
            "mask": torch.rand(LENGTH, generator=rng) < 0.7,
            "attention_mask": torch.ones(LENGTH, dtype=torch.long),
            "example_id": torch.tensor(index),
        }
        for index, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of two loud teachers and a quiet student, written by `save_pretrained`."""
    root = tmp_path_factory.mktemp("models")
    for seed, (name, config) in enumerate({"one": LLAMA, "two": GEMMA2, "pupil": GPT2}.items()):
        torch.manual_seed(seed)
        model = causal_model({**config, "tie_word_embeddings": name != "one"})
        (model if name == "pupil" else loud(model)).model.save_pretrained(root / name)
    return root


def distiller(folders, student="pupil", chunk=5):
    pupil = causal_model(folders / student, dtype="float64").eval()
    sources = {
        name: LiveTeacher(causal_model(folders / name, dtype="float64"), name)
        for name in ("one", "two")
    }
    recipe = Recipe(ForwardKL(TEMPERATURE), Uniform(), hard_share=HARD_SHARE, chunk=chunk)
    sgd = functools.partial(torch.optim.SGD, lr=0.5)
    return Distiller(pupil, sources, recipe, sgd, width=pupil.width, log_every=1)


def whole_logits(module, batch):
    """The summed objective from all logits of the models themselves, at once."""
    mask = batch["mask"]
    student = module.student.model(input_ids=batch["inputs"]).logits[mask]
    hard = cross_entropy(student, batch["labels"][mask], reduction="sum")
    log_q, soft = (student / TEMPERATURE).log_softmax(-1), 0.0
    for source in module.teachers.values():
        with torch.no_grad():
            teacher = source.model.model(input_ids=batch["inputs"]).logits[mask]
        log_p = (teacher / TEMPERATURE).log_softmax(-1)
        soft = soft + TEMPERATURE**2 * (log_p.exp() * (log_p - log_q)).sum() / 2
    return HARD_SHARE * hard + (1 - HARD_SHARE) * soft


@pytest.mark.parametrize("chunk", [5, 1000])
@pytest.mark.parametrize("student", ["pupil", "two"], ids=["tied", "tied_and_capped"])
def test_gradients_equal_those_of_the_whole_logits(folders, student, chunk):
    (batch,) = DataLoader(examples(), batch_size=12)
    module = distiller(folders, student, chunk)
    wanted = whole_logits(module, batch)
    gradients = torch.autograd.grad(wanted, list(module.student.parameters()))
    value = module.objective(batch).loss
    value.backward()
    torch.testing.assert_close(value, wanted)
    for weight, gradient in zip(module.student.parameters(), gradients, strict=True):
        torch.testing.assert_close(weight.grad, gradient)
    assert module.student.model.get_input_embeddings().weight.grad.abs().sum() > 0


def test_three_steps_lower_the_loss(folders):
    module = distiller(folders)
    (batch,) = DataLoader(examples(), batch_size=12)
    before = module.objective(batch).loss.item()
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, DataLoader(examples(), batch_size=4))
    assert trainer.global_step == 3
    assert module.objective(batch).loss.item() < 0.98 * before


def test_a_teacher_in_bfloat16_speaks_to_a_student_in_float32(folders):
    teacher = LiveTeacher(causal_model(folders / "one", dtype="bfloat16"), "one")
    recipe = Recipe(ForwardKL(), Uniform(), chunk=5)
    student = causal_model(folders / "pupil")
    module = Distiller(student, {"one": teacher}, recipe, torch.optim.SGD, width=student.width)
    (batch,) = DataLoader(examples(4), batch_size=4)
    module.objective(batch).loss.backward()
    assert all(weight.grad.isfinite().all() for weight in student.parameters())
    assert teacher.model.training is False


def test_hidden_tokens_are_learned_at_masked_positions_only():
    torch.manual_seed(0)
    student = masked_model(MASKED["bert"]).eval()
    teacher = LiveTeacher(loud(masked_model(MASKED["bert"])), "teacher")
    recipe = Recipe(ForwardKL(), Uniform(), chunk=2)
    module = Distiller(student, {"teacher": teacher}, recipe, torch.optim.SGD)
    words = tokens(4, LENGTH)
    mask = torch.arange(LENGTH).expand(4, LENGTH) % 4 == 1
    hidden = words.where(~mask, 0)
    batch = {"inputs": hidden, "labels": words, "mask": mask, "example_id": torch.arange(4)}
    objective = module.objective(batch)
    assert objective.count == 8
    elsewhere = {**batch, "labels": words.where(mask, 5)}
    torch.testing.assert_close(module.objective(elsewhere).loss, objective.loss)
    there = {**batch, "labels": words.where(~mask, 5)}
    assert not module.objective(there).loss.allclose(objective.loss)
    objective.loss.backward()
    assert all(weight.grad is not None for weight in student.parameters())
