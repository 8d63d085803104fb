"""What becomes of mass on unshared tokens: always in the signal, never cut."""

import pytest
import torch

from mtkd.alignment import Aligned, UnionSignal, shared_tokens, vocabulary_map
from mtkd.functional import log_probs
from mtkd.signals import PartialSignal
from tests.alignment.sources import batch_of
from tests.alignment.test_aligned import aligned, own_log_probs
from tests.alignment.test_aligned_values import by_hand
from tests.alignment.trained import OTHERS, TEXTS, trained


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
class TestMap:
    @pytest.mark.parametrize("k", [7, None])
    @pytest.mark.parametrize("texts", [[], TEXTS])
    def test_mass_goes_along_the_map_and_the_tail_takes_all_else(self, student, teacher, k, texts):
        source = aligned(student, teacher, k=k, rest="map", texts=texts, temperature=1.5)
        batch = batch_of(trained(student), TEXTS)
        signal = source(batch)
        own = own_log_probs(source, batch, 1.5)[signal.present].exp()
        weights = vocabulary_map(trained(student), trained(teacher), texts=texts)
        spread = own @ weights.matrix(signal.classes, own.shape[-1]).to_dense().T
        kept = signal.kept[signal.present]
        torch.testing.assert_close(signal.log_probs[signal.present].exp(), spread.gather(-1, kept))
        rest = 1 - spread.gather(-1, kept).sum(dim=-1)
        tail = signal.log_tail[signal.present].exp()
        torch.testing.assert_close(tail, rest, atol=1e-5, rtol=1e-4)
        assert spread.scatter(-1, kept, 0).max() <= spread.gather(-1, kept).min(dim=-1).values.max()

    def test_all_mass_is_there_and_finite(self, student, teacher):
        signal = aligned(student, teacher, rest="map")(batch_of(trained(student), TEXTS))
        whole = signal.outcomes().logsumexp(dim=-1)
        assert signal.finite()
        torch.testing.assert_close(whole, torch.zeros(signal.shape), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
class TestSorted:
    def test_all_mass_of_both_is_there_and_shared_tokens_keep_their_place(self, student, teacher):
        source, batch = aligned(student, teacher, rest="sorted"), batch_of(trained(student), TEXTS)
        signal, pairs = source(batch), shared_tokens(trained(student), trained(teacher))
        assert isinstance(signal, UnionSignal)
        logits = torch.randn(*signal.shape, signal.classes)
        view = signal.view(logits, batch["labels"], 1.0)
        own = own_log_probs(source, batch)
        assert view.student.shape == view.teacher.shape
        assert view.student.shape[-1] == signal.classes + own.shape[-1] - len(pairs)
        for side, alone in ((view.student, logits), (view.teacher, own)):
            torch.testing.assert_close(side.exp().sum(-1), alone.exp().sum(-1))
        shared = log_probs(view.teacher)[..., list(pairs)][signal.present]
        torch.testing.assert_close(shared, own[..., list(pairs.values())][signal.present])
        assert torch.equal(view.student[..., : signal.classes], logits)

    def test_its_coverage_is_that_of_shared_tokens(self, student, teacher):
        batch, found = batch_of(trained(student), TEXTS), []
        for rest in ("tail", "sorted"):
            source = aligned(student, teacher, rest=rest)
            source(batch)
            found.append(source.coverage)
        assert found[0].positions == found[1].positions
        assert found[0].mass == pytest.approx(found[1].mass)


def test_masses_by_hand():
    """Teacher c, b, a, bc with .4, .3, .2, .1 where the student has a, b, c, ab, z."""
    mapped, batch = by_hand(rest="map")
    batch["mask"][:] = True
    signal = mapped(batch)
    assert isinstance(signal, PartialSignal)
    assert signal.kept[0, 1].tolist()[:3] in ([1, 2, 0], [2, 1, 0])
    masses = dict(
        zip(signal.kept[0, 1].tolist(), signal.log_probs[0, 1].exp().tolist(), strict=True)
    )
    assert masses == pytest.approx({1: 0.4, 2: 0.4, 0: 0.2})
    assert signal.log_tail[0, 1] < -80
    assert mapped.coverage.mass_share == pytest.approx(1.0)
    ranked, batch = by_hand(rest="sorted")
    view = ranked(batch).view(torch.zeros(1, 2, 5), batch["labels"], 1.0)
    torch.testing.assert_close(
        view.teacher[0, 1].exp(), torch.tensor([0.2, 0.3, 0.4, 0.0, 0.0, 0.1])
    )
    assert view.student[0, 1].tolist() == [0, 0, 0, 0, 0, -1e4]


def test_mixed_precision_of_the_student_does_not_reach_the_masses():
    mapped, batch = by_hand(rest="map")
    plain = mapped(batch)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = mapped(batch)
    assert torch.equal(mixed.outcomes(), plain.outcomes())


def test_a_label_that_the_teacher_lacks_gets_an_equal_part_of_its_own_tokens():
    signal = by_hand(rest="sorted")[0](by_hand()[1])
    labels = torch.tensor([[0, 2], [0, 3], [0, 4]])
    found = [signal.label_log_probs(row.unsqueeze(0))[0, 1].exp().item() for row in labels]
    assert found == pytest.approx([0.4, 0.05, 0.05])


def test_a_sorted_signal_is_walked_like_any_other():
    batch = batch_of(trained("small"), TEXTS)
    signal = aligned("small", "words", rest="sorted")(batch)
    part = signal.map(lambda values: values[batch["mask"]]).map(lambda values: values[2:5])
    logits, labels = torch.randn(3, signal.classes), batch["labels"][batch["mask"]][2:5]
    whole = signal.view(torch.zeros(*signal.shape, signal.classes), batch["labels"], 1.0).teacher
    torch.testing.assert_close(
        part.dense().view(logits, labels, 1.0).teacher, whole[batch["mask"]][2:5]
    )
    assert signal.silenced(torch.zeros(signal.shape)).present.sum() == 0
    some = aligned("small", "words", rest="sorted")(batch, torch.arange(len(TEXTS)) % 2 == 0)
    assert not some.present[1::2].any()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rest": "sort"}, "rest must be one of tail, map, sorted, got 'sort'"),
        ({"texts": ["a"]}, "texts are counted for rest 'map', with 'tail' they would be ignored"),
        ({"rest": "sorted", "temperature": 2.0}, "temperature 2 here too: give it to the loss"),
    ],
)
def test_words_of_the_errors(options, words):
    with pytest.raises(ValueError, match=words):
        by_hand(**options)


def test_the_identity_names_the_way_and_the_map():
    options = [{}, {"rest": "map"}, {"rest": "sorted"}, {"rest": "map", "texts": ["abcbcabc"]}]
    assert len({by_hand(**option)[0].identity for option in options}) == 4
    assert isinstance(by_hand()[0], Aligned)
