"""Answers that are damaged, or from another kind of server."""

import copy
import json
import math

import pytest
import torch

from mtkd.functional import IMPOSSIBLE
from mtkd.teachers.served import ServerError
from tests.language.families import CLASSES, says
from tests.teachers.served.fake import TOP
from tests.teachers.served.test_again import one_row
from tests.teachers.served.test_values import full, padded

NONE = "it must be a completions endpoint that gives prompt_logprobs, as that of vLLM does"
RAW = (
    "they must be log-probabilities of the untempered distribution, which vLLM gives with "
    "--logprobs-mode raw_logprobs, its default"
)
AT = "at token 2 of a prompt"


def entries(answer):
    return answer["choices"][0]["prompt_logprobs"]


def least(entry):
    """The token of an entry that is named by no prompt and last in rank."""
    return max(entry, key=lambda token: (entry[token]["rank"] <= TOP, entry[token]["rank"]))


def edited(change):
    """An edit of the answer: `change` of the scores at token 2."""

    def edit(answer):
        answer = copy.deepcopy(answer)
        entries(answer)[2] = change(entries(answer)[2]) or entries(answer)[2]
        return answer

    return edit


def scored(value):
    """Another logprob for the least likely of the best at token 2."""
    return edited(lambda entry: entry[least(entry)].update(logprob=value))


def set_all(entry, value):
    for said in entry.values():
        said["logprob"] = value


def choice(**changes):
    return lambda answer: {"choices": [{**answer["choices"][0], **changes}]}


