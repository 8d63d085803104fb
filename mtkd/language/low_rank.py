"""Students that train a low-rank addition to some of their layers (needs peft)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from mtkd.language.adapters import SequenceModel, TokenModel
from mtkd.language.learning import check_learning
from mtkd.language.origin import first_sentence
from mtkd.language.sums import plain_weights
from mtkd.language.targets import stored_transposed, target_layers


class LowRankModel(TokenModel):
    """A language model whose own weights are frozen; W + scale B A is trained in their place.

    Hu et al. 2021, section 4.1, https://arxiv.org/abs/2106.09685. B starts at 0, so the model
    starts as it was. The given model is changed in place: use the new one only.

    Args:
        base: From `causal_model` or `masked_model`.
        rank: Rows of A and columns of B, at least 1.
        targets: Endings of the names of the linear layers that get an addition, such as
            `[q_proj, v_proj]`. The output head cannot be one: it is read by itself. In many
            families peft takes `gate_proj`, `up_proj` and `down_proj` for their experts'.
        scale: Factor on the addition, not 0 (`lora_alpha / rank` in peft).
        dropout: Share of the addition's inputs dropped in training, in [0, 1).

    Raises:
        ValueError: `base` is no language model, `rank` or `scale` is out of its range, peft is
            not installed, no layer has such a name, it is the head, peft refuses it, or no
            gradient reaches its additions, such as through weights that are quantised.
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
        _check_arguments(base, rank, scale)
        layers = target_layers(base.model, targets)
        plain, kind = frozenset(base.model.state_dict()), type(base.model).__name__
        try:
            from peft import LoraConfig, get_peft_model
        except ImportError:
            raise ValueError(
                "a low-rank student needs peft, which is not installed; pip install 'mtkd[lora]'"
            ) from None
        settings: dict[str, Any] = {
            "r": rank,
            "target_modules": list(targets),
            "lora_alpha": scale * rank,
            "lora_dropout": dropout,
            "fan_in_fan_out": stored_transposed(base.model, targets),
        }
        try:
            with warnings.catch_warnings():  # peft asks the model by an old name
                warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
                # It does not look for them where it puts them: at the experts' weights.
                warnings.filterwarnings("ignore", ".*_pattern keys did not match", RuntimeWarning)
                wrapped = get_peft_model(base.model, LoraConfig(**settings))
            super().__init__(wrapped.get_base_model(), causal=base.causal)
        except ValueError as error:
            cause = error.__cause__
            said = first_sentence(cause if isinstance(cause, Exception) else error)
            raise ValueError(
                f"{kind} cannot have additions to {', '.join(targets)}: {said}"
            ) from error
        # In a list, so that the model's weights are not listed twice.
        self._wrapped, self._plain = [wrapped], plain
        check_learning(self, layers)

    def weights(self) -> dict[str, Tensor]:
        """Those of the plain model with the additions summed in; this one is not changed.

        Raises:
            ValueError: See `plain_weights`.
        """
        return plain_weights(self.model, self._plain)

    def save_additions(self, folder: str | Path) -> None:
        """Write the additions alone, as peft keeps them: `PeftModel.from_pretrained(base, folder)`.

        Raises:
            ValueError: The model below is made from a config, so nobody else has its weights.
        """
        if not self.model.config.name_or_path:
            raise ValueError(
                f"the additions of {type(self.model).__name__} belong to a model made from a "
                "config, which nobody has; save the whole student, additions summed in"
            )
        self._wrapped[0].save_pretrained(str(folder), save_embedding_layers=False)

    def merged(self) -> TokenModel:
        """A plain model with the additions summed into its weights.

        The weights are those of this model, which cannot be trained further. To write them to a
        folder and go on, call `mtkd.language.save_student` with this model instead.
        """
        plain: Any = self._wrapped[0].merge_and_unload()
        return TokenModel(plain.requires_grad_(True), causal=self.causal)


def _check_arguments(base: Any, rank: int, scale: float) -> None:
    if isinstance(base, SequenceModel):
        raise ValueError(
            "base is a sequence classifier, whose own head must be trained beside the additions, "
            "so it cannot be a low-rank student; leave LowRankModel out and train all of it"
        )
    if not isinstance(base, TokenModel):
        got = repr(base) if isinstance(base, str) else f"a {type(base).__name__}"
        raise ValueError(
            f"base must be a language model, got {got}; write base: {{_target_: "
            f"mtkd.language.causal_model, model: {base if isinstance(base, str) else '...'}}}"
        )
    if rank < 1:
        raise ValueError(f"rank must be at least 1, got {rank}")
    if scale == 0:
        raise ValueError("scale must not be 0: the addition would change nothing and never learn")
