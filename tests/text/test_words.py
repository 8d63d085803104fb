"""What is said about bad input: what was got, where, what was expected, what to do."""

import gzip
import json

import pytest
from transformers import BertConfig

from mtkd.text import Hub, Instructions, LabelledTexts, Messages, PlainText, TextData, Tokens
from tests.text.made import byte_level, chatty, conversations, lines, plain, saved

GOOD = [{"prompt": "the cat", "response": " sat"}]


def chat(*messages):
    return [{"messages": [dict(zip(("role", "content"), m, strict=True)) for m in messages]}]


@pytest.mark.parametrize(
    ("form", "records", "words"),
    [
        (Instructions(), [{**GOOD[0], "prompt": "x\ud83d"}], r"line 1 holds half of a character"),
        (Messages(), chat(("user", "x\ud83d"), ("assistant", "y")), r"holds half of a character"),
        (
            Instructions(),
            [{**GOOD[0], "prompt": ""}],
            r"line 1: the prompt \(column 'prompt'\) is e",
        ),
        (
            Instructions(),
            [*GOOD, {**GOOD[0], "response": " "}],
            r"line 2: the response .* is empty",
        ),
        (Instructions(), [{**GOOD[0], "prompt": None}], r"line 1: the prompt .* is empty"),
        (
            Instructions(),
            [{**GOOD[0], "prompt": 3}],
            r"line 1: prompt is of type int, expected a text",
        ),
        (
            Instructions("question"),
            GOOD,
            r"no column 'question'; its columns are: prompt, response",
        ),
        (Messages(), chat(("user", "x")), r"line 1: no message is the assistant's \(roles: user\)"),
        (
            Messages(),
            chat(("user", ""), ("assistant", "x")),
            r"the prompt \(message 1, .* is empty",
        ),
        (Messages(), chat(("user", "x"), ("assistant", "")), r"the response \(message 2, .* empty"),
        (Messages(), chat(("assistant", "x")), r"the first message is the assistant's"),
        (
            Messages(),
            [{"messages": "hello"}],
            r"line 1: the conversation is 'hello', expected a li",
        ),
        (Messages(), [{"messages": [{"from": "x"}]}], r"message 1 is .* expected a list of \{role"),
        (PlainText(), [{"text": ""}], r"train has no token to learn: 1 of 1 texts are empty"),
        (PlainText(), [], r"train is empty: its files hold no records"),
    ],
)
def test_records_that_cannot_be_meant(form, records, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        conversations(tmp_path, chatty(tmp_path), records, form)


@pytest.mark.filterwarnings("ignore")
def test_a_split_of_which_nothing_is_learnt(tmp_path, tokens):
    with pytest.raises(
        ValueError, match="train has no token to learn: 1 of 1 texts are longer than"
    ):
        conversations(tmp_path, tokens, GOOD, Instructions(), length=2)


def test_responses_that_are_cut_off_are_left_out_and_told(tmp_path, tokens):
    records = [*GOOD, {"prompt": "the three of them on the mat", "response": " sat"}]
    with pytest.warns(UserWarning, match="1 pieces hold nothing to learn and are left out"):
        data = conversations(tmp_path, tokens, records, Instructions(), length=8)
    assert len(data.train) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.jsonl",
            b'{"text": "x"}\n{"text": \n',
            r"a.jsonl, line 2 is no JSON record \(.*character 10\)",
        ),
        ("a.jsonl", b'{"text": "x"}\n3\n', r"a.jsonl, line 2 is a int, expected a record"),
        ("a.json", b'[{"text": "x"}', r"a.json is no JSON list"),
        ("a.csv", b"text,label\nx,1\nx,1,2\n", r"a.csv, line 3 has 3 fields, its header has 2"),
        ("a.csv", b"other\nx\n", r"a.csv, line 2 has no column 'text'; its columns are: other"),
        ("a.txt", b"\xff\xfe", r"a.txt is no UTF-8 text"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 50)[:-12], r"a.jsonl.gz is damaged"),
        ("a.parquet", b"PAR1", r"a.parquet is no whole Parquet file"),
    ],
)
def test_files_that_are_damaged(name, content, words, tmp_path, tokens):
    (tmp_path / name).write_bytes(content)
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    with pytest.raises(ValueError, match=words):
        TextData(tokens, dict.fromkeys(("train", "validation", "test"), str(tmp_path / name)))


def test_a_parquet_file_without_the_column(tmp_path, tokens):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    file = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"body": ["x"]}), file)
    with pytest.raises(ValueError, match=r"no column 'text'; its columns are: body"):
        TextData(tokens, dict.fromkeys(("train", "validation", "test"), str(file)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"splits": {"train": "no.jsonl"}}, r"splits has no 'validation'"),
        ({"validation": "/no/such.jsonl"}, r"validation: there is no file /no/such.jsonl"),
        (
            {"validation": 40},
            r"cannot take \{'validation': 40\} records out of train, which has 30",
        ),
        ({"clean": "x"}, r"splits has 'clean', which is the name of the test split"),
        ({"length": 1}, r"length must be at least 2"),
        ({"packing": "dense"}, r"packing must be one of none, documents, stream"),
        ({"long": "keep"}, r"long must be one of cut, split, refuse"),
        ({"packing": "stream", "long": "refuse"}, r"long: refuse would be ignored"),
        ({"packing": "documents", "bytes": True}, r"bytes belongs to one text, but packing"),
        ({"packing": "stream", "route": "text"}, r"route belongs to one text"),
        ({"classes": 10}, r"has token ids up to \d+, got classes 10; expected at least \d+"),
        ({"hidden": 0.1, "bytes": True}, r"bytes would show a teacher the tokens that are hidden"),
        ({"scored": 0}, r"scored must be at least 1"),
    ],
)
def test_options_that_cannot_be_meant(change, words, tmp_path, tokens):
    file = lines(tmp_path / "a.jsonl", [{"text": f"text {i}"} for i in range(30)])
    splits = dict.fromkeys(("train", "validation", "test"), file)
    splits |= {name: change.pop(name) for name in ("validation", "clean") if name in change}
    with pytest.raises(ValueError, match=words):
        TextData(tokens, **{"splits": splits, **change})


