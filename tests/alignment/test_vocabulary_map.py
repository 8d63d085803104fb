"""Where the mass of a teacher's token goes."""

from collections import Counter

import pytest
import torch

from mtkd.alignment import ByteReader, shared_tokens, surface_of, vocabulary_map
from mtkd.alignment.together import count_next_tokens
from tests.alignment.trained import OTHERS, TEXTS, merged, trained


def rows(found):
    """Teacher id to `{student id: weight}`."""
    table = {}
    for teacher, student, weight in zip(
        found.teacher.tolist(), found.student.tolist(), found.weight.tolist(), strict=True
    ):
        table.setdefault(teacher, {})[student] = weight
    return table


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
class TestEveryPair:
    def test_without_texts_a_token_goes_whole_to_how_its_bytes_begin(self, student, teacher):
        ours, theirs = surface_of(trained(student)), surface_of(trained(teacher))
        found = rows(vocabulary_map(trained(student), trained(teacher)))
        for index, row in found.items():
            ((own, weight),) = row.items()
            assert weight == 1
            if index in theirs.special:
                assert theirs.special[index] == ours.special[own]
            else:
                assert theirs.spoken[index].startswith(ours.spoken[own])

    def test_a_shared_token_goes_to_itself(self, student, teacher):
        found = rows(vocabulary_map(trained(student), trained(teacher)))
        for own, other in shared_tokens(trained(student), trained(teacher)).items():
            assert found[other] == {own: 1}

    def test_only_what_begins_with_none_of_the_students_tokens_goes_nowhere(self, student, teacher):
        ours, theirs = surface_of(trained(student)), surface_of(trained(teacher))
        found = rows(vocabulary_map(trained(student), trained(teacher)))
        pieces = set(ours.spoken.values())
        for index, piece in theirs.spoken.items():
            begun = any(piece[:size] in pieces for size in range(1, len(piece) + 1))
            assert (index in found) == begun

    @pytest.mark.parametrize("most", [1, 2, 100])
    def test_counted_rows_hold_the_heaviest_and_never_more_than_all(self, student, teacher, most):
        found = vocabulary_map(trained(student), trained(teacher), texts=TEXTS, most=most)
        assert found.weight.gt(0).all()
        for row in rows(found).values():
            assert len(row) <= most
            assert sum(row.values()) <= 1 + 1e-6
        sizes = [trained(name).get_vocab_size() for name in (student, teacher)]
        columns = found.matrix(*sizes).to_dense().sum(dim=0)
        if most == 100:
            torch.testing.assert_close(columns[columns > 0], torch.ones(len(rows(found))))


def test_rows_by_hand():
    student = merged(["t", "h", "e", "r", "th", "the", "re"], MERGES[:3])
    teacher = merged(["r", "the", "there", "he", "x"], [])
    assert rows(vocabulary_map(student, teacher)) == {0: {3: 1}, 1: {5: 1}, 2: {5: 1}, 3: {1: 1}}


MERGES = [("t", "h"), ("th", "e"), ("r", "e"), ("the", "re")]


def test_the_tokenizer_itself_says_how_bytes_begin_not_the_longest_token():
    # ab|c by length, but the merges make a|bc.
    student = merged(["a", "b", "c", "bc", "ab"], [("b", "c"), ("a", "b")])
    teacher = merged(["abc"], [])
    assert rows(vocabulary_map(student, teacher)) == {0: {0: 1}}


def test_half_a_character_goes_to_the_longest_token_that_it_begins_with():
    student, teacher = merged(["ð", "Ł", "ðŁ", "ĺ"], []), merged(["ðŁĺ", "ĺ", "Ģ"], [])
    assert rows(vocabulary_map(student, teacher)) == {0: {2: 1}, 1: {3: 1}}


def test_counts_by_hand():
    # The student reads there|the|t; the teacher the|re|the|t: they meet after 5, 8 and 9 bytes.
    student = merged(["t", "h", "e", "r", "th", "the", "re", "there"], MERGES)
    teacher = merged(["e", "r", "h", "t", "th", "the", "re"], MERGES[:3])
    readers = ByteReader(student), ByteReader(teacher)
    texts = ["thetherethethet"]  # the|there|the|the|t and the|the|re|the|the|t
    assert count_next_tokens(*readers, texts) == Counter({(5, 7): 1, (5, 5): 2, (3, 0): 1})
    found = rows(vocabulary_map(student, teacher, texts=texts))
    assert found[5] == pytest.approx({5: 3 / 4, 7: 1 / 4})
    assert found[3] == {0: 1}
    assert found[6] == {6: 1}
    cut = rows(vocabulary_map(student, teacher, texts=texts, most=1))
    assert cut[5] == pytest.approx({5: 3 / 4})


def test_ends_of_text_are_paired_by_counting_or_by_declaration():
    student, teacher = trained("unigram"), trained("words")
    own, other = student.token_to_id("</s>"), teacher.token_to_id("[SEP]")
    assert other not in rows(vocabulary_map(student, teacher))
    declared = rows(vocabulary_map(student, teacher, equivalents={"</s>": "[SEP]"}))
    assert declared[other] == {own: 1}
    counted = rows(vocabulary_map(student, teacher, texts=["the mat."]))
    assert counted[other] == {own: 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"most": 0}, "most must be at least 1 student token, got 0"),
        ({}, "none of the teacher's 2 tokens begins with one of the student's 1; this teacher"),
    ],
)
def test_words_of_the_errors(options, words):
    with pytest.raises(ValueError, match=words):
        vocabulary_map(merged(["a"], []), merged(["b", "c"], []), **options)


def test_places_that_only_one_tokenizer_has_are_not_counted():
    # The student reads t|h|e|t|h|e, the teacher the|the: they meet after 3 bytes and at the end.
    student, teacher = merged(["t", "h", "e"], []), merged(["t", "h", "e", "th", "the"], MERGES[:2])
    assert count_next_tokens(ByteReader(student), ByteReader(teacher), ["thethe"]) == {(4, 0): 1}
