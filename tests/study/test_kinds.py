"""Teachers of every kind in one committee: recorded, live, of another tokenizer, on a server."""

import json

import numpy as np
import pytest
import torch
import yaml

from mtkd.cli import main
from mtkd.config import instantiate
from mtkd.data.examples import NO_LABEL
from mtkd.functional import log_probs
from mtkd.token_predictions import load_predictions
from tests.teachers.served.fake import Fake, serving
from tests.text.made import byte_level
from tests.tokens.test_aligned_trial import config, model  # noqa: F401
from tests.tokens.tiny import ADAM, TRAINER

TOP = 6
KINDS = ("foreign", "live", "recorded", "served")


@pytest.fixture
def fake(monkeypatch):
    """A server of a model that reads and speaks the study's tokens."""
    monkeypatch.setenv("NO_PROXY", "*")
    one, tokens = Fake(), byte_level()
    one.spelling = lambda token: tokens.decode([token], skip_special_tokens=False)
    torch.manual_seed(6)
    node = model(tokens.get_vocab_size())
    node["model"] |= {"max_position_embeddings": 80, "initializer_range": 0.6}
    one.network = instantiate(node).eval()
    with serving(one):
        yield one


@pytest.fixture
def study(config, fake, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    trained = {"model": config["student"], "trainer": TRAINER, "optimizer": ADAM}
    foreign = config["teachers"]["foreign"]
    del foreign["trainer"], foreign["optimizer"]
    served = {"_target_": "mtkd.teachers.ServedTeacher", "_partial_": True, "model": "big"}
    teachers = {
        "recorded": trained | {"seed": 1},
        "live": trained | {"seed": 2, "live": True, "temperature": 2.0},
        "foreign": foreign,
        "served": {"source": served | {"top": TOP}, "access": {"url": fake.url, "backoff": 0.0}},
    }
    kept = ("data", "student", "optimizer", "trainer", "seed", "wandb")
    content = {key: config[key] for key in kept} | {"teachers": teachers}
    content |= {"base": ["configs/base.yaml"], "endpoint": "nll", "hard_share": 0.5}
    content["loss"] = {"_target_": "mtkd.losses.ForwardKL", "temperature": 1.0}
    content["weighting"] = {"_target_": "mtkd.weighting.UncertaintyGated"}
    content["controls"] = ["labels_only"]
    (tmp_path / "kinds.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return tmp_path / "kinds.yaml", instantiate(config["data"])


@pytest.mark.filterwarnings("ignore")
def test_all_kinds_teach_one_student(study, fake, tmp_path):
    file, data = study
    assert main(["run", str(file), "--runs", str(tmp_path / "runs"), "--workers", "1"]) == 0
    check_histories(tmp_path / "runs" / "kinds")
    check_answers(next((tmp_path / "runs" / "teachers").glob("served-*")), data, fake)
    asked = [tuple(body["prompt"]) for body in fake.bodies]
    assert len(asked) <= len(set(asked)) + 3, "asked twice about more than the check's rows"


def test_a_server_of_other_tokens_is_refused(study, fake, tmp_path, capsys):
    file, _ = study
    fake.spelling = "<{}>".format
    assert main(["run", str(file), "--runs", str(tmp_path / "runs"), "--workers", "1"]) == 2
    said = capsys.readouterr().err
    assert "config.teachers.served.source: the server http://127.0.0.1:" in said
    assert "tokenizers differ, and a served teacher must share the student's" in said


def check_histories(folder):
    trials = folder.glob("trials/*/history.json")
    series = [json.loads(trial.read_text())["series"] for trial in trials]
    (whole,) = (s for s in series if "teacher/served/weight" in s)
    weights = np.array([whole[f"teacher/{name}/weight"] for name in KINDS])
    assert weights.sum(axis=0) == pytest.approx(1, abs=1e-5)
    assert (weights > 1e-3).all()
    for name in KINDS:
        assert np.isfinite(whole[f"teacher/{name}/distance"]).all()
    assert whole["teacher/served/coverage"] == [1.0] * weights.shape[1]
    assert 0.1 < whole["teacher/foreign/coverage"][-1] < 0.9


def check_answers(folder, data, fake):
    """What is stored of the server's model is what that model says."""
    said = load_predictions(folder / "predictions" / "clean.npz")
    rows = data.domain("clean")
    with torch.no_grad():
        batch = next(rows.in_order(len(rows)))
        whole = log_probs(fake.network(batch).dense())[rows.labels != NO_LABEL]
    expected = whole.gather(1, torch.from_numpy(said.labels)[:, None]).squeeze(1)
    assert said.label_log_probs == pytest.approx(expected.numpy(), abs=1e-4)
    kept = whole.gather(1, torch.from_numpy(said.classes).long())
    assert said.log_probs == pytest.approx(kept.numpy(), abs=1e-4)
    assert json.loads((folder / "result.json").read_text())["named"] == TOP
