"""What an adapter hands over equals what the model itself says, family by family."""

import pytest
import torch

from mtkd.language import causal_model, masked_model, sequence_classifier
from mtkd.language.head import output_head
from tests.language.families import (
    BART,
    CAUSAL,
    GPT2,
    LLAMA,
    MASKED,
    POSITIONS,
    ROTARY,
    T5,
    loud,
    says,
    tokens,
)


def made(family, **options):
    torch.manual_seed(1)
    if family in CAUSAL:
        return loud(causal_model(CAUSAL[family], **options)).eval()
    return loud(masked_model(MASKED[family], **options)).eval()


@pytest.mark.parametrize("family", [*CAUSAL, *MASKED])
def test_hidden_states_and_head_make_the_logits_of_the_model(family):
    adapter, inputs = made(family), tokens()
    with torch.no_grad():
        output, wanted = adapter({"inputs": inputs}), adapter.model(input_ids=inputs).logits
    assert output.hidden.shape == (3, 9, adapter.width)
    torch.testing.assert_close(output.dense(), wanted)
    assert wanted.abs().max() > 0.5, "too quiet to show a soft-cap or a scale"


@pytest.mark.parametrize(
    ("family", "scale", "softcap", "bias", "tied"),
    [
        ("llama", 1.0, None, False, False),
        ("llama_tied", 1.0, None, False, True),
        ("gemma2", 1.0, 3.0, False, True),
        ("gemma3", 1.0, None, False, True),
        ("gpt2", 1.0, None, False, True),
        ("cohere", 0.3, None, False, True),
        ("granite", 1 / 7, None, False, False),
        ("phi", 1.0, None, True, False),
        ("bert", 1.0, None, True, True),
    ],
)
def test_the_head_of_a_family_has_its_settings(family, scale, softcap, bias, tied):
    adapter = made(family)
    head = adapter({"inputs": tokens()}).head
    assert head.scale == pytest.approx(scale, rel=1e-6)
    assert head.softcap == softcap
    assert (head.bias is not None) == bias
    assert (head.weight is adapter.model.get_input_embeddings().weight) == tied


def test_a_scale_of_one_is_exact_so_logits_are_not_copied():
    assert made("llama").scale == 1.0


@pytest.mark.parametrize("family", ["gemma2", "cohere", "gpt2"])
def test_bfloat16_gives_the_same_head_and_hidden_states_of_that_type(family):
    adapter, inputs = made(family, dtype="bfloat16"), tokens()
    output = adapter({"inputs": inputs})
    assert output.hidden.dtype == torch.bfloat16
    assert output.head.scale == pytest.approx(made(family).scale, rel=1e-6)
    wanted = adapter.model(input_ids=inputs).logits
    torch.testing.assert_close(output.dense(), wanted.float(), rtol=2e-2, atol=2e-2)


def test_the_head_makes_no_logits_at_any_position():
    adapter, shapes = made("llama"), []
    head = output_head(adapter.model)
    handle = head.register_forward_hook(lambda layer, given, said: shapes.append(said.shape))
    adapter({"inputs": tokens()})
    handle.remove()
    assert shapes == [(3, 0, 31)]


@pytest.mark.parametrize("kind", [torch.bool, torch.long])
def test_what_the_attention_mask_hides_is_not_read(kind):
    adapter, words = made("bert"), tokens(length=5)
    mask = (torch.arange(9) < 5).expand(3, 9).to(kind)
    one, other = (torch.cat([words, tokens(length=4, seed=seed)], dim=1) for seed in (2, 3))

    def read(inputs, **more):
        return adapter({"inputs": inputs, **more}).hidden[:, :5]

    torch.testing.assert_close(read(one, attention_mask=mask), read(other, attention_mask=mask))
    assert not read(one).allclose(read(other))


