"""A pretrained encoder where the data is bytes: it reads them with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mtkd.language import sequence_classifier
from mtkd.outputs import ModelOutput
from mtkd.text.origin import declared, load_tokenizer


class PretrainedEncoder(nn.Module):
    """A sequence classifier of transformers that reads rows of bytes, as `Intents` gives them.

    A folder without a classifier gets a new one; train it as any teacher. Nothing of the folder is
    executed and only safetensors are read.

    Args:
        model: Hub name or folder with model and tokenizer, e.g. `FacebookAI/roberta-base`.
        classes: Number of classes.
        revision: Branch, tag or commit on the hub; None: `main`.
        tokens: Longest row in tokens; longer ones are cut.
        dtype: `float32`, `bfloat16`, `float16`; None: float32.
        device: Where it lies; None: the CPU, until it is moved.
        local_files_only: Whether a hub name is looked up in the local cache only.

    Raises:
        ValueError: Nothing there (with the place looked at), no tokenizer, no padding token,
            or a classifier for another number of classes.
    """

    def __init__(
        self,
        model: str,
        classes: int,
        *,
        revision: str | None = None,
        tokens: int = 64,
        dtype: str | None = "float32",
        device: str | None = None,
        local_files_only: bool = True,
    ) -> None:
        super().__init__()
        self.tokens, self.tokenizer = tokens, load_tokenizer(model, revision, local_files_only)
        if declared(self.tokenizer, "pad_token") is None:
            raise ValueError(
                f"the tokenizer of {model} has no padding token; choose an encoder, or set "
                "pad_token in its tokenizer_config.json"
            )
        self.classifier = sequence_classifier(
            model,
            classes=classes,
            padding=self.tokenizer.pad_token_id,
            revision=revision,
            dtype=dtype,
            device=device,
            local_files_only=local_files_only,
        )

    def forward(self, batch: Mapping[str, Tensor]) -> ModelOutput:
        """Logits `[batch, classes]` for `batch["inputs"]`, `[batch, length]` bytes, 0 at the end.

        A character that was cut at the end of a row is read as U+FFFD.
        """
        rows = batch["inputs"].to("cpu", torch.uint8).numpy()
        texts = [bytes(row).rstrip(b"\0").decode(errors="replace") for row in rows]
        read = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self.tokens, return_tensors="pt"
        )
        place = batch["inputs"].device
        named = {name: values.to(place) for name, values in read.items()}
        found: ModelOutput = self.classifier({"inputs": named.pop("input_ids"), **named})
        return found
