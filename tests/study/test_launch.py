"""Tasks on workers: what waits for what."""

import pytest

from mtkd.config import ConfigError
from mtkd.study.launch import Launcher
from mtkd.study.worker import Task

NOTHING = "tests.study.stub.nothing"


def test_a_task_begins_when_what_it_needs_has_ended(tmp_path):
    events = []
    tasks = [
        Task("late", "late", NOTHING, (), tmp_path / "late", needs=frozenset({"one", "before"})),
        Task("one", "one", NOTHING, (), tmp_path / "one"),
        Task("free", "free", NOTHING, (), tmp_path / "free"),
    ]
    note = (lambda t: events.append(("began", t.key)), lambda t, o: events.append((o.state, t.key)))
    with Launcher(2, *note) as launcher:
        launcher.run(tasks)
    assert events[:2] == [("began", "one"), ("began", "free")]
    assert events.index(("began", "late")) > events.index(("done", "one"))
    assert sorted(events[2:]) == [
        ("began", "late"),
        ("done", "free"),
        ("done", "late"),
        ("done", "one"),
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_while_it_is_asked_is_one_sentence(tmp_path, workers):
    with (
        Launcher(workers, lambda *_: None, lambda *_: None) as launcher,
        pytest.raises(
            ConfigError, match=r"died while .* to check the study, without a word; .* memory"
        ) as at,
    ):
        launcher.ask("tests.study.stub.behave", "die", tmp_path, meanwhile=NOTHING)
    assert "\n" not in str(at.value)
