"""Tasks on workers: what waits for what."""

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
