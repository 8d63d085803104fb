"""An output head in half precision makes the logits that its numbers say."""

import pytest
import torch

import mtkd.outputs
from mtkd.outputs import ModelOutput, OutputHead, answered


def output(dtype, bias=True, hidden=None):
    rng = torch.Generator().manual_seed(2)
    draw = lambda *shape: torch.randn(*shape, generator=rng).to(dtype)  # noqa: E731
    head = OutputHead(draw(40, 16), draw(40) if bias else None, scale=0.8, softcap=9.0)
    return ModelOutput(hidden=draw(3, 2, 16).to(hidden or dtype), head=head)


def exact(made):
    head, hidden = made.head, made.hidden.double()
    raw = hidden @ head.weight.double().T + (0 if head.bias is None else head.bias.double())
    return 9 * (0.8 * raw / 9).tanh()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("hidden", [torch.float32, None])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_logits_are_made_in_float32_whatever_the_types(dtype, hidden, bias, monkeypatch):
    monkeypatch.setattr(mtkd.outputs, "WIDENED", 7)
    made = output(dtype, bias, hidden)
    logits = made.dense()
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits.double(), exact(made), rtol=1e-5, atol=1e-5)


def test_float64_stays_float64():
    made = output(torch.float64)
    torch.testing.assert_close(made.dense(), exact(made))


def test_autocast_does_not_reach_the_product():
    made = output(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        logits = made.dense()
    assert torch.equal(logits, made.dense())


def test_gradients_reach_weights_in_half_precision():
    made = output(torch.bfloat16)
    leaves = [made.hidden, made.head.weight, made.head.bias]
    for leaf in leaves:
        leaf.requires_grad_()
    found = torch.autograd.grad(made.dense().square().sum(), leaves)
    expected = torch.autograd.grad(exact(made).square().sum(), leaves)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.bfloat16
        torch.testing.assert_close(one, other, rtol=0.02, atol=0.5)


def test_a_raw_model_of_transformers_is_told_its_wrapper():
    class Raw(torch.nn.Module):
        def forward(self, input_ids):
            return input_ids.shape

    words = r"TokenModel\(model, causal=True\), a classifier of whole .*[.]SequenceModel\(model\)$"
    with pytest.raises(TypeError, match=words):
        answered(Raw(), {"inputs": torch.zeros(1)}, "the student")


@pytest.mark.parametrize(
    "finish", [{}, {"scale": 1.7}, {"softcap": 2.0}, {"scale": 0.4, "softcap": 2.0}], ids=str
)
def test_a_softened_head_gives_the_logits_divided_by_the_temperature(finish):
    rng = torch.Generator().manual_seed(0)
    head = OutputHead(torch.randn(5, 3, generator=rng), torch.randn(5, generator=rng), **finish)
    output = ModelOutput(hidden=torch.randn(4, 3, generator=rng), head=head)
    torch.testing.assert_close(output.softened(3.0).dense(), output.dense() / 3)
