"""A teacher with another tokenizer through the functions that a study calls."""

import copy
import json

import numpy as np
import pytest

from mtkd.config import ConfigError
from mtkd.study.plan import make_plan
from mtkd.token_predictions import load_predictions
from mtkd.trial import run_trial, train_teacher
from tests.study.studies import STUDY, write_study
from tests.text.made import byte_level, lines, word_piece
from tests.tokens.tiny import ADAM, CONFIG, TRAINER, tiny_llama

TEXTS = ["the cat sat on the mat with the other thing", "there they were, all of them: 3,50"]


def model(classes):
    node = tiny_llama(8)
    return node | {"model": node["model"] | {"vocab_size": classes, "max_position_embeddings": 64}}


@pytest.fixture
def config(tmp_path):
    tokenizers = {"own": byte_level(), "other": word_piece()}
    for name, tokenizer in tokenizers.items():
        tokenizer.save(str(tmp_path / f"{name}.json"))
    rows = [{"text": f"{TEXTS[n % 2]} {n}"} for n in range(12)]
    made = copy.deepcopy(CONFIG)
    made["data"] = {
        "_target_": "mtkd.text.TextData",
        "tokenizer": {
            "_target_": "mtkd.text.Tokens",
            "source": str(tmp_path / "own.json"),
            "end": False,
        },
        "splits": {"train": lines(tmp_path / "t.jsonl", rows), "validation": 3, "test": 3},
        "length": 64,
        "bytes": True,
    }
    sizes = {name: tokenizer.get_vocab_size() for name, tokenizer in tokenizers.items()}
    made |= {"student": model(sizes["own"]), "optimizer": ADAM, "trainer": TRAINER}
    align = {"teacher_tokenizer": str(tmp_path / "other.json"), "rest": "map"}
    node = {"seed": 4, "trainer": None, "optimizer": None, "live": True}
    made["teachers"] = {"foreign": node | {"model": model(sizes["other"]), "align": align}}
    return made


def test_it_teaches_where_it_speaks_and_is_evaluated_by_what_is_heard(config, tmp_path):
    folder = tmp_path / "foreign"
    train_teacher(config, "foreign", str(folder), ["clean"])
    said = load_predictions(folder / "predictions" / "clean.npz")
    even = np.isclose(said.label_log_probs, -np.log(said.vocabulary))
    assert 0.1 < even.mean() < 0.9
    run_trial(config, str(tmp_path / "trial"), {"foreign": str(folder)}, ["clean"])
    student = load_predictions(tmp_path / "trial" / "predictions" / "clean.npz")
    assert (student.ids == said.ids).all()
    series = json.loads((tmp_path / "trial" / "history.json").read_text())["series"]
    assert 0.1 < series["teacher/foreign/coverage"][-1] < 0.9


def test_what_cannot_be_aligned_is_told(config, tmp_path):
    config["teachers"]["foreign"]["align"]["rest"] = "lost"
    with pytest.raises(ConfigError, match=r"config\.teachers\.foreign\.align: .*'lost'"):
        train_teacher(config, "foreign", str(tmp_path), ["clean"])


def test_a_study_trains_no_teacher_of_another_tokenizer(tmp_path):
    study = copy.deepcopy(STUDY)
    study["teachers"]["a"]["align"] = {"teacher_tokenizer": "x"}
    with pytest.raises(ConfigError, match=r"teachers\.a\.align is for a teacher with a tokenizer"):
        make_plan(write_study(tmp_path / "s", **study))
