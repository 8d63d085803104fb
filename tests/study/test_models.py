"""Models as people write them first: each is told in one sentence what a study asks of it."""

import re

import pytest
import torch

from mtkd.config import ConfigError
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan
from tests.study.own import HERE, write_table
from tests.study.studies import write_study
from tests.study.test_check import ADAM

BATCH = (
    "; it gets one argument, the batch, a dict of inputs float32 [2, 2], labels int64 [2], "
    "mask bool [2], example_id int64 [2]"
)
FIRST = {
    "Bare": "Bare returns a tensor, float32 [2, 2], expected a mtkd.outputs.ModelOutput; end its "
    "forward with `return ModelOutput(logits=...)`",
    "Pair": "Pair returns tuple, expected a mtkd.outputs.ModelOutput; end its forward with "
    "`return ModelOutput(logits=...)`",
    "TakesTensor": "TakesTensor does not take the data: TypeError: linear(): argument 'input'",
    "TakesColumn": "TakesColumn does not take the data: KeyError: 'x' (own.py, line ",
    "TakesTwo": "TakesTwo does not take the data: TypeError: TakesTwo.forward() missing 1",
    "Flattens": "Flattens does not take the data: AttributeError: 'dict' object has no attribute "
    "'flatten' (own.py, line ",
}


def sentence_of(folder, **changes):
    data = {"_target_": f"{HERE}.Table", "file": str(write_table(folder / "table.txt"))}
    study = {
        "data": data,
        "student": {"_target_": f"{HERE}.Net"},
        "teachers": {},
        "placebo": None,
        "optimizer": ADAM,
        "grid": {},
    }
    with pytest.raises(ConfigError) as caught:
        check_plan(make_plan(write_study(folder / "s", **{**study, **changes})))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", FIRST)
def test_what_everybody_tries_first_is_told(tmp_path, name):
    said = sentence_of(tmp_path, student={"_target_": f"{HERE}.{name}"})
    assert said.startswith(f"config.student: {FIRST[name]}")
    if "does not take" in said:
        assert said.endswith(BATCH)


@pytest.mark.parametrize("name", ["Bare", "Flattens"])
def test_the_same_is_told_of_a_teacher(tmp_path, name):
    teacher = {"model": {"_target_": f"{HERE}.{name}"}, "seed": 1}
    said = sentence_of(tmp_path, teachers={"own": teacher})
    assert said.startswith(f"config.teachers.own.model: {FIRST[name]}")


def test_a_model_of_another_shape_is_told_the_shapes_of_the_batch(tmp_path):
    said = sentence_of(tmp_path, student={"_target_": f"{HERE}.Net", "inputs": 3})
    assert said.startswith("config.student: Net does not take the data: mat1 and mat2 shapes")
    assert said.endswith(BATCH)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"other.weight": torch.zeros(2, 2)}, "Error(s) in loading state_dict for Linear: Missing"),
        ([1, 2], "TypeError: Expected state_dict to be dict-like"),
        (b"no pickle", "UnpicklingError: "),
        (None, "there is no /"),
    ],
)
def test_a_wrong_checkpoint_of_a_teacher_is_told_with_key_and_line(tmp_path, content, words):
    file = tmp_path / "teacher.pt"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        torch.save(content, file)
    model = {"_target_": f"{HERE}.stored", "file": str(file)}
    said = sentence_of(tmp_path, teachers={"own": {"model": model, "seed": 1}})
    assert said.startswith(f"config.teachers.own.model: stored: {words}")
    assert re.search(r"\(own\.py, line \d+\)$", said)


def test_an_optimizer_that_computes_the_loss_several_times_is_refused(tmp_path):
    optimizer = {"_target_": "torch.optim.LBFGS", "_partial_": True}
    said = sentence_of(tmp_path, optimizer=optimizer)
    assert said.startswith("config.optimizer: optimizer LBFGS computes the loss several times in a")


def test_data_that_equal_each_other_without_a_hash_are_told(tmp_path):
    from mtkd.study.unchanged import built

    with pytest.raises(ConfigError, match=r"config\.data: Unhashable has no hash, .*eq=False"):
        built({"_target_": f"{HERE}.Unhashable", "file": str(write_table(tmp_path / "t.txt"))})


def test_a_data_file_that_is_not_there_is_told(tmp_path):
    from mtkd.study.unchanged import built

    with pytest.raises(ConfigError, match=r"config\.data: Table: there is no /.*none\.txt"):
        built({"_target_": f"{HERE}.Table", "file": str(tmp_path / "none.txt")})
