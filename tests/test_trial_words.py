"""A language model trained as teacher and student: what is recorded is what its file gives."""

import io

import numpy as np
import pytest
import torch

from mtkd.config import ConfigError, instantiate
from mtkd.data import Examples
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.study.trainers import check_trainer
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation import predict_tokens, record_states
from mtkd.token_predictions import TokenPredictions
from mtkd.trial import run_trial, train_teacher
from mtkd.trial.networks import record_network
from mtkd.weights import load_weights

ADAM = {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 0.003}

LLAMA = {
    "model_type": "llama",
    "vocab_size": 31,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}


BASE = {
    "loss": {"_target_": "mtkd.losses.ForwardKL"},
    "weighting": {"_target_": "mtkd.weighting.Uniform"},
    "aggregation": "distances",
    "hard_share": 0.1,
    "label_smoothing": 0.0,
    "optimizer": ADAM,
    "seed": 0,
    "wandb": {"mode": "disabled"},
}


class Words:
    """Rows of tokens, as a data set of a study."""

    classes = 31

    def __init__(self):
        rng = torch.Generator().manual_seed(0)
        words = torch.randint(3, 31, (24, 9), generator=rng)
        rows = Examples(words[:, :-1].contiguous(), words[:, 1:].contiguous(), 31)
        self.train, self.validation, self.test = (
            rows.take(torch.arange(24) % 3 == part) for part in range(3)
        )
        self.splits = {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name, severity=None):
        return self.test


def of_words(model, precision="32-true"):
    """A study whose teacher and student are this language model."""
    trainer = {"max_epochs": 1, "batch_size": 4, "chunk": 16, "precision": precision}
    teacher = {"model": model, "seed": 1, "trainer": trainer, "optimizer": ADAM}
    return {
        **BASE,
        "data": {"_target_": f"{__name__}.Words"},
        "student": model,
        "teachers": {"t": teacher},
        "trainer": trainer,
    }


def causal(**options):
    return {"_target_": "mtkd.language.causal_model", "model": LLAMA, **options}


PRECISIONS = [("float32", "32-true"), ("bfloat16", "32-true"), ("float32", "bf16-true")]


@pytest.mark.parametrize(("dtype", "precision"), PRECISIONS)
def test_a_teacher_resumed_after_its_weights_were_written_is_the_same(dtype, precision, tmp_path):
    config, home = of_words(causal(dtype=dtype), precision), tmp_path / "t"
    fresh = train_teacher(config, "t", str(home), ["clean"])
    told = {path: path.read_bytes() for path in home.glob("[sp]*/*.npz")}
    said = CachedTeacher.load(home / "signals.safetensors", fresh["identity"])
    for path in [*told, home / "signals.safetensors", home / "result.json"]:
        path.unlink()
    again = train_teacher(config, "t", str(home), ["clean"])
    assert {**again, "seconds": 0} == {**fresh, "seconds": 0}
    assert told
    for path, content in told.items():
        first, second = (np.load(io.BytesIO(x)) for x in (content, path.read_bytes()))
        assert all(np.array_equal(first[name], second[name]) for name in first.files)
    heard = CachedTeacher.load(home / "signals.safetensors", fresh["identity"])
    assert heard.signal.output.hidden.equal(said.signal.output.hidden)


@pytest.mark.parametrize("precision", ["bf16-true", "64-true"])
def test_a_student_is_measured_as_its_file_gives_it(precision, tmp_path):
    config = of_words(causal(), precision)
    run_trial(config, str(tmp_path), {}, ["clean"])
    student = instantiate(config["student"])
    load_weights(student, tmp_path / "model.safetensors")
    stored = TokenPredictions.load(tmp_path / "predictions" / "clean.npz")
    again = predict_tokens(student, Words().test)
    assert np.array_equal(again.label_log_probs, stored.label_log_probs)


@pytest.mark.parametrize("precision", ["bf16-true", "16-true"])
@pytest.mark.parametrize("whose", ["config.trainer", "config.teachers.t.trainer"])
def test_a_precision_that_rounds_positions_is_refused(whose, precision):
    node = {"max_epochs": 1, "batch_size": 4, "precision": precision}
    with pytest.raises(ConfigError, match=rf"{whose}\.precision .* set dtype: bfloat16 on the mod"):
        check_trainer(node, whose)
    check_trainer({**node, "precision": "bf16-mixed"}, whose)


def test_what_float16_cannot_hold_is_recorded_as_it_is(tmp_path):
    class Large(torch.nn.Module):
        def forward(self, batch):
            hidden = batch["inputs"][..., None] * torch.tensor([1e4, 1 / 3])
            return ModelOutput(hidden=hidden, head=OutputHead(torch.full((31, 2), 1e-4)))

    record_network(Large(), Words(), "large", tmp_path / "s")
    said = CachedTeacher.load(tmp_path / "s", "large").signal.output
    assert said.hidden.dtype == torch.float32
    assert said.hidden.max() > 65504
    assert record_states(Large(), Words().test, "large").signal.output.hidden.isfinite().all()


def test_a_low_rank_students_result_says_how_many_weights_it_trains(tmp_path):
    pytest.importorskip("peft")
    low = {"_target_": "mtkd.language.LowRankModel", "base": causal(), "rank": 2}
    result = run_trial(of_words({**low, "targets": ["q_proj"]}), str(tmp_path), {}, [])
    assert result["trained_parameters"] == 2 * (16 + 16)
    assert result["parameters"] > 1000
