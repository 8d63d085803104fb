"""Teachers that are no networks of the study: `source` in place of `model`."""

import copy
import json

import numpy as np
import pytest
import torch

from mtkd.cli import main
from mtkd.config import ConfigError
from mtkd.data import Digits
from mtkd.functional import log_probs
from mtkd.predictions import Predictions
from mtkd.signals import PartialSignal
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan
from mtkd.study.standing import DataChanged
from mtkd.token_predictions import load_predictions
from mtkd.trial import recording, run_trial, train_teacher
from mtkd.trial.record import data_of
from mtkd.trial.teacher import teacher_source
from tests.study.studies import STUDY, write_study
from tests.study.voices import HERE, table
from tests.tokens.tiny import CONFIG, WORDS, TinyText

VOICE = {"_target_": f"{HERE}.Voice", "_partial_": True}
DIGITS = {"_target_": "mtkd.data.Digits", "train": 60, "validation": 20}
COLD = {"_target_": "mtkd.losses.ForwardKL", "temperature": 1.0}
ITEMS = {
    "base": ["configs/base.yaml", "configs/student/mlp.yaml"],
    "data": DIGITS,
    "teachers": {"a": {"source": VOICE}},
    "endpoint": "nll",
    "controls": ["labels_only"],
    "trainer": {"max_epochs": 1},
}


def refused(tmp_path, node, check=False, **changes):
    """The sentence about a study with this one teacher."""
    folder = tmp_path / "study"
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(json.dumps(ITEMS | changes | {"teachers": {"a": node}}))
    with pytest.raises(ConfigError) as caught:
        check_plan(make_plan(folder)) if check else make_plan(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def tokens(**source):
    """A config whose teacher `a` is asked about tokens."""
    node = {"source": VOICE | source, "access": None, "seed": 0, "trainer": None}
    return copy.deepcopy(CONFIG) | {"teachers": {"a": node}}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"seed": 1}, "config.teachers.a lacks 'model'"),
        ({"seed": 1, "model": None}, "config.teachers.a lacks 'model'"),
        ({"source": VOICE, "model": VOICE}, "has a source and model, which only a `model` of"),
        ({"source": VOICE, "align": {"k": 1}, "device": "cpu"}, "device, align, which only"),
        ({"source": VOICE, "label_smoothing": 0.1}, "leave it out"),
        ({"source": VOICE, "acess": {}}, "has no key 'acess'; did you mean access?"),
        ({"seed": 1, "model": VOICE, "access": {"x": 1}}, "access says how a `source` is reached"),
        (
            {"source": {"_target_": f"{HERE}.OneAnswer"}, "access": {"x": 1}},
            "access holds arguments that the study adds to those of the source; set source._part",
        ),
        ({"source": VOICE | {"topp": 1}}, "unexpected keyword argument 'topp'; did you mean top?"),
    ],
)
def test_a_node_that_cannot_be_meant(tmp_path, node, words):
    assert words in refused(tmp_path, node)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"source": VOICE, "access": {"url": "x"}}, "a.source: Voice: got an unexpected keyword a"),
        (
            {"source": {"_target_": f"{HERE}.network"}},
            "gives a Linear, expected a mtkd.teachers.TeacherSource; a network goes under the key",
        ),
        (
            {"source": {"_target_": f"{HERE}.Voice", "classes": 9}},
            "a.source: Voice speaks about 9 classes, config.data has 10; its classes must be",
        ),
        (
            {"source": {"_target_": f"{HERE}.OneAnswer"}},
            "OneAnswer speaks about positions [1] of a batch, expected those of its labels",
        ),
        ({"source": VOICE | {"patience": 1}}, "config.teachers.a.source: the line is dead"),
        (
            {"source": VOICE | {"top": 3}, "temperature": 2.0},
            "a.source: a partial signal cannot be softened after its tail was pooled",
        ),
        (
            {"source": VOICE | {"top": 3}, "temperature": 1.0},
            "teachers.a speaks of some classes and the rest at temperature 1, but config.loss has",
        ),
    ],
)
def test_a_source_that_does_not_fit_is_told_before_training(tmp_path, node, words):
    assert words in refused(tmp_path, node, check=True)


