"""Whatever a family counts its positions from, the student writes what it is trained on."""

import pytest
import torch

from mtkd.functional import cross_entropy, log_probs
from mtkd.language import causal_model
from mtkd.onpolicy import decoders
from mtkd.onpolicy.batches import as_batch
from mtkd.onpolicy.decoders import CachedDecoder, PlainDecoder, decoder
from mtkd.onpolicy.prompts import read_prompts
from tests.language.families import BART, CAUSAL, MASKED, loud
from tests.onpolicy.models import prompts, written

ROWS = [[5, 6, 7, 8], [9], [10, 11]]
COUNTING = {
    "padding is counted": BART,
    "from padding + 1": {**MASKED["roberta"], "is_decoder": True},
}
KEEPING = {name: CAUSAL[name] for name in ("llama", "gemma2", "gpt2", "bloom")}


@pytest.mark.parametrize("family", COUNTING)
def test_tokens_are_drawn_with_the_numbers_of_the_training_pass(family):
    torch.manual_seed(0)
    student = loud(causal_model(COUNTING[family]))
    asked, text = written(student, prompts(ROWS))
    batch = as_batch(asked, text)
    with torch.no_grad():
        log_q = log_probs(student.eval()(batch).dense())
    expected = -cross_entropy(log_q, batch["written"])[batch["mask"]]
    torch.testing.assert_close(batch["drawn"][batch["mask"]], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", KEEPING | COUNTING)
def test_memory_is_kept_where_it_changes_nothing(family, dtype):
    torch.manual_seed(0)
    student = causal_model((KEEPING | COUNTING)[family], dtype=dtype)
    kind = CachedDecoder if family in KEEPING else PlainDecoder
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "float32"):
        assert isinstance(decoder(student, read_prompts(prompts(ROWS)), 6), kind)


def test_a_model_of_three_positions_can_be_tried():
    student = causal_model({**CAUSAL["gpt2"], "n_positions": 3})
    assert isinstance(decoder(student, read_prompts(prompts([[5]])), 2), CachedDecoder)


def test_trying_draws_nothing_and_leaves_modes_and_gradients():
    student = causal_model({**BART, "dropout": 0.5, "decoder_layerdrop": 0.5}).train()
    before = torch.get_rng_state()
    assert not decoders.hands_on(student)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(layer.training for layer in student.modules())
    assert all(weight.grad is None for weight in student.parameters())
