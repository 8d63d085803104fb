"""Where a study asks its models: on the device on which Lightning trains, or where it was told."""

import pytest
import torch
from torch import nn

from mtkd.devices import CPU, place_of, trainer_device
from mtkd.trial import run_trial, train_teacher
from tests.test_trial import CONFIG

GPU = torch.device("cuda", 0)


@pytest.fixture
def gpus(monkeypatch):
    """Eight GPUs that torch believes in, as long as nothing is put there."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    monkeypatch.delenv("LOCAL_RANK", raising=False)


@pytest.mark.parametrize(
    ("trainer", "rank", "device"),
    [
        ({}, None, CPU),
        ({"accelerator": "cpu", "devices": 2}, "1", CPU),
        ({"accelerator": "gpu"}, None, GPU),
        ({"accelerator": "cuda", "devices": 2}, "1", torch.device("cuda", 1)),
        ({"accelerator": "auto", "devices": [5, 3]}, "1", torch.device("cuda", 3)),
        ({"accelerator": "gpu", "devices": [5]}, None, torch.device("cuda", 5)),
    ],
)
def test_each_process_has_the_device_that_lightning_gives_it(
    gpus, monkeypatch, trainer, rank, device
):
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert trainer_device(trainer) == device


def test_without_a_gpu_everything_is_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert trainer_device({"accelerator": "auto"}) == CPU


def test_a_model_stays_where_it_was_put_and_goes_where_its_node_says(gpus):
    here, trainer = nn.Linear(1, 1), {"accelerator": "gpu"}
    assert place_of(here, trainer) == GPU
    assert place_of(here, {}) == CPU
    assert place_of(here, trainer, "cpu") == CPU
    assert place_of(here, {}, "cuda:3") == torch.device("cuda", 3)
    assert place_of(here.to("meta"), trainer) == torch.device("meta"), "put there when it was made"


@pytest.mark.parametrize("live", [False, True])
def test_students_and_teachers_go_where_the_trainer_trains(tmp_path, monkeypatch, live):
    gone = []
    monkeypatch.setattr("mtkd.devices.trainer_device", lambda trainer: asked(trainer))
    monkeypatch.setattr("mtkd.trial.student.trainer_device", lambda trainer: asked(trainer))

    def asked(trainer):
        gone.append(trainer["max_epochs"])
        return CPU

    one = CONFIG["teachers"]["second"]
    own = one | {"live": live, "trainer": one["trainer"] | {"max_epochs": 1}}
    config = CONFIG | {"teachers": {"second": own}, "committee": ["second"]}
    train_teacher(config, "second", str(tmp_path / "t"), [])
    assert gone == [1], "a teacher that is trained is asked where its own trainer trains"
    run_trial(config, str(tmp_path / "s"), {"second": str(tmp_path / "t")}, [])
    assert gone == [1, *[2] * (2 if live else 1)], "a live teacher runs beside the student"


def test_a_teacher_without_a_trainer_is_asked_where_the_students_train(tmp_path, monkeypatch):
    gone = []
    monkeypatch.setattr("mtkd.devices.trainer_device", lambda t: gone.append(t) or CPU)
    node = {"model": CONFIG["student"], "seed": 1, "trainer": None}
    train_teacher(CONFIG | {"teachers": {"t": node}}, "t", str(tmp_path), [])
    assert gone == [CONFIG["trainer"]]
