"""Teachers of a study of which a few classes are recorded: `record`."""

import json

import pytest
import torch

from mtkd.config import ConfigError
from mtkd.signals import top_k
from mtkd.study.check import check_plan
from mtkd.study.identity import teacher_id
from mtkd.study.plan import make_plan
from mtkd.study.teacher_nodes import check_teacher
from mtkd.trial import run_trial, train_teacher
from mtkd.trial.networks import make_network
from mtkd.trial.record import WEIGHTS, data_of
from mtkd.trial.teacher import teacher_source
from mtkd.weights import load_weights
from tests.study.test_sources import COLD, ITEMS
from tests.tokens.tiny import CONFIG, teacher


def node(**record):
    return check_teacher(teacher(2, temperature=0.5, record=record or None), "a")


def config(**record):
    return CONFIG | {"teachers": {"a": node(**record)}, "hard_share": 0.0}


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"top_k": 3, "temperature": 2.0}, {"named": 3}),
        ({"draws": 4, "temperature": 2.0}, {"drawn": 4}),
    ],
)
def test_a_few_classes_of_the_softened_teacher_are_recorded(tmp_path, record, named):
    made, home = config(**record), tmp_path / "a"
    train_teacher(made, "a", str(home), ["clean"])
    network = make_network(made["teachers"]["a"], "a").eval()
    load_weights(network, home / WEIGHTS)
    data = data_of(made)
    batch = next(data.train.in_order(8))
    logits = network(batch).dense() / 0.5
    signal = teacher_source(made, "a", home)(batch)
    whole = top_k(logits, 3, 2.0)
    if "draws" in record:
        assert signal.drawn
        assert signal.kept.shape == (8, 12, 4)
        assert signal.log_probs.exp().sum(-1).sub(1).abs().max() < 1e-6
    else:
        assert torch.equal(signal.kept, whole.kept)
        torch.testing.assert_close(signal.log_probs, whole.log_probs, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(signal.log_tail, whole.log_tail, rtol=1e-4, atol=1e-4)
    said = json.loads((home / "result.json").read_text())
    assert named.items() <= said.items()
    if "top_k" in record:
        mass = whole.log_probs.exp().sum(-1)
        assert 0.3 < said["named_mass"] < 1
        assert abs(said["named_mass"] - float(mass.mean())) < 0.1


def test_what_was_drawn_is_drawn_again(tmp_path):
    made = config(draws=4, temperature=2.0)
    for name in ("one", "two"):
        train_teacher(made, "a", str(tmp_path / name), [])
    one, two = (teacher_source(made, "a", tmp_path / name).signal for name in ("one", "two"))
    assert torch.equal(one.kept, two.kept)
    assert torch.equal(one.log_probs, two.log_probs)


def test_a_student_learns_from_drawn_classes(tmp_path):
    uniform = {"_target_": "mtkd.weighting.Uniform"}
    made = config(draws=4, temperature=2.0) | {"loss": HOT, "weighting": uniform}
    train_teacher(made, "a", str(tmp_path / "a"), [])
    found = run_trial(made, str(tmp_path / "t"), {"a": str(tmp_path / "a")}, ["clean"])
    assert found["steps"] == 3
    assert found["step_flop_live"] > found["step_flop"]


def test_what_is_recorded_is_part_of_a_teacher():
    ids = {
        teacher_id(one, CONFIG["data"], __file__)
        for one in (
            node(),
            node(top_k=3),
            node(top_k=4),
            node(draws=3),
            node(top_k=3, temperature=2),
        )
    }
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"record": {"top": 3}}, "a.record has no key 'top'; did you mean top_k? It has: top_k,"),
        (
            {"record": {"top_k": "many"}},
            "a.record.top_k must be a whole number or null, got",
        ),
        ({"record": {"top_k": 3}, "live": True}, "a.record says what is recorded of it, but live"),
    ],
)
def test_words_of_a_node_that_cannot_be_meant(changes, words):
    with pytest.raises(ConfigError) as caught:
        check_teacher(teacher(2, **changes), "a")
    assert words in str(caught.value)


MLP = {"_target_": "mtkd.students.MLP"}
HOT = {"_target_": "mtkd.losses.ForwardKL", "temperature": 2.0}
REVERSE = {"_target_": "mtkd.losses.ReverseKL", "temperature": 1.0}
DISAGREEMENT = {"_target_": "mtkd.weighting.Disagreement"}


@pytest.mark.parametrize(
    ("record", "changes", "words"),
    [
        ({"top_k": 10}, {}, "a.record: k must be within 1 and 9 (classes - 1), got 10"),
        ({"top_k": 3, "draws": 3}, {}, "a.record: give either top_k (the likeliest classes) or"),
        (
            {"top_k": 3},
            {"loss": HOT},
            "set loss.temperature: 1, or teachers.a.align.temperature (or record.temperature): 2",
        ),
        ({"draws": 3}, {"loss": REVERSE}, "teachers.a: ReverseKL of drawn classes is not"),
        ({"draws": 3}, {"weighting": DISAGREEMENT}, "a: Disagreement looks at teachers, of whom"),
    ],
)
def test_what_a_recipe_cannot_do_with_is_told_before_training(tmp_path, record, changes, words):
    one = {"model": MLP, "seed": 1, "record": record}
    both = {"teachers": {"a": one, "b": {"model": MLP, "seed": 2}}, "loss": COLD}
    (tmp_path / "study.yaml").write_text(json.dumps(ITEMS | both | changes))
    with pytest.raises(ConfigError) as caught:
        check_plan(make_plan(tmp_path))
    assert words in str(caught.value)
