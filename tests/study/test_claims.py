"""Workers and their GPUs: none has those of another, and a dead one gives its own back."""

import os
import signal
from collections import Counter

import pytest

from mtkd.config import ConfigError
from mtkd.gpus import VISIBLE
from mtkd.study.check import check_plan
from mtkd.study.claims import places
from mtkd.study.launch import Launcher
from mtkd.study.plan import make_plan
from mtkd.study.running import Run
from mtkd.study.worker import Task
from tests.study.members import HERE
from tests.study.studies import STUBS, TRAINER, write_study
from tests.study.test_check import SMALL, write


def seen(groups, workers, tasks, tmp_path):
    """What each of so many tasks saw, which wait for one another."""
    function, folders = f"{HERE}.look", [tmp_path / str(number) for number in range(tasks)]
    ended = {}
    with (
        places(groups, workers) as claims,
        Launcher(workers, lambda _: None, lambda t, o: ended.update({t.key: o}), claims) as run,
    ):
        run.run(
            Task(f.name, f.name, function, (str(tmp_path), f.name, workers), f) for f in folders
        )
    assert {outcome.state for outcome in ended.values()} == {"done"}, ended
    return [(f / "seen").read_text().split(";") for f in folders]


@pytest.mark.parametrize(
    ("groups", "workers", "wanted"),
    [
        (["0,1", "2,3"], 2, {"0,1": 1, "2,3": 1}),
        (["4", "7"], 1, {"4": 1}),
        (["0"], 2, {"0": 2}),
        ([], 2, {"as it was": 2}),
    ],
)
def test_each_worker_sees_its_own_gpus_before_torch_is_there(
    tmp_path, monkeypatch, groups, workers, wanted
):
    monkeypatch.setenv(VISIBLE, "as it was")
    found = seen(groups, workers, workers, tmp_path)
    assert Counter(visible for visible, _ in found) == wanted
    assert {torch for _, torch in found} == {"False"}


def test_a_worker_that_ends_or_dies_gives_its_gpus_back():
    def alone():
        return Launcher(1, lambda _: None, lambda *_: None, claims)

    def asked(launcher):
        return launcher.begin(f"{HERE}.who").result()

    with places(["0", "1"], 2) as claims:
        with alone() as first, alone() as second:
            assert [asked(first)[1], asked(second)[1]] == ["0", "1"]
        with alone() as third:
            assert asked(third)[1] == "0"
    with places(["0"], 1) as claims, alone() as first, alone() as second:
        os.kill(asked(first)[0], signal.SIGKILL)
        assert asked(second)[1] == "0"


@pytest.mark.parametrize(("given", "workers"), [(None, 2), (1, 1), (5, 5)])
def test_a_study_on_gpus_has_as_many_workers_as_they_serve(tmp_path, monkeypatch, given, workers):
    from mtkd.study.ledger import Ledger
    from mtkd.study.plan import make_plan

    made = []

    class MadeError(Exception):
        pass

    def launcher(count, *rest):
        made.append((count, rest[-1].groups))
        raise MadeError

    monkeypatch.setattr("mtkd.study.running.Launcher", launcher)
    monkeypatch.setattr("mtkd.gpus.gpus_here", lambda: ["0", "1", "2", "3"])
    trainer = TRAINER | {"accelerator": "gpu", "devices": 2}
    plan = make_plan(write_study(tmp_path / "s", trainer=trainer))
    with pytest.raises(MadeError):
        Run(Ledger(plan, tmp_path / "runs"), STUBS).train(given)
    assert made == [(workers, ("0,1", "2,3"))]


@pytest.mark.parametrize("who", ["", "teachers.a."])
def test_gpus_that_are_not_there_are_told_before_training(tmp_path, monkeypatch, who):
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    plan = make_plan(write(tmp_path / "s", SMALL), [f"{who}trainer.accelerator=gpu"])
    words = f"config.{who}trainer.accelerator gpu asks for 1 GPU, but torch finds 0; leave"
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with pytest.raises(ConfigError, match=words):
        check_plan(plan)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    assert check_plan(plan)
