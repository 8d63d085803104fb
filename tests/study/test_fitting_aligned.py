"""Aligned teachers are asked before training; what they say must suit the recipe."""

import pytest
import torch

from mtkd.study.readers import check_reader
from tests.study.fitted import (
    BERT,
    LLAMA,
    MASKED,
    PADDED,
    SIZE,
    stored,
    text_study,
)

AT = "config.teachers.foreign.align"


@pytest.fixture
def study(place, monkeypatch, tmp_path):
    """A committee of a teacher with the data's tokenizer and one with another."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    made = text_study(place, bytes=True)
    align = {"teacher_tokenizer": str(place / "other")}
    made["teachers"]["foreign"] = {
        "model": stored(place / "other"),
        "seed": 1,
        "live": True,
        "align": align,
    }
    return made


SORTED = {"_target_": "mtkd.losses.vocabularies.SharedAndSorted"}
HOT = {"_target_": "mtkd.losses.ForwardKL", "temperature": 2.0}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"teachers__foreign__align__k": 3},
        {"teachers__foreign__align__rest": "map"},
        {"teachers__foreign__align__rest": "sorted", "loss": SORTED},
        {"teachers__foreign__align__temperature": 2.0, "loss": HOT},
        {"teachers__foreign__temperature": 2.0},
        {"hard_share": 1.0, "loss": {"_target_": "mtkd.losses.LogitMSE"}},
    ],
)
def test_what_fits_passes(passes, changes):
    passes(**changes)


def test_a_tokenizer_stays_a_path_where_the_end_of_a_text_is_declared(place):
    align = {"teacher_tokenizer": str(place / "other")}
    assert check_reader(torch.nn.Identity(), align, None, AT) == align


def test_a_padded_teacher_of_the_same_tokenizer_says_everything(place, passes):
    teacher = {"live": True, "seed": 1, "model": stored(place / "padded")}
    teacher["align"] = {"teacher_tokenizer": str(place / "padded")}
    passes(teachers__foreign=teacher, loss={"_target_": "mtkd.losses.LogitMSE"})


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("k", 0, "align: aligned_source: k must be positive, or None for all tokens, got 0"),
        ("rest", "mapp", "align: aligned_source: rest must be one of tail, map, sorted, got"),
        ("kk", 3, "got an unexpected keyword argument 'kk'; did you mean k? It accepts:"),
        ("classes", 5, "align.classes: the study itself says this; leave it out"),
        ("texts", "nowhere.txt", "nowhere.txt cannot be read"),
        ("temperature", 0, "a teacher's temperature must be positive, got 0"),
        ("teacher_tokenizer", "no/where", "align.teacher_tokenizer: there is no tokenizer.json"),
        ("equivalents", {"<q>": "<end>"}, "equivalents names '<q>', which the student's"),
    ],
)
def test_an_option_that_cannot_be_meant_is_told(refused, option, value, words):
    said = refused(**{f"teachers__foreign__align__{option}": value})
    assert said.startswith(AT)
    assert words in said


def test_an_empty_alignment_is_one_without_a_tokenizer(refused):
    said = refused(teachers__foreign__align={})
    assert said.startswith(f"{AT}: aligned_source: missing a required argument: 'teacher_tok")


def test_texts_that_are_missing_for_a_map(refused, study):
    align = study["teachers"]["foreign"]["align"] | {"rest": "map", "texts": "nowhere.txt"}
    assert "nowhere.txt cannot be read" in refused(teachers__foreign__align=align)


def test_a_tokenizer_with_more_tokens_than_the_teacher_knows(place, refused):
    said = refused(teachers__foreign__align__teacher_tokenizer=str(place / "tokens_more"))
    assert said == (
        f"{AT}.teacher_tokenizer: {place / 'tokens_more'} has 300 tokens, LlamaForCausalLM knows "
        f"{SIZE}; set it to {place / 'other'}"
    )


def test_a_tokenizer_of_the_same_size_that_is_another_models(place, refused):
    said = refused(teachers__foreign__align__teacher_tokenizer=str(place / "tokens_own"))
    assert said.startswith(
        f"{AT}.teacher_tokenizer: {place / 'tokens_own'} is not the tokenizer that "
        f"LlamaForCausalLM was saved with in {place / 'other'}: "
    )
    assert said.endswith(f"; set it to {place / 'other'}")


def test_a_padded_teacher_is_not_taken_in_by_a_larger_tokenizer(place, refused):
    assert PADDED > 300
    changes = {"align__teacher_tokenizer": str(place / "tokens_more")}
    changes["model"] = stored(place / "padded")
    said = refused(**{f"teachers__foreign__{key}": value for key, value in changes.items()})
    assert "is not the tokenizer that LlamaForCausalLM was saved with" in said


def test_data_without_their_text(refused):
    said = refused(data__bytes=False)
    assert said.startswith(f"{AT}: a teacher with a tokenizer of its own reads the text")
    assert said.endswith("; set data.bytes: true (of mtkd.text.TextData)")


def test_data_that_hide_tokens_have_no_text_to_give(place, refused):
    masked = stored(place / "masked", MASKED)
    changes = {"data__bytes": False, "data__hidden": 0.2, "teachers__a__model": masked}
    said = refused(student={"_target_": MASKED, "model": BERT}, **changes)
    assert "with data.hidden it would read what is hidden: use teachers without align" in said


def test_a_text_that_is_longer_for_the_teacher_than_it_reads(place, refused):
    said = refused(teachers__foreign__model=stored(place / "short"))
    assert said.startswith(f"{AT}: a row of train is ")
    assert " tokens for this teacher, which has 12 positions; set data.length: " in said


def test_a_length_in_the_test_split_alone_is_seen(place, tmp_path, refused):
    (tmp_path / "short.jsonl").write_text('{"text": "a"}\n{"text": "the"}\n')
    files = dict.fromkeys(("train", "validation"), str(tmp_path / "short.jsonl"))
    changes = {"data__splits": files | {"test": str(place / "test.jsonl")}}
    said = refused(teachers__foreign__model=stored(place / "short"), **changes)
    assert said.startswith(f"{AT}: a row of test is ")


def test_a_teacher_that_reads_both_sides(place, refused):
    changes = {"model": stored(place / "masked", MASKED)}
    changes["align__teacher_tokenizer"] = str(place / "masked")
    said = refused(**{f"teachers__foreign__{key}": value for key, value in changes.items()})
    assert said.startswith("config.teachers.foreign.model: BertForMaskedLM reads its text from")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"loss": {"_target_": "mtkd.losses.LogitMSE"}},
            "foreign: LogitMSE needs every class, but a teacher gives a partial signal; use a",
        ),
        (
            {"loss": HOT},
            "foreign speaks of some classes and the rest at temperature 1, but config.loss has "
            "temperature 2, and a pooled tail cannot be softened afterwards; set "
            "loss.temperature: 1, or teachers.foreign.align.temperature (or record.temperature): 2",
        ),
        ({"aggregation": "logits"}, "foreign: aggregation 'logits' needs every class of every"),
        (
            {"teachers__foreign__align__rest": "sorted"},
            "foreign: ForwardKL is infinite where a side has no mass",
        ),
        (
            {
                "loss": HOT,
                "teachers__foreign__align__temperature": 2.0,
                "weighting": {"_target_": "mtkd.weighting.UncertaintyGated"},
            },
            "foreign: UncertaintyGated looks at teachers at temperature 1",
        ),
    ],
)
def test_a_recipe_that_needs_more_than_is_heard(refused, changes, words):
    said = refused(**changes)
    assert said.startswith("config.teachers.foreign")
    assert words in said


def test_only_committees_that_hear_the_teacher_are_held_against_it(passes, refused):
    mse = {"_target_": "mtkd.losses.LogitMSE"}
    passes(committee=["a"], loss=mse)
    assert "LogitMSE needs every class" in refused(committee=["a", "foreign"], loss=mse)


def test_a_placebo_is_asked_like_a_teacher(study, refused):
    odd = study["teachers"]["foreign"] | {"align": {"teacher_tokenizer": "no/where"}}
    said = refused(placebo={"odd": odd})
    assert said.startswith("config.placebo.odd.align.teacher_tokenizer: there is no")


def test_a_teacher_without_a_tokenizer_beside_it_is_judged_by_its_size(place, passes, refused):
    teacher = {"model": stored(place / "bare"), "align__teacher_tokenizer": str(place / "other")}
    changes = {f"teachers__foreign__{key}": value for key, value in teacher.items()}
    passes(**changes)
    changes["teachers__foreign__model"] = {"_target_": "mtkd.language.causal_model"}
    changes["teachers__foreign__model"]["model"] = LLAMA | {"vocab_size": 200}
    said = refused(**changes)
    assert "LlamaForCausalLM knows 200; give the one the model was trained with" in said
