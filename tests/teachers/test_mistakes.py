"""Sources and models of one's own that are not quite right, and the sentence they meet."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher, LiveTeacher, Softened, TeacherSource

SIZE, CLASSES = 4, 3
LOGITS = torch.arange(12.0).reshape(SIZE, CLASSES)


class Plain(nn.Linear):
    def forward(self, batch):
        return super().forward(batch["inputs"])


class Says(TeacherSource):
    """Says what it is told to say, about the examples it is asked about."""

    def __init__(self, said):
        super().__init__("one")
        self.said = said

    def observe(self, batch):
        return self.said


class NotSetUp(TeacherSource):
    def __init__(self):
        self.rows = 7

    def observe(self, batch):
        return CompleteSignal(ModelOutput(logits=LOGITS))


def batch(*without):
    whole = {
        "inputs": torch.ones(SIZE, 5),
        "labels": torch.zeros(SIZE, dtype=torch.int64),
        "mask": torch.ones(SIZE, dtype=torch.bool),
        "example_id": torch.arange(SIZE),
    }
    return {key: values for key, values in whole.items() if key not in without}


def told(words, kind=TypeError):
    return pytest.raises(kind, match=re.escape(words))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (LOGITS, "Tensor"),
        (ModelOutput(logits=LOGITS), "ModelOutput"),
        ((LOGITS, LOGITS), "tuple"),
        ({"logits": LOGITS}, "dict"),
        (None, "NoneType"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_observation_that_is_no_signal(said, kind):
    words = (
        f"Says.observe returned a {kind}, expected a signal; return mtkd.signals.CompleteSignal("
        "ModelOutput(logits=...)) with logits [batch, ..., classes]"
    )
    with told(words):
        Says(said)(batch())
    with told(words):
        Says(said)(batch(), torch.tensor([True, False, False, True]))
    with told(words):
        Softened(Says(said), 2.0)(batch())


@pytest.mark.parametrize(
    ("present", "got"),
    [(True, "a bool"), (torch.ones(SIZE), "float32 [4]"), (torch.ones(3) > 0, "bool [3]")],
)
def test_a_presence_that_is_no_boolean_for_each_position(present, got):
    source = Says(CompleteSignal(ModelOutput(logits=LOGITS), present))
    words = f"Says gave a signal with present {got}, expected booleans [4], one for each position"
    with told(words, ValueError):
        source(batch())
    with told(words, ValueError):
        source(batch(), torch.tensor([True, False, False, True]))


@pytest.mark.parametrize("softened", [False, True])
def test_rows_for_other_positions_than_those_of_the_labels(softened):
    source = Says(CompleteSignal(ModelOutput(logits=LOGITS[1:])))
    words = r"Says speaks about positions \[3\] of a batch, expected those of its labels, \[4\]; "
    with pytest.raises(ValueError, match=words if not softened else words[5:]):
        (Softened(source, 2.0) if softened else source)(batch())


def test_a_partial_signal_that_is_no_distribution():
    signal = top_k(LOGITS, 2)
    source = Says(replace(signal, log_probs=LOGITS[:, :2]))
    with told("Says gave probabilities that are", ValueError):
        source(batch())
    assert Says(signal)(batch()) is signal


def test_a_source_that_was_not_set_up():
    words = (
        "NotSetUp is not set up; begin its __init__ with super().__init__(identity), a name or a "
        "hash of what its opinion depends on"
    )
    with told(words):
        NotSetUp()(batch())


def test_a_network_that_returns_plain_logits():
    words = (
        "the teacher big (Plain) returned a Tensor, expected a mtkd.outputs.ModelOutput; return "
        "ModelOutput(logits=...)"
    )
    with told(words):
        LiveTeacher(Plain(5, 3), "3fa9", name="big")(batch())


def test_a_network_that_reads_no_batch():
    with told("the teacher 3fa9 (Linear) was called with the whole batch (inputs, labels, mask"):
        LiveTeacher(nn.Linear(5, 3), "3fa9")(batch())


def test_recorded_logits_that_are_no_output():
    words = (
        "the recorded output of teacher abc must be a mtkd.outputs.ModelOutput, got a Tensor; "
        "write ModelOutput(logits=...)"
    )
    with told(words):
        CachedTeacher(torch.arange(SIZE), LOGITS, "abc")


def test_a_batch_without_the_numbers_that_rows_are_found_by():
    source = CachedTeacher(torch.arange(SIZE), ModelOutput(logits=LOGITS), "abc")
    words = (
        "recorded signals of teacher abc are found by 'example_id', got a batch of inputs, labels,"
        " mask only; add example_id: [batch] int64 numbers, those it was recorded with"
    )
    with told(words, ValueError):
        source(batch("example_id"))
