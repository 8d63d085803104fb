"""`align: {rest: sorted}` with `SharedAndSorted`: through the command, and number by number."""

import copy
import json

import numpy as np
import pytest
import torch
import yaml

from mtkd.alignment import aligned_source, shared_tokens
from mtkd.cli import main
from mtkd.config import instantiate
from mtkd.data.examples import NO_LABEL
from mtkd.functional import log_probs
from mtkd.teachers import LiveTeacher
from mtkd.token_predictions import load_predictions
from tests.text.made import byte_level, word_piece
from tests.tokens.test_aligned_trial import config, model  # noqa: F401

LOSS = "configs/loss/shared_and_sorted.yaml"


@pytest.fixture
def study(config, tmp_path, monkeypatch):  # noqa: F811
    """The study of an aligned teacher, told to sort, in a file."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    made = copy.deepcopy(config)
    made["teachers"]["foreign"]["align"]["rest"] = "sorted"
    del made["teachers"]["foreign"]["trainer"], made["teachers"]["foreign"]["optimizer"]
    kept = ("data", "student", "teachers", "optimizer", "trainer", "seed", "wandb")
    content = {key: made[key] for key in kept}
    content |= {"base": ["configs/base.yaml"], "question": "Does sorting work?", "loss": LOSS}
    content |= {"hard_share": 0.5, "controls": ["labels_only"], "endpoint": "nll"}
    (tmp_path / "sorted.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return tmp_path / "sorted.yaml", made


def by_hand(made):
    """`[n, classes]` masses of the teacher over the student's tokens, and whether it speaks."""
    data, node = instantiate(made["data"]), made["teachers"]["foreign"]
    torch.manual_seed(node["seed"])
    network = instantiate(node["model"])
    own, other = byte_level(), word_piece()
    source = aligned_source(
        LiveTeacher(network, "x"), own, other, classes=data.classes, rest="sorted"
    )
    batch = next(data.test.in_order(len(data.test)))
    signal = source(batch)
    mask = data.test.labels != NO_LABEL
    p = log_probs(signal.output.dense())[mask].exp()
    pairs = shared_tokens(own, other)
    whole = torch.zeros(len(p), data.classes)
    for ours, theirs in pairs.items():
        whole[:, ours] = p[:, theirs]
    lacking = [token for token in range(data.classes) if token not in pairs]
    whole[:, lacking] = (1 - whole.sum(dim=1, keepdim=True)) / len(lacking)
    assert float(whole.amax(dim=1).median()) > 2 / data.classes, "it says the same of every token"
    return whole, signal.present[mask]


@pytest.mark.filterwarnings("ignore")
def test_a_study_runs_and_records_what_is_heard(study, tmp_path):
    file, made = study
    assert main(["run", str(file), "--runs", str(tmp_path / "runs"), "--workers", "1"]) == 0
    trials = list((tmp_path / "runs" / "sorted" / "trials").glob("*/history.json"))
    series = [json.loads(trial.read_text())["series"] for trial in trials]
    taught = [one for one in series if "teacher/foreign/distance" in one]
    assert len(trials) == 2
    assert len(taught) == 1
    assert np.isfinite(taught[0]["teacher/foreign/distance"]).all()
    assert 0.1 < taught[0]["teacher/foreign/coverage"][-1] < 0.9
    folder = next((tmp_path / "runs" / "teachers").glob("foreign-*"))
    said = load_predictions(folder / "predictions" / "clean.npz")
    whole, present = by_hand(made)
    assert 0 < int(present.sum()) < len(present) == len(said)
    even = torch.full_like(whole, 1 / whole.shape[1])
    whole = torch.where(present[:, None], whole, even)
    labels = torch.from_numpy(said.labels).long()
    expected = whole.gather(1, labels[:, None]).squeeze(1).log()
    assert said.label_log_probs == pytest.approx(expected.numpy(), abs=1e-4)
    kept = whole.gather(1, torch.from_numpy(said.classes).long())
    assert np.exp(said.log_probs) == pytest.approx(kept.numpy(), abs=1e-5)
    spoken = present.numpy()
    ranks = (whole > whole.gather(1, labels[:, None])).sum(dim=1).numpy()
    assert np.abs(said.label_ranks - ranks)[spoken].max() <= 1
