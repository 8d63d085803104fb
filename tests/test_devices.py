"""Models on another device: every loop of a study brings the batch there, and the answers back.

Where there is no GPU, a model is elsewhere if its weight lies on torch's `meta` device.
"""

import pytest
import torch
from torch import nn

from mtkd.config import instantiate
from mtkd.devices import CPU, beside, device_of
from mtkd.evaluation import predict
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.study.models import check_output
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation import predict_tokens, record_states
from mtkd.trial.networks import record_network
from mtkd.trial.student import _width
from tests.test_trial import CONFIG
from tests.test_trial_words import Words

META = torch.device("meta")


class Away(torch.Tensor):
    """Numbers that cannot be read before they are brought to the CPU."""

    def cpu(self):
        return self.as_subclass(torch.Tensor)

    def to(self, *place, **options):
        moved = super().to(*place, **options)
        return moved.as_subclass(torch.Tensor) if CPU in place else moved

    def numpy(self):
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


def away(values):
    return values.as_subclass(Away)


class Elsewhere(nn.Module):
    """A model that reads what is where it is; its answers have to be brought back."""

    def __init__(self, tokens=False):
        super().__init__()
        self.tokens = tokens
        self.weight = nn.Parameter(torch.ones(1, device=META))

    def forward(self, batch):
        assert {values.device for values in batch.values()} == {META}
        shape = batch["inputs"].shape[:2] if self.tokens else batch["inputs"].shape[:1]
        if not self.tokens:
            return ModelOutput(logits=away(torch.arange(10.0).expand(*shape, 10)))
        head = OutputHead(away(torch.linspace(-1, 1, 31)[:, None]))
        return ModelOutput(hidden=away(torch.ones(*shape, 1)), head=head)


@pytest.fixture(scope="module")
def digits():
    return instantiate(CONFIG["data"], "data")


def test_items_are_predicted_where_the_model_is(digits):
    said = predict(Elsewhere(), digits.validation)
    wanted = torch.arange(10.0).log_softmax(0).numpy()
    assert said.log_probs == pytest.approx(wanted.repeat(len(said.ids)).reshape(10, -1).T)


def test_tokens_are_predicted_where_the_model_is():
    teacher = record_states(Elsewhere(tokens=True), Words().test, "t")
    assert type(teacher.signal.output.hidden) is type(teacher.signal.output.head.weight)
    assert type(teacher.signal.output.hidden) is torch.Tensor
    said = predict_tokens(Elsewhere(tokens=True), Words().test, teachers={"t": teacher})
    assert (said.classes[:, 0] == 30).all()
    assert said.extras["coverage_risk/t"] == pytest.approx(said.extras["likelihood_risk/t"])


def test_what_a_model_says_elsewhere_is_recorded_here(digits, tmp_path):
    def recorded(model, data):
        record_network(model, data, "t", tmp_path / "s")
        return CachedTeacher.load(tmp_path / "s", "t").signal.output

    kept = recorded(Elsewhere(), digits)
    assert kept.logits[0].tolist() == list(range(10))
    assert type(kept.logits) is torch.Tensor
    kept = recorded(Elsewhere(tokens=True), Words())
    assert kept.hidden.dtype == torch.float16
    assert {type(kept.hidden), type(kept.head.weight)} == {torch.Tensor}


def test_a_student_elsewhere_is_looked_at_there(digits):
    assert _width(Words(), Elsewhere(tokens=True), {}) == 1
    assert check_output(Elsewhere(), "config.student", digits).classes == 10


def test_a_batch_goes_beside_the_model_and_a_text_stays_a_text():
    moved = beside(Elsewhere(), {"inputs": torch.ones(2), "text": ["a", "b"]})
    assert moved["inputs"].device == META
    assert moved["text"] == ["a", "b"]


def test_a_model_is_where_its_weights_or_its_table_are():
    table = nn.Module()
    assert device_of(table) == CPU
    table.register_buffer("rows", torch.ones(1, device=META))
    assert device_of(table) == META
