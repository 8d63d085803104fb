"""A tiny language model fitted through `mtkd.training.fit`; run by `test_two_processes.py`.

Arguments: the folder its weights go to; rows and what the trainer takes, by name, as JSON.
"""

import functools
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.language import causal_model
from mtkd.losses import ForwardKL
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.training import fit
from mtkd.weighting import Uniform
from tests.language.families import CLASSES, GPT2, LLAMA, loud, tokens

STILL = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}  # processes draw differently


def texts(rows: int) -> Examples:
    """Token ids; how many of its positions count differs from row to row."""
    words = tokens(rows, 9)
    mask = torch.arange(8) < torch.arange(1, rows + 1).unsqueeze(1) % 8 + 1
    return Examples(words[:, :-1].contiguous(), words[:, 1:].where(mask, -1), CLASSES)


def trained(rows: int, options: dict, folder: Path) -> Distiller:
    torch.manual_seed(0)
    student = causal_model({**GPT2, **STILL})
    teacher = LiveTeacher(loud(causal_model(LLAMA)), "teacher")
    recipe = Recipe(ForwardKL(), Uniform(), chunk=5)
    sgd = functools.partial(torch.optim.SGD, lr=0.5)
    distiller = Distiller(student, {"teacher": teacher}, recipe, sgd, log_every=1)
    fit(distiller, texts(rows), {"max_epochs": 2, "batch_size": 8, **options}, 3, folder)
    return distiller


def main(folder: str, cases: str) -> None:
    for name, (rows, options) in json.loads(cases).items():
        weights = trained(rows, options, Path(folder)).student.state_dict()
        if torch.distributed.get_rank() == 0:
            kept = {key: weight.clone() for key, weight in weights.items()}
            save_file(kept, Path(folder) / f"{name}.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
