"""Finished trials, written by hand as a study leaves them."""

import argparse

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from mtkd.config import as_yaml, instantiate
from mtkd.export.entry import add_arguments, run
from mtkd.files import write_json, write_text
from mtkd.weights import save_weights
from tests.language.families import CLASSES, loud

WORDS = {"<pad>": 0, "<s>": 1, "</s>": 2, **{f"w{n}": n for n in range(3, CLASSES)}}


def export(*words):
    """The exit status of `mtkd export WORDS`."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))


def text_data(folder):
    """A node of texts that are not there, with a tokenizer that is."""
    words = Tokenizer(WordLevel(WORDS, unk_token="<s>"))
    words.pre_tokenizer = Whitespace()
    folder.mkdir(parents=True, exist_ok=True)
    words.save(str(folder / "tokenizer.json"))
    tokens = {"_target_": "mtkd.text.Tokens", "source": str(folder / "tokenizer.json")}
    return {
        "_target_": "mtkd.text.TextData",
        "tokenizer": {**tokens, "end": "</s>"},
        "splits": {"train": "gone.txt", "validation": 1, "test": 1},
    }


def finished(folder, student, data):
    """A trial of this student with weights that nobody else has; returns it."""
    torch.manual_seed(7)
    model = loud(instantiate(student, "student"))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    save_weights(model, folder / "model.safetensors")
    write_text(folder / "config.yaml", as_yaml({"student": student, "data": data, "seed": 0}))
    write_json(folder / "result.json", {"format": 1})
    return model.eval()


def index(run, trials):
    """`study.json` of a run with one cell for each trial, by the label of its student axis."""
    rows = [
        {
            "id": name,
            "name": name,
            "folder": f"trials/{name}",
            "role": "cell",
            "control": None,
            "cell": {"student": name},
            "seed": 0,
            "committee": ["t"],
            "state": "done",
            "error": None,
        }
        for name in trials
    ]
    write_json(
        run / "study.json",
        {
            "version": 1,
            "name": "s",
            "question": "q",
            "endpoint": "nll",
            "tau": 0.9,
            "domains": [{"name": "clean", "kind": "clean"}],
            "teachers": {"t": {"id": "t", "folder": "../teachers/t", "placebo": False}},
            "trials": rows,
            "expectations": [],
        },
    )
