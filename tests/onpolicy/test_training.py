"""Student-written batches through Lightning: turns, counts, records, and the same text again."""

import functools
import warnings

import pytest
import torch

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL, ReverseKL, SkewedReverseKL
from mtkd.onpolicy import OnPolicy, PolicyGradient, Routed, TeacherTopK, Turns
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.training import fit
from mtkd.weighting import TeacherEntropy, Uniform
from tests.onpolicy.models import Bigram

CLASSES, LENGTH, RATE = 5, 6, 0.5
warnings.filterwarnings("ignore", module="pytorch_lightning")


def rows(count=16, route=None):
    rng = torch.Generator().manual_seed(4)
    tokens = torch.randint(CLASSES, (count, LENGTH + 1), generator=rng)
    extras = {} if route is None else {"route": torch.tensor(route)}
    return Examples(tokens[:, :-1], tokens[:, 1:], CLASSES, extras=extras)


def distiller(on_policy, teachers=None, **options):
    teachers = teachers or {
        name: LiveTeacher(Bigram(CLASSES, seed), name) for seed, name in enumerate("ab", 1)
    }
    recipe = Recipe(
        ForwardKL(), options.pop("weighting", Uniform()), hard_share=options.pop("hard_share", 0.2)
    )
    sgd = functools.partial(torch.optim.SGD, lr=RATE)
    return Distiller(Bigram(CLASSES), teachers, recipe, sgd, log_every=1, on_policy=on_policy)


def trained(tmp_path, module, data=None, prompts=None, seed=3, **trainer):
    trainer = {"max_epochs": 1, "batch_size": 4, **trainer}
    fit(module, data or rows(), trainer, seed, tmp_path, prompts=prompts)
    return module


def own(**options):
    return OnPolicy(**{"share": 0.5, "prompt_tokens": 2, "max_new_tokens": 5, **options})


def seen_batches(module):
    """Every batch that `objective` gets from now on."""
    batches, objective = [], module.objective

    def watched(batch, detail=False):
        batches.append(batch)
        return objective(batch, detail)

    module.objective = watched
    return batches


@pytest.mark.parametrize(("share", "turns"), [(0.5, 2), (0.25, 1), (1.0, 4), (0.75, 3)])
def test_the_share_of_the_batches_is_exact(tmp_path, share, turns):
    module = distiller(own(share=share))
    batches = seen_batches(module)
    trained(tmp_path, module)
    assert sum("written" in batch for batch in batches) == turns
    assert len(batches) == 4


def test_the_same_seed_writes_the_same_tokens(tmp_path):
    texts = []
    for seed in (3, 3, 4):
        module = distiller(own(share=1.0))
        batches = seen_batches(module)
        trained(tmp_path, module, seed=seed)
        texts.append(torch.cat([batch["inputs"] for batch in batches]))
    assert torch.equal(texts[0], texts[1])
    assert not torch.equal(texts[0], texts[2])


def test_another_seed_writes_something_else_behind_the_same_prompts(tmp_path):
    same, texts = torch.full((8, LENGTH), 2), []
    for seed in (3, 4):
        module = distiller(own(share=1.0))
        batches = seen_batches(module)
        trained(tmp_path, module, Examples(same, same, CLASSES), seed=seed)
        texts.append(batches[0]["inputs"])
    assert not torch.equal(*texts)


def test_prompts_are_the_beginnings_of_rows_and_each_comes_once_an_epoch(tmp_path):
    module, data = distiller(own(share=1.0)), rows()
    batches = seen_batches(module)
    trained(tmp_path, module, data)
    starts = torch.cat([batch["inputs"][:, :2] for batch in batches])
    assert sorted(map(tuple, starts.tolist())) == sorted(map(tuple, data.inputs[:, :2].tolist()))
    assert not torch.equal(starts, data.inputs[:, :2])


def test_a_prompt_does_not_reach_into_the_next_packed_document():
    tokens = torch.arange(12).reshape(2, 6) % CLASSES
    places = torch.tensor([[0, 1, 0, 1, 2, 3], [0, 1, 2, 3, 4, 5]])
    packed = Examples(tokens, tokens, CLASSES, extras={"positions": places})
    (batch,) = Turns(own(share=1.0, prompt_tokens=4), packed, 2, 0).mixed(iter([{}]))
    by_start = dict(
        zip(batch["inputs"][:, 0].tolist(), batch["attention_mask"].tolist(), strict=True)
    )
    assert by_start == {0: [1, 1, 0, 0], 1: [1, 1, 1, 1]}
    assert "positions" not in batch


def test_the_datas_own_prompts(tmp_path):
    mask = torch.tensor([[0, 1, 1], [1, 1, 1]])
    labels = torch.full((2, 3), -1)
    asked = Examples(
        torch.tensor([[0, 4, 4], [3, 3, 3]]), labels, CLASSES, extras={"attention_mask": mask}
    )
    module = distiller(own(share=1.0, prompt_tokens=None))
    batches = seen_batches(module)
    trained(tmp_path, module, prompts=asked)
    for row in torch.cat([batch["inputs"] for batch in batches]).tolist():
        assert row[:2] == [4, 4] or row[:3] == [3, 3, 3]
    with pytest.raises(ValueError, match="the data has no prompts of its own for on_policy"):
        trained(tmp_path, distiller(own(prompt_tokens=None)))


def step_by_hand(batch, loss):
    """One SGD step on a student-written batch: both teachers, no labels, one division."""
    student, mask = Bigram(CLASSES), batch["mask"]
    logits = student.table[batch["inputs"]][mask]
    soft = 0.0
    for seed in (1, 2):
        teacher = Bigram(CLASSES, seed).table.detach()[batch["inputs"]][mask]
        soft = soft + loss(logits, teacher, batch["written"][mask]).sum() / 2
    (soft / mask.sum()).backward()
    return student.table.detach() - RATE * student.table.grad