WHOLE = {
    "no json": (lambda answer: b"<html>\n<p>Hi", "answered no JSON but '<html> <p>Hi'"),
    "deep": (lambda answer: b"[" * 99999, "answered no JSON but"),
    "a list": (lambda answer: [answer], f"answered without one choice; {NONE}"),
    "nothing": (lambda answer: None, f"answered without one choice; {NONE}"),
    "no choice": (lambda answer: {"choices": []}, f"answered without one choice; {NONE}"),
    "two": (lambda answer: {"choices": answer["choices"] * 2}, "answered without one choice"),
    "text": (lambda answer: {"choices": ["x"]}, f"answered without one choice; {NONE}"),
    "null": (choice(prompt_logprobs=None), f"gave no prompt_logprobs; {NONE}"),
    "longer": (
        lambda answer: entries(answer).append({}) or answer,
        "scored 8 tokens of a prompt of 7",
    ),
    "shorter": (
        lambda answer: entries(answer).pop() and answer,
        "scored 6 tokens of a prompt of 7",
    ),
    "another": (choice(prompt_token_ids=[1]), "scored other tokens than those it was sent"),
    "huge": (lambda answer: b" " * 2**21, "answered more than 1057536 bytes"),
}
PLACE = {
    "null": (edited(lambda entry: [entry]), f"gave no mapping from tokens {AT}; {NONE}"),
    "few": (
        edited(lambda entry: dict(list(entry.items())[:2])),
        f"named 2 tokens {AT}, expected at least top = 4; start it with --max-logprobs 4, or lower "
        "top",
    ),
    "word": (
        edited(lambda entry: entry | {"the": {}}),
        f"named a token 'the', which is no number, {AT}",
    ),
    "minus": (edited(lambda entry: entry | {"-1": {}}), "named a token '-1', which is no number"),
    "twice": (
        edited(lambda entry: entry | {f"0{least(entry)}": {"logprob": -9.0}}),
        f"named a token twice {AT}; {NONE}",
    ),
    "vast": (edited(lambda entry: entry | {"9" * 9999: {}}), "which is no number"),
    "other tokenizer": (
        edited(lambda entry: entry | {str(CLASSES): {"logprob": -9.0}}),
        f"named token 31 {AT}, but the student knows 31 classes; their tokenizers differ, and a "
        "served teacher must share the student's",
    ),
    "no score": (
        edited(lambda entry: entry[least(entry)].clear()),
        f"no finite logprob {AT}; {NONE}",
    ),
    "plain": (edited(lambda entry: dict.fromkeys(entry, -1.0)), "no finite logprob"),
    "nan": (scored(math.nan), "no finite logprob"),
    "infinite": (scored(math.inf), "no finite logprob"),
    "text": (scored("-1"), "no finite logprob"),
    "true": (scored(True), "no finite logprob"),
    "logits": (scored(3.5), f"a logprob of 3.5 {AT}, expected at most 0; {RAW}"),
    "integer": (scored(10**400), f"a logprob of 1e+18 {AT}"),
    "much": (edited(lambda entry: set_all(entry, -0.1)), f"tokens it named {AT} a probability of"),
    "little": (edited(lambda entry: set_all(entry, -7.0)), RAW),
    "all null": (edited(lambda entry: set_all(entry, None)), f"a probability of 0 together; {RAW}"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer(fake, name):
    fake.edit, words = WHOLE[name]
    with says(f"the server {fake.url} (model big) {words}"):
        fake.teacher()(one_row())


@pytest.mark.parametrize("name", PLACE)
def test_what_is_said_at_one_place(fake, name):
    fake.edit, words = PLACE[name]
    with pytest.raises(ServerError) as caught:
        fake.teacher()(one_row())
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


def test_another_prompt_s_answer(fake):
    def shift(answer):
        one = answer["choices"][0]
        one.pop("prompt_token_ids")
        one["prompt_logprobs"].insert(1, one["prompt_logprobs"].pop())
        return answer

    fake.edit = shift
    with says("did not name the prompt's own token"):
        fake.teacher()(one_row())


@pytest.mark.parametrize("value", [None, -math.inf, -9999.0, -1e30])
def test_impossible_tokens_are_finite(fake, value):
    def edit(answer):
        own = answer["choices"][0]["prompt_token_ids"][2]
        entries(answer)[2][str(own)]["logprob"] = value
        return answer

    fake.edit = edit
    batch = one_row()
    signal = fake.teacher()(batch)
    assert signal.finite()
    assert signal.label_log_probs(batch["labels"])[0, 1] == max(
        IMPOSSIBLE, -math.inf if value is None else value
    )


def test_a_server_that_names_more_or_says_less(fake):
    """Of more tokens the best are taken; what is not needed may be missing."""

    def edit(answer):
        entries(answer)[2] |= {
            str(t): {"logprob": -30.0} for t in range(CLASSES) if str(t) not in entries(answer)[2]
        }
        answer["choices"][0].pop("prompt_token_ids")
        return answer

    plain = fake.teacher()(full())
    fake.edit = edit
    assert torch.equal(fake.teacher()(full()).kept, plain.kept)


@pytest.mark.parametrize("name", ["labels", "mask", "attention_mask"])
def test_a_batch_of_another_shape(fake, name):
    batch = padded("left")
    batch[name] = batch[name][:, 1:]
    with says(f"so {name} must be of the shape of inputs [3, 8], got [3, 7]"):
        fake.teacher().observe(batch)


def test_inputs_that_are_no_ids_of_the_vocabulary(fake):
    with says("reads token ids [batch, length], got torch.float32 of shape [3, 8]; tokenise in"):
        fake.teacher()(padded("left") | {"inputs": torch.ones(3, 8)})
    with says("was set up for 31 classes, got token ids from 31 to 31; set classes to the size of"):
        fake.teacher()(padded("left") | {"inputs": torch.full((3, 8), CLASSES)})


def test_padding_inside_of_a_document(fake):
    batch = padded("right")
    batch["attention_mask"][0, 3] = 0
    with says("got one with padding between its tokens, or with positions that do not start at 0"):
        fake.teacher()(batch)
    counted = torch.arange(8).expand(3, 8)
    with says("positions that do not start at 0"):
        fake.teacher()(padded("left") | {"positions": counted})


def test_a_probe_sees_answers_that_change(fake):
    def drift(answer):
        for entry in entries(answer)[1:]:
            for said in entry.values():
                said["logprob"] -= len(fake.bodies) / 50
        return answer

    fake.edit = drift
    with says("scored one prompt twice, 0.02 nats apart, expected at most 0.01; start it with "):
        fake.teacher().probe([1, 2, 3])
    assert fake.teacher().probe([1, 2, 3], tolerance=0.05)


def test_the_answer_s_own_order_does_not_matter(fake):
    plain = fake.teacher()(full())
    fake.edit = edited(lambda entry: dict(reversed(entry.items())))
    assert json.dumps(fake.teacher()(full()).kept.tolist()) == json.dumps(plain.kept.tolist())


def test_a_score_that_is_above_0_by_rounding_is_taken(fake):
    def sure(entry):
        set_all(entry, -30.0)
        entry[min(entry, key=lambda token: entry[token]["rank"])]["logprob"] = 1e-4

    fake.edit = edited(sure)
    signal = fake.teacher()(one_row())
    assert signal.log_probs[0, 1].max().item() == pytest.approx(1e-4)