def test_the_model_works_by_itself_after_the_adapter_ran():
    adapter, prompt = made("gpt2"), tokens(batch=1, length=4)
    adapter({"inputs": prompt})
    written = adapter.model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=3, do_sample=False
    )
    assert written.shape[1] > 4


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2", "phi"])
def test_keys_and_values_for_generating_are_not_kept(family):
    adapter, kept = made(family), []
    adapter.model.register_forward_hook(
        lambda layer, given, output: kept.append(output.past_key_values)
    )
    adapter({"inputs": tokens()})
    adapter.model(input_ids=tokens())
    assert kept[0] is None
    assert kept[1] is not None, "the config, which is saved with a student, was changed"


def test_a_loaded_model_comes_in_train_mode(tmp_path):
    causal_model(GPT2).model.eval().save_pretrained(tmp_path)
    assert all(part.training for part in causal_model(tmp_path).modules())


def test_gradient_checkpointing_changes_memory_not_gradients():
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        adapter = causal_model(LLAMA, gradient_checkpointing=checkpointing)
        assert adapter.model.is_activation_checkpointing == checkpointing
        adapter({"inputs": tokens()}).hidden.square().sum().backward()
        gradients.append(adapter.model.get_input_embeddings().weight.grad)
    torch.testing.assert_close(*gradients)


def test_positions_that_a_position_table_reserves_are_not_counted():
    assert made("llama").positions == POSITIONS
    roberta = made("roberta")
    assert roberta.positions == POSITIONS - 2
    roberta({"inputs": tokens(length=POSITIONS - 2)})
    assert made("bloom").positions is None


@pytest.mark.parametrize("config", [MASKED["bert"], LLAMA], ids=["bert", "llama"])
def test_a_sequence_classifier_gives_the_logits_of_the_model(config):
    adapter = sequence_classifier(config, classes=4, padding=0).eval()
    inputs = tokens()
    output = adapter({"inputs": inputs, "attention_mask": torch.ones_like(inputs)})
    assert output.shape == (3,)
    assert output.classes == adapter.classes == 4
    torch.testing.assert_close(output.logits, adapter.model(input_ids=inputs).logits)


def test_a_length_that_only_mpt_names_so_is_known():
    config = {"model_type": "mpt", "vocab_size": 31, "d_model": 16, "n_heads": 2, "n_layers": 1}
    adapter = causal_model(config | {"max_seq_len": 12})
    assert adapter.positions == 12
    with says("a sequence of 13 tokens is longer than the 12 positions of MptForCausalLM"):
        adapter({"inputs": tokens(length=13)})


@pytest.mark.parametrize("config", [BART, T5], ids=["bart", "t5"])
def test_a_classifier_that_reads_at_the_end_token_gives_the_logits_of_the_model(config):
    adapter, inputs = sequence_classifier(config, classes=4).eval(), tokens()
    end = inputs[:, -1] = adapter.model.config.eos_token_id
    padded = torch.nn.functional.pad(inputs, (0, 3), value=adapter.model.config.pad_token_id)
    output = adapter({"inputs": padded, "attention_mask": (torch.arange(12) < 9).expand(3, 12)})
    torch.testing.assert_close(output.logits, adapter.model(input_ids=inputs).logits)
    with says("at least one <eos> token"):
        adapter({"inputs": inputs.where(inputs != end, 5)})


def test_a_composite_config_pads_with_what_is_said(tmp_path):
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    config = {
        "model_type": "gemma3",
        "text_config": {**ROTARY, "head_dim": 8, "pad_token_id": 0},
        "vision_config": {**sizes, "num_attention_heads": 1, "image_size": 8, "patch_size": 8},
        "mm_tokens_per_image": 1,
    }
    sequence_classifier(config, classes=3).model.save_pretrained(tmp_path)
    for given in (config, tmp_path):
        adapter, inputs = sequence_classifier(given, classes=3, padding=5).eval(), tokens() % 23 + 6
        padded = torch.nn.functional.pad(inputs, (0, 4), value=5)
        output = adapter({"inputs": padded, "attention_mask": (padded != 5).long()})
        torch.testing.assert_close(output.logits, adapter({"inputs": inputs}).logits)
