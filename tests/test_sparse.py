"""A few classes of a teacher: the likeliest, or drawn ones."""

import pytest
import torch

from mtkd.functional import IMPOSSIBLE, kl_divergence, log_probs
from mtkd.losses import ForwardKL, ReverseKL
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import Recipe
from mtkd.signals import Sparse, drawn, sparse, top_k
from mtkd.teachers import CachedTeacher, table_file
from mtkd.weighting import StudentEntropy, TeacherEntropy, Uniform

LOGITS = torch.randn(3, 4, 7, generator=torch.Generator().manual_seed(0))
STUDENT = torch.randn(3, 4, 7, generator=torch.Generator().manual_seed(1))
SEEDS = ["a", "b", "c"]


def dense(signal):
    """`[..., classes]` shares."""
    zeros = torch.zeros(*signal.shape, signal.classes)
    return zeros.scatter(-1, signal.kept, signal.log_probs.exp())


@pytest.mark.parametrize("draws", [1, 4, 6])
def test_drawn_classes_are_distinct_and_their_shares_those_of_the_draws(draws):
    signal = drawn(LOGITS, draws, rng=torch.Generator().manual_seed(2))
    assert signal.drawn
    assert signal.kept.shape == (3, 4, draws)
    assert (signal.kept.sort(-1).values.diff() > 0).all()
    shares = dense(signal) * draws
    torch.testing.assert_close(shares, shares.round())
    torch.testing.assert_close(shares.sum(-1), torch.full((3, 4), float(draws)))
    assert (signal.log_tail == IMPOSSIBLE).all()


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_on_average_shares_and_gradient_are_those_of_the_teacher(temperature):
    rng, rounds = torch.Generator().manual_seed(3), 4000
    p, student = (LOGITS[0] / temperature).softmax(-1), STUDENT[0].requires_grad_()
    shares, gradient = torch.zeros(4, 7), torch.zeros(4, 7)
    for _ in range(rounds):
        signal = drawn(LOGITS[0], 3, temperature, rng)
        shares += dense(signal)
        view = signal.view(student, torch.zeros(4, dtype=torch.int64), temperature)
        value = ForwardKL(temperature)(view.student, view.teacher, view.labels).sum()
        gradient += torch.autograd.grad(value, student)[0]
    torch.testing.assert_close(shares / rounds, p, atol=0.02, rtol=0)
    whole = temperature**2 * kl_divergence(p.log(), log_probs(student, temperature)).sum()
    expected = torch.autograd.grad(whole, student)[0]
    torch.testing.assert_close(gradient / rounds, expected, atol=0.02 * temperature, rtol=0)
    # Of the likeliest classes alone, renormalised, the gradient is another.
    kept = top_k(LOGITS[0], 3, temperature)
    few = torch.zeros(4, 7).scatter(-1, kept.kept, kept.log_probs.softmax(-1))
    assert (few - p).abs().max() > 0.1


def test_what_is_drawn_of_a_row_depends_on_its_seed_alone(monkeypatch):
    whole = Sparse(draws=5).of(ModelOutput(logits=LOGITS), SEEDS)
    turned = Sparse(draws=5).of(ModelOutput(logits=LOGITS.flip(0)), SEEDS[::-1])
    assert torch.equal(whole.kept, turned.kept.flip(0))
    others = Sparse(draws=5).of(ModelOutput(logits=LOGITS), ["d", "e", "f"])
    assert not torch.equal(whole.kept, others.kept)
    monkeypatch.setattr(sparse, "POSITIONS", 3)
    assert Sparse(draws=5).of(ModelOutput(logits=LOGITS), SEEDS).kept.shape == (3, 4, 5)


@pytest.mark.parametrize("positions", [1, 3, 256])
def test_the_likeliest_classes_are_those_of_the_whole(positions, monkeypatch):
    monkeypatch.setattr(sparse, "POSITIONS", positions)
    head = OutputHead(torch.randn(7, 5), torch.randn(7), softcap=3.0)
    output = ModelOutput(hidden=torch.randn(3, 4, 5), head=head)
    found = Sparse(top_k=2, temperature=2.0).of(output, SEEDS)
    expected = top_k(output.dense(), 2, 2.0)
    assert torch.equal(found.kept, expected.kept)
    torch.testing.assert_close(found.log_probs, expected.log_probs)
    torch.testing.assert_close(found.log_tail, expected.log_tail)
    items = Sparse(top_k=2).of(ModelOutput(logits=LOGITS[:, 0]), SEEDS)
    assert items.shape == (3,)


def test_a_table_of_drawn_classes_is_read_back_as_one(tmp_path):
    signal = Sparse(draws=3).of(ModelOutput(logits=LOGITS), SEEDS)
    CachedTeacher(torch.arange(3), signal, "x").save(tmp_path / "s")
    read = CachedTeacher.load(tmp_path / "s", "x").signal
    assert read.drawn
    assert torch.equal(read.kept, signal.kept.int())
    CachedTeacher(torch.arange(3), top_k(LOGITS, 3), "x").save(tmp_path / "s")
    assert not CachedTeacher.load(tmp_path / "s", "x").signal.drawn


def test_one_file_holds_one_kind(tmp_path):
    ids = torch.arange(2)
    with table_file(tmp_path / "s", ids, "x") as table:
        table.add(CachedTeacher(ids[:1], drawn(LOGITS[:1], 3), "x"))
        words = "3 of 7 classes and the rest at temperature 1; 3 of 7 classes drawn at temperature"
        with pytest.raises(ValueError, match=words):
            table.add(CachedTeacher(ids[1:], top_k(LOGITS[:1], 3), "x"))
        table.add(CachedTeacher(ids[1:], drawn(LOGITS[:1], 3), "x"))


def test_drawn_classes_are_for_the_forward_kl_and_weights_that_do_not_look_at_them():
    signal = drawn(LOGITS, 3)
    Recipe(ForwardKL(), Uniform()).check([signal], 7)
    Recipe(ForwardKL(), StudentEntropy(["a", "b"])).check([signal, top_k(LOGITS, 3)], 7)
    with pytest.raises(ValueError, match=r"ReverseKL of drawn classes is not, on average, that"):
        Recipe(ReverseKL(), Uniform()).check([signal], 7)
    with pytest.raises(ValueError, match=r"TeacherEntropy looks at teachers, of whom a few drawn"):
        Recipe(ForwardKL(), TeacherEntropy()).check([signal], 7)
    Recipe(ReverseKL(), TeacherEntropy()).check([top_k(LOGITS, 3)], 7)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, r"give either top_k \(the likeliest classes\) or draws \(drawn ones\)"),
        ({"top_k": 2, "draws": 2}, "give either top_k"),
        ({"draws": 0}, "draws must be positive, got 0"),
        ({"top_k": 2, "temperature": -1.0}, "temperature must be positive, got -1"),
    ],
)
def test_words_of_what_cannot_be_recorded(arguments, words):
    with pytest.raises(ValueError, match=words):
        Sparse(**arguments)


def test_not_all_classes_are_drawn():
    with pytest.raises(ValueError, match=r"draws must be within 1 and 6 \(classes - 1\), got 7"):
        drawn(LOGITS, 7)
