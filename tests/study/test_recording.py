"""What a source said is kept until all is there, and believed of the same question only."""

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mtkd.data import Examples
from mtkd.data.examples import content_ids
from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput
from mtkd.predictions import Predictions
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher, TeacherSource
from mtkd.trial import heard, recording, sourced, train_teacher
from mtkd.trial.answers import named, spoken
from mtkd.trial.record import data_of
from tests.study.test_sources import DIGITS, VOICE, tokens
from tests.study.voices import table

CLASSES = 5


def rows(labels):
    inputs = torch.arange(float(len(labels)))[:, None]
    return Examples(inputs, torch.tensor(labels), CLASSES)


class Reader(TeacherSource):
    """Says something of each label, into one piece of memory if it is thrifty."""

    def __init__(self, thrifty=False, lost=0):
        super().__init__("reader")
        self.memory, self.thrifty, self.lost = torch.zeros(99, CLASSES), thrifty, lost
        self.questions = 0

    def observe(self, batch):
        self.questions += len(batch["labels"])
        size = len(batch["labels"]) - self.lost
        whole = self.memory if self.thrifty else torch.zeros(99, CLASSES)
        whole[:size] = torch.nn.functional.one_hot(batch["labels"], CLASSES)[:size].float()
        return CompleteSignal(ModelOutput(logits=whole[:size]))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(recording, "PART", 4)
    monkeypatch.setattr(recording, "ROWS", 2)


def said(recorded, examples):
    return recorded(next(examples.in_order(len(examples)))).output.dense().argmax(dim=1).tolist()


def test_answers_to_other_labels_are_asked_for_again(tmp_path):
    reader, labels = Reader(), [0, 1, 2, 3, 4, 0]
    recording.asked(reader, rows(labels), tmp_path)
    assert said(recording.asked(reader, rows(labels), tmp_path), rows(labels)) == labels
    assert reader.questions == 6, "what was answered is asked again"
    changed = [0, 1, 2, 3, 1, 0]
    assert said(recording.asked(reader, rows(changed), tmp_path), rows(changed)) == changed
    assert reader.questions == 6 + 2, "only the part that changed"


def test_answers_about_other_extras_are_asked_for_again(tmp_path):
    reader, plain = Reader(), rows([0, 1])
    masked = replace(plain, extras={"attention_mask": torch.tensor([[1], [0]])})
    recording.asked(reader, plain, tmp_path)
    recording.asked(reader, masked, tmp_path)
    assert reader.questions == 4


def test_a_source_may_answer_in_one_piece_of_memory(tmp_path):
    examples = rows([0, 1, 2, 3, 4, 0])
    found = recording.asked(Reader(thrifty=True), examples, tmp_path)
    assert said(found, examples) == examples.labels.tolist()


def test_an_example_without_an_answer_is_told(tmp_path):
    words = (
        r"Reader speaks about positions \[1\] of a batch, expected those of its labels, \[2\]; "
        "give each example its row"
    )
    with pytest.raises(ValueError, match=words):
        recording.asked(Reader(lost=1), rows([0, 1, 2]), tmp_path)


def test_the_parts_stay_until_the_whole_is_saved(tmp_path, monkeypatch):
    def move(source, target):
        if Path(target).name == "signals.safetensors":
            raise OSError("no room")
        whole(source, target)

    whole, reader, examples = os.replace, Reader(), rows([0, 1, 2, 3, 4, 0])
    monkeypatch.setattr(os, "replace", move)
    for _ in range(2):
        with pytest.raises(OSError, match="no room"):
            sourced.record_source(reader, examples, tmp_path)
    assert reader.questions == 6, "what was answered is asked again"


@pytest.mark.parametrize("by_item", [False, True])
def test_after_a_crash_only_the_rest_of_a_domain_is_asked(tmp_path, by_item):
    config = tokens(top=3, silent=True)
    if by_item:
        config["data"] = DIGITS
    data, log = data_of(config), tmp_path / "log"
    train = len(data.train)
    options = VOICE | {"top": 3, "silent": True, "log": str(log)}

    def ask(folder, **more):
        config["teachers"]["a"]["source"] = options | more
        train_teacher(config, "a", str(tmp_path / folder), [])

    ask("whole")
    log.unlink()
    with pytest.raises(ValueError, match="the line is dead"):
        ask("a", patience=train + 5)
    first = log.read_text().split()
    assert len(first) == train + 4
    log.unlink()
    ask("a")
    again = log.read_text().split()
    assert len(again) == len(data.validation) - 4
    assert not set(again) & set(first[train:])
    files = [tmp_path / folder / "predictions" / "validation.npz" for folder in ("whole", "a")]
    one, other = (dict(np.load(file)) for file in files)
    assert one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)
    assert not (tmp_path / "a" / "parts").exists()


def test_what_is_recorded_of_a_domain_is_what_is_said(tmp_path):
    config, seen = tokens(top=3, silent=True), []
    data = data_of(config)
    voice = sourced.made_source(config["teachers"]["a"], data, "teachers.a")
    for recorded in (False, True):
        heard.hear_domains(voice, data, ["clean"], tmp_path / str(recorded), recorded)
        seen.append(dict(np.load(tmp_path / str(recorded) / "predictions" / "clean.npz")))
    assert all((seen[0][name] == seen[1][name]).all() for name in seen[0])


def test_the_mass_is_that_of_the_positions_that_are_counted():
    """Padding and other places without a label say nothing, here with another mass."""
    labels = torch.tensor([[0, 1, -1], [2, -1, -1]])
    inputs = torch.tensor([[1, 2, 3], [4, 5, 6]])
    logits = torch.zeros(2, 3, CLASSES)
    logits[labels < 0] = torch.tensor([9.0, 9, 0, 0, 0])
    present = torch.tensor([[True, False, True], [True, True, True]])
    logits[1, 0] = torch.tensor([1.0, 1, 0, 0, 0])
    signal, examples = top_k(logits, 2).silenced(present), Examples(inputs, labels, CLASSES)
    recorded = CachedTeacher(content_ids(inputs), signal, "a")
    expected = (2 / 5 + 2 * math.e / (2 * math.e + 3)) / 2
    assert named(recorded, examples)["named_mass"] == pytest.approx(expected)
    assert spoken(recorded, examples) == pytest.approx(2 / 3)


def test_about_an_item_that_it_is_silent_on_every_class_is_as_likely(tmp_path):
    node = {"source": VOICE | {"silent": True}, "seed": 0, "temperature": 0.5}
    config = {"data": DIGITS, "teachers": {"a": node}}
    train_teacher(config, "a", str(tmp_path), ["clean"])
    found = Predictions.load(tmp_path / "predictions" / "clean.npz").log_probs
    items = data_of(config).domain("clean").inputs.flatten(1).sum(dim=1).long() % 100
    whole = log_probs(table(10)[items], 0.5)
    whole[items % 2 == 0] = -math.log(10)
    assert found == pytest.approx(whole.numpy(), abs=1e-5)


def test_what_was_recorded_and_heard_before_a_crash_is_not_asked_for_again(tmp_path):
    log, asked = tmp_path / "log", []
    for _ in range(2):
        train_teacher(tokens(log=str(log)), "a", str(tmp_path / "a"), ["clean"])
        asked.append(log.read_text().count("\n"))
        (tmp_path / "a" / "result.json").unlink()
    assert asked[0] == asked[1] > 0
