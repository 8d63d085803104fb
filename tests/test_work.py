"""What a training is said to have cost, against torch's count around the training itself."""

import functools
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.files import write_json
from mtkd.language import TokenModel, causal_model
from mtkd.losses import ForwardKL
from mtkd.onpolicy import OnPolicy, PolicyGradient, Routed
from mtkd.onpolicy.decoders import hands_on
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import top_k
from mtkd.students import MLP
from mtkd.teachers import CachedTeacher, LiveTeacher
from mtkd.training import fit
from mtkd.trial.cost import batches_in, rows_in, training_work
from mtkd.trial.student import _width
from mtkd.weighting import LearnedGate, TeacherCrossEntropy, Uniform
from mtkd.work import forward_work, operations

CLASSES, LENGTH, SIZE = 40, 24, 8


def llama(width=32, **changes):
    return causal_model(
        {
            "model_type": "llama",
            "vocab_size": CLASSES,
            "hidden_size": width,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "intermediate_size": 3 * width,
            "max_position_embeddings": LENGTH,
            "initializer_range": 0.2,
            **changes,
        }
    )


class Reader(nn.Module):
    """A student of another library, which keeps nothing: two layers over embedded tokens."""

    def __init__(self, width=24):
        super().__init__()
        self.embedding = nn.Embedding(CLASSES, width)
        layers = (nn.Linear(width, 3 * width), nn.Tanh(), nn.Linear(3 * width, CLASSES))
        self.layers = nn.Sequential(*layers)

    def forward(self, batch):
        seen = self.embedding(batch["inputs"]).cumsum(dim=1)
        return ModelOutput(logits=self.layers(seen))


def text(rows=40):
    rng = torch.Generator().manual_seed(1)
    tokens = torch.randint(CLASSES, (rows, LENGTH + 1), generator=rng)
    route = torch.arange(rows) % 3
    return Examples(tokens[:, :-1], tokens[:, 1:], CLASSES, "text", extras={"route": route})


def images(rows=100):
    rng = torch.Generator().manual_seed(1)
    return Examples(torch.rand(rows, 64, generator=rng), torch.arange(rows) % 10, 10)


def live(count, make=lambda: llama(48)):
    torch.manual_seed(7)
    return {name: LiveTeacher(make(), name) for name in ("one", "two", "three")[:count]}


def routed(count=3):
    return {
        name: Routed(source, [number]) for number, (name, source) in enumerate(live(count).items())
    }


def writing(share, **options):
    return OnPolicy(share, prompt_tokens=8, max_new_tokens=12, end_tokens=[], **options)


def made(student, teachers, weighting=None, **options):
    on_policy, loss = options.pop("on_policy", None), options.pop("loss", ForwardKL())
    recipe = Recipe(loss, weighting or Uniform(), **{"hard_share": 0.2, "chunk": 64, **options})
    adam = functools.partial(torch.optim.Adam, lr=1e-2)
    width = 24 if isinstance(student, MLP) else 32
    return Distiller(
        student, teachers, recipe, adam, width=width, log_every=1000, on_policy=on_policy
    )


def small(hidden=24):
    return MLP(64, [hidden], 10)


def large():
    return small(96)


ENDING = OnPolicy(1.0, prompt_tokens=8, max_new_tokens=16, end_tokens=range(6))
RULE = TeacherCrossEntropy(granularity="batch")
CASES = {
    "labels only": lambda: (made(llama(), {}, hard_share=1.0), text()),
    "one chunk": lambda: (made(llama(), live(2), chunk=4096), text()),
    "pooled over chunks": lambda: (made(llama(), live(2), RULE), text()),
    "images": lambda: (made(small(), live(2, large)), images()),
    "gated images": lambda: (made(small(), live(3, large), LearnedGate(top=2)), images()),
    "gated": lambda: (made(llama(), live(3), LearnedGate(top=2)), text()),
    "routed": lambda: (made(llama(), routed()), text()),
    "half": lambda: (made(llama(), live(1), on_policy=writing(0.5)), text()),
    "reused": lambda: (made(llama(), live(1), on_policy=writing(0.5, reuse=2)), text(80)),
    "routed and sampled": lambda: (
        made(llama(), routed(), on_policy=writing(1.0, loss=PolicyGradient())),
        text(),
    ),
    "texts that end": lambda: (made(llama(), live(1), on_policy=ENDING), text()),
    "without memory": lambda: (made(Reader(), live(1), on_policy=writing(0.5)), text()),
}
"""What a training was, most of them in several chunks; `accumulated` besides has 7 steps for 13
batches, the last of which is shorter."""


def trained(distiller, examples, folder, forward=5e5, **options):
    """Operations of a step of the training, and what a step of it is said to be."""
    trainer = {"max_epochs": 2, "batch_size": SIZE, **options}
    if isinstance(distiller.student, TokenModel):
        hands_on(distiller.student)  # tried once for a model, not in every step
    steps, real = operations(lambda: fit(distiller, examples, trainer, 3, folder))
    for name in distiller.teachers:
        write_json(folder / name / "result.json", {"forward_flop": forward, "head_flop": 2e5})
    said = {name: folder / name for name in distiller.teachers}
    return real / steps, training_work(distiller, examples, trainer, steps, said)


