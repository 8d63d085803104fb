"""What the classes of an exported classifier are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtkd.config import instantiate
from mtkd.language import SequenceModel, TokenModel
from mtkd.study.sequences import NAMELESS


def name_classes(model: TokenModel | SequenceModel, config: Mapping[str, Any]) -> str:
    """Give a classifier without names of its own those of its data, which has to be read for them.

    Args:
        model: The student's; a language model has no classes to name.
        config: Of the trial.

    Returns:
        What to say of classes that stay nameless since the data cannot be read, else "".
    """
    if not isinstance(model, SequenceModel):
        return ""
    made = model.model.config
    if not all(NAMELESS.fullmatch(str(name)) for name in made.id2label.values()):
        return ""  # a study refuses a model whose names stand in another order
    try:
        names = getattr(instantiate(config["data"], "config.data"), "names", None)
    except (ValueError, OSError) as error:
        return f"\nits classes have no names, since the data cannot be read now: {error}"
    if names is not None and len(names) == model.classes:
        made.id2label = dict(enumerate(map(str, names)))
        made.label2id = {name: number for number, name in made.id2label.items()}
    return ""
