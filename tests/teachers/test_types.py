"""A live teacher reads numbers in its own type, whatever the trainer makes of the batch."""

import functools

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader

from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.weighting import Uniform

SIZE, FEATURES, CLASSES = 6, 2, 3


class Affine(nn.Module):
    """Two features to three classes; notes the types of what it is given."""

    def __init__(self, seed, dtype=torch.float32):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.layer = nn.Linear(FEATURES, CLASSES).to(dtype)
        self.given = set()

    def forward(self, batch):
        self.given.add((batch["inputs"].dtype, batch["labels"].dtype))
        return ModelOutput(logits=self.layer(batch["inputs"]))


class Table(nn.Module):
    """No floating weight: what is given comes back."""

    def __init__(self):
        super().__init__()
        self.rows = nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False)

    def forward(self, batch):
        return ModelOutput(logits=batch["inputs"])


class Quantised(Table):
    """Whole-number weights first, as in a quantised model, and a floating one behind them."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2, dtype=torch.bfloat16))


def batch(dtype=torch.float32):
    rng = torch.Generator().manual_seed(2)
    return {
        "inputs": torch.randn(SIZE, FEATURES, generator=rng).to(dtype),
        "labels": torch.randint(CLASSES, (SIZE,), generator=rng),
        "mask": torch.ones(SIZE, dtype=torch.bool),
        "example_id": torch.arange(SIZE),
    }


def trained(precision, teacher):
    """The student's layer after one step of SGD."""
    student = Affine(0)
    recipe = Recipe(ForwardKL(2.0), Uniform(), hard_share=0.3)
    sgd = functools.partial(torch.optim.SGD, lr=0.5)
    distiller = Distiller(student, {"one": LiveTeacher(teacher, "one")}, recipe, sgd)
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        precision=precision,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(distiller, DataLoader([batch()], batch_size=None))
    return student


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("precision", ["64-true", "bf16-true", "bf16-mixed"])
@pytest.mark.parametrize("own", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_a_trainers_precision_is_not_the_teachers(precision, own):
    teacher = Affine(1, own)
    student = trained(precision, teacher)
    assert teacher.given == {(own, torch.int64)}
    types = {"64-true": torch.float64, "bf16-true": torch.bfloat16, "bf16-mixed": torch.float32}
    assert {given for given, _ in student.given} <= {types[precision], torch.float32}
    assert student.layer.weight.dtype == types[precision]
    expected = trained("32-true", Affine(1)).layer.weight
    exact = precision == "64-true" and own != torch.bfloat16
    room = {"rtol": 0, "atol": 1e-6 if exact else 2e-2}
    torch.testing.assert_close(student.layer.weight.float(), expected, **room)


@pytest.mark.parametrize("given", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_without_a_type_it_reads_and_answers_in_the_one_it_has(given):
    source = LiveTeacher(Affine(1, torch.float64), "one")
    assert source(batch(given)).output.logits.dtype == torch.float64
    assert source.model.given == {(torch.float64, torch.int64)}


def test_a_type_that_is_asked_for_is_the_type_it_reads_in():
    source = LiveTeacher(Affine(1), "one", dtype="float64")
    assert source(batch(torch.bfloat16)).output.logits.dtype == torch.float64


def test_whole_number_weights_do_not_say_the_type():
    assert LiveTeacher(Quantised(), "one")(batch()).output.logits.dtype == torch.bfloat16
    for given in (torch.float32, torch.float64):
        assert LiveTeacher(Table(), "one")(batch(given)).output.logits.dtype == given