def test_losses_that_need_every_class_are_held_against_a_partial_source(tmp_path):
    loss = {"_target_": "mtkd.losses.LogitMSE"}
    said = refused(tmp_path, {"source": VOICE | {"top": 3}}, check=True, loss=loss)
    assert said.startswith("config.teachers.a: LogitMSE needs every class, but a teacher gives a")


def test_how_a_source_is_reached_is_no_part_of_the_teacher(tmp_path):
    nodes = [
        {"source": VOICE},
        {"source": VOICE, "access": {"secret": "x"}},
        {"source": VOICE | {"top": 3}},
        {"source": VOICE, "live": True},
    ]
    made = [STUDY | {"teachers": {"a": node, "b": node}, "grid": {}} for node in nodes]
    plans = [make_plan(write_study(tmp_path / str(n), **one)) for n, one in enumerate(made)]
    first, reached, top, live = (plan.teachers["a"].id for plan in plans)
    assert first == reached
    assert len({first, top, live}) == 3
    assert list(plans[0].runs) == list(plans[1].runs)


@pytest.mark.parametrize(("top", "silent"), [(None, False), (None, True), (5, False), (5, True)])
def test_what_is_recorded_is_what_is_said(tmp_path, top, silent):
    config = tokens(top=top, silent=silent)
    result = train_teacher(config, "a", str(tmp_path), ["clean"])
    assert (result["forward_flop"], result["live"]) == (None, False)
    assert "parameters" not in result
    if top:
        assert result["named"] == top
        mass = log_probs(table(WORDS)).topk(top).values.exp().sum(dim=1)
        rows = data_of(config).train.inputs
        said = mass[rows][rows % 2 == 1] if silent else mass[rows]
        assert result["named_mass"] == pytest.approx(said.mean().item(), abs=1e-5)
    live = copy.deepcopy(config)
    live["teachers"]["a"]["live"] = True
    rows = data_of(config).train
    batch = next(rows.take(torch.randperm(len(rows))).in_order(7))
    recorded = teacher_source(config, "a", tmp_path)(batch)
    spoken = teacher_source(live, "a", tmp_path)(batch)
    assert type(recorded) is type(spoken)
    if isinstance(recorded, PartialSignal):
        assert torch.equal(recorded.kept, spoken.kept)
        assert torch.equal(recorded.outcomes(), spoken.outcomes())
        assert (recorded.classes, recorded.temperature) == (WORDS, 1.0)
    else:
        assert torch.equal(recorded.output.dense(), spoken.output.dense())
    if silent:
        assert torch.equal(recorded.present, spoken.present)
        assert 0 < recorded.present.float().mean() < 1
    assert not (tmp_path / "parts").exists()


def test_predictions_spread_the_tail_and_are_even_where_it_is_silent(tmp_path):
    config = tokens(top=5, silent=True)
    train_teacher(config, "a", str(tmp_path), ["clean"])
    said = load_predictions(tmp_path / "predictions" / "clean.npz")
    rows = data_of(config).domain("clean")
    mask = rows.labels >= 0
    inputs = rows.inputs[mask]
    whole = log_probs(table(WORDS)[inputs])
    best = whole.topk(5).indices
    rest = (1 - whole.gather(1, best).exp().sum(dim=1)) / (WORDS - 5)
    spread = rest.log()[:, None].expand(-1, WORDS).scatter(1, best, whole.gather(1, best))
    spread[inputs % 2 == 0] = -np.log(WORDS)
    expected = spread.gather(1, rows.labels[mask][:, None]).squeeze(1)
    assert said.label_log_probs == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize("top", [None, 4])
def test_items_are_predicted_too(tmp_path, top):
    data = {"_target_": "mtkd.data.Digits", "train": 40, "validation": 20}
    node = {"source": VOICE | {"top": top}, "seed": 0, "temperature": 1.0 if top else 2.0}
    train_teacher({"data": data, "teachers": {"a": node}}, "a", str(tmp_path), ["clean"])
    said = Predictions.load(tmp_path / "predictions" / "clean.npz")
    rows = Digits(train=40, validation=20).domain("clean")
    logits = table(10)[rows.inputs.flatten(1).sum(dim=1).long() % 100]
    whole = log_probs(logits, 1.0 if top else 2.0)
    if top:
        best = whole.topk(4).indices
        rest = ((1 - whole.gather(1, best).exp().sum(dim=1)) / 6).log()
        whole = rest[:, None].expand(-1, 10).scatter(1, best, whole.gather(1, best))
    assert said.log_probs == pytest.approx(whole.numpy(), abs=1e-5)
    assert (said.ids == rows.ids.numpy()).all()


