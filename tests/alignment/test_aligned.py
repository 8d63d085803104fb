"""A teacher with another tokenizer, translated to the student's positions and tokens."""

import pytest
import torch

from mtkd.alignment import Aligned, aligned_positions, shared_tokens
from mtkd.functional import log_probs
from mtkd.losses import ForwardKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.weighting import Uniform
from tests.alignment.sources import Bigrams, Silent, batch_of
from tests.alignment.trained import MAKERS, OTHERS, TEXTS, trained


def aligned(student, teacher, source=None, **options):
    student, teacher = trained(student), trained(teacher)
    source = source or Bigrams(teacher.get_vocab_size())
    return Aligned(source, student, teacher, student.get_vocab_size(), **options)


def own_log_probs(source, batch, temperature=1.0):
    """The teacher's log-probabilities where the batch's positions fall, and whether they do."""
    places = aligned_positions(batch["spans"], source.source.seen["spans"])
    logits = source.source.observe(source.source.seen).output.dense()
    rows = torch.arange(len(places)).unsqueeze(-1)
    return log_probs(logits, temperature)[rows, places.clamp(min=0)]


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
class TestAnotherVocabulary:
    @pytest.mark.parametrize("k", [7, None])
    def test_shared_tokens_carry_their_exact_mass_and_the_tail_all_else(self, student, teacher, k):
        source = aligned(student, teacher, k=k, temperature=1.5)
        batch = batch_of(trained(student), TEXTS)
        signal, pairs = source(batch), shared_tokens(trained(student), trained(teacher))
        own = own_log_probs(source, batch, 1.5)
        ids = torch.full((signal.classes,), -1)
        ids[list(pairs)] = torch.tensor(list(pairs.values()))
        theirs = ids[signal.kept][signal.present]
        assert (theirs >= 0).all()
        head = signal.log_probs[signal.present]
        torch.testing.assert_close(head, own[signal.present].gather(-1, theirs))
        rest = own[signal.present].exp().scatter(-1, theirs, 0).sum(dim=-1)
        torch.testing.assert_close(signal.log_tail[signal.present].exp(), rest)

    def test_head_and_tail_are_one_distribution_everywhere(self, student, teacher):
        signal = aligned(student, teacher, k=None)(batch_of(trained(student), TEXTS))
        outcomes = signal.outcomes()
        assert signal.finite()
        torch.testing.assert_close(outcomes.logsumexp(dim=-1), torch.zeros(signal.shape))
        assert signal.kept.sort(dim=-1).values.diff(dim=-1).gt(0).all()
        assert outcomes.shape[-1] <= signal.classes

    def test_it_speaks_only_where_the_prefixes_are_equal(self, student, teacher):
        source, batch = aligned(student, teacher), batch_of(trained(student), TEXTS)
        present = source(batch).present
        places = aligned_positions(batch["spans"], source.source.seen["spans"])
        text = batch["spans"][..., 1] > 0
        assert torch.equal(present[text], places[text] >= 0)
        counted = batch["mask"] & present
        assert source.coverage.positions == batch["mask"].sum()
        assert source.coverage.aligned == counted.sum()
        assert 0 < source.coverage.mass_share <= 1


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("head", [False, True])
def test_the_same_tokenizer_gives_the_teachers_own_distribution(name, head):
    tokenizer, batch = trained(name), batch_of(trained(name), TEXTS)
    teacher = Bigrams(tokenizer.get_vocab_size(), head)
    source = aligned(name, name, teacher)
    signal, spans = source(batch), batch["spans"]
    assert isinstance(signal, CompleteSignal)
    assert (signal.output.head is not None) == head
    own = teacher.observe(batch).output.dense()
    assert torch.equal(signal.output.dense()[signal.present], own[signal.present])
    assert signal.present[spans[..., 1] > spans[..., 0]].all()
    assert source.coverage.mass_share == 1


@pytest.mark.parametrize(("ours", "theirs"), [(300, 311), (311, 300), (311, 311), (305, 311)])
@pytest.mark.parametrize(("head", "softcap"), [(False, None), (True, None), (True, 3.0)])
def test_a_padded_vocabulary_is_the_identity_with_impossible_padding(ours, theirs, head, softcap):
    tokenizer, teacher = trained("small"), Bigrams(theirs, head, softcap)
    batch = batch_of(tokenizer, TEXTS)
    signal = Aligned(teacher, tokenizer, tokenizer, classes=ours)(batch)
    found, own = signal.output.dense(), teacher.observe(batch).output.dense()
    assert signal.classes == found.shape[-1] == ours
    torch.testing.assert_close(found[signal.present][:, :300], own[signal.present][:, :300])
    assert (found[..., 300:] == -1e4).all()


