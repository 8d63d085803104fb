"""What a first attempt in Python gets wrong, and the sentence it meets."""

import copy
import functools
import re

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from mtkd.distiller import Distiller
from mtkd.given import check_batch
from mtkd.losses import ForwardKL
from mtkd.optimizers import check_optimizer
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.teachers import LiveTeacher
from mtkd.weighting import Uniform

ADAM = functools.partial(torch.optim.Adam, lr=1e-3)
RECIPE = Recipe(ForwardKL(), Uniform())
SIZE = 4
pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Linear):
    def forward(self, batch):
        return ModelOutput(logits=super().forward(batch["inputs"]))


def whole():
    rng = torch.Generator().manual_seed(3)
    return {
        "inputs": torch.randn(SIZE, 5, generator=rng),
        "labels": torch.randint(3, (SIZE,), generator=rng),
        "mask": torch.ones(SIZE, dtype=torch.bool),
        "example_id": torch.arange(SIZE),
    }


def without(*keys):
    return {key: values for key, values in whole().items() if key not in keys}


def made(student=None, teachers=None, recipe=RECIPE, optimizer=ADAM):
    return Distiller(Net(5, 3) if student is None else student, teachers or {}, recipe, optimizer)


def fit(distiller, data, validation=None):
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = pl.Trainer(max_epochs=1, accelerator="cpu", enable_checkpointing=False, **quiet)
    trainer.fit(distiller, data, validation)


def told(kind, words):
    return pytest.raises(kind, match=re.escape(words))


PARTS = {
    "teachers": (
        [LiveTeacher(Net(5, 3), "big")],
        "teachers must be a mapping from names to sources, got an instance of list; write "
        '{"big": LiveTeacher(model, "big")}, or {} for labels only',
    ),
    "optimizer": (
        torch.optim.Adam(Net(5, 3).parameters()),
        "optimizer must be a function that makes an optimizer from parameters, got an instance of "
        "Adam; write functools.partial(torch.optim.Adam, lr=1e-3)",
    ),
    "recipe": (
        ForwardKL,
        "recipe must be a mtkd.recipe.Recipe, got the class ForwardKL; write "
        "Recipe(ForwardKL(), Uniform())",
    ),
    "rate": (0.1, "an optimizer from parameters, got an instance of float; write functools"),
    "student": (Net, "the student must be a torch.nn.Module, got the class Net"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_another_kind(part):
    given, words = PARTS[part]
    with told(TypeError, words):
        made(**{part.replace("rate", "optimizer"): given})


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (Net(5, 3), "got an instance of Net; wrap it: LiveTeacher(model, 'big')"),
        (LiveTeacher, "got the class LiveTeacher; subclass TeacherSource"),
    ],
)
def test_a_teacher_that_is_no_source(given, advice):
    words = f"teacher 'big' must be a mtkd.teachers.TeacherSource, {advice}"
    with told(TypeError, words):
        made(teachers={"big": given})


def test_a_teacher_that_is_the_student_is_told_of_its_deep_copy():
    net = Net(5, 3)
    words = "the teacher t is the student itself, and being a teacher froze it; give the teacher co"
    with told(ValueError, words):
        made(net, {"t": LiveTeacher(net, "t")}, Recipe(ForwardKL(), Uniform()))
    net = Net(5, 3)
    made(net, {"t": LiveTeacher(copy.deepcopy(net), "t")}, Recipe(ForwardKL(), Uniform()))


def test_an_optimizer_that_computes_the_loss_several_times():
    with told(TypeError, "optimizer LBFGS computes the loss several times in a step, but a step"):
        check_optimizer({"optimizer": torch.optim.LBFGS(Net(5, 3).parameters())})
    with told(TypeError, "optimizer LBFGS computes the loss several times in a step, but a step"):
        check_optimizer(([torch.optim.LBFGS(Net(5, 3).parameters())], []))
    with told(TypeError, "optimizer LBFGS computes the loss several times in a step, but a step"):
        check_optimizer([ADAM(Net(5, 3).parameters()), torch.optim.LBFGS(Net(5, 3).parameters())])
    for kind in (torch.optim.SGD, torch.optim.AdamW):
        optimizer = kind(Net(5, 3).parameters(), lr=0.1)
        assert check_optimizer(optimizer) is optimizer


