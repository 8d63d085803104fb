"""Recorded tables that do not fit together, and inputs that come twice."""

import os
import re
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher

ROWS, CLASSES = 4, 5
LOGITS = torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(3))
SAID = ModelOutput(logits=LOGITS)
FAR = [2**62, -(2**62), 2**63 - 1, -(2**63)]


def ask(source, ids):
    return source({"example_id": torch.tensor(ids), "labels": torch.zeros(len(ids))})


@pytest.mark.parametrize(
    ("ids", "said", "words"),
    [
        (torch.arange(5), SAID, "the table of teacher abc has 5 ids and 4 rows, expected one row"),
        (torch.arange(3), SAID, "has 3 ids and 4 rows, expected one row for each id"),
        (torch.arange(0), ModelOutput(logits=LOGITS[:0]), "has 0 ids and 0 rows, expected one row"),
        ([0, 1, 2, 3], SAID, "has a list of ids, expected an int64 tensor [row]; write torch.tens"),
        (torch.arange(4.0), SAID, "has ids float32 [4], expected int64 [row]"),
        (torch.arange(4).reshape(2, 2), SAID, "has ids int64 [2, 2], expected int64 [row]"),
        (torch.tensor([1, 2, 1, 3]), SAID, "has id 1 twice, for rows that say different things"),
        (
            torch.tensor([1, 2, 1, 3]),
            top_k(6 * torch.eye(4, 5), 2),
            "has id 1 twice, for rows that say",
        ),
        (
            torch.arange(4),
            CompleteSignal(SAID, torch.ones(4)),
            "CachedTeacher gave a signal with present float32 [4], expected booleans [4]",
        ),
        (
            torch.arange(4),
            replace(top_k(LOGITS, 2), log_tail=torch.zeros(4)),
            "together, expected 1",
        ),
    ],
)
def test_a_table_that_does_not_fit_together(ids, said, words):
    with pytest.raises(ValueError, match=re.escape(words)) as told:
        CachedTeacher(ids, said, "abc")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 0, 2, 1], [1, 3, 0, 2]])
def test_rows_are_found_whatever_their_ids_and_order(order):
    ids = torch.tensor(FAR)
    source = CachedTeacher(ids[order], SAID.map(lambda values: values[order]), "abc")
    assert torch.equal(ask(source, FAR).output.logits, LOGITS)
    with pytest.raises(ValueError, match="miss 1 of 2 examples"):
        ask(source, [0, FAR[0]])


HEAD = OutputHead(torch.ones(3, CLASSES))
TWICE = {
    "logits": CompleteSignal(SAID),
    "hidden states": CompleteSignal(ModelOutput(hidden=LOGITS, head=HEAD)),
    "some classes": top_k(LOGITS, 3),
}


@pytest.mark.parametrize("signal", TWICE.values(), ids=TWICE)
def test_equal_inputs_have_one_row_though_rounding_differs(signal, tmp_path):
    rows = torch.tensor([2, 0, 2, 1, 0, 3])
    noise = 1 + 1e-2 * torch.tensor([0, 0, 1, 0, 1, 0])
    twice = signal.map(lambda values: values[rows])
    if not isinstance(signal, CompleteSignal):
        flip = replace(twice, kept=twice.kept.flip(1), log_probs=twice.log_probs.flip(1))
        late = torch.tensor([0, 0, 1, 0, 1, 0]) > 0  # the same classes in another order
        twice = replace(
            twice,
            kept=torch.where(late[:, None], flip.kept, twice.kept),
            log_probs=torch.where(late[:, None], flip.log_probs, twice.log_probs),
        )
    else:
        twice = twice.map(lambda values: values * noise.unsqueeze(-1))
    source = CachedTeacher(10 * rows - 7, twice, "abc")
    assert source.example_id.tolist() == [-7, 3, 13, 23]
    source.save(tmp_path / "signals.safetensors")
    for one in (source, CachedTeacher.load(tmp_path / "signals.safetensors", "abc")):
        said = ask(one, [23, -7, 13])
        expected = signal.map(lambda values: values[torch.tensor([3, 0, 2])])
        assert torch.equal(values(said), values(expected)), "the first row of an id is kept"


