"""Students that train a low-rank addition to some of their layers (needs peft)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from mtkd.language.adapters import TokenModel


class LowRankModel(TokenModel):
    """A language model whose own weights are frozen; W + scale B A is trained in their place.

    Hu et al. 2021, section 4.1, https://arxiv.org/abs/2106.09685. B starts at 0, so the model
    starts as it was. The given model is changed in place: use the new one only.

    Args:
        base: From `causal_model` or `masked_model`.
        rank: Rows of A and columns of B, at least 1.
        targets: Endings of the names of the linear layers that get an addition, such as
            `[q_proj, v_proj]`. The output head cannot be one: it is read by itself.
        scale: Factor on the addition (`lora_alpha / rank` in peft).
        dropout: Share of the addition's inputs dropped in training, in [0, 1).

    Raises:
        ValueError: peft is not installed, no layer has such a name, or it is the head.
    """

    def __init__(
        self,
        base: TokenModel,
        rank: int,
        targets: Sequence[str],
        *,
        scale: float = 1.0,
        dropout: float = 0.0,
    ) -> None:
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        _check_targets(base.model, targets)
        try:
            from peft import LoraConfig, get_peft_model
        except ImportError:
            raise ValueError(
                "a low-rank student needs peft, which is not installed; pip install 'mtkd[lora]'"
            ) from None
        settings = LoraConfig(
            r=rank, target_modules=list(targets), lora_alpha=scale * rank, lora_dropout=dropout
        )
        wrapped = get_peft_model(base.model, settings)
        super().__init__(wrapped.get_base_model(), causal=base.causal)
        # In a list, so that the model's weights are not listed twice.
        self._wrapped = [wrapped]

    def merged(self) -> TokenModel:
        """A plain model with the additions summed into its weights, ready for `save_pretrained`.

        The weights are those of this model, which cannot be trained further.
        """
        plain: Any = self._wrapped[0].merge_and_unload()
        return TokenModel(plain.requires_grad_(True), causal=self.causal)


def _check_targets(model: Any, targets: Sequence[str]) -> None:
    """Refuse names that no layer has: peft lets one of several pass without a word."""
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    inner = [entry for entry in model.named_modules() if isinstance(entry[1], (nn.Linear, Conv1D))]
    sized = sorted({name.rpartition(".")[2] for name, layer in inner if layer is not head})
    for target in targets:
        if target not in sized:
            raise ValueError(
                f"no layer of {type(model).__name__} that can have an addition is called "
                f"{target!r}; its layers are {', '.join(sized)}"
            )
    if not targets:
        raise ValueError(f"targets is empty; name some of {', '.join(sized)}")
