"""Teachers and a student of text through the functions that a study calls."""

import copy
import json

import numpy as np
import pytest
import torch

from mtkd.config import ConfigError, instantiate
from mtkd.evaluation import domain_examples
from mtkd.functional import log_probs
from mtkd.teachers import CachedTeacher
from mtkd.token_predictions import TokenPredictions, load_predictions
from mtkd.tracking import WandbTracker
from mtkd.trial import run_trial, train_teacher
from mtkd.weights import load_weights
from tests.tokens.tiny import CONFIG, DOMAINS, LENGTH, TRAINER, TinyText


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teachers")
    for name in CONFIG["teachers"]:
        train_teacher(CONFIG, name, str(folder / name), DOMAINS)
    return {name: folder / name for name in CONFIG["teachers"]}


@pytest.fixture(scope="module")
def trial(teachers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    at = {name: str(path) for name, path in teachers.items()}
    return folder, run_trial(CONFIG, str(folder), at, DOMAINS)


def loaded(folder, node):
    model = instantiate(node, "model")
    load_weights(model, folder / "model.safetensors")
    return model.eval()


def dense(model, domain="clean"):
    """Log-probabilities at the scored positions, made without anything of the package's walk."""
    examples = domain_examples(TinyText(), domain)
    with torch.no_grad():
        logits = model.model(input_ids=examples.inputs).logits
    return logits[examples.labels != -1].log_softmax(-1), examples.labels[examples.labels != -1]


def test_a_students_predictions_are_those_of_its_saved_weights(trial):
    folder, result = trial
    assert result["steps"] == 3
    log_q, labels = dense(loaded(folder, CONFIG["student"]))
    said = load_predictions(folder / "predictions" / "clean.npz")
    assert isinstance(said, TokenPredictions)
    assert said.labels.tolist() == labels.tolist()
    label = log_q[torch.arange(len(labels)), labels]
    np.testing.assert_allclose(said.label_log_probs, label.numpy(), atol=1e-5)
    np.testing.assert_allclose(said.log_probs[:, 0], log_q.max(1).values.numpy(), atol=1e-5)
    assert said.label_ranks.tolist() == (log_q > label[:, None]).sum(1).tolist()


def test_risks_are_cross_entropies_against_the_teacher_as_it_teaches(trial, teachers):
    folder, _ = trial
    said = load_predictions(folder / "predictions" / "turned.npz")
    log_q, _ = dense(loaded(folder, CONFIG["student"]), "turned")
    for name, temperature in (("even", 1.0), ("loud", 0.5)):
        node = CONFIG["teachers"][name]["model"]
        log_p, _ = dense(loaded(teachers[name], node), "turned")
        log_p = log_probs(log_p, temperature)
        cover = -(log_p.exp() * log_q).sum(1).numpy()
        likely = -(log_q.exp() * log_p).sum(1).numpy()
        np.testing.assert_allclose(said.extras[f"coverage_risk/{name}"], cover, atol=5e-3)
        np.testing.assert_allclose(said.extras[f"likelihood_risk/{name}"], likely, atol=5e-3)


def test_a_recorded_teacher_says_what_it_said_and_a_live_one_is_not_recorded(teachers):
    data, folder = TinyText(), teachers["even"]
    identity = json.loads((folder / "result.json").read_text())["identity"]
    recorded = CachedTeacher.load(folder / "signals.safetensors", identity)
    batch = next(data.train.batches(8, 0, 0))
    model = loaded(folder, CONFIG["teachers"]["even"]["model"])
    with torch.no_grad():
        expected = model.model(input_ids=batch["inputs"]).logits
    got = recorded(batch).output.dense()
    assert got.shape == (8, LENGTH, data.classes)
    torch.testing.assert_close(got, expected, atol=5e-3, rtol=1e-2)
    assert not (teachers["loud"] / "signals.safetensors").exists()


def test_the_arithmetic_of_a_step_counts_live_teachers_whole_and_recorded_ones_by_their_head(
    trial, teachers
):
    _, result = trial
    said = [json.loads((at / "result.json").read_text()) for at in teachers.values()]
    even, loud = said
    head = 2 * 16 * 24 * LENGTH  # width x vocabulary x tokens of a row
    assert even["head_flop"] == loud["head_flop"] == head
    assert even["forward_flop"] > head
    gap = 8 * (even["forward_flop"] - even["head_flop"])
    assert result["step_flop_live"] - result["step_flop"] == gap


def test_the_same_config_gives_the_same_weights_to_the_last_bit(trial, teachers, tmp_path):
    folder, _ = trial
    run_trial(CONFIG, str(tmp_path), {n: str(at) for n, at in teachers.items()}, DOMAINS)
    ours, theirs = (at / "model.safetensors" for at in (folder, tmp_path))
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_teacher_without_a_trainer_is_used_as_it_is(teachers, tmp_path):
    config = copy.deepcopy(CONFIG)
    config["teachers"]["even"] |= {"trainer": None, "optimizer": None, "relabel": None}
    result = train_teacher(config, "even", str(tmp_path), DOMAINS)
    trained = json.loads((teachers["even"] / "result.json").read_text())
    assert result["identity"] != trained["identity"]
    assert not (tmp_path / "model.safetensors").exists()
    assert (tmp_path / "signals.safetensors").exists()


ON_POLICY = {
    "_target_": "mtkd.onpolicy.OnPolicy",
    "share": 0.5,
    "max_new_tokens": 4,
    "prompt_tokens": 3,
}


def test_a_student_writes_a_share_of_its_batches_itself(teachers, tmp_path):
    config = copy.deepcopy(CONFIG) | {"on_policy": ON_POLICY, "log_every": 2}
    config["teachers"].pop("even")
    config["trainer"] = TRAINER | {"max_steps": 6}
    at = {"loud": str(teachers["loud"])}
    results = [run_trial(config, str(tmp_path / name), at, ["clean"]) for name in "ab"]
    assert results[0]["steps"] == 6
    series = json.loads((tmp_path / "a" / "history.json").read_text())["series"]
    assert 0 < series["train/on_policy_share"][-1] < 1
    ours, theirs = (tmp_path / name / "model.safetensors" for name in "ab")
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_recorded_teacher_cannot_answer_new_text(teachers, tmp_path):
    config = CONFIG | {"on_policy": ON_POLICY}
    at = {name: str(folder) for name, folder in teachers.items()}
    with pytest.raises(ValueError, match="live"):
        run_trial(config, str(tmp_path), at, ["clean"])


def test_a_data_set_without_prompts_or_routes_is_told(teachers, tmp_path):
    config = copy.deepcopy(CONFIG) | {"on_policy": ON_POLICY | {"prompt_tokens": None}}
    config["teachers"].pop("even")
    at = {"loud": str(teachers["loud"])}
    with pytest.raises(ConfigError, match="TinyText has no prompts of its own"):
        run_trial(config, str(tmp_path), at, ["clean"])
    config["teachers"]["loud"]["route"] = ["code"]
    with pytest.raises(ConfigError, match=r"teachers\.loud\.route names 'code', config.data has"):
        run_trial(config, str(tmp_path), at, ["clean"])


def test_a_run_of_weights_and_biases_says_what_the_predictions_say(
    teachers, trial, tmp_path, monkeypatch
):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    told = {}
    closed = WandbTracker.finish

    def finish(tracker, folder, result):
        assert json.loads((folder / "result.json").read_text()) == result
        closed(tracker, folder, result)
        told.update(dict(tracker.run.summary))

    monkeypatch.setattr(WandbTracker, "finish", finish)
    at = {name: str(path) for name, path in teachers.items()}
    result = run_trial(CONFIG | {"wandb": {"mode": "offline"}}, str(tmp_path), at, DOMAINS)
    assert len(list(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))) == 1
    assert told["steps"] == result["steps"]
    for domain in DOMAINS:
        said = load_predictions(trial[0] / "predictions" / f"{domain}.npz")
        assert told[f"{domain}/accuracy"] == np.mean(said.label_ranks == 0)
        assert told[f"{domain}/nll"] == pytest.approx(-said.label_log_probs.mean())
    assert "reliability/clean" in told
