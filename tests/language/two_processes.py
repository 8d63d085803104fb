"""A tiny language model fitted through `mtkd.training.fit`; run by `test_two_processes.py`.

Arguments: the folder its weights go to; cases by name as JSON: rows, what the trainer takes, and
which of `MADE` is trained.
"""

import functools
import json
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.language import LowRankModel, causal_model, grouped, save_student
from mtkd.losses import ForwardKL
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher
from mtkd.training import fit
from mtkd.weighting import LearnedGate, StudentEntropy, Uniform
from tests.language.families import CAUSAL, CLASSES, GPT2, LLAMA, loud, tokens

STILL = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}  # processes draw differently
SGD = functools.partial(torch.optim.SGD, lr=0.5)
DECAYING = functools.partial(torch.optim.SGD, lr=0.1, weight_decay=0.05)
ADAM = functools.partial(grouped, optimizer=functools.partial(torch.optim.AdamW, lr=0.02))


def low_rank():
    return LowRankModel(causal_model(LLAMA), 2, ["q_proj", "down_proj"])


def sighted():
    """A student with a tower for pictures, which no text reaches."""
    layers = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    eyes = {**layers, "num_attention_heads": 2, "image_size": 4, "patch_size": 2}
    words = {**CAUSAL["gemma3"], "model_type": "gemma3_text"}
    whole = {"text_config": words, "vision_config": eyes, "mm_tokens_per_image": 4}
    return causal_model({"model_type": "gemma3", **whole, "image_token_index": 0})


def ladder():
    return StudentEntropy(["t0", "t1", "t2"])


def thrifty():
    return causal_model(LLAMA, gradient_checkpointing=True)


MADE = {
    "one teacher": (lambda: causal_model({**GPT2, **STILL}), 1, Uniform, SGD),
    "three by the student": (lambda: causal_model(LLAMA), 3, ladder, SGD),
    "three by a gate": (lambda: causal_model(LLAMA), 3, LearnedGate, ADAM),
    "low rank": (low_rank, 1, Uniform, ADAM),
    "a tower for pictures": (sighted, 1, Uniform, DECAYING),
    "checkpointed": (thrifty, 1, Uniform, SGD),
}


def texts(rows: int) -> Examples:
    """Token ids; how many of its positions count differs from row to row."""
    words = tokens(rows, 9)
    mask = torch.arange(8) < torch.arange(1, rows + 1).unsqueeze(1) % 8 + 1
    return Examples(words[:, :-1].contiguous(), words[:, 1:].where(mask, -1), CLASSES)


def trained(rows: int, options: dict, made: str, folder: Path) -> Distiller:
    torch.manual_seed(0)
    make, teachers, weighting, optimizer = MADE[made]
    student = make()
    heard = {f"t{k}": LiveTeacher(loud(causal_model(LLAMA), k), str(k)) for k in range(teachers)}
    recipe = Recipe(ForwardKL(), weighting(), chunk=5)
    distiller = Distiller(student, heard, recipe, optimizer, width=16, log_every=1)
    fit(distiller, texts(rows), {"max_epochs": 2, "batch_size": 8, **options}, 3, folder)
    return distiller


def weights(distiller: Distiller) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in distiller.state_dict().items()}


def main(folder: str, cases: str) -> None:
    for name, case in json.loads(cases).items():
        found = trained(*case, Path(folder))
        save_file(weights(found), Path(folder) / f"{name}-{torch.distributed.get_rank()}.st")
        if torch.distributed.get_rank() == 0:
            save_student(found.student, Path(folder) / f"{name}-student")


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # as `mtkd.study.processes.main` ends, and for its reason
