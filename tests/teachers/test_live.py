"""A live teacher has its own device and type, and nothing of it is copied twice."""

import pytest
import torch
from torch import nn

from mtkd.language import causal_model
from mtkd.memory import OutOfMemory
from mtkd.outputs import ModelOutput
from mtkd.teachers import LiveTeacher
from tests.language.families import CAUSAL, LLAMA, loud, tokens

ELSEWHERE = torch.device("meta")


class Affine(nn.Module):
    """Two features to three classes; notes the type of what it is given."""

    def __init__(self):
        super().__init__()
        self.layer, self.given = nn.Linear(2, 3), []

    def forward(self, batch):
        self.given.append(batch["inputs"].dtype)
        return ModelOutput(logits=self.layer(batch["inputs"]))


def text(size=2, device=None):
    """A batch of token ids, its labels on `device`."""
    inputs = tokens(size, 5)
    return {
        "inputs": inputs,
        "labels": inputs.to(device or "cpu"),
        "mask": torch.ones_like(inputs, dtype=torch.bool),
        "example_id": torch.arange(size),
    }


def elsewhere(teacher):
    """What the teacher hands to a student on another device, which here has no memory at all."""
    teacher._sent = lambda values: values  # nothing can be brought back from there
    return teacher.observe(text(device=ELSEWHERE)).output


def numbers():
    return {"inputs": torch.ones(2, 2), "labels": torch.zeros(2, dtype=torch.int64)}


@pytest.mark.parametrize("family", ["llama", "phi"], ids=["no bias", "bias"])
def test_hidden_states_move_and_the_head_is_copied_once(family):
    torch.manual_seed(0)
    teacher = LiveTeacher(loud(causal_model(CAUSAL[family])), "one")
    first, second = (elsewhere(teacher) for _ in range(2))
    assert first.logits is None, "logits moved"
    assert first.hidden.device == first.head.weight.device == ELSEWHERE
    assert second.head is first.head, "the head was copied again"
    assert (first.head.bias is None) == (family == "llama")
    own = teacher.model.model.get_output_embeddings().weight
    assert own.device.type == "cpu", "the teacher itself moved"
    here = teacher.observe(text()).output
    assert here.head.weight is own, "a head that is here was copied"


def test_a_copied_head_keeps_scale_and_soft_cap():
    torch.manual_seed(0)
    for family in ("cohere", "gemma2"):
        teacher = LiveTeacher(causal_model(CAUSAL[family]), "one")
        there = elsewhere(teacher).head
        here = teacher.observe(text()).output.head
        assert (there.scale, there.softcap) == (here.scale, here.softcap) != (1.0, None)


def test_another_head_is_copied_anew():
    torch.manual_seed(0)
    teacher = LiveTeacher(causal_model(LLAMA), "one")
    first = elsewhere(teacher).head
    teacher.model.model.set_output_embeddings(nn.Linear(16, 31, bias=False))
    assert elsewhere(teacher).head is not first


def test_a_type_of_its_own_is_the_type_it_reads_and_answers_in():
    teacher = LiveTeacher(Affine(), "one", dtype="bfloat16")
    assert teacher(numbers()).output.logits.dtype == torch.bfloat16
    assert teacher.model.given == [torch.bfloat16]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mixed_precision_of_the_student_does_not_reach_it(dtype):
    torch.manual_seed(0)
    teacher = LiveTeacher(loud(causal_model(LLAMA)), "one", dtype=dtype)
    alone = teacher(text()).output.hidden
    with torch.autocast("cpu", dtype=torch.bfloat16):
        beside = teacher(text()).output.hidden
    assert beside.dtype == getattr(torch, dtype)
    assert beside.equal(alone)


def test_nothing_of_it_is_kept_for_a_backward_pass():
    torch.manual_seed(0)
    teacher = LiveTeacher(causal_model(LLAMA, gradient_checkpointing=True), "one")
    output = teacher(text()).output
    assert not output.hidden.requires_grad
    assert not output.head.weight.requires_grad
    assert not teacher.model.training


def test_out_of_memory_names_the_teacher():
    teacher = LiveTeacher(Affine(), "3fa9", name="loud")

    def ask(batch):
        return torch.empty(2**50)

    teacher.model.forward = ask
    with pytest.raises(
        OutOfMemory, match=r"in the teacher loud \(Affine\), which asked for"
    ) as told:
        teacher(numbers())
    assert "give this teacher dtype: bfloat16, quantization or a device" in str(told.value)


def test_a_type_that_does_not_exist():
    with pytest.raises(ValueError, match="unknown dtype 'float23'; it must be one of float16"):
        LiveTeacher(Affine(), "one", dtype="float23")


def test_a_text_of_each_example_goes_to_the_model_as_it_is():
    class Reads(Affine):
        def forward(self, batch):
            self.read = batch["text"]
            return super().forward(batch)

    teacher = LiveTeacher(Reads(), "one")
    teacher(numbers() | {"text": ["a", "b"]})
    assert teacher.model.read == ["a", "b"]
    signal = teacher(numbers() | {"text": ["a", "b"]}, torch.tensor([False, True]))
    assert teacher.model.read == ["b"]
    assert signal.present.tolist() == [False, True]