def test_after_a_crash_only_the_rest_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "PART", 10)
    log = tmp_path / "log"
    with pytest.raises(ValueError, match="the line is dead"):
        train_teacher(tokens(log=str(log), patience=20), "a", str(tmp_path / "a"), ["clean"])
    first = log.read_text().split()
    assert len(set(first)) == len(first) == 20
    log.unlink()
    train_teacher(tokens(log=str(log)), "a", str(tmp_path / "a"), [])
    again = log.read_text().split()
    assert not set(again[:4]) & set(first), "what was answered is asked again"
    data = TinyText()
    assert len(again) == len(data.train) - 20 + len(data.validation)


def test_answers_of_another_source_are_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "PART", 10)
    with pytest.raises(ValueError, match="the line is dead"):
        train_teacher(tokens(patience=20, top=3), "a", str(tmp_path / "a"), ["clean"])
    train_teacher(tokens(top=5), "a", str(tmp_path / "a"), [])
    found = teacher_source(tokens(top=5), "a", tmp_path / "a").signal
    assert found.kept.shape[-1] == 5


def test_a_partial_teacher_teaches(tmp_path):
    config = tokens(top=5) | {"hard_share": 0.0}
    train_teacher(config, "a", str(tmp_path / "a"), ["clean"])
    run_trial(config, str(tmp_path / "t"), {"a": str(tmp_path / "a")}, ["clean"])
    series = json.loads((tmp_path / "t" / "history.json").read_text())["series"]
    assert series["teacher/a/distance"][-1] > 0
    assert series["teacher/a/weight"] == [1.0]


def test_recorded_answers_are_not_asked_for_again(tmp_path):
    log = tmp_path / "log"
    node = {"source": VOICE | {"top": 5}, "access": {"log": str(log)}}
    study = ITEMS | {
        "teachers": {"a": node},
        "loss": {"_target_": "mtkd.losses.ForwardKL", "temperature": 1.0},
    }
    plan = make_plan(write_plain(tmp_path / "s", study))
    check_plan(plan)
    assert log.read_text().count("\n") == 2
    home = tmp_path / "a"
    config = {"data": DIGITS, "teachers": {"a": plan.teachers["a"].config}}
    identity = train_teacher(config, "a", str(home), [])["identity"]
    log.unlink()
    assert check_plan(plan, identities={"a": (identity, home)})
    assert not log.exists()
    with pytest.raises(DataChanged, match="it says of itself that it is another one"):
        check_plan(plan, identities={"a": ("0123", home)})


def write_plain(folder, content):
    folder.mkdir()
    (folder / "study.yaml").write_text(json.dumps(content))
    return folder


@pytest.mark.filterwarnings("ignore")
def test_a_study_of_sources_runs_and_goes_on(tmp_path, capsys):
    log = tmp_path / "log"
    study = ITEMS | {
        "teachers": {
            "all": {"source": VOICE, "access": {"log": str(log)}},
            "top": {"source": VOICE | {"top": 5, "name": "b/c"}},
        },
        "loss": COLD,
        "domains": ["clean"],
        "wandb": {"mode": "disabled"},
    }
    folder = write_plain(tmp_path / "s", study)
    command = ["run", str(folder), "--runs", str(tmp_path / "runs"), "--workers", "1"]
    assert main(command) == 0
    assert "top" in (tmp_path / "runs" / "s" / "report.html").read_text()
    asked = log.read_text()
    done = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").glob("s/trials/*/result.json")}
    assert len(done) == 2
    study["teachers"]["all"]["access"]["secret"] = "moved"
    (folder / "study.yaml").write_text(json.dumps(study))
    assert main(command) == 0
    assert log.read_text() == asked
    assert done == {path: path.stat().st_mtime_ns for path in done}
