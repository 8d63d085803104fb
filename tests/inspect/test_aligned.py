"""What `mtkd inspect` prints of a teacher with another tokenizer, and of one that needs align."""

import math

import pytest
import yaml

from mtkd.config import ConfigError
from mtkd.inspect.tables import probability
from tests.alignment.trained import trained
from tests.inspect.test_inspect import printed
from tests.text.made import lines

TEXT = "the rest of the other things there, and then the weather over there"
OWN, OTHER, SAID = trained("small"), trained("prose"), " the"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A study whose teacher has another tokenizer and always says ` the`, on disk."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    for name, tokenizer in (("own", OWN), ("other", OTHER)):
        tokenizer.save(str(tmp_path / f"{name}.json"))
    file = lines(tmp_path / "texts.jsonl", [{"text": TEXT}])
    tokens = {"_target_": "mtkd.text.Tokens", "source": str(tmp_path / "own.json"), "end": False}

    def write(align, tokenizer=OTHER, **changes):
        model = {
            "_target_": "tests.inspect.speaking.Always",
            "classes": tokenizer.get_vocab_size(),
            "token": tokenizer.encode(SAID, add_special_tokens=False).ids[0],
        }
        named = {"teacher_tokenizer": str(tmp_path / "other.json")}
        node = {"model": model, "seed": 1, "live": True, **changes}
        content = {
            "base": ["configs/base.yaml"],
            "question": "What is here?",
            "data": {
                "_target_": "mtkd.text.TextData",
                "tokenizer": tokens,
                "splits": dict.fromkeys(("train", "validation", "test"), file),
                "bytes": True,
            },
            "student": model,
            "teachers": {"foreign": node if align is None else node | {"align": named | align}},
            "endpoint": "nll",
        }
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(content))
        return tmp_path / "study.yaml"

    return write


def cells(study, *options):
    """What the teacher's column holds, by position: `silent`, or a probability and a token."""
    text = printed(study, "--rows", "1", "--positions", "99", *options)
    rows = [line.split() for line in text.splitlines()]
    return [row[-1:] if row[-1] == "silent" else row[-2:] for row in rows if row[:1] != ["#"]][2:]


def ends(tokenizer):
    """Where each token of the text ends; the text is ASCII, so bytes are characters."""
    return [end for _, end in tokenizer.encode(TEXT).offsets]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rest", ["tail", "map", "sorted"])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_the_teachers_choice_is_shown_in_the_students_tokens(rest, temperature, write):
    assert OWN.token_to_id("Ġthe") != OTHER.token_to_id("Ġthe")
    study = write({"rest": rest}, temperature=temperature)
    shown, there = cells(study), set(ends(OTHER))
    strong, weak = math.exp(9 / temperature), OTHER.get_vocab_size() - 1
    mass = strong / (strong + weak)
    if rest == "map":  # other tokens begin like it
        more = next(float(cell[0]) for cell in shown if cell != ["silent"])
        assert mass <= more + 0.005
        mass = more
    expected = [[probability(mass), "·the"] if e in there else ["silent"] for e in ends(OWN)]
    assert shown == expected
    assert 0 < expected.count(["silent"]) < len(expected)


@pytest.mark.filterwarnings("ignore")
def test_a_later_part_of_the_row_is_the_same_part(write):
    whole = cells(write({}))
    assert cells(write({}), "--position", "5", "--positions", "7") == whole[5:12]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("align", "tokenizer", "words"),
    [
        (None, OTHER, "foreign speaks about 351 classes, config.data has 300; .* give it align"),
        ({"rest": "lost"}, OTHER, r"config\.teachers\.foreign\.align: .*'lost'"),
        ({}, trained("words"), "foreign is given a token that it does not have .*align.teacher_to"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(align, tokenizer, words, write):
    with pytest.raises(ConfigError, match=words):
        printed(write(align, tokenizer), "--rows", "1")


@pytest.mark.filterwarnings("ignore")
def test_data_without_bytes_is_one_sentence(write):
    with pytest.raises(ConfigError, match=r"foreign does not take the data: .*batch\['spans'\]"):
        printed(write({}), "data.bytes=false", "--rows", "1")
