"""A batch in, hidden states and head (or logits) out, around a transformers model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.language.arguments import options, token_arguments
from mtkd.language.finish import measured_finish
from mtkd.language.head import caught, check_causal, output_head
from mtkd.language.layers import repeated_layers
from mtkd.language.packing import check_packing
from mtkd.language.positions import most_positions, most_types
from mtkd.language.probing import probing
from mtkd.outputs import ModelOutput, OutputHead


class TokenModel(nn.Module):
    """A language model handed over as last hidden states and output head: no logits are made.

    Args:
        model: A causal or masked language model of transformers. It stays usable by itself:
            `generate` and `save_pretrained` are those of `self.model`.
        causal: Whether it must not see later tokens; measured once, here.

    Attributes:
        width: Size of a hidden state at the head.
        classes: Rows of the head: the vocabulary, with its padding if it has any.
        scale: Factor on the raw logits, 1 for most models.
        softcap: Largest magnitude of a logit, or None.
        positions: Longest sequence the model knows, or None.
        types: Token types the model knows; 0: it is given none.
        packs: Whether it was seen to keep packed documents apart.

    Raises:
        ValueError: The model has no head, treats its logits in a way that scale and soft-cap do
            not explain, or sees later tokens although it should be causal.
    """

    def __init__(self, model: Any, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.classes, self.width = output_head(model).weight.shape
        self.scale, self.softcap = measured_finish(model)
        if causal:
            check_causal(model)
        self.positions, self.types = most_positions(model), most_types(model)
        self.options, self.model, self.packs = options(model), model, False

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Hidden states `[batch, length, width]` and head for `batch["inputs"]`.

        Args:
            batch: `inputs [batch, length]` token ids; `attention_mask [batch, length]`, if
                given, is 1 (or true) at tokens and 0 at padding. `positions [batch, length]`, if
                given, count each packed document's tokens from 0: a document sees no other, and
                the attention mask is not needed. Padding comes after a text: as in transformers,
                a position table (GPT-2) counts padding that comes before it. `token_type_ids
                [batch, length]`, if given, are read by models that know them.

        Raises:
            ValueError: `inputs` are no token ids, or too many for the model, or it cannot keep
                packed documents apart.
        """
        name = type(self.model).__name__
        arguments = token_arguments(batch, self.positions, name, self.types)
        if "position_ids" in arguments and not self.packs:
            self._check_packing()
        head = self.model.get_output_embeddings()
        with caught(head) as seen:
            self.model(**arguments, **self.options)
        made = OutputHead(head.weight, head.bias, self.scale, self.softcap)
        return ModelOutput(hidden=seen[0], head=made)

    def weights(self) -> dict[str, Tensor]:
        """Weights by the names that `self.model` gives them, tied ones under each name."""
        return dict(self.model.state_dict())

    def layers(self) -> list[nn.Module]:
        """The model's repeated layers, in their order; see `mtkd.sharding`."""
        return repeated_layers(self.model)

    def _check_packing(self) -> None:
        """Once, before the first packed batch."""
        if not self.causal:
            raise ValueError(
                f"{type(self.model).__name__} reads its text from both sides, so packed documents "
                "would read each other; give it one document in a sequence"
            )
        check_packing(self.model)
        self.packs = True


class SequenceModel(nn.Module):
    """A classifier of whole sequences: logits `[batch, classes]`.

    Args:
        model: A sequence classifier of transformers.

    Attributes:
        classes: Number of classes.
        positions: Longest sequence the model knows, or None.
        types: Token types the model knows; 0: it is given none.
        end: Token that ends a text, of an encoder-decoder, which reads its answer there, or None.

    Raises:
        ValueError: The model reads its answer at the last token that is no padding, and has no
            padding token; or cannot read at all.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.classes = int(model.config.num_labels)
        self.positions, self.types = most_positions(model), most_types(model)
        end = getattr(model.config, "eos_token_id", None)
        self.end = end if model.config.is_encoder_decoder and isinstance(end, int) else None
        tokens = torch.full((2, 1), self.end or 0, device=model.device)
        try:
            with probing(model):
                model(input_ids=tokens)
        except ValueError as error:
            stated = vars(model.config.get_text_config()).get("pad_token_id") is not None
            advice = "mend its config" if stated else "give padding=, the id of its padding token"
            raise ValueError(
                f"{type(model).__name__} cannot read a batch of sequences ({error}); {advice}"
            ) from None
        self.options, self.model = options(model), model

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Logits for `batch["inputs"]`, `[batch, length]` token ids; see `TokenModel`."""
        name = type(self.model).__name__
        if "positions" in batch:
            raise ValueError(
                f"{name} gives one answer for each sequence, so documents cannot be packed; leave "
                "positions out of the batch"
            )
        arguments = token_arguments(batch, self.positions, name, self.types)
        return ModelOutput(logits=self.model(**arguments, **self.options).logits)

    def weights(self) -> dict[str, Tensor]:
        """Weights by the names that `self.model` gives them, tied ones under each name."""
        return dict(self.model.state_dict())

    def layers(self) -> list[nn.Module]:
        """The model's repeated layers, in their order; see `mtkd.sharding`."""
        return repeated_layers(self.model)
