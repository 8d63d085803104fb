import pytest
import torch
import yaml

from mtkd.config import instantiate
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.weights import save_weights
from tests.text.made import byte_level, lines

TEXTS = ["The cat\n\tsat 😀.", "the other thing", "x", "there they were"]


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of texts with two teachers to train, one used as it is, and a placebo."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    byte_level().save(str(tmp_path / "tokenizer.json"))
    file = lines(tmp_path / "texts.jsonl", [{"text": text} for text in TEXTS])
    splits = dict.fromkeys(("train", "validation", "test", "more"), file)
    tokens = {
        "_target_": "mtkd.text.Tokens",
        "source": str(tmp_path / "tokenizer.json"),
        "end": "</s>",
    }
    model = {
        "_target_": "mtkd.language.causal_model",
        "model": {
            "model_type": "llama",
            "vocab_size": 300,
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "num_key_value_heads": 1,
            "max_position_embeddings": 64,
            "initializer_range": 1.0,
        },
    }
    trained = {
        "model": model,
        "trainer": {"max_epochs": 1, "batch_size": 2},
        "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1},
    }
    content = {
        "base": ["configs/base.yaml"],
        "question": "What is here?",
        "data": {"_target_": "mtkd.text.TextData", "tokenizer": tokens, "splits": splits},
        "student": model,
        "teachers": {
            "here": {**trained, "seed": 1},
            "absent": {**trained, "seed": 2},
            "ready": {"model": model, "seed": 3, "temperature": 2.0},
        },
        "placebo": {"other": {**trained, "seed": 4}},
        "controls": ["labels_only"],
        "domains": ["clean", {"domain": "more"}],
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(content))
    return tmp_path / "study.yaml"


@pytest.fixture
def teacher(study):
    """The weights of the teacher `here`, where a run would have left them."""
    plan = make_plan(study)
    torch.manual_seed(5)
    model = instantiate(plan.teachers["here"].config["model"])
    folder = Ledger(plan, study.parent / "runs").folders[plan.teachers["here"].id]
    save_weights(model, folder / "model.safetensors")
    return model.eval()
