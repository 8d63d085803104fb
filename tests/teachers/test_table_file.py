"""A file of answers that is written while they come is the file of the whole table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher, table_file

ROWS, CLASSES = 7, 6
IDS = torch.tensor([5, -3, 2**62, 0, -(2**62), 9, 4])
LOGITS = torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(3))
HEAD = OutputHead(torch.ones(4, CLASSES), torch.ones(4), scale=0.5, softcap=3.0)
PRESENT = torch.tensor([True, False, True, True, False, True, True])
SAID = CompleteSignal(ModelOutput(logits=LOGITS))
SIGNALS = {
    "logits": SAID,
    "silence": SAID.silenced(PRESENT),
    "hidden states": CompleteSignal(ModelOutput(hidden=LOGITS.bfloat16(), head=HEAD)),
    "tokens": CompleteSignal(ModelOutput(hidden=LOGITS.half()[:, None].repeat(1, 3, 1), head=HEAD)),
    "some classes": top_k(LOGITS, 2, temperature=2.0),
}


def write(path, parts, ids=IDS, **more):
    """The file of parts: numbers of rows, and what is said of them."""
    with table_file(path, ids, "abc", **more) as table:
        for rows, said in parts:
            table.add(CachedTeacher(ids[rows], said, "abc"))


def cut(signal, size):
    """`signal` in parts of so many rows."""
    return [(rows, rows_of(signal, rows)) for rows in torch.arange(ROWS).split(size)]


def rows_of(signal, rows):
    return signal.map(lambda values: values[rows])


def opened(content):
    """The header of a safetensors file, and its bytes behind it."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


@pytest.mark.parametrize("size", [1, 3, ROWS])
@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
def test_the_file_is_what_the_library_writes_of_the_whole(signal, size, tmp_path):
    path = tmp_path / "signals.safetensors"
    write(path, cut(signal, size))
    with safe_open(path, "pt") as file:
        said = file.metadata()
    assert opened(path.read_bytes()) == opened(save(load_file(path), said))
    found, order = load_file(path), IDS.argsort()
    assert torch.equal(found["example_id"], IDS[order])
    expected = rows_of(signal, order)
    if isinstance(signal, CompleteSignal):
        assert found["body"].dtype == signal.output.body.dtype
        assert torch.equal(found["body"], expected.output.body)
    else:
        for name in ("kept", "log_probs", "log_tail"):
            assert torch.equal(found[name], vars(expected)[name])
    again = CachedTeacher.load(path, "abc").signal
    assert (again.present is None) == (signal.present is None)
    if signal.present is not None:
        assert torch.equal(again.present, PRESENT[order])
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("wide", [0, 1, 2])
def test_rows_of_a_wider_type_widen_all(wide, tmp_path):
    rows = torch.arange(ROWS).split(3)
    types = [torch.float32 if number == wide else torch.float16 for number in range(3)]
    bodies = [LOGITS[some].to(dtype) for some, dtype in zip(rows, types, strict=True)]
    said = [CompleteSignal(ModelOutput(hidden=body, head=HEAD)) for body in bodies]
    write(tmp_path / "s", zip(rows, said, strict=True))
    found = load_file(tmp_path / "s")
    assert torch.equal(found["body"], torch.cat(bodies)[IDS.argsort()])
    assert torch.equal(found["head_weight"], HEAD.weight)


@pytest.mark.parametrize("whole", [SAID, SIGNALS["some classes"]], ids=["all", "some"])
@pytest.mark.parametrize("silent", [0, 1])
def test_batches_about_which_it_always_speaks_beside_others(whole, silent, tmp_path):
    rows = [torch.arange(3), torch.arange(3, ROWS)]
    said = [rows_of(whole, some) for some in rows]
    said[silent] = said[silent].silenced(PRESENT[rows[silent]])
    write(tmp_path / "s", zip(rows, said, strict=True))
    expected = torch.ones(ROWS, dtype=torch.bool)
    expected[rows[silent]] = PRESENT[rows[silent]]
    found = load_file(tmp_path / "s")
    assert torch.equal(found["present"], expected[IDS.argsort()])
    name = "body" if whole is SAID else "log_tail"
    values = LOGITS if whole is SAID else whole.log_tail
    assert torch.equal(found[name], values[IDS.argsort()])


