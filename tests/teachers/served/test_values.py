"""What a served teacher says is what its model says, at each position that counts."""

import math
import threading

import pytest
import torch

from mtkd.functional import log_probs
from mtkd.teachers import LiveTeacher
from mtkd.teachers.served import ServedTeacher, ServerError, check_spelling
from mtkd.teachers.served.prompts import prompts
from tests.language.families import CLASSES, tokens
from tests.teachers.served.fake import TOP, Fake, serving

LENGTHS = (7, 1, 5)


def shifted(inputs):
    """The next token, and after the last one token 9."""
    return torch.cat([inputs[:, 1:], torch.full_like(inputs[:, :1], 9)], dim=1)


def padded(side):
    """Three documents of `LENGTHS` tokens, padded with token 1."""
    batch = {name: torch.full((3, 8), fill) for name, fill in [("inputs", 1), ("labels", -1)]}
    real = torch.zeros(3, 8, dtype=torch.int64)
    for row, size in enumerate(LENGTHS):
        place = slice(0, size) if side == "right" else slice(8 - size, 8)
        ids = tokens(1, size, seed=row)
        batch["inputs"][row, place], batch["labels"][row, place] = ids[0], shifted(ids)[0]
        real[row, place] = 1
    return batch | {"attention_mask": real, "mask": real > 0, "example_id": torch.arange(3)}


def packed():
    """Documents of 4 and 5 tokens in a row, then padding that counts from 0 as well."""
    inputs = tokens(2, 12)
    positions = torch.tensor([*range(4), *range(5), *range(3)]).expand(2, 12)
    real = (torch.arange(12) < 9).long().expand(2, 12)
    labels = shifted(inputs)
    labels[:, 3], labels[:, 8:] = 30, -1
    batch = {"inputs": inputs, "labels": labels, "attention_mask": real, "positions": positions}
    return batch | {"mask": labels >= 0, "example_id": torch.arange(2)}


def full():
    inputs = tokens(2, 6)
    labels = shifted(inputs)
    mask = torch.ones_like(inputs, dtype=torch.bool)
    return {"inputs": inputs, "labels": labels, "mask": mask, "example_id": torch.arange(2)}


BATCHES = {"full": full(), "right": padded("right"), "left": padded("left"), "packed": packed()}


def expected(fake, batch):
    """Log-probabilities `[batch, length, classes]` of the same network beside the student."""
    return log_probs(LiveTeacher(fake.network, "one").observe(batch).output.dense())


def kept(log_p, label):
    """The classes that are to be kept at a position."""
    best = log_p.topk(TOP).indices.tolist()
    return set(best if label in best or label < 0 else [*best[:-1], label])


@pytest.mark.parametrize("name", BATCHES)
def test_equals_the_network_itself(fake, name):
    batch = BATCHES[name]
    signal, live = fake.teacher()(batch), expected(fake, batch)
    assert torch.equal(signal.present, batch["mask"])
    assert (signal.classes, signal.temperature) == (CLASSES, 1.0)
    at = batch["mask"]
    log_p, names = live[at], signal.kept[at]
    torch.testing.assert_close(signal.log_probs[at], log_p.gather(-1, names), atol=1e-5, rtol=0)
    rest = log_p.exp().scatter(-1, names, 0).sum(dim=-1)
    torch.testing.assert_close(signal.log_tail[at].exp(), rest, atol=3e-6, rtol=0)
    for row, found, label in zip(log_p, names.tolist(), batch["labels"][at].tolist(), strict=True):
        assert set(found) == kept(row, label)


def test_some_labels_are_outside_of_the_likeliest(fake):
    """Else the test above says nothing about them."""
    batch = BATCHES["full"]
    best = expected(fake, batch).topk(TOP).indices
    assert not (best == batch["labels"].unsqueeze(-1)).any(dim=-1).all()
    signal = fake.teacher()(batch)
    assert (signal.coarse_labels(batch["labels"]) < TOP).all()
    torch.testing.assert_close(
        signal.label_log_probs(batch["labels"]),
        expected(fake, batch).gather(-1, batch["labels"].unsqueeze(-1)).squeeze(-1),
        atol=1e-5,
        rtol=0,
    )


