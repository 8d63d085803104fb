"""A language model's own tokenizer, and whether it means the same tokens as the data."""

from __future__ import annotations

from collections.abc import Callable

from tokenizers import Tokenizer
from torch import Tensor

from mtkd.alignment import same_vocabulary, tokenizer_at
from mtkd.alignment.backend import AnyTokenizer, backend
from mtkd.language import SequenceModel, TokenModel
from mtkd.text.origin import load_tokenizer

Used = Callable[[], Tensor]


def origin(model: TokenModel | SequenceModel) -> str:
    """Folder or hub name that a model was loaded from; "" for one made from a config."""
    name: str = model.model.name_or_path
    return name


def embedded(model: TokenModel | SequenceModel) -> int:
    """Token ids that a model has an embedding for."""
    return len(model.model.get_input_embeddings().weight)


def own_tokenizer(model: TokenModel | SequenceModel) -> Tokenizer | None:
    """The `tokenizer.json` beside a model's weights, or in the hub's cache; None if there is none.

    The hub is not asked.
    """
    if not origin(model):
        return None
    try:
        return backend(tokenizer_at(origin(model)))
    except ValueError:
        return None


def foreign(model: TokenModel | SequenceModel, ours: AnyTokenizer, used: Used) -> str:
    """How a model's own tokenizer differs from the data's, see `difference`; "" if it has none."""
    own = own_tokenizer(model)
    found = "" if own is None else difference(ours, own, used)
    if not found:
        return ""
    try:  # transformers knows of tokens that are not in the file, and may have read the data's
        again = load_tokenizer(origin(model), None, True)
    except ValueError:
        return found
    return found if difference(ours, again, used) else ""


def difference(ours: AnyTokenizer, theirs: AnyTokenizer, used: Used) -> str:
    """How a model's tokenizer differs from the data's; "" if the data mean the same to both.

    Compared by content, never by size. Tokens that were added to a tokenizer (padding, the roles
    of a chat) may differ, as long as the data hold none that does.

    Args:
        ours: The data's.
        theirs: The model's.
        used: Gives `[n]` token ids that the data hold; asked only where it matters.
    """
    found = same_vocabulary(ours, theirs)
    if found.same:
        return ""
    added = _added(ours) | _added(theirs)
    vocabulary, other = backend(ours).get_vocab(), backend(theirs).get_vocab()
    if _without(vocabulary, added) != _without(other, added):
        return (
            f"{found.shared} of {found.student_tokens} tokens have the same number "
            f"among its {found.teacher_tokens}"
        )
    moved = {index: token for token, index in vocabulary.items() if other.get(token) != index}
    for index in used().tolist():
        if index in moved:
            return f"the data use token {index} as {moved[index]!r}, which it is not there"
    return ""


def _added(tokenizer: AnyTokenizer) -> set[str]:
    return {token.content for token in backend(tokenizer).get_added_tokens_decoder().values()}


def _without(vocabulary: dict[str, int], added: set[str]) -> dict[str, int]:
    return {token: index for token, index in vocabulary.items() if token not in added}