def test_of_an_id_that_comes_again_the_first_row_stays(tmp_path):
    ids = torch.tensor([4, 1, 4, 0, 1, 4, 8])
    noise = CompleteSignal(ModelOutput(logits=LOGITS[[0, 1, 0, 3, 1, 0, 6]] * 1.01))
    first = rows_of(SAID, torch.tensor([0, 1]))
    again = rows_of(noise, torch.arange(2, ROWS))
    write(tmp_path / "s", [(torch.arange(2), first), (torch.arange(2, ROWS), again)], ids)
    found = load_file(tmp_path / "s")
    assert found["example_id"].tolist() == [0, 1, 4, 8]
    kept = torch.stack([1.01 * LOGITS[3], LOGITS[1], LOGITS[0], 1.01 * LOGITS[6]])
    assert torch.equal(found["body"], kept)
    other = [(torch.arange(2), first), (torch.tensor([2]), rows_of(SAID, torch.tensor([5])))]
    with pytest.raises(ValueError, match="teacher abc has id 4 twice, for rows that say different"):
        write(tmp_path / "other", other, ids)
    assert os.listdir(tmp_path) == ["s"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (top_k(LOGITS, 3), r"2 of 6 .* temperature 2; 3 of 6 classes and the rest at .* 1"),
        (top_k(LOGITS, 2), r"2 of 6 .* temperature 1; 2 of 6 classes and the rest at .* 2"),
        (SAID, "2 of 6 .* temperature 2; a CompleteSignal over 6 classes"),
    ],
)
def test_a_source_that_answers_in_several_ways_is_refused(other, words, tmp_path):
    parts = [cut(SIGNALS["some classes"], 3)[0], cut(other, 3)[1]]
    with pytest.raises(ValueError, match=rf"in several ways \({words}\) and cannot"):
        write(tmp_path / "s", parts)
    assert not os.listdir(tmp_path)


def test_a_file_that_is_not_complete_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="the table of teacher abc lacks 4 of its rows"):
        write(tmp_path / "s", cut(SAID, 3)[:1])
    assert not os.listdir(tmp_path)


def test_what_a_killed_process_left_is_removed_and_never_read(tmp_path):
    (tmp_path / ".s.77~").write_bytes(b"half")
    write(tmp_path / "s", cut(SAID, 3))
    assert os.listdir(tmp_path) == ["s"]


def test_the_length_is_told_first_and_may_be_refused(tmp_path):
    told = []
    write(tmp_path / "s", cut(SIGNALS["tokens"], 2), told=told.append)
    assert told == [(tmp_path / "s").stat().st_size]

    def refuse(length):
        assert not [file for file in os.listdir(tmp_path) if file != "s"]
        raise ValueError("too long")

    with pytest.raises(ValueError, match="too long"):
        write(tmp_path / "t", cut(SAID, 2), told=refuse)
    assert os.listdir(tmp_path) == ["s"]


LARGE = """
import torch, sys
from pathlib import Path
from mtkd.outputs import ModelOutput
from mtkd.teachers import CachedTeacher, table_file

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3

ids, peaks = torch.randint(-(2**62), 2**62, (64,)), []
with table_file(Path(sys.argv[1]), ids, "abc") as table:
    for rows in torch.arange(64).split(4):
        said = ModelOutput(logits=torch.ones(4, 1000, 1000).half())
        table.add(CachedTeacher(ids[rows], said, "abc"))
        peaks.append(peak())
print(peaks[-1] - peaks[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_the_table(tmp_path):
    path = tmp_path / "s"
    # What is freed goes back at once: what malloc keeps (0 to 40 MB) is no growth of the table.
    env = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"}
    command = [sys.executable, "-c", LARGE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert float(done.stdout) < 0.1 * path.stat().st_size / 1e6