def test_absolute_positions_too(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with serving(Fake("gpt2")) as fake:
        batch = BATCHES["packed"]
        signal, live = fake.teacher()(batch), expected(fake, batch)
        found, wanted = signal.log_probs, live.gather(-1, signal.kept)
        at = batch["mask"]
        torch.testing.assert_close(found[at], wanted[at], atol=1e-5, rtol=0)


def test_labels_that_are_not_the_next_token(fake):
    """The likeliest are kept then, but for the last position: its label ends the prompt."""
    batch = full()
    batch["labels"] = (batch["labels"] + 1) % CLASSES
    signal, live = fake.teacher()(batch), expected(fake, batch)
    torch.testing.assert_close(signal.log_probs, live.gather(-1, signal.kept), atol=1e-5, rtol=0)
    assert torch.equal(signal.kept[:, :-1], live.topk(TOP).indices[:, :-1])
    assert (signal.kept[:, -1] == batch["labels"][:, -1:]).any(dim=-1).all()


@pytest.mark.parametrize("top", [2, CLASSES - 1])
def test_the_fewest_and_the_most_tokens(fake, top):
    batch = full()
    signal, live = fake.teacher(top=top)(batch), expected(fake, batch)
    torch.testing.assert_close(signal.log_probs, live.gather(-1, signal.kept), atol=1e-5, rtol=0)
    assert torch.equal(signal.kept[..., 0], live.argmax(dim=-1))
    assert (signal.kept == batch["labels"].unsqueeze(-1)).any(dim=-1).sum() > 0
    if top == 2:
        swapped = signal.kept[..., 1] != live.topk(2).indices[..., 1]
        assert torch.equal(signal.kept[swapped][:, 1], batch["labels"][swapped])
        assert signal.log_probs.min() < -math.log(CLASSES) - 1, "no label is unlikely"


def test_answers_go_where_the_batch_is(fake, monkeypatch):
    """A device without memory: what is to be sent is read from a copy that has some."""
    batch = full()
    asked = prompts(batch, CLASSES, "it")
    monkeypatch.setattr("mtkd.teachers.served.source.prompts", lambda *given: asked)
    signal = fake.teacher().observe({**batch, "labels": batch["labels"].to("meta")})
    found = {signal.kept, signal.log_probs, signal.log_tail, signal.present}
    assert {values.device.type for values in found} == {"meta"}


def test_sends_documents_and_not_padding(fake):
    fake.teacher()(BATCHES["packed"])
    inputs = BATCHES["packed"]["inputs"].tolist()
    # The second document ends without a label: its last position does not count.
    wanted = [part for row in inputs for part in ([*row[:4], 30], row[4:9])]
    assert fake.prompts == sorted(wanted)
    assert all(len(set(body["cache_salt"])) > 4 for body in fake.bodies)
    assert len({body["cache_salt"] for body in fake.bodies}) == len(fake.bodies)


def test_is_silent_where_nothing_counts_and_asks_nobody(fake):
    batch = padded("right")
    batch["mask"][0], batch["mask"][2, 3:] = False, False
    teacher = fake.teacher()
    signal = teacher(batch)
    assert torch.equal(signal.present, batch["mask"])
    assert fake.prompts == sorted(
        [[batch["inputs"][1, 0].item(), 9], batch["inputs"][2, :4].tolist()]
    )
    assert teacher.tokens == 2 + 4
    assert signal.finite()
    assert (signal.kept.sort().values.diff() > 0).all(), "classes that are named twice"
    assert signal.outcomes().exp().sum(dim=-1).sub(1).abs().max() < 1e-3


def test_a_place_in_the_middle_that_does_not_count_is_known_all_the_same(fake):
    batch = full()
    batch["mask"][:, 2] = False
    assert fake.teacher()(batch).present.all()


def test_counted_places_without_any_label(fake):
    batch = full()
    batch["labels"][:] = -1
    signal, live = fake.teacher()(batch), expected(fake, batch)
    torch.testing.assert_close(signal.log_probs, live.topk(TOP).values, atol=1e-5, rtol=0)
    assert fake.prompts == sorted([*row, 0] for row in batch["inputs"].tolist())


def test_only_wanted_examples_are_asked_about(fake):
    teacher, batch = fake.teacher(), BATCHES["right"]
    signal = teacher(batch, torch.tensor([True, False, True]))
    assert (teacher.asked, teacher.skipped, len(fake.bodies)) == (2, 1, 2)
    assert signal.present.any(dim=1).tolist() == [True, False, True]


def test_a_later_answer_that_comes_first_goes_to_its_own_row(fake):
    batch, second = full(), threading.Event()
    slow = batch["inputs"][0, 0].item()
    assert batch["inputs"][1, 0].item() != slow

    def before(body):
        if body["prompt"][0] == slow:
            assert second.wait(30), "the prompts were not asked about at one time"

    fake.before = before
    fake.after = lambda body: None if body["prompt"][0] == slow else second.set()
    signal = fake.teacher(together=2)(batch)
    live = expected(fake, batch)
    torch.testing.assert_close(signal.log_probs, live.gather(-1, signal.kept), atol=1e-5, rtol=0)


def test_the_tail_never_falls_below_what_rounding_leaves(fake):
    fake.network.model.lm_head.weight.data.mul_(100)
    signal = fake.teacher()(full())
    assert signal.log_tail.min().exp().item() == pytest.approx(1e-6, rel=1e-4)


def test_identity_is_what_the_opinion_depends_on():
    def identity(url="http://one/v1", model="big", top=3, **options):
        return ServedTeacher(url, model, 5, top=top, **options).identity

    same = {identity(), identity("http://two/v1"), identity(timeout=3, together=2, attempts=1)}
    assert len(same) == 1
    assert len(same | {identity(top=2), identity(model="b"), identity(revision="c")}) == 4
    assert len(identity()) == 10


def test_a_probe_asks_twice_and_tells_how_tokens_are_spelt(fake):
    teacher = fake.teacher()
    spelt = teacher.probe([3, 7, 5])
    assert [body["prompt"] for body in fake.bodies] == [[3, 7, 5], [3, 7, 5]]
    assert teacher.tokens == 6
    assert {5, 7} <= spelt.keys()
    assert len(spelt) > TOP
    assert all(text == f"<{token}>" for token, text in spelt.items())


def same(token):
    return f"word {token}"


@pytest.mark.parametrize(
    ("spelt", "refuses"),
    [
        ({1: "word 1", 2: " word 2 ", 3: "word 3"}, False),
        ({1: "word 1", 2: "other", 3: "word 3"}, False),
        ({1: "word 1", 2: "other", 3: "another"}, True),
        ({1: "\ufffd", 2: "a\ufffd", 3: ""}, False),
        ({1: "\ufffd", 2: "word 2", 3: "word 3", 4: "word", 5: "w", 6: "x"}, True),
        ({}, False),
    ],
)
def test_most_tokens_must_be_the_students(spelt, refuses):
    if not refuses:
        check_spelling(spelt, same, "the server")
        return
    with pytest.raises(
        ServerError, match=r"the server calls token . 'o?.*', which is 'word .' for"
    ):
        check_spelling(spelt, same, "the server")
