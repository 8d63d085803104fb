"""Positions that have read the same text."""

import pytest
import torch

from mtkd.alignment import ByteReader, aligned_positions
from mtkd.alignment.padded import SameTokens
from mtkd.outputs import ModelOutput
from tests.alignment.trained import MAKERS, OTHERS, TEXTS, trained


def by_hand(student, teacher):
    """The same rule, one pair at a time."""

    def prefix(spans):
        first = next((i for i, (start, end) in enumerate(spans) if end > start), None)
        ends = {i: end for i, (start, end) in enumerate(spans) if end > start}
        opening = [i for i, span in enumerate(spans[: first or 0]) if span == (0, 0)]
        while opening and spans[: len(opening)] != [(0, 0)] * len(opening):
            opening.pop()
        return {**ends, **({opening[-1]: 0} if opening else {})}

    ours, theirs = prefix(student), prefix(teacher)
    at = {end: place for place, end in theirs.items()}
    return [at.get(ours.get(place, -2), -1) for place in range(len(student))]


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
def test_pairs_are_exactly_the_equal_prefixes(student, teacher):
    ours, theirs = (ByteReader(trained(name)).batch(TEXTS)["spans"] for name in (student, teacher))
    places = aligned_positions(ours, theirs)
    for row, text in enumerate(TEXTS):
        expected = by_hand(*(list(map(tuple, s[row].tolist())) for s in (ours, theirs)))
        assert places[row].tolist() == expected
        for place, other in enumerate(expected):
            if other >= 0:
                mine, its = ours[row, place, 1], theirs[row, other, 1]
                assert text.encode()[:mine] == text.encode()[:its]


@pytest.mark.parametrize("name", MAKERS)
def test_a_tokenizer_is_aligned_with_itself_at_every_known_end(name):
    spans = ByteReader(trained(name)).batch(TEXTS)["spans"]
    places = aligned_positions(spans, spans)
    assert torch.equal(places >= 0, (spans[..., 1] > spans[..., 0]) | (places == 0))
    assert torch.equal(places[places >= 0], places.ge(0).nonzero()[:, -1])


def spans(*pairs):
    return torch.tensor(pairs).reshape(-1, 2)


def test_places_by_hand():
    ours = spans((0, 0), (0, 2), (2, 3), (3, 7), (7, 7), (-1, -1))
    theirs = spans((0, 0), (0, 0), (0, 1), (1, 3), (3, 5), (5, 7), (7, 7), (7, 7))
    assert aligned_positions(ours, theirs).tolist() == [1, -1, 3, 5, -1, -1]
    assert aligned_positions(theirs, ours).tolist() == [-1, 0, -1, 2, -1, 3, -1, -1]


def test_a_piece_of_unknown_end_does_not_pass_for_the_beginning():
    ours = spans((0, 0), (-1, -1), (0, 2))
    theirs = spans((-1, -1), (0, 2), (2, 2))
    assert aligned_positions(ours, theirs).tolist() == [-1, -1, 1]


def test_an_empty_text_pairs_nothing():
    nothing = torch.empty(0, 2, dtype=torch.int64)
    assert aligned_positions(spans((0, 0), (0, 0)), spans((0, 0))).tolist() == [-1, -1]
    assert aligned_positions(spans((0, 0), (0, 1)), nothing).tolist() == [-1, -1]
    assert aligned_positions(nothing, spans((0, 1))).tolist() == []


def test_classes_between_the_tokens_in_use_are_impossible():
    same = SameTokens(6, {"a": 0, "b": 2, "c": 5})
    output = ModelOutput(logits=torch.ones(1, 1, 6))
    signal, _ = same(output, torch.zeros(1, 1, dtype=torch.int64))
    assert (signal.output.logits[0, 0] == 1).tolist() == [True, False, True, False, False, True]