@pytest.mark.parametrize("chunk", [3, 512])
@pytest.mark.parametrize("softcap", [None, 3.0])
def test_padding_is_impossible_in_the_objective_too(softcap, chunk):
    """It makes a teacher's logits its own way, where they lie."""
    batch, tokenizer = batch_of(trained("small"), TEXTS[:3]), trained("small")
    signal = Aligned(Bigrams(305, True, softcap), tokenizer, tokenizer, classes=311)(batch)
    made = CompleteSignal(ModelOutput(logits=signal.output.dense()), signal.present)
    assert signal.output.head is not None
    labels, examples = batch["labels"][batch["mask"]], batch["mask"].nonzero()[:, 0]
    logits = torch.randn(len(labels), 311, generator=torch.Generator().manual_seed(0))
    recipe = Recipe(ForwardKL(), Uniform(), hard_share=0.0, chunk=chunk)
    losses = [
        distillation_objective(
            ModelOutput(logits=logits),
            [one.map(lambda values: values[batch["mask"]])],
            labels,
            examples,
            recipe,
        ).loss
        for one in (signal, made)
    ]
    torch.testing.assert_close(*losses)


def test_the_same_tokenizer_hears_tokens_that_no_text_gives_back():
    """A student's own text: two tokens where its tokenizer makes one, and a class that is none."""
    tokenizer = trained("small")
    size = max(tokenizer.get_vocab().values()) + 1
    batch = batch_of(tokenizer, TEXTS[:2])
    written = batch["inputs"].clone()
    written[:, 1:] = written[:, 1:].flip(1)  # spans and bytes are not those of these tokens
    written[1, 4] = size
    source = Bigrams(size + 3)
    signal = Aligned(source, tokenizer, tokenizer, size + 1)({**batch, "inputs": written})
    rest = torch.arange(written.shape[1]) < 4
    assert torch.equal(signal.present, torch.stack([torch.ones_like(rest), rest]))
    own = source.observe({"inputs": written[:1]}).output.dense()[0, :, :size]
    found = signal.output.dense()[0]
    torch.testing.assert_close(log_probs(found)[:, :size], log_probs(own))


def test_walking_in_chunks_changes_nothing():
    batch, whole = batch_of(trained("small"), TEXTS), aligned("small", "words")
    parts = aligned("small", "words")
    parts.translation.chunk = 3
    one, other = whole(batch), parts(batch)
    assert torch.equal(one.kept, other.kept)
    torch.testing.assert_close(one.outcomes(), other.outcomes())


def test_a_silent_teacher_stays_silent():
    plain, quiet = aligned("small", "large"), Bigrams(400)
    half, batch = aligned("small", "large", Silent(quiet)), batch_of(trained("small"), TEXTS)
    places = aligned_positions(batch["spans"], _asked(half, batch, quiet))
    assert torch.equal(half(batch).present, plain(batch).present & (places % 2 == 0))


def _asked(source, batch, inner):
    source(batch)
    return inner.seen["spans"]


@pytest.mark.parametrize(("student", "teacher"), OTHERS)
def test_padding_on_the_left_changes_nothing(student, teacher):
    batch, source = batch_of(trained(student), TEXTS), aligned(student, teacher)
    free = (batch["attention_mask"] == 0).sum(dim=1).tolist()
    turned = ("inputs", "labels", "mask", "attention_mask", "spans")
    left = batch | {
        name: torch.stack([row.roll(by, 0) for row, by in zip(batch[name], free, strict=True)])
        for name in turned
    }
    right, found = source(batch), source(left)
    assert max(free) > 0
    for row, by in enumerate(free):
        back = found.map(lambda values, row=row, by=by: values[row].roll(-by, 0))
        assert torch.equal(back.present, right.present[row])
        torch.testing.assert_close(
            back.outcomes()[back.present], right.outcomes()[row][back.present]
        )


@pytest.mark.parametrize(("student", "teacher"), [("small", "space"), ("space", "unigram")])
def test_a_space_before_the_text_matters_before_the_text_only(student, teacher):
    batch = batch_of(trained(student), TEXTS[:1])
    spaces = [source(batch).present[0, 0] for source in (aligned(student, teacher),)]
    assert bool(spaces[0]) == (student == "space")


def test_some_examples_are_some_rows_of_all():
    wanted = torch.arange(len(TEXTS)) % 3 == 0
    batch = batch_of(trained("small"), TEXTS)
    every, some = aligned("small", "unigram")(batch), aligned("small", "unigram")(batch, wanted)
    assert torch.equal(some.present, every.present & wanted.unsqueeze(-1))
    assert torch.equal(some.kept[wanted], every.kept[wanted])


def test_the_objective_takes_it():
    batch = batch_of(trained("small"), TEXTS)
    signals = [aligned("small", name)(batch) for name in ("words", "large")]
    signals = [signal.map(lambda values: values[batch["mask"]]) for signal in signals]
    labels = batch["labels"][batch["mask"]]
    logits = torch.randn(len(labels), 300, requires_grad=True)
    recipe = Recipe(loss=ForwardKL(), weighting=Uniform(), hard_share=0.0)
    recipe.weighting.prepare(["words", "large"], None)
    examples = batch["mask"].nonzero()[:, 0]
    found = distillation_objective(ModelOutput(logits=logits), signals, labels, examples, recipe)
    found.loss.backward()
    assert found.loss.isfinite()
    assert found.loss > 0
    assert logits.grad.isfinite().all()
