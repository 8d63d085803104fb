"""What cannot be learnt from a student's own text is said before the first step."""

import functools

import pytest
import torch

import mtkd.losses
from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.losses import DecoupledKD, ForwardKL, LogitMSE, NormalizedKD
from mtkd.onpolicy import OnPolicy, PolicyGradient, Routed
from mtkd.onpolicy.checks import reads_labels
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import top_k
from mtkd.teachers import CachedTeacher, LiveTeacher, Softened
from mtkd.training import fit
from mtkd.weighting import GradientMinNorm, TeacherCrossEntropy, Uniform
from tests.language.families import says
from tests.onpolicy.models import Bigram, prompts

CACHED = CachedTeacher(torch.arange(3), ModelOutput(logits=torch.zeros(3, 4)), "old")
LIVE = {"live": LiveTeacher(Bigram(), "live")}


def module(on_policy, teachers=None, recipe=None):
    recipe = recipe or Recipe(ForwardKL(), Uniform())
    sgd = functools.partial(torch.optim.SGD, lr=1.0)
    return Distiller(
        Bigram(), LIVE if teachers is None else teachers, recipe, sgd, on_policy=on_policy
    )


@pytest.mark.parametrize(
    "source", [CACHED, Softened(CACHED, 2.0), Routed(Softened(CACHED, 2.0), [0])]
)
def test_recorded_answers_are_refused_however_they_are_wrapped(source):
    with says("teacher old has recorded answers only, and nobody recorded an answer to what the"):
        module(OnPolicy(), {**LIVE, "old": source})


def test_nobody_teaches():
    for teachers, share in (({}, 0.5), (LIVE, 1.0)):
        with says("nobody teaches the student about its own text"):
            module(OnPolicy(), teachers, Recipe(ForwardKL(), Uniform(), hard_share=share))


def test_parts_that_need_labels():
    with says("TeacherCrossEntropy needs labels, and text that the student wrote has none"):
        module(OnPolicy(), recipe=Recipe(ForwardKL(), TeacherCrossEntropy()))
    module(OnPolicy(weighting=Uniform()), recipe=Recipe(ForwardKL(), TeacherCrossEntropy()))
    with says("NormalizedKD needs labels, and text that the student wrote has none"):
        module(OnPolicy(), recipe=Recipe(NormalizedKD(), Uniform()))
    module(OnPolicy(loss=ForwardKL()), recipe=Recipe(NormalizedKD(), Uniform()))
    module(OnPolicy(loss=PolicyGradient()), recipe=Recipe(NormalizedKD(), Uniform()))


def step(teacher, weighting=None, **recipe):
    """One batch of the student's own text, learnt from by single tokens."""
    teachers = {"one": teacher}
    recipe = Recipe(weighting=weighting or Uniform(), **{"loss": ForwardKL(), **recipe})
    made = module(OnPolicy(1.0, max_new_tokens=2, loss=PolicyGradient()), teachers, recipe)
    return made.objective(made.on_policy.written(made.student, prompts([[0, 1], [2]])))


class Few(LiveTeacher):
    """Names one class; the others are its tail."""

    def observe(self, batch):
        logits = super().observe(batch).output.dense().detach()
        return top_k(logits, 1, temperature=self.softness)


def few(softness):
    source = Few(Bigram(), "few")
    source.softness = softness
    return source


def test_single_tokens_are_checked_like_every_loss():
    with says("the student speaks about 3 classes, the teacher one about 4; give both the same"):
        step(LiveTeacher(Bigram(4), "larger"))
    with says("GradientMinNorm needs every class, but a teacher gives a partial signal"):
        step(few(1.0), GradientMinNorm())
    with says("a partial signal recorded at temperature 2 cannot be read at the loss's"):
        step(few(2.0), loss=ForwardKL(2.0))
    step(few(1.0), loss=ForwardKL(2.0))  # which is the data's
    step(few(1.0), loss=LogitMSE())


def test_which_losses_read_labels():
    made = {getattr(mtkd.losses, name) for name in mtkd.losses.__all__}
    concrete = {cls for cls in made if not getattr(cls, "__abstractmethods__", None)}
    assert {cls for cls in concrete if reads_labels(cls())} == {DecoupledKD, NormalizedKD}


def test_one_token_cannot_average_logits():
    with says("PolicyGradient sees one token and cannot average logits"):
        module(OnPolicy(loss=PolicyGradient()), recipe=Recipe(ForwardKL(), Uniform(), "logits"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 0.0}, "share must be above 0 and at most 1, got 0.0"),
        ({"share": 1.5}, "share must be above 0 and at most 1, got 1.5"),
        ({"temperature": 0.0}, "temperature must be positive, got 0.0"),
        ({"top_p": 0.0}, "top_p must be above 0 and at most 1, got 0.0"),
        ({"max_new_tokens": 0}, "max_new_tokens must be at least 1, got 0"),
        ({"prompt_tokens": 0}, "prompt_tokens must be at least 1, got 0"),
        ({"reuse": 0}, "reuse must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range(options, words):
    with says(words):
        OnPolicy(**options)


def test_a_student_that_is_split_over_devices_cannot_write(tmp_path):
    tokens = torch.zeros(2, 4, dtype=torch.int64)
    data = Examples(tokens, tokens, 3)
    options = {"batch_size": 2, "max_epochs": 1, "strategy": "fsdp"}
    with says("a student whose weights are split over devices (strategy fsdp) cannot write text"):
        fit(module(OnPolicy(prompt_tokens=2)), data, options, 0, tmp_path)


def test_the_formula_says_what_is_learnt_from_which_text():
    recipe = Recipe(ForwardKL(), Uniform(), hard_share=0.3)
    assert OnPolicy(0.25, top_p=0.9).formula(recipe) == (
        "on 25% of the batches, written by the student (T = 1, top-p 0.9, 64 tokens): "
        "1 sum_k w_k D(p_k, q), with D = KL(p || q); w = 1 / K (position)"
    )
    sampled = OnPolicy(loss=PolicyGradient(clip=2.0)).formula(recipe)
    assert sampled.endswith(
        "-r A log q(y), A = sum_k w_k log p_k(y) - log q(y) within ±2, r = q/m in [0.5, 2]; "
        "w = 1 / K (position)"
    )
