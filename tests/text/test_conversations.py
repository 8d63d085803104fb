"""Prompts and responses: which tokens are learnt, and what a chat template has to tell."""

import pytest
import torch

from mtkd.text import Instructions, Messages, TextData, Tokens
from tests.text.made import (
    FORGETFUL,
    MARKED,
    PLAIN,
    byte_level,
    chatty,
    conversations,
    learnt,
    lines,
    read,
    saved,
    sentence_piece,
    word_piece,
)

PAIRS = [
    {"prompt": "What is the cat?", "response": " the other thing"},
    {"prompt": "And 😀?", "response": "😀 naïve"},
]
CHATS = [
    {
        "messages": [
            {"role": "user", "content": "the cat?"},
            {"role": "assistant", "content": "on the mat"},
            {"role": "user", "content": "and the café?"},
            {"role": "assistant", "content": "there 😀"},
        ]
    }
]


def test_the_response_and_its_end_are_learnt(tmp_path, tokens):
    data = conversations(tmp_path, tokens, PAIRS, Instructions())
    for row, pair in enumerate(PAIRS):
        assert read(data, row) == f"<s>{pair['prompt']}{pair['response']}</s>"
        assert learnt(data, row) == f"{pair['response']}</s>"
    assert data.counts["train"].straddling == 0


def test_the_prompt_is_learnt_if_asked_for(tmp_path, tokens):
    data = conversations(tmp_path, tokens, PAIRS, Instructions(separator="\n", prompt_loss=True))
    assert learnt(data) == f"{PAIRS[0]['prompt']}\n{PAIRS[0]['response']}</s>"


def test_the_separator_belongs_to_the_prompt(tmp_path, tokens):
    data = conversations(tmp_path, tokens, PAIRS, Instructions(separator="\n=> "))
    assert read(data) == f"<s>{PAIRS[0]['prompt']}\n=> {PAIRS[0]['response']}</s>"
    assert learnt(data) == f"{PAIRS[0]['response']}</s>"


def test_a_token_across_the_boundary_is_learnt_and_counted(tmp_path, tokens):
    found = tokens.encode(["there they were"])[0]
    start = next(start for start, stop in found.offsets if stop - start > 2)
    text = "there they were"
    pairs = [{"prompt": text[: start + 1], "response": text[start + 1 :]}]
    with pytest.warns(UserWarning, match="in 1 a token covers the end of the prompt"):
        data = conversations(tmp_path, tokens, pairs, Instructions())
    assert learnt(data) == f"{text[start:]}</s>"
    assert data.counts["train"].straddling == 1


def test_metaspace_needs_no_second_space_before_the_response(tmp_path):
    tokens = saved(tmp_path, sentence_piece())
    pairs = [{"prompt": "the cat", "response": " sat on the mat"}]
    data = conversations(tmp_path, tokens, pairs, Instructions())
    whole = tokens.encode(["the cat sat on the mat"])[0].ids
    size = len(tokens.encode(["the cat"])[0].ids)
    assert data.train.inputs[0].tolist() == [*whole, tokens.end]
    labels = data.train.labels[0]
    assert labels[labels >= 0].tolist() == [*whole[size:], tokens.end]


@pytest.mark.parametrize("template", [MARKED, PLAIN], ids=["marked", "by prefix"])
class TestEveryTemplate:
    def test_what_the_assistant_says_is_learnt(self, template, tmp_path):
        data = conversations(tmp_path, chatty(tmp_path, template), CHATS, Messages())
        end = "" if template == MARKED else "\n"
        assert learnt(data) == f"on the mat<|end|>{end}there 😀<|end|>{end}"
        assert read(data).startswith("<|user|>\nthe cat?<|end|>\n<|bot|>\non the mat<|end|>\n")

    def test_only_the_last_turn_if_asked_for(self, template, tmp_path):
        data = conversations(tmp_path, chatty(tmp_path, template), CHATS, Messages(turns="last"))
        assert learnt(data) == "there 😀<|end|>\n"

    def test_two_columns_are_a_chat_of_two_messages(self, template, tmp_path):
        data = conversations(tmp_path, chatty(tmp_path, template), PAIRS, Instructions(chat=True))
        assert read(data, 1) == "<|user|>\nAnd 😀?<|end|>\n<|bot|>\n😀 naïve<|end|>\n"
        assert learnt(data, 1).rstrip("\n") == "😀 naïve<|end|>"

    def test_prompts_end_where_the_assistant_begins(self, template, tmp_path):
        data = conversations(tmp_path, chatty(tmp_path, template), CHATS, Messages())
        mask = data.prompts.extras["attention_mask"][0].bool()
        text = data.tokens.decode(data.prompts.inputs[0][mask].tolist())
        assert text == read(data).removesuffix("there 😀<|end|>\n")

    def test_everything_is_learnt_if_asked_for(self, template, tmp_path):
        data = conversations(
            tmp_path, chatty(tmp_path, template), CHATS, Messages(prompt_loss=True)
        )
        assert "<|user|>" + learnt(data) == read(data)


