"""Three trained teachers, two of them with another tokenizer, and one step of a student."""

import functools
import math
import warnings

import pytest
import pytorch_lightning as pl
import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from mtkd.alignment import ByteReader, aligned_source
from mtkd.distiller import Distiller
from mtkd.language import causal_model
from mtkd.losses import ForwardKL, JensenShannon
from mtkd.losses.vocabularies import SharedAndSorted
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.weighting import TeacherEntropy, Uniform
from tests.alignment.sources import batch_of
from tests.alignment.trained import TEXTS, trained
from tests.language.families import LLAMA

READ = TEXTS[:6]
TOKENIZERS = {"own": "small", "larger": "large", "pieces": "words"}
PADDED = {"own": 311, "larger": 400, "pieces": 203}
warnings.filterwarnings("ignore", module="pytorch_lightning")


def model(classes, seed):
    torch.manual_seed(seed)
    return causal_model({**LLAMA, "vocab_size": classes, "max_position_embeddings": 160})


@pytest.fixture(scope="module")
def teachers():
    """A few steps of training each, on the texts as their own tokenizers read them."""
    sources = {}
    for seed, (name, tokenizer) in enumerate(TOKENIZERS.items()):
        made, batch = model(PADDED[name], seed), ByteReader(trained(tokenizer)).batch(READ)
        optimizer = torch.optim.Adam(made.parameters(), lr=0.02)
        for _ in range(10):
            logits = made(batch).dense().flatten(0, 1)
            loss = cross_entropy(logits, batch["labels"].flatten(), ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss < 0.9 * math.log(PADDED[name])
        sources[name] = LiveTeacher(made, name)
    return sources


def fitted(teachers, loss, weighting, rest, chunk=256):
    """A student after one step on all texts; what was recorded; its first weight before that."""
    aligned = {
        name: aligned_source(source, trained("small"), trained(TOKENIZERS[name]), 304, rest=rest)
        for name, source in teachers.items()
    }
    pupil = model(304, seed=9)
    before = pupil.model.lm_head.weight.detach().clone()
    recipe = Recipe(loss, weighting, hard_share=0.3, chunk=chunk)
    sgd = functools.partial(torch.optim.SGD, lr=0.5)
    module = Distiller(pupil, aligned, recipe, sgd, width=pupil.width, log_every=1)
    whole = batch_of(trained("small"), READ)
    rows = [{name: values[row] for name, values in whole.items()} for row in range(len(READ))]
    trainer = pl.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, DataLoader(rows, batch_size=len(rows)))
    values = {name: points[0] for name, points in module.history.series.items()}
    return pupil.model.lm_head.weight.detach(), before, values, aligned


def speaking():
    """`[position, teacher]` booleans, from byte ends alone."""
    rows = []
    for text in READ:
        ends = [[end for _, end in ByteReader(trained(n)).read(text).spans] for n in
                TOKENIZERS.values()]  # fmt: skip
        for place, end in enumerate(ends[0][:-1]):
            opening = [True, True, False]  # WordPiece alone reads its first word with a space
            rows.append(
                [(opening[i] if place == 0 else end in ends[i][1:]) for i in range(len(ends))]
            )
    return torch.tensor(rows)


WAYS = [
    (ForwardKL(), "tail"),
    (ForwardKL(), "map"),
    (SharedAndSorted(), "sorted"),
    (JensenShannon(), "sorted"),
]


@pytest.mark.parametrize(("loss", "rest"), WAYS)
class TestOneStep:
    def test_coverage_is_reported_and_weights_go_to_those_who_speak(self, teachers, loss, rest):
        after, before, values, aligned = fitted(teachers, loss, Uniform(), rest)
        present = speaking()
        shares = present / present.sum(dim=1, keepdim=True)
        for index, name in enumerate(TOKENIZERS):
            coverage = present[:, index].double().mean().item()
            assert values[f"teacher/{name}/coverage"] == pytest.approx(coverage)
            assert aligned[name].coverage.aligned_share == pytest.approx(coverage)
            weight = shares[:, index].double().mean().item()
            assert values[f"teacher/{name}/weight"] == pytest.approx(weight, rel=1e-4)
        assert 0.2 < values["teacher/pieces/coverage"] < values["teacher/larger/coverage"] < 1
        assert values["teacher/own/coverage"] == 1
        assert after.isfinite().all()
        assert not torch.equal(after, before)
        assert 0 < values["train/soft"] < 6

    def test_chunks_change_nothing(self, teachers, loss, rest):
        whole, *_ = fitted(teachers, loss, TeacherEntropy(), rest)
        parts, *_ = fitted(teachers, loss, TeacherEntropy(), rest, chunk=7)
        torch.testing.assert_close(parts, whole)