def test_an_unknown_domain_and_a_severity(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=200)
    with pytest.raises(ValueError, match="unknown domain 'celan'; did you mean clean"):
        data.domain("celan")
    with pytest.raises(ValueError, match="has no severity 3"):
        data.domain("clean", 3)


def test_plain_texts_have_no_prompts(tmp_path, tokens):
    with pytest.raises(ValueError, match=r"plain text has no prompts; use mtkd.text.Instructions"):
        _ = plain(tmp_path, tokens, length=200).prompts


def test_a_prompt_that_is_too_long(tmp_path, tokens):
    records = [*GOOD * 2, {"prompt": "the three of them on the mat", "response": " sat"}]
    data = conversations(tmp_path, tokens, records, Instructions(), length=9, long="split")
    with pytest.raises(ValueError, match=r"line 3: the prompt has \d+ tokens, more than length 9"):
        _ = data.prompts


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/no/tokenizer.json", "there is no tokenizer file /no/tokenizer.json"),
        ("./no/folder", "there is no folder .*/no/folder"),
        (
            "no-one/nothing",
            r"tokenizer.json of 'no-one/nothing' is neither .*models--no-one--nothing",
        ),
    ],
)
def test_tokenizers_that_are_not_there(source, words):
    with pytest.raises(ValueError, match=words):
        Tokens(source)


def test_a_folder_without_a_tokenizer(tmp_path):
    with pytest.raises(ValueError, match=r"the folder .* has no readable tokenizer.json|holds no"):
        Tokens(str(tmp_path))


def test_a_model_without_its_tokenizer(tmp_path):
    BertConfig(vocab_size=30, hidden_size=8, num_attention_heads=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds no tokenizer: no file gives its tokens"):
        Tokens(str(tmp_path))


def test_a_file_that_is_no_tokenizer(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="is no tokenizer file"):
        Tokens(str(tmp_path / "tokenizer.json"))


def test_a_tokenizer_without_an_end(tmp_path):
    tokens = saved(tmp_path, byte_level(), end=True)
    with pytest.raises(
        ValueError, match=r"declares no end token.* give end: the token .* end: false"
    ):
        plain(tmp_path, tokens)
    with pytest.raises(ValueError, match="has no token '<eos>' to end a text"):
        saved(tmp_path, byte_level(), end="<eos>")


def test_a_chat_template_that_is_missing(tmp_path, tokens):
    with pytest.raises(ValueError, match="has no chat template; give template: a file"):
        conversations(tmp_path, tokens, GOOD, Instructions(chat=True))
    with pytest.raises(ValueError, match=r"there is no chat template /no/chat.jinja"):
        Tokens(tokens.source, template="/no/chat.jinja")


def test_a_separator_beside_a_template():
    with pytest.raises(ValueError, match="separator '\\\\n' would be ignored"):
        Instructions(separator="\n", chat=True)


def test_a_hub_set_that_is_not_in_the_cache(tmp_path, tokens):
    place = Hub("no-one/nothing", "train")
    with pytest.raises(
        ValueError, match=r"not in the cache .*datasets--no-one--nothing .*local_fi"
    ):
        TextData(tokens, dict.fromkeys(("train", "validation", "test"), place))


def test_a_class_that_is_only_in_the_test_split(tmp_path, tokens):
    good = lines(tmp_path / "a.jsonl", [{"text": "x", "label": "cat"}])
    odd = lines(tmp_path / "b.jsonl", [{"text": "x", "label": "cats"}])
    with pytest.raises(
        ValueError, match=r"b.jsonl, line 1: unknown class 'cats'; did you mean cat"
    ):
        LabelledTexts(tokens, {"train": good, "validation": good, "test": odd})


def test_an_empty_text_with_a_label(tmp_path, tokens):
    file = lines(tmp_path / "a.jsonl", [{"text": "", "label": "cat"}])
    with pytest.raises(ValueError, match="line 1: the text is empty; remove the record"):
        LabelledTexts(tokens, dict.fromkeys(("train", "validation", "test"), file))


def test_an_empty_route(tmp_path, tokens):
    file = lines(tmp_path / "a.jsonl", [{"text": "x", "who": None}])
    with pytest.raises(ValueError, match=r"line 1: the route \(column 'who'\) is empty"):
        TextData(tokens, dict.fromkeys(("train", "validation", "test"), file), route="who")


def test_every_sentence_is_one_line(tmp_path, tokens):
    (tmp_path / "a.json").write_text(json.dumps([{"text": "x"}])[:-1])
    with pytest.raises(ValueError, match="no JSON list") as caught:
        TextData(tokens, dict.fromkeys(("train", "validation", "test"), str(tmp_path / "a.json")))
    assert "\n" not in str(caught.value)