@pytest.mark.parametrize("loss", [None, SkewedReverseKL(), TeacherTopK(2)])
def test_the_step_on_own_text_is_the_one_made_by_hand(tmp_path, loss):
    module = distiller(own(share=1.0, loss=loss))
    batches = seen_batches(module)
    trained(tmp_path, module, batch_size=16)
    expected = step_by_hand(batches[0], loss or ForwardKL())
    torch.testing.assert_close(module.student.table.detach(), expected)


def test_the_sampled_form_takes_its_step(tmp_path):
    module = distiller(own(share=1.0, loss=PolicyGradient(clip=None)))
    batches = seen_batches(module)
    trained(tmp_path, module, batch_size=16)
    (batch,) = batches
    student, mask = Bigram(CLASSES), batch["mask"]
    pick = functools.partial(torch.gather, dim=-1, index=batch["written"].unsqueeze(-1))
    log_q = pick(student.table.log_softmax(-1)[batch["inputs"]])[..., 0][mask]
    tables = [Bigram(CLASSES, seed).table.detach().log_softmax(-1) for seed in (1, 2)]
    log_p = sum(pick(table[batch["inputs"]])[..., 0][mask] for table in tables) / 2
    (-((log_p - log_q.detach()) * log_q).sum() / mask.sum()).backward()
    expected = student.table.detach() - RATE * student.table.grad
    torch.testing.assert_close(module.student.table.detach(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", [None, PolicyGradient()], ids=["full", "sampled"])
def test_how_a_step_is_split_does_not_change_it(tmp_path, loss):
    """Whole, accumulated, and over two processes: texts, counts and step are the same."""
    tables = []
    for options in (
        {"batch_size": 16},
        {"batch_size": 4, "accumulate_grad_batches": 4},
        {"batch_size": 8, "accumulate_grad_batches": 2, "precision": "32-true"},
    ):
        module = distiller(own(share=1.0, loss=loss))
        trained(tmp_path, module, **options)
        tables.append(module.student.table.detach())
    torch.testing.assert_close(tables[1], tables[0])
    torch.testing.assert_close(tables[2], tables[0])
    assert not tables[0].allclose(Bigram(CLASSES).table)


def test_two_processes_take_the_same_step(tmp_path):
    whole = trained(tmp_path, distiller(own(share=1.0)), batch_size=16)
    options = {"devices": 2, "strategy": "ddp_spawn", "accumulate_grad_batches": 2}
    split = trained(tmp_path, distiller(own(share=1.0)), batch_size=8, **options)
    torch.testing.assert_close(split.student.table, whole.student.table)


def test_data_and_own_text_in_one_step_are_divided_once(tmp_path):
    module = distiller(own(loss=ReverseKL()), hard_share=0.0)
    batches = seen_batches(module)
    trained(tmp_path, module, rows(8), batch_size=4, accumulate_grad_batches=2)
    assert ["written" in batch for batch in batches] == [False, True]
    student, total, count = Bigram(CLASSES), 0.0, 0
    for batch, loss in zip(batches, (ForwardKL(), ReverseKL()), strict=True):
        mask = batch["mask"]
        for seed in (1, 2):
            teacher = Bigram(CLASSES, seed).table.detach()[batch["inputs"]][mask]
            values = loss(student.table[batch["inputs"]][mask], teacher, batch["labels"][mask])
            total = total + values.sum() / 2
        count += int(mask.sum())
    (total / count).backward()
    expected = student.table.detach() - RATE * student.table.grad
    torch.testing.assert_close(module.student.table.detach(), expected)


def test_text_may_be_learnt_from_again(tmp_path):
    module = distiller(own(share=1.0, reuse=2, loss=PolicyGradient()))
    batches = seen_batches(module)
    trained(tmp_path, module)
    ids = [batch["example_id"].tolist() for batch in batches]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert module.on_policy.progress.rows == 8


def test_routes_renormalise_the_weights(tmp_path):
    data = rows(8, route=[0, 1] * 4)
    teachers = {
        name: Routed(LiveTeacher(Bigram(CLASSES, seed), name), [seed - 1])
        for seed, name in enumerate("ab", 1)
    }
    module = distiller(own(share=1.0), teachers, weighting=TeacherEntropy())
    trained(tmp_path, module, data, batch_size=8)
    series = module.history.series
    assert series["teacher/a/weight"] == pytest.approx([0.5])
    assert series["teacher/a/coverage"] == pytest.approx([0.5])
    with pytest.raises(ValueError, match="no teacher has route 2 of the data, only 0, 1"):
        trained(tmp_path, module, rows(8, route=[0, 2] * 4))


def test_records_say_how_much_the_student_wrote(tmp_path):
    module = trained(tmp_path, distiller(own(end_tokens=[0]), hard_share=0.2), rows(8))
    series = module.history.series
    assert series["train/on_policy_share"] == [0.0, 1.0]
    assert series["train/on_policy_length"][0] is None
    assert 1 <= series["train/on_policy_length"][1] <= 5
    assert 0 <= series["train/on_policy_ended"][1] <= 1
    assert series["train/on_policy_soft"][1] == pytest.approx(series["train/soft"][1])
    assert series["train/loss"][1] == pytest.approx(series["train/soft"][1])
    assert series["train/hard"][1] is None
    assert series["train/accuracy"][1] is None
    assert series["train/hard"][0] > 0
