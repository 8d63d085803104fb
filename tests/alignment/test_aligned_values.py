"""Masses by hand, and the words of what cannot be aligned."""

import math

import pytest
import torch

from mtkd.alignment import Aligned
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, PartialSignal, top_k
from tests.alignment.sources import Bigrams, Fixed, batch_of
from tests.alignment.trained import merged


def by_hand(k=None, **options):
    """Text `abc`: the student reads ab|c, the teacher a|bc; they meet at the end."""
    student = merged(["a", "b", "c", "ab", "z"], [("a", "b")])
    teacher = merged(["c", "b", "a", "bc"], [("b", "c")])
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]]).log().unsqueeze(0)
    source = Fixed(CompleteSignal(ModelOutput(logits=logits)))
    return Aligned(source, student, teacher, 5, k, **options), batch_of(student, ["abc"])


def test_masses_by_hand():
    source, batch = by_hand()
    batch["mask"][:] = True
    signal = source(batch)
    assert signal.present.tolist() == [[False, True]]
    assert signal.kept[0, 1].tolist() == [2, 1, 0]
    torch.testing.assert_close(signal.log_probs[0, 1].exp(), torch.tensor([0.4, 0.3, 0.2]))
    torch.testing.assert_close(signal.log_tail[0, 1].exp(), torch.tensor(0.1))
    assert (source.coverage.aligned_share, signal.classes) == (0.5, 5)
    assert source.coverage.mass_share == pytest.approx(0.9)
    source(batch)
    assert (source.coverage.positions, source.coverage.aligned) == (4, 2)


def test_the_most_likely_are_kept_and_the_tail_takes_the_other_shared_ones():
    source, batch = by_hand(k=1, temperature=0.5)
    signal = source(batch)
    assert (signal.kept[0, 1].tolist(), signal.temperature) == ([2], 0.5)
    torch.testing.assert_close(signal.log_probs[0, 1].exp(), torch.tensor([16 / 30]))
    assert (source.coverage.aligned, math.isnan(source.coverage.mass_share)) == (0, True)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Fixed(top_k(torch.zeros(1, 2, 4), 2)), "partial signal over another vocabulary"),
        (Fixed(CompleteSignal(ModelOutput(logits=torch.zeros(1, 1, 4)))), r"at positions \(1, 1\)"),
        (Fixed(CompleteSignal(ModelOutput(logits=torch.zeros(1, 2, 3)))), "has 3 classes, .* 4"),
    ],
)
def test_words_about_an_answer_that_does_not_fit(source, words):
    whole, batch = by_hand()
    whole.source = source
    with pytest.raises(ValueError, match=words):
        whole(batch)


def test_words_about_a_batch_that_cannot_be_aligned():
    source, batch = by_hand()
    with pytest.raises(ValueError, match=r'"text_bytes"\] in 1 of 1 examples'):
        source({**batch, "text_bytes": batch["text_bytes"][:, :2]})
    del batch["spans"]
    with pytest.raises(ValueError, match=r"batch\['spans'\], the batch has attention_mask"):
        source(batch)


def test_words_about_what_cannot_be_built():
    student, nothing = merged(["a"], []), merged(["b"], [])
    with pytest.raises(ValueError, match="cannot speak to this student"):
        Aligned(Bigrams(1), student, nothing, 1)
    with pytest.raises(ValueError, match="k must be positive"):
        by_hand(k=0)
    with pytest.raises(ValueError, match="temperature must be positive"):
        by_hand(temperature=0.0)


def test_the_identity_names_everything_it_depends_on():
    options = [{}, {"k": 3}, {"temperature": 2.0}, {"equivalents": {"a": "b"}}]
    found = {by_hand(**option)[0].identity for option in options}
    assert len(found) == 4
    assert by_hand()[0].identity in found
    assert isinstance(by_hand()[0](by_hand()[1]), PartialSignal)
