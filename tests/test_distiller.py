"""The module's step against steps made by hand; Lightning runs for real."""

import functools
import warnings

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.precision import MixedPrecision
from torch import nn
from torch.utils.data import DataLoader

from mtkd.asking import wanted_teachers
from mtkd.counting import counted_positions
from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.teachers import LiveTeacher
from mtkd.weighting import LearnedGate, TeacherEntropy, Uniform

LENGTH, FEATURES, CLASSES, RATE = 3, 4, 5, 0.5
warnings.filterwarnings("ignore", module="pytorch_lightning")


class Rows(nn.Module):
    """A linear model over `[batch, length, features]`, handed over as hidden states and head."""

    width = FEATURES

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.head = nn.Linear(FEATURES, CLASSES)

    def forward(self, batch):
        head = OutputHead(self.head.weight, self.head.bias)
        return ModelOutput(hidden=batch["inputs"], head=head)


def examples(size=8):
    rng = torch.Generator().manual_seed(5)
    return [
        {
            "inputs": torch.randn(LENGTH, FEATURES, generator=rng),
            "labels": torch.randint(CLASSES, (LENGTH,), generator=rng),
            "mask": torch.rand(LENGTH, generator=rng) < 0.6,
            "example_id": torch.tensor(index),
        }
        for index in range(size)
    ]


def module(weighting=None, teachers=("first", "second")):
    sources = {name: LiveTeacher(Rows(seed), name) for seed, name in enumerate(teachers, 1)}
    recipe = Recipe(ForwardKL(2.0), weighting or Uniform(), hard_share=0.3, chunk=4)
    sgd = functools.partial(torch.optim.SGD, lr=RATE)
    return Distiller(Rows(), sources, recipe, sgd, width=FEATURES, log_every=1)


def fit(distiller, size, **options):
    trainer = pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"devices": 1, "max_epochs": 1, **options},
    )
    trainer.fit(distiller, DataLoader(examples(), batch_size=size))
    return distiller


def step_by_hand():
    """One SGD step on all eight examples, every position counting the same."""
    student, teachers = Rows().double(), [Rows(1).double(), Rows(2).double()]
    batch = {k: torch.stack([e[k] for e in examples()]) for k in examples()[0]}
    inputs, mask = batch["inputs"].double(), batch["mask"]
    logits = student.head(inputs)[mask]
    hard = nn.functional.cross_entropy(logits, batch["labels"][mask], reduction="none")
    soft = torch.zeros_like(hard)
    for teacher in teachers:
        p = (teacher.head(inputs)[mask] / 2).log_softmax(-1).detach()
        q = (logits / 2).log_softmax(-1)
        soft = soft + 0.5 * 4 * (p.exp() * (p - q)).sum(-1)
    loss = (0.3 * hard + 0.7 * soft).sum() / mask.sum()
    loss.backward()
    return (student.head.weight - RATE * student.head.weight.grad).float()


def test_a_batch_takes_the_step_made_by_hand():
    trained = fit(module(), size=8)
    torch.testing.assert_close(trained.student.head.weight, step_by_hand())


def test_four_accumulated_batches_take_the_step_made_by_hand():
    trained = fit(module(), size=2, accumulate_grad_batches=4)
    torch.testing.assert_close(trained.student.head.weight, step_by_hand())


def test_two_processes_take_the_step_made_by_hand():
    trained = fit(module(), size=2, accumulate_grad_batches=2, devices=2, strategy="ddp_spawn")
    torch.testing.assert_close(trained.student.head.weight, step_by_hand())


def test_clipping_sees_the_divided_gradient():
    free = fit(module(), size=8).student.head
    loose = fit(module(), size=8, gradient_clip_val=100.0).student.head
    tight = fit(module(), size=8, gradient_clip_val=0.01).student.head
    torch.testing.assert_close(loose.weight, free.weight)
    start = Rows().head
    moved = [tight.weight - start.weight, tight.bias - start.bias]
    assert torch.cat([m.flatten() for m in moved]).norm().item() == pytest.approx(
        RATE * 0.01, rel=1e-4
    )


