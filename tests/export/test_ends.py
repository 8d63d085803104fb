"""A model that was exported ends its texts where its own tokenizer does."""

import pytest
from transformers import AutoModelForCausalLM, LogitsProcessorList

from mtkd.config import instantiate
from mtkd.language import save_student
from tests.export.test_export import causal
from tests.export.trials import export, finished, text_data
from tests.language.families import BART, LLAMA, tokens


def exported(tmp_path, node, end=None):
    """What transformers loads; `end`: the token that ends a text of the data, if any does."""
    data = text_data(tmp_path / "tok")
    data["tokenizer"]["end"] = end or False
    finished(tmp_path / "trial", node, data)
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    return AutoModelForCausalLM.from_pretrained(tmp_path / "model")


def generated(model, favourite):
    """Up to five tokens, each of them `favourite` if the model may choose."""

    def favour(_, scores):
        scores[:, favourite] = 1e6
        return scores

    prompt = tokens(1, 3)
    said = model.generate(
        prompt,
        attention_mask=prompt.ne(-1),
        max_new_tokens=5,
        do_sample=False,
        logits_processor=LogitsProcessorList([favour]),
    )
    return said[0, 3:].tolist()


def ends(model):
    """The token that ends a text, as config and generation config say."""
    return model.config.eos_token_id, model.generation_config.eos_token_id


@pytest.mark.parametrize("family", [LLAMA, BART], ids=lambda family: family["model_type"])
def test_without_an_end_nothing_ends_a_text_and_nothing_is_put_behind_it(tmp_path, family):
    model = exported(tmp_path, causal(family))
    assert ends(model) == (None, None)
    assert model.generation_config.bos_token_id is None
    assert generated(model, 2) == [2] * 5, "2 is the family's end, and a word of this tokenizer"
    assert generated(model, 7) == [7] * 5


def test_the_end_of_the_data_ends_a_text(tmp_path):
    model = exported(tmp_path, causal(LLAMA), "w7")
    assert ends(model) == (7, 7)
    assert generated(model, 7) == [7]
    assert generated(model, 2) == [2] * 5


def test_an_end_that_the_study_gives_the_model_stays_if_the_tokenizer_has_none(tmp_path):
    assert ends(exported(tmp_path, causal({**LLAMA, "eos_token_id": 9}))) == (9, 9)


def test_ends_of_the_study_and_of_the_tokenizer_are_all_kept(tmp_path):
    model = exported(tmp_path, causal({**LLAMA, "eos_token_id": [7, 9]}), "w5")
    assert ends(model) == ([7, 9, 5], [7, 9, 5])
    assert generated(model, 9) == generated(model, 9)[:1] == [9]


def test_a_family_whose_config_must_name_a_token_keeps_it_there(tmp_path):
    sizes = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers")
    own = {"model_type": "modernbert-decoder", "num_attention_heads": 2, "pad_token_id": 1}
    said = exported(tmp_path, causal({key: LLAMA[key] for key in sizes} | own)).generation_config
    assert (said.bos_token_id, said.eos_token_id) == (None, None)


def test_padding_is_the_tokenizers_where_text_is_made_and_the_models_where_it_is_read(tmp_path):
    model = exported(tmp_path, causal({**BART, "pad_token_id": 4}))
    assert (model.config.pad_token_id, model.generation_config.pad_token_id) == (4, 4)
    model = exported(tmp_path / "default", causal(BART))
    assert (model.config.pad_token_id, model.generation_config.pad_token_id) == (1, None)


def test_a_model_that_was_loaded_keeps_its_own(tmp_path):
    save_student(instantiate(causal(LLAMA), "student"), tmp_path / "base")
    model = exported(tmp_path, causal(str(tmp_path / "base")), "w7")
    assert ends(model) == (2, 2)
    assert model.generation_config.bos_token_id == 1
