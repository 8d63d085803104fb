"""Whether recorded answers have room on the disk is told before they are asked for."""

import os
from collections import namedtuple
from types import SimpleNamespace

import pytest
import torch

from mtkd.data import Examples
from mtkd.outputs import ModelOutput
from mtkd.signals import top_k
from mtkd.teachers import TeacherSource
from mtkd.trial import room
from mtkd.trial.networks import record_network
from mtkd.trial.sourced import record_source

ROWS = 3000
ITEMS = Examples(torch.arange(float(ROWS))[:, None], torch.zeros(ROWS, dtype=torch.int64), 4)
Usage = namedtuple("Usage", "total free")


@pytest.fixture
def disk(monkeypatch):
    """Sets how many bytes are free, of how many."""

    def of(free, total=10**13):
        monkeypatch.setattr(room, "disk_usage", lambda path: Usage(total, free))

    return of


class Counting(torch.nn.Module):
    calls = 0

    def forward(self, batch):
        self.calls += 1
        return ModelOutput(logits=batch["inputs"].repeat(1, 4))


class Source(TeacherSource):
    def observe(self, batch):
        return top_k(batch["inputs"].repeat(1, 4), 2)


def test_a_network_whose_answers_have_no_room_is_asked_once(tmp_path, disk):
    disk(50_000)
    model, path = Counting(), tmp_path / "home" / "signals.safetensors"
    words = (
        r"signals\.safetensors of 3,000 examples takes 0\.07\d+ MB \(2\.4\d*e-05 MB each\) in "
        r".*home, where 0\.05 MB are free; free some space, set record: {top_k: 64} on the "
        "teacher, or live: true, which records nothing, or cut the text shorter"
    )
    with pytest.raises(ValueError, match=words):
        record_network(model, SimpleNamespace(train=ITEMS), "abc", path)
    assert model.calls == 1
    assert not os.listdir(path.parent)


def test_a_source_whose_answers_have_no_room_keeps_the_first(tmp_path, disk):
    disk(50_000)
    source = Source("s")
    with pytest.raises(ValueError, match="or let it name fewer classes"):
        record_source(source, ITEMS, tmp_path)
    assert source.asked < ROWS
    assert not (tmp_path / "signals.safetensors").exists()
    first = source.asked
    disk(10**12)
    record_source(source, ITEMS, tmp_path)
    assert source.asked == ROWS
    assert first
    assert os.listdir(tmp_path) == ["signals.safetensors"]


def test_a_large_file_is_told_in_one_line_and_a_small_one_in_none(tmp_path, disk, capsys):
    disk(8 * 10**10)
    room.tell_room(tmp_path / "new" / "s", 1500, "", 3 * 10**9)
    line = (
        f"s of 1,500 examples takes 3 GB (2 MB each) in {tmp_path / 'new'}, where 80 GB are free\n"
    )
    assert capsys.readouterr().out == line
    room.tell_room(tmp_path / "s", 1500, "", room.TOLD - 1)
    assert capsys.readouterr().out == ""


def test_a_disk_that_says_0_of_everything_is_not_full(tmp_path, disk):
    disk(0, total=0)
    room.tell_room(tmp_path / "s", 1500, "", 3 * 10**9)
    disk(0)
    with pytest.raises(ValueError, match=r"takes 3 GB .* where 0 MB are free"):
        room.tell_room(tmp_path / "s", 1500, "", 3 * 10**9)
