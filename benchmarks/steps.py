"""One training step of a small language model, by mtkd and by the loss of TRL's GKD trainer."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import nn

from mtkd.language.adapters import TokenModel
from mtkd.losses import JensenShannon
from mtkd.objective import distillation_objective
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal
from mtkd.weighting import Uniform

WHOLE = {"vocabulary": 32000, "batch": 8, "length": 256, "student": (320, 864, 4)}
WHOLE["teacher"] = (768, 2048, 5)
QUICK = {**WHOLE, "vocabulary": 2000, "length": 32, "student": (64, 128, 1)}
QUICK["teacher"] = (64, 128, 2)
METHODS = ("mtkd", "TRL")


def model(width: int, inner: int, layers: int, sizes: dict) -> nn.Module:
    """A Llama with tied embeddings and random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(layers)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=sizes["vocabulary"],
            hidden_size=width,
            intermediate_size=inner,
            num_hidden_layers=layers,
            num_attention_heads=width // 32,
            num_key_value_heads=width // 32,
            tie_word_embeddings=True,
        )
    )


def step(method: str, sizes: dict, device: torch.device) -> Callable[[], object] | None:
    """One step on one batch; None if TRL is not installed."""
    student = model(*sizes["student"], sizes).to(device)
    teacher = model(*sizes["teacher"], sizes).to(device).eval().requires_grad_(False)
    tokens = torch.randint(sizes["vocabulary"], (sizes["batch"], sizes["length"])).to(device)
    loss_of = ours(student, teacher, tokens) if method == "mtkd" else trl(student, teacher, tokens)
    if loss_of is None:
        return None
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-4)

    def call() -> None:
        loss_of().backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return call


def ours(student: nn.Module, teacher: nn.Module, tokens: torch.Tensor):
    """mtkd's loss: hidden states go in, no logits come out."""
    learner, source = TokenModel(student, causal=True), TokenModel(teacher, causal=True)
    labels = tokens[:, 1:].flatten()
    examples = torch.arange(len(tokens), device=tokens.device).repeat_interleave(
        tokens.shape[1] - 1
    )
    recipe = Recipe(JensenShannon(), Uniform(), hard_share=0.0)

    def short(values: torch.Tensor) -> torch.Tensor:
        return values[:, :-1].flatten(0, 1)

    def call() -> torch.Tensor:
        learnt = learner({"inputs": tokens}).map(short)
        with torch.no_grad():
            heard = CompleteSignal(source({"inputs": tokens}).map(short))
        found = distillation_objective(learnt, [heard], labels, examples, recipe)
        return found.loss / found.count

    return call


def trl(student: nn.Module, teacher: nn.Module, tokens: torch.Tensor):
    """The loss of TRL's GKD trainer, by its own code; None if it is not installed."""
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    try:
        from trl.experimental.gkd import GKDTrainer
    except ImportError:
        return None
    trainer = SimpleNamespace(
        teacher_model=teacher, beta=0.5, generalized_jsd_loss=GKDTrainer.generalized_jsd_loss
    )
    batch = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "labels": tokens}
    return lambda: GKDTrainer.compute_loss(trainer, student, batch)
