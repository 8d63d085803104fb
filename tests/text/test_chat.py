"""Where a chat template puts the assistant's words, and what stands in a message."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mtkd.text import Instructions, Messages, Tokens
from mtkd.text.chat import encoded
from tests.text.made import (
    FORGETFUL,
    MARKED,
    PLAIN,
    byte_level,
    chatty,
    conversations,
    learnt,
    sentence_piece,
)

BARE = MARKED.replace("<|end|>{% endgeneration %}", "{% endgeneration %}<|end|>")
"""Ends an answer's marks with its last character."""


def chat(*said):
    return [{"role": ("user", "assistant")[n % 2], "content": each} for n, each in enumerate(said)]


def words_of(folder, template):
    """A tokenizer of whole words, which has no token for white space."""
    names = ["<unk>", "<e>", "<u>", "<a>", "hi", "yo", "please", "more", "ok"]
    plain = Tokenizer(models.WordLevel({n: i for i, n in enumerate(names)}, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<e>", unk_token="<unk>")
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'assistant' %}" + template + "{% else %}"
        "<u> {{ m.content }}\n{% endif %}{% endfor %}"
    )
    tokenizer.save_pretrained(folder / "words")
    return str(folder / "words")


def said_by(folder, conversation):
    """What the assistant says, and whether a token straddles."""
    tokens = Tokens(folder)
    _, ids, said, straddles = encoded(tokens, conversation, "here", "all")
    return tokens.decode(ids[said].tolist()), straddles


@pytest.mark.parametrize("made", [byte_level, sentence_piece])
@pytest.mark.parametrize("template", [MARKED, BARE], ids=["with end", "without"])
@pytest.mark.parametrize(
    "said",
    [
        ("the cat?", "on the mat"),
        ("the café?", "a 😀 there", "and then?", "naïve mat"),
        ("東京", "x\n\ny", "\n", " two  spaces", "more", "."),
    ],
)
def test_ordinary_marks_give_the_mask_of_transformers(tmp_path, made, template, said):
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made(), eos_token="</s>")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(tmp_path)
    wanted = tokenizer.apply_chat_template(
        chat(*said), tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    _, ids, found, _ = encoded(Tokens(str(tmp_path)), chat(*said), "here", "all")
    assert ids.tolist() == list(wanted["input_ids"])
    assert found.astype(int).tolist() == wanted["assistant_masks"]


@pytest.mark.parametrize("answer", ["yo 🎉", "ok 漢", "🎉"])
def test_a_last_character_of_several_tokens_is_learnt_whole(tmp_path, answer):
    records = [{"messages": chat("hi", answer, "and", answer)}]
    data = conversations(tmp_path, chatty(tmp_path, BARE), records, Messages())
    assert learnt(data) == answer + answer


def test_marks_that_end_with_what_is_no_token_end_there(tmp_path):
    folder = words_of(tmp_path, "<a> {% generation %}{{ m.content }} <e>\n{% endgeneration %}")
    said, _ = said_by(folder, chat("hi", "yo", "please more", "ok"))
    assert said == "yo <e> ok <e>"


def test_marks_around_nothing_teach_nothing(tmp_path):
    template = "<a>{% generation %}{{ m.content }}{% endgeneration %}:\n"
    conversation = [*chat("hi"), {"role": "assistant", "content": None, "tool_calls": [{}]}]
    assert said_by(words_of(tmp_path, template), conversation) == ("", False)


def test_a_token_across_two_marks_is_no_straddling_one(tmp_path):
    mark = "{% generation %}y{% endgeneration %}"
    folder = words_of(tmp_path, "<a> " + mark + mark.replace("y", "o") + " <e>\n")
    assert said_by(folder, chat("hi", "yo")) == ("yo", False)


@pytest.mark.parametrize("template", [MARKED, PLAIN], ids=["marked", "by prefix"])
def test_a_token_across_the_boundary_of_a_chat_is_counted(tmp_path, template):
    folder = chatty(tmp_path, template.replace("<|bot|>\n", "<|bot|> A: "))
    records = [{"prompt": "hi", "response": said} for said in ("the mat", "東京", "the cat")]
    with pytest.warns(UserWarning, match="in 2 a token covers the end of the prompt"):
        data = conversations(tmp_path, folder, records, Instructions(chat=True))
    assert data.counts["train"].straddling == 2
    assert learnt(data).startswith(" the mat<|end|>")


def test_other_special_tokens_are_another_tokenizer_to_a_template(tmp_path):
    template = "{{ bos_token }}" + PLAIN
    changed = [{}, {"bos_token": "<|user|>"}, {"eos_token": "<|end|>"}, {"cls_token": "<s>"}]
    found = [Tokens(chatty(tmp_path, template, **names), end=False).identity for names in changed]
    assert len(set(found)) == len(found)


def test_content_in_parts_of_text_is_joined(tmp_path):
    parts = [{"type": "text", "text": "on the "}, {"type": "text", "text": "mat"}]
    records = [{"messages": chat([{"type": "text", "text": "where?"}], parts)}]
    data = conversations(tmp_path, chatty(tmp_path, PLAIN), records, Messages())
    assert learnt(data) == "on the mat<|end|>\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([{"type": "image"}], "is a list with a part of type image, expected text"),
        (["the mat"], "is a list with a part of type str, expected text"),
        ([{"type": "text"}], "is a list with a part of type text that holds no text"),
        ({"text": "the mat"}, "is of type dict, expected text"),
        (0, "is of type int, expected text"),
        ([{"type": "text", "text": " "}], r"the response \(message 2, role assistant\) is empty"),
    ],
)
def test_content_that_is_no_text_is_refused(tmp_path, content, words):
    records = [{"messages": chat("where?", content)}]
    with pytest.raises(ValueError, match=rf"line 1: (content of message 2 )?{words}"):
        conversations(tmp_path, chatty(tmp_path, PLAIN), records, Messages())


@pytest.mark.parametrize(
    ("turns", "template", "said", "advice"),
    [
        ("all", FORGETFUL, ("a", "b", "c", "d"), "marks, or turns: last"),
        ("last", FORGETFUL, ("a", "b", "c"), "marks and turns: all, or end the conversation with"),
        ("all", FORGETFUL, ("a", "b", "c"), "marks, or end the conversation with the assistant's"),
        ("last", PLAIN + "{{ loop }}", ("a", "b"), "marks and turns: all$"),
    ],
)
def test_advice_is_no_setting_already_in_use(tmp_path, turns, template, said, advice):
    template = template.replace("{{ loop }}", "{% if add_generation_prompt %}<think>{% endif %}")
    folder = chatty(tmp_path, template)
    with pytest.raises(ValueError, match=advice):
        conversations(tmp_path, folder, [{"messages": chat(*said)}], Messages(turns=turns))