def test_teachers_are_outside_the_module_tree_and_the_checkpoint(tmp_path):
    distiller = module()
    assert not any("teacher" in name for name, _ in distiller.named_parameters())
    assert {name.split(".")[0] for name in distiller.state_dict()} == {"student"}
    trained = fit(distiller, size=8)
    trained.trainer.save_checkpoint(tmp_path / "last.ckpt", weights_only=True)
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"]
    assert {name.split(".")[0] for name in saved} == {"student"}
    before = Rows(1).head.weight
    torch.testing.assert_close(distiller.teachers["first"].model.head.weight, before)


def test_everything_is_recorded_by_the_teachers_names():
    history = fit(module(TeacherEntropy()), size=4).history
    assert history.steps == [1, 2]
    names = set(history.series)
    for what in ("weight", "distance", "agreement", "entropy", "coverage"):
        assert {f"teacher/first/{what}", f"teacher/second/{what}"} <= names
    weights = [history.series[f"teacher/{name}/weight"] for name in ("first", "second")]
    assert [sum(pair) for pair in zip(*weights, strict=True)] == pytest.approx([1, 1])
    assert history.series["train/loss"][0] == pytest.approx(
        0.3 * history.series["train/hard"][0] + 0.7 * history.series["train/soft"][0]
    )


def test_labels_only_needs_no_teacher():
    recipe = Recipe(ForwardKL(), Uniform(), hard_share=1.0)
    alone = Distiller(Rows(), {}, recipe, functools.partial(torch.optim.SGD, lr=RATE))
    history = fit(alone, size=8).history
    assert history.series["train/loss"] == history.series["train/hard"]


def test_a_gate_that_asks_two_of_three_teachers_spares_the_third():
    distiller = fit(module(LearnedGate(top=2), ("first", "second", "third")), size=4)
    asked = [source.asked for source in distiller.teachers.values()]
    skipped = [source.skipped for source in distiller.teachers.values()]
    assert (sum(asked), sum(skipped)) == (16, 8)


def test_a_gate_is_trained_beside_the_student():
    distiller = module(LearnedGate())
    before = [p.detach().clone() for p in distiller.weighting.parameters()]
    fit(distiller, size=4)
    moved = [
        (p - b).abs().max() for p, b in zip(distiller.weighting.parameters(), before, strict=True)
    ]
    assert max(moved) > 0


def test_positions_that_do_not_match_the_labels_are_refused():
    batch = {k: torch.stack([e[k] for e in examples(2)]) for k in examples(2)[0]}
    output = Rows()(batch)
    shifted = CompleteSignal(ModelOutput(logits=torch.zeros(2, LENGTH - 1, CLASSES)))
    with pytest.raises(ValueError, match=r"teacher 1 speaks about positions \[2, 2\], the labels"):
        counted_positions(output, [shifted], batch)


def test_only_masked_in_positions_are_counted():
    batch = {k: torch.stack([e[k] for e in examples(2)]) for k in examples(2)[0]}
    batch["mask"] = torch.tensor([[True, False, False], [False, True, True]])
    student, _, labels, numbers = counted_positions(Rows()(batch), [], batch)
    assert numbers.tolist() == [0, 1, 1]
    assert labels.tolist() == [batch["labels"][0, 0], *batch["labels"][1, 1:]]
    torch.testing.assert_close(student.hidden[0], batch["inputs"][0, 0])


def batch_of(count, mask=None):
    batch = {k: torch.stack([e[k] for e in examples(count)]) for k in examples(count)[0]}
    return batch if mask is None else {**batch, "mask": mask}