MASK = (
    "a batch must have 'mask', got only inputs, labels, example_id; add mask: booleans of the "
    "labels' shape, true where a position counts, as in torch.ones_like(labels, dtype=torch.bool)"
)
LABELS = "a batch must have 'labels', got only inputs, mask, example_id; add labels: whole numbers"
PAIRS = (
    "a batch must be a mapping with inputs, labels, mask and example_id, got an instance of list; "
    "let the data set give each example as a dict of tensors"
)


def loader(batch):
    return DataLoader([batch], batch_size=None)


def pairs():
    return DataLoader(TensorDataset(whole()["inputs"], whole()["labels"]), batch_size=2)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (loader(without("mask")), ValueError, MASK),
        (loader(without("labels")), ValueError, LABELS),
        (pairs(), TypeError, PAIRS),
    ],
    ids=["no mask", "no labels", "pairs"],
)
def test_a_batch_of_another_kind(data, kind, words):
    with told(kind, words):
        fit(made(), data)
    with told(kind, words):
        fit(made(), loader(whole()), data)  # Lightning looks at a batch of these first
    with told(kind, words):
        made().objective(next(iter(data)))


def test_labels_only_needs_no_example_id():
    fit(made(), *[loader(without("example_id"))] * 2)
    check_batch(without("inputs", "example_id"))


@pytest.mark.parametrize("shape", [(SIZE, 1), (1,), ()], ids=str)
def test_a_mask_of_another_shape(shape):
    batch = whole() | {"mask": torch.ones(shape, dtype=torch.bool)}
    words = f"the mask has shape {list(shape)}, the labels [4]; give each label a boolean"
    with told(ValueError, words):
        made().objective(batch)


@pytest.mark.parametrize("label", [-100, 3])
@pytest.mark.parametrize("teachers", [{}, {"big": LiveTeacher(Net(5, 3), "big")}], ids=len)
def test_labels_that_are_no_classes(label, teachers):
    batch = whole()
    batch["labels"][1] = label
    words = f"labels must lie in [0, 3), or be -1 where there is none, got {label}; for -100 write"
    with told(ValueError, words):
        made(teachers=teachers).objective(batch)


def test_a_signal_is_made_of_an_output():
    with told(TypeError, "got Tensor; write CompleteSignal(ModelOutput(logits=...))"):
        CompleteSignal(torch.zeros(2, 3))


TYPES = {
    "a float mask": ("mask", torch.ones(SIZE), "got one of torch.float32: write mask.bool()"),
    "a mask of 0 and 1": ("mask", torch.ones(SIZE).long(), "torch.int64: write mask.bool()"),
    "float labels": ("labels", torch.zeros(SIZE), "torch.float32: write labels.long()"),
    "short labels": ("labels", torch.zeros(SIZE).int(), "torch.int32: write labels.long()"),
    "a list": ("labels", [0] * SIZE, "got an instance of list: write torch.as_tensor(labels, dty"),
}


@pytest.mark.parametrize("case", TYPES)
def test_labels_and_mask_of_another_type(case):
    key, values, words = TYPES[case]
    begin = {"labels": "labels must be a tensor of torch.int64, whole numbers", "mask": "mask must"}
    for data in ({}, {"big": LiveTeacher(Net(5, 3), "big")}):
        with pytest.raises(TypeError, match=re.escape(begin[key]) + ".*" + re.escape(words)):
            made(teachers=data).objective(whole() | {key: values})


class Listed(Dataset):
    """A data set that Lightning takes for a loader, since Python can iterate over it."""

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, index):
        return self.examples[index]


@pytest.mark.parametrize("length", [(), (4,)], ids=["classes", "text"])
def test_a_data_set_in_place_of_its_loader(length):
    """Each of its examples would be taken for a batch."""
    examples = [
        {
            "inputs": torch.randn(*length, 5),
            "labels": torch.zeros(length, dtype=torch.int64),
            "mask": torch.ones(length, dtype=torch.bool),
            "example_id": torch.tensor(number),
        }
        for number in range(3)
    ]
    words = "got a single example; give the data set to torch.utils.data.DataLoader"
    with told(ValueError, words):
        fit(made(), Listed(examples))
    fit(made(), DataLoader(examples, batch_size=2))


def test_prediction_gives_the_logits_of_the_student():
    student, trainer = Net(5, 3), pl.Trainer(accelerator="cpu", logger=False)
    (found,) = trainer.predict(made(student), loader(whole()))
    torch.testing.assert_close(found, student(whole()).dense())