def test_a_template_from_a_file_takes_the_place_of_none(tmp_path):
    (tmp_path / "chat.jinja").write_text(MARKED)
    byte_level().save(str(tmp_path / "tokenizer.json"))
    tokens = Tokens(str(tmp_path / "tokenizer.json"), template=str(tmp_path / "chat.jinja"))
    data = conversations(tmp_path, tokens, CHATS, Messages())
    assert learnt(data) == "on the mat<|end|>there 😀<|end|>"


def test_a_template_that_rewrites_earlier_answers_is_refused_but_for_the_last(tmp_path):
    tokenizer = chatty(tmp_path, FORGETFUL)
    with pytest.raises(ValueError, match=r"line 1: .* before message 2 otherwise .* turns: last"):
        conversations(tmp_path, tokenizer, CHATS, Messages())
    data = conversations(tmp_path, tokenizer, CHATS, Messages(turns="last"))
    assert learnt(data) == "there 😀<|end|>\n"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('no systems here') }}", "no systems here"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{% for i in range(10**9) %}{% endfor %}", "Range too big"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "maximum recursion depth"),
        ("{{ 'a'.index('b') }}", "substring not found"),
    ],
)
def test_a_template_that_refuses_says_where(tmp_path, template, words):
    with pytest.raises(ValueError, match=rf"records.jsonl, line 1: the chat template .*{words}"):
        conversations(tmp_path, chatty(tmp_path, template), CHATS, Messages())


def test_prompts_are_padded_on_the_left_and_routed(tmp_path, tokens):
    records = [{**pair, "who": who} for pair, who in zip(PAIRS, "ba", strict=True)]
    data = conversations(tmp_path, tokens, records, Instructions(), route="who")
    prompts = data.prompts
    assert data.routes == ["a", "b"]
    assert prompts.extras["route"].tolist() == [1, 0]
    assert data.train.extras["route"].tolist() == [1, 0]
    assert (prompts.labels == -1).all()
    mask = prompts.extras["attention_mask"]
    assert (mask[:, -1] == 1).all()
    assert (mask.diff(dim=1) >= 0).all()
    for row, pair in enumerate(PAIRS):
        ids = prompts.inputs[row][mask[row].bool()].tolist()
        assert tokens.decode(ids) == f"<s>{pair['prompt']}"
    assert torch.equal(data.prompts.ids, prompts.ids)


def test_prompts_do_not_end_a_text(tmp_path):
    tokens = saved(tmp_path, word_piece(), end="[SEP]")
    data = conversations(tmp_path, tokens, [{"prompt": "the", "response": "cat"}], Instructions())
    assert data.prompts.inputs.tolist() == [tokens.encode(["the"])[0].ids[:-1]]
    assert data.train.inputs.tolist() == [tokens.encode(["thecat"])[0].ids]


def test_routes_are_those_of_their_own_records(tmp_path, tokens):
    records = [{"text": "", "who": "b"}, {"text": "x", "who": "a"}, {"text": "y", "who": "b"}]
    file = lines(tmp_path / "a.jsonl", records)
    data = TextData(tokens, dict.fromkeys(("train", "validation", "test"), file), route="who")
    assert data.train.extras["route"].tolist() == [0, 1]


def test_routes_are_numbered_alike_in_every_split(tmp_path, tokens):
    files = {
        name: lines(
            tmp_path / f"{name}.jsonl", [{"text": f"the {who}", "who": who} for who in keys]
        )
        for name, keys in {"train": "ca", "validation": "b", "test": "c"}.items()
    }
    data = TextData(tokens, files, route="who")
    assert data.routes == ["a", "b", "c"]
    found = {name: split.extras["route"].tolist() for name, split in data.splits.items()}
    assert found == {"train": [2, 0], "validation": [1], "test": [2]}


def test_another_template_or_end_is_another_tokenizer(tmp_path, tokens):
    (tmp_path / "a.jinja").write_text(MARKED)
    (tmp_path / "b.jinja").write_text(PLAIN)
    changed = [{"template": str(tmp_path / name)} for name in ("a.jinja", "b.jinja")]
    changed += [{}, {"end": "</s>"}, {"end": "<|end|>"}]
    found = [Tokens(tokens.source, **change).identity for change in changed]
    assert len(set(found)) == len(found)
    assert Tokens(tokens.source, end="</s>").identity == tokens.identity
