"""The tokenizer of a trial's data, as transformers saves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenizers import Tokenizer

from mtkd.config import instantiate
from mtkd.text import PretrainedEncoder
from mtkd.text.origin import chat_template, load_tokenizer

TOKENS = "mtkd.text.Tokens"


def tokenizer_of(config: Mapping[str, Any], student: Any) -> Any:
    """A tokenizer of transformers; None if neither the student nor the data have one.

    The data are only built where their config does not name the tokenizer. What a study sets, the
    chat template and the token that ends a text, is set in it.

    Args:
        config: Of the trial.
        student: Built; an encoder of bytes has a tokenizer of its own.

    Raises:
        ValueError: The tokenizer or the data are not where the config says.
    """
    if isinstance(student, PretrainedEncoder):
        return _saved(student.tokenizer)
    node = config["data"].get("tokenizer")
    if isinstance(node, str):
        return _saved(load_tokenizer(node, None, True))
    if isinstance(node, Mapping) and node.get("_target_") == TOKENS:
        return _declared(node)
    data = instantiate(config["data"], "config.data")
    try:
        return _saved(data.tokenizer)
    except AttributeError:
        return None


def _declared(node: Mapping[str, Any]) -> Any:
    """That of a `mtkd.text.Tokens` node."""
    local = node.get("local_files_only", True)
    found = load_tokenizer(node["source"], node.get("revision"), local)
    template, end = chat_template(found, node.get("template")), node.get("end")
    made = _saved(found)
    if isinstance(end, str):
        made.eos_token = end
    if template is not None:
        made.chat_template = template
    return made


def _saved(tokenizer: Any) -> Any:
    if not isinstance(tokenizer, Tokenizer):
        return tokenizer
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)