class Watched(LearnedGate):
    """Notes what it is shown."""

    def select(self, student_logits, hidden=None, examples=None):
        self.shown = [*getattr(self, "shown", []), (student_logits, examples.tolist())]
        return super().select(student_logits, hidden, examples)


def test_a_gate_chooses_by_counted_positions_a_chunk_at_a_time():
    gate = Watched(top=2, exploration=0.0)
    gate.prepare("abc", FEATURES)
    mask = torch.tensor([[1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0]]).bool()
    batch, student = batch_of(5, mask), Rows()
    output = student(batch)
    wanted = wanted_teachers(gate, output, mask, chunk=4)
    assert [numbers for _, numbers in gate.shown] == [[0, 0], [0, 0, 0, 1], [0]]
    assert wanted[:, 1].tolist() == [False] * 3
    assert wanted.sum(dim=0).tolist() == [2, 0, 2, 2, 2]
    dense = output.dense()
    for row in (0, 2, 3, 4):
        alone = gate.select(
            dense[row][mask[row]],
            batch["inputs"][row][mask[row]],
            torch.zeros(int(mask[row].sum()), dtype=torch.int64),
        )
        assert wanted[:, row].tolist() == alone[:, 0].tolist()


def masked(rows):
    """Eight examples, those of `rows` without any counted position."""
    data = examples()
    return [{**e, "mask": e["mask"] & (i not in rows)} for i, e in enumerate(data)]


def run(distiller, data, size, **options):
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "accelerator": "cpu",
        "devices": 1,
    }
    pl.Trainer(max_epochs=1, **quiet, **options).fit(distiller, DataLoader(data, batch_size=size))
    return distiller


def test_a_batch_that_counts_nowhere_is_skipped_and_said():
    lost = masked(range(4, 8))
    with pytest.warns(UserWarning, match="1 of the epoch's 2 batches were skipped"):
        split = run(module(), lost, 4, accumulate_grad_batches=2)
    torch.testing.assert_close(
        split.student.head.weight, run(module(), lost, 8).student.head.weight
    )
    assert split.history.series["train/loss"][0] > 0


@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaler"])
@pytest.mark.parametrize("weighting", [Uniform(), LearnedGate()], ids=["uniform", "gate"])
def test_a_step_without_positions_changes_nothing(weighting, scaled):
    """Not even by Adam's momentum or by weight decay; a scaler's step needs some gradient."""
    scaler = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=8.0))
    distiller = module(weighting)
    distiller.make_optimizer = functools.partial(torch.optim.AdamW, lr=0.1, weight_decay=0.5)
    after = []
    distiller.on_train_batch_end = lambda *_: after.append(
        distiller.student.head.weight.detach().clone()
    )
    with pytest.warns(UserWarning, match="2 of the epoch's 4 batches were skipped"):
        run(distiller, masked([2, 3, 6, 7]), 2, plugins=[scaler] if scaled else [])
    assert torch.equal(after[1], after[0])
    assert torch.equal(after[3], after[2])
    assert not torch.equal(after[2], after[1])


def test_an_epoch_that_counts_nowhere_is_refused():
    with pytest.raises(ValueError, match="no position of the epoch's 2 batches counts: the mask"):
        run(module(), masked(range(8)), 4)


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true", "64-true"])
def test_other_precisions_take_about_the_same_step(precision):
    whole, other = fit(module(), size=8), module()
    if precision != "bf16-mixed":
        kind = torch.bfloat16 if precision == "bf16-true" else torch.float64
        for source in other.teachers.values():
            source.model.to(kind)
    fit(other, size=8, precision=precision)
    moved = whole.student.head.weight - Rows().head.weight
    gap = other.student.head.weight.float() - whole.student.head.weight
    assert gap.abs().max() < 0.05 * moved.abs().max()


def test_a_batch_goes_to_another_device():
    moved = module().transfer_batch_to_device({"inputs": torch.ones(2)}, torch.device("meta"), 0)
    assert moved["inputs"].device.type == "meta"
