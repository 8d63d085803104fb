"""Vocabularies compared by content."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

import mtkd.alignment
from mtkd.alignment import VocabularyComparison, same_vocabulary, shared_tokens, surface_of
from tests.alignment.trained import MAKERS, OTHERS, merged, trained


@pytest.mark.parametrize("name", MAKERS)
def test_a_vocabulary_is_identical_to_itself_and_shares_all_it_can_spell(name):
    tokenizer = trained(name)
    size = tokenizer.get_vocab_size()
    assert same_vocabulary(tokenizer, tokenizer) == VocabularyComparison(
        "identical", size, size, shared=size, moved=0, student_padding=0, teacher_padding=0
    )
    pairs = shared_tokens(tokenizer, tokenizer)
    assert all(own == other for own, other in pairs.items())
    surface = surface_of(tokenizer)
    assert len(pairs) == len(set(surface.spoken.values())) + len(surface.special)
    assert size - 10 < len(pairs) <= size


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
def test_shared_tokens_have_the_same_bytes_and_are_one_to_one(student, teacher):
    ours, theirs = surface_of(trained(student)), surface_of(trained(teacher))
    pairs = shared_tokens(trained(student), trained(teacher))
    assert len(set(pairs.values())) == len(pairs)
    for own, other in pairs.items():
        assert ours.spoken.get(own) == theirs.spoken.get(other)
        assert ours.special.get(own) == theirs.special.get(other)
    common = set(ours.spoken.values()) & set(theirs.spoken.values())
    assert common <= {ours.spoken.get(own) for own in pairs}


def test_padding_is_what_no_token_uses():
    tokenizer = merged(["a", "b", "c"], [])
    found = same_vocabulary(tokenizer, tokenizer, student_classes=3, teacher_classes=8)
    assert (found.case, found.same) == ("padded", True)
    assert (found.student_padding, found.teacher_padding) == (0, 5)
    assert same_vocabulary(tokenizer, tokenizer, 4, 3).student_padding == 1


def test_the_same_size_is_not_the_same_vocabulary():
    found = same_vocabulary(merged(["a", "b", "c"], []), merged(["b", "a", "c"], []))
    assert (found.case, found.same) == ("different", False)
    assert (found.shared, found.moved) == (1, 2)
    found = same_vocabulary(merged(["a", "b", "c"], []), merged(["a", "b", "d"], []))
    assert (found.case, found.shared, found.moved) == ("different", 2, 0)


def test_more_tokens_with_the_old_ids_is_an_extension():
    found = same_vocabulary(merged(["a", "b"], []), merged(["a", "b", "d"], []))
    assert (found.case, found.same) == ("extended", False)
    assert (found.student_tokens, found.teacher_tokens, found.shared) == (2, 3, 2)


def test_pairs_by_hand():
    student = merged(["a", "b", "Ġ", "Ġa"], [("Ġ", "a")])
    teacher = merged(["x", "Ġ", "Ġa", "b", "ab"], [])
    assert shared_tokens(student, teacher) == {1: 3, 2: 1, 3: 2}
    assert shared_tokens(student, teacher, {"a": "b"}) == {0: 3, 2: 1, 3: 2}


def test_a_space_is_a_space_in_every_spelling_and_a_whole_token_comes_before_a_byte():
    bytes_, words, pieces = trained("small"), trained("words"), trained("plain_unigram")
    own, other = bytes_.token_to_id("Ġt"), words.token_to_id("t")
    assert shared_tokens(bytes_, words)[own] == other
    own, other = bytes_.token_to_id("Ġ"), pieces.token_to_id("▁")
    assert shared_tokens(bytes_, pieces)[own] == other
    fallback = trained("fallback")
    own, other = bytes_.token_to_id("A"), fallback.token_to_id("A")
    assert shared_tokens(bytes_, fallback)[own] == other


def test_special_tokens_pair_by_name_or_by_declaration_and_never_with_text():
    student, teacher = trained("small"), trained("unigram")
    pairs = shared_tokens(student, teacher)
    assert pairs[student.token_to_id("</s>")] == teacher.token_to_id("</s>")
    words = trained("words")
    assert student.token_to_id("</s>") not in shared_tokens(student, words)
    declared = shared_tokens(student, words, {"</s>": "[SEP]"})
    assert declared[student.token_to_id("</s>")] == words.token_to_id("[SEP]")
    literal = merged(["<", "s", ">", "<s>"], [])
    assert student.token_to_id("<s>") not in shared_tokens(student, literal)


def test_tokenizers_of_transformers_are_read():
    wrapped = PreTrainedTokenizerFast(tokenizer_object=trained("small"))
    assert same_vocabulary(wrapped, trained("small")).case == "identical"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: surface_of("gpt2"), "a str tells no offsets .* use_fast=True"),
        (lambda: surface_of(Tokenizer(models.WordLevel({"a": 0}))), "cannot tell the bytes"),
        (
            lambda: surface_of(Tokenizer(models.BPE({"a</w>": 0}, [], end_of_word_suffix="</w>"))),
            "BPE",
        ),
        (
            lambda: same_vocabulary(trained("large"), trained("large"), 399),
            "student model has 399 classes, its tokenizer needs 400",
        ),
        (
            lambda: shared_tokens(merged(["a"], []), merged(["b", "c"], [])),
            "none of the teacher's 2 tokens has the bytes of one of the student's 1;",
        ),
        (
            lambda: shared_tokens(merged(["a"], []), merged(["a"], []), {"a": "<end>"}),
            "'<end>', which the teacher's tokenizer does not have",
        ),
    ],
)
def test_words_of_the_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_every_export_has_a_docstring_and_byte_level_is_the_alphabet():
    for name in mtkd.alignment.__all__:
        assert getattr(mtkd.alignment, name).__doc__
    assert len(pre_tokenizers.ByteLevel.alphabet()) == 256