@pytest.mark.parametrize("name", CASES)
def test_a_step_is_said_to_cost_what_it_ran(name, tmp_path):
    torch.manual_seed(0)
    distiller, examples = CASES[name]()
    real, said = trained(distiller, examples, tmp_path)
    # A gate may spare a teacher a whole batch, and it reads one example all the same.
    assert said["step_flop"] == pytest.approx(real, rel=0.03 if "gated" in name else 1e-3)
    spared = sum(source.skipped for source in distiller.teachers.values())
    assert (said["step_flop_live"] > 1.2 * real) == (spared > 0)
    assert said["step_flop_live"] >= said["step_flop"]


def test_short_and_accumulated_batches_are_counted_as_they_were(tmp_path):
    real, said = trained(made(small(), {}, hard_share=1.0), images(), tmp_path)
    assert said["step_flop"] == pytest.approx(real, rel=1e-6)
    both, said = trained(
        made(small(), {}, hard_share=1.0), images(), tmp_path, accumulate_grad_batches=2
    )
    assert said["step_flop"] == pytest.approx(both, rel=1e-6)
    assert both / real == pytest.approx(13 / 7)
    assert (batches_in(9, 13, 2), rows_in(17, 100, 8)) == (17, 132)


def test_an_image_by_hand(tmp_path):
    """Two matrices forward; backward both again, and through the second one to the first."""
    said = trained(made(small(), {}, hard_share=1.0), images(96), tmp_path)[1]
    assert said["step_flop"] == SIZE * 2 * (2 * 64 * 24 + 3 * 24 * 10)
    live_ones = made(small(), live(2, large))
    taught = trained(live_ones, images(96), tmp_path)[1]
    assert taught["step_flop"] - said["step_flop"] == 2 * SIZE * 2 * (64 * 96 + 96 * 10)


def test_a_recorded_teacher_runs_only_as_if_it_were_live(tmp_path):
    examples = images(96)
    output = ModelOutput(logits=torch.randn(96, 10))
    for recorded in (output, top_k(output.logits, 3)):
        teachers = {"one": CachedTeacher(examples.ids, recorded, "one")}
        said = trained(made(small(), teachers), examples, tmp_path)[1]
        assert said["step_flop"] == SIZE * 2 * (2 * 64 * 24 + 3 * 24 * 10)
        assert said["step_flop_live"] - said["step_flop"] == SIZE * 5e5  # its head ran then too


@pytest.mark.parametrize("known", [None, 0.0])
def test_what_nobody_counted_is_not_known(known, tmp_path):
    examples = images(96)
    teachers = {"one": CachedTeacher(examples.ids, ModelOutput(logits=torch.randn(96, 10)), "one")}
    said = trained(made(small(), teachers), examples, tmp_path, forward=known)[1]
    assert said == {"step_flop": SIZE * 2 * (2 * 64 * 24 + 3 * 24 * 10), "step_flop_live": None}


def test_writing_by_hand(tmp_path):
    """Twelve tokens behind eight, each after all before it; every text is learnt from twice."""
    own = writing(1.0, reuse=2)
    said = trained(made(Reader(), live(1), on_policy=own), text(80), tmp_path)[1]
    token = 2 * (24 * 72 + 72 * CLASSES)
    read = {"inputs": torch.zeros(1, 19, dtype=torch.int64), "labels": torch.zeros(1, 19)}
    whole, head = forward_work(llama(48), read)
    teacher = whole - head * (1 - 12 / 19)  # logits are made of the written tokens alone
    expected = 3 * 19 * token + sum(range(8, 20)) * token / 2 + teacher
    assert said["step_flop"] == pytest.approx(SIZE * expected)


def test_the_look_before_a_training_is_not_counted_as_asking():
    """A routed teacher that was shown one text off its route once said it was asked -1 times."""
    data, sources = SimpleNamespace(train=text(), classes=CLASSES), routed()
    _width(data, llama(), sources)
    assert [(source.asked, source.skipped) for source in sources.values()] == [(0, 0)] * 3


def test_a_product_added_in_place_is_counted():
    out, left, right = torch.zeros(3, 5), torch.ones(3, 7), torch.ones(7, 5)
    assert operations(lambda: out.addmm_(left, right))[1] == 2 * 3 * 5 * 7
    assert operations(lambda: left @ right)[1] == 2 * 3 * 5 * 7


def test_a_gradient_taken_inside_is_counted_and_not_refused():
    layer = nn.Linear(3, 5)

    def taken():
        leaf = torch.randn(2, 3).requires_grad_()
        return torch.autograd.grad(layer(leaf).sum(), [leaf, layer.weight])

    assert operations(taken)[1] == 3 * 2 * 2 * 3 * 5
