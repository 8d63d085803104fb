"""Whether a language model fits the tokens and labels of a study's data, seen before training."""

from __future__ import annotations

from torch import nn

from mtkd.config import ConfigError
from mtkd.language import SequenceModel, TokenModel
from mtkd.language.arguments import check_types, token_arguments
from mtkd.study.facts import Facts
from mtkd.study.sequences import check_ends, check_names, check_padding
from mtkd.study.vocabularies import embedded, foreign, origin
from mtkd.text.encoders import PretrainedEncoder


def check_fit(model: nn.Module, facts: Facts, at: str, align: str = "") -> None:
    """Refuse a model that would read or predict something else than the data say.

    Models of the user's own, and those that read no tokens, are not looked at.

    Args:
        model: A student, or a teacher that is not aligned.
        facts: About the data.
        at: Its config path.
        align: Of a teacher: what else it can do, see `teacher_advice`; "" for a student.

    Raises:
        ConfigError: What it has, what the data have, and what to do.
    """
    if isinstance(model, TokenModel):
        check_tokens(model, facts, at, align)
        _check_positions(model, facts, at)
        check_sides(model, facts, at)
        _check_classes(model, facts, at, align)
        if not model.causal:  # what comes after is not seen
            check_padding(model, facts, at)
    elif isinstance(model, SequenceModel):
        check_tokens(model, facts, at, align)
        _check_positions(model, facts, at)
        check_names(model, facts, at)
        check_ends(model, facts, at)
        check_padding(model, facts, at)
    elif isinstance(model, PretrainedEncoder):
        check_names(model.classifier, facts, at)


def check_tokens(model: TokenModel | SequenceModel, facts: Facts, at: str, align: str = "") -> None:
    """Refuse a model that reads the data's token ids as other tokens, or lacks some of them.

    Raises:
        ConfigError: See `check_fit`.
    """
    name, where = type(model.model).__name__, origin(model)
    if where not in facts.differences:  # a student is made anew for each cell
        ours = None if where in ("", facts.source) else facts.tokenizer
        facts.differences[where] = "" if ours is None else foreign(model, ours, lambda: facts.used)
    if facts.differences[where]:
        raise ConfigError(
            f"{at}: {name} from {where} has another tokenizer than config.data{_source(facts)}: "
            f"{facts.differences[where]}; {align or _retokenise(model, facts)}"
        )
    classifies = isinstance(model, SequenceModel)
    rows, needed = embedded(model), facts.largest + 1 if classifies else facts.needed
    if rows < needed:
        advice = "its tokenizer must be the data's: "
        advice += align or "set data.tokenizer to the one it was trained with"
        if not origin(model):
            advice = f"set {_path(at)}.model.vocab_size: {needed}"
        raise ConfigError(
            f"{at}: {name} knows {rows} tokens, the tokens of config.data{_source(facts)} are "
            f"numbered up to {needed - 1}; {advice}"
        )


def check_sides(model: TokenModel, facts: Facts, at: str) -> None:
    """Refuse a model that reads its labels, or one that sees too little to tell them.

    Raises:
        ConfigError: See `check_fit`.
    """
    name = type(model.model).__name__
    if not model.causal and facts.hidden is None and facts.shifted:
        hide = "set data.hidden: 0.15, or " if facts.source is not None else ""
        raise ConfigError(
            f"{at}: {name} reads its text from both sides, but the labels of config.data are the "
            f"tokens that come next, so it would read them; {hide}use mtkd.language.causal_model"
        )
    if model.causal and facts.hidden is not None:
        raise ConfigError(
            f"{at}: {name} sees no later token, but config.data hides tokens that are told from "
            f"both sides (hidden: {facts.hidden:g}); set data.hidden: null, or use "
            "mtkd.language.masked_model"
        )


def teacher_advice(model: nn.Module, facts: Facts, trained: bool) -> str:
    """What lets a teacher with a vocabulary of its own speak to the student."""
    where = origin(model) if isinstance(model, TokenModel) else ""
    if facts.hidden is not None or not where:
        return "use a teacher with the tokenizer of the data and as many classes"
    needs_text = "text_bytes" not in facts.data.train.extras
    also = " and data.bytes: true" if needs_text else ""
    advice = f"add align: {{teacher_tokenizer: {where}}}, live: true{also}"
    return f"leave out its trainer and optimizer, and {advice}" if trained else advice


def _check_positions(model: TokenModel | SequenceModel, facts: Facts, at: str) -> None:
    """Refuse a split or domain with more positions or token types than the model knows."""
    name = type(model.model).__name__
    for split, rows in facts.examples.items():
        try:
            token_arguments({"inputs": rows.inputs, **rows.extras}, model.positions, name)
            check_types(rows.extras, model.types, name)
        except ValueError as error:
            raise ConfigError(f"{at}: {name} does not take the data ({split}): {error}") from None


def _check_classes(model: TokenModel, facts: Facts, at: str, align: str) -> None:
    """Refuse a vocabulary with more or fewer rows that no token uses than the data say."""
    ours, theirs = facts.data.classes, model.classes
    if ours == theirs:
        return
    pad = f"data.classes: {theirs}" if facts.source is not None else ""
    said, advice = "", align or (f"set {pad}" if pad else f"use a model with {ours} classes")
    if align and pad and theirs > ours:
        advice = f"set {pad} if the others are padding of one tokenizer, or {align}"
    if not origin(model):
        advice = f"set {_path(at)}.model.vocab_size: {ours}{pad and f', or {pad}'}"
    elif facts.tokenizer is not None:
        fewer = f"{facts.needed} of them in use (the others are padding)"
        said = f", {fewer if facts.needed < ours else 'all of them in use'}"
    raise ConfigError(
        f"{at}: {type(model.model).__name__} speaks about {theirs} classes, config.data has "
        f"{ours}{said}; {advice}"
    )


def _retokenise(model: TokenModel | SequenceModel, facts: Facts) -> str:
    if facts.source is None:
        return "train a model from a config (model_type: ...) on these data"
    return f"set data.tokenizer: {origin(model)}"


def _source(facts: Facts) -> str:
    return "" if facts.source is None else f" ({facts.source})"


def _path(at: str) -> str:
    """The key in the study; a teacher's node is called `model` already, as its config is."""
    return at.removeprefix("config.")
