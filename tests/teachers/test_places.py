"""A recorded teacher stays on its device; what is read of it goes to the batch's."""

import pytest
import torch

from mtkd.outputs import ModelOutput, OutputHead
from mtkd.signals import CompleteSignal, top_k
from mtkd.teachers import CachedTeacher
from mtkd.teachers.bringing import Bringing

ELSEWHERE = torch.device("meta")
"""Another device, which here has no memory at all: nothing can be read there."""


class Elsewhere(CachedTeacher):
    """Finds the rows of a batch whose numbers are elsewhere, as a GPU's are when they are read."""

    def _found(self, batch):
        return super()._found({"example_id": torch.tensor([3, 1])})


def places(output):
    tensors = [output.logits, output.hidden]
    if output.head is not None:
        tensors += [output.head.weight, output.head.bias]
    return {tensor.device.type for tensor in tensors if tensor is not None}


def table(**said):
    return Elsewhere(torch.arange(4), ModelOutput(**said), "abc")


def test_recorded_logits_go_where_the_batch_is():
    source = table(logits=torch.ones(4, 3))
    said = source.observe({"example_id": torch.zeros(2, dtype=torch.int64, device=ELSEWHERE)})
    assert places(said.output) == {"meta"}
    assert said.output.logits.shape == (2, 3)
    assert places(source.signal.output) == {"cpu"}, "the table moved"


def test_a_recorded_head_is_copied_once():
    source = table(hidden=torch.ones(4, 2), head=OutputHead(torch.ones(3, 2), torch.ones(3), 0.5))
    batch = {"example_id": torch.zeros(2, dtype=torch.int64, device=ELSEWHERE)}
    first, second = source.observe(batch).output, source.observe(batch).output
    assert places(first) == {"meta"}
    assert second.head is first.head, "the head was copied again"
    assert first.head.scale == 0.5


def test_a_batch_beside_the_table_gets_the_heads_own_weight():
    head = OutputHead(torch.ones(3, 2))
    source = CachedTeacher(torch.arange(4), ModelOutput(hidden=torch.ones(4, 2), head=head), "abc")
    assert source.observe({"example_id": torch.tensor([3, 1])}).output.head is head


def test_a_head_is_copied_anew_for_another_device():
    bring, head = Bringing(), OutputHead(torch.ones(3, 2))
    output = ModelOutput(hidden=torch.ones(4, 2), head=head)
    there = bring(output, ELSEWHERE)
    assert bring(output, torch.device("cpu")).head.weight is head.weight
    assert bring(output, ELSEWHERE).head is there.head


@pytest.mark.parametrize(
    "signal", [CompleteSignal(ModelOutput(logits=torch.ones(4, 3))), top_k(torch.ones(4, 3), 1)]
)
def test_where_it_speaks_goes_along(signal):
    present = torch.tensor([True, False, True, True])
    batch = {"example_id": torch.zeros(2, dtype=torch.int64, device=ELSEWHERE)}
    said = Elsewhere(torch.arange(4), signal.silenced(present), "abc").observe(batch)
    found = set()
    said.map(lambda values: found.add(values.device.type) or values)
    assert found == {said.present.device.type} == {"meta"}