def test_equal_inputs_may_differ_where_one_is_silent():
    present = torch.tensor([[True, False], [True, True]])
    logits = torch.stack([LOGITS[:2], torch.stack([LOGITS[0], -9 * LOGITS[3]])])
    whole = CompleteSignal(ModelOutput(logits=logits))
    source = CachedTeacher(torch.tensor([7, 7]), whole.silenced(present), "abc")
    assert source.signal.present.tolist() == [[True, False]]
    later = whole.map(lambda values: values.flip(0)).silenced(present.flip(0))
    source = CachedTeacher(torch.tensor([7, 7]), later, "abc")
    assert source.signal.present.tolist() == [[True, True]]
    with pytest.raises(ValueError, match="has id 7 twice"):
        CachedTeacher(torch.tensor([7, 7]), whole, "abc")


def test_rows_that_are_nearly_flat_may_name_other_classes():
    """Rounding decides there which classes are the likeliest; the tails say that rows agree."""
    flat = top_k(torch.zeros(2, 900), 3)
    other = replace(flat, kept=torch.tensor([[0, 1, 2], [441, 442, 443]]))
    assert len(CachedTeacher(torch.tensor([7, 7]), other, "abc").example_id) == 1
    head = torch.full((2, 3), 0.2).log()
    sure = replace(other, log_probs=head, log_tail=torch.full((2,), 0.4).log())
    with pytest.raises(ValueError, match="has id 7 twice"):
        CachedTeacher(torch.tensor([7, 7]), sure, "abc")


def values(signal):
    return signal.output.dense() if isinstance(signal, CompleteSignal) else signal.outcomes()


def test_what_a_recorded_signal_is_comes_back_from_its_file(tmp_path):
    logits = torch.randn(ROWS, 70_000, generator=torch.Generator().manual_seed(4))
    signal = top_k(logits, 3, temperature=2.0)
    assert signal.kept.max() > 2**16, "class numbers that two bytes cannot hold"
    CachedTeacher(torch.arange(ROWS), signal, "abc").save(tmp_path / "signals.safetensors")
    again = CachedTeacher.load(tmp_path / "signals.safetensors", "abc").signal
    assert (again.classes, again.temperature) == (70_000, 2.0)
    assert torch.equal(again.kept.long(), signal.kept)


def test_signals_of_an_earlier_format_are_refused(tmp_path):
    path = tmp_path / "signals.safetensors"
    header = {"format": "1", "identity": "abc", "scale": "1.0", "softcap": "None"}
    save_file({"body": LOGITS, "example_id": torch.arange(ROWS)}, path, metadata=header)
    with pytest.raises(ValueError, match="expected format 2 of teacher abc; delete it and run"):
        CachedTeacher.load(path, "abc")


@pytest.mark.parametrize("name", ["example_id", "body", "log_tail", "classes"])
def test_a_file_that_lacks_a_part_is_told(name, tmp_path):
    path = tmp_path / "signals.safetensors"
    said = SAID if name == "body" else top_k(LOGITS, 2)
    CachedTeacher(torch.arange(ROWS), said, "abc").save(path)
    with safe_open(path, "pt") as file:
        header = {key: value for key, value in file.metadata().items() if key != name}
    rows = {key: value for key, value in load_file(path).items() if key != name}
    save_file(rows, path, metadata=header)
    with pytest.raises(ValueError, match=f"signals.safetensors has no '{name}'; delete it and run"):
        CachedTeacher.load(path, "abc")


def test_a_write_that_fails_leaves_what_was_there_whole(tmp_path, monkeypatch):
    path = tmp_path / "signals.safetensors"
    source = CachedTeacher(torch.arange(ROWS), SAID, "abc")
    source.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        CachedTeacher(torch.arange(ROWS) + 7, SAID, "abc").save(path)
    assert path.read_bytes() == before
