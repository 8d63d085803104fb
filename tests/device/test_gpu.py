"""What only a GPU does, as far as a machine without one can tell."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from mtkd.objective.block import Block
from mtkd.objective.products import alike, multiply_head, operand
from mtkd.objective.weighing import presence
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal


class Products(TorchDispatchMode):
    """Types of what is multiplied within it."""

    def __init__(self):
        super().__init__()
        self.types = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket is torch.ops.aten.mm:
            self.types.append({tensor.dtype for tensor in args[:2]})
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    ("autocast", "said", "multiplied"),
    [
        (True, torch.float32, torch.bfloat16),
        (True, torch.bfloat16, torch.bfloat16),
        (False, torch.float32, torch.float32),
    ],
)
def test_autocast_decides_how_the_head_is_multiplied(autocast, said, multiplied, monkeypatch):
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda device: autocast)
    monkeypatch.setattr(torch, "get_autocast_dtype", lambda device: torch.bfloat16)
    with FakeTensorMode(), Products() as products:
        hidden = torch.empty(3, 4, dtype=said, device="cuda")
        weight = operand(torch.empty(5, 4, device="cuda"), hidden)
        logits = torch.empty(3, 5, device="cuda")
        multiply_head(logits, alike(hidden, weight), weight, None)
    assert products.types == [{multiplied}]
    assert logits.dtype == torch.float32


def test_a_chunk_is_compared_in_parts_there_too():
    logits = torch.empty(512, 150_000, device="meta")
    labels = torch.empty(512, dtype=torch.long, device="meta")
    sizes = [len(rows.labels) for _, rows in Block(slice(0, 512), logits, [], labels, None).tiles()]
    assert sum(sizes) == 512
    assert max(sizes) <= 512 / 4, "a formula's intermediate values are as large as the chunk"


def test_presence_is_where_the_signals_are():
    always = CompleteSignal(ModelOutput(logits=torch.zeros(3, 2, device="meta")))
    sometimes = always.silenced(torch.ones(3, dtype=torch.bool, device="meta"))
    for signals in ([always, sometimes], [sometimes, always]):
        assert presence(signals).device.type == "meta"
