"""Texts for language models as a data set of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from tokenizers import Tokenizer

from mtkd.data import Examples
from mtkd.text.documents import Form
from mtkd.text.hidden import hide
from mtkd.text.loading import Splits, read_splits, shared_texts, tell_shared
from mtkd.text.options import ALWAYS, TRAIN, check_options, enough_classes, evaluation_split
from mtkd.text.pieces import Counts
from mtkd.text.places import Hub
from mtkd.text.plain import PlainText
from mtkd.text.prompts import prompt_examples
from mtkd.text.record import Record
from mtkd.text.routes import Routes
from mtkd.text.rows import Shape, rows_of
from mtkd.text.scored import keep_some
from mtkd.text.tokens import Tokens, known_tokens


class TextData:
    """Plain texts, instructions or conversations as rows of tokens with shifted labels.

    Args:
        tokenizer: Folder, hub name or `tokenizer.json`, or a `mtkd.text.Tokens` with options.
        splits: Where `train`, `validation`, `test` and any further evaluation domain lie: a path
            or pattern (from the current folder), a list of them, or a `mtkd.text.Hub`. A number
            in place of `validation` or `test` takes so many records out of `train`.
        form: What a record means: `mtkd.text.PlainText` (the default), `Instructions` or
            `Messages`.
        length: Tokens of a row, at most; no more than the models have positions.
        packing: `none`: one document a row, padded; `documents`: as many as fit, attention kept
            inside of each by `positions`; `stream`: one after the other, attention crosses.
        long: What happens to longer documents, but in a stream, which loses nothing: `cut` (the
            end is lost; counted and warned about), `split` (into several rows), `refuse`.
        classes: The model's vocabulary, where it is larger than the tokenizer's.
        bytes: Whether batches carry `text_bytes` and `spans`, for teachers with another
            tokenizer.
        route: Column with the key by which a teacher is chosen for a record.
        scored: How many positions of each evaluation domain keep their label; None: all.
        hidden: Share of the tokens that a masked model does not see and predicts, with labels
            that are not shifted; None: a causal model, which predicts the next token.
        seed: Of the hidden tokens, the records taken out of `train`, and of the scored positions.

    Attributes:
        tokens: The tokenizer.
        classes: As given, or the tokenizer's.
        train, validation, test: `Examples`; `splits` has them by name.
        counts: What became of the texts of each split and domain.
        routes: Names of the route keys, sorted; `route [n]` in a batch counts in them.

    Raises:
        ValueError: One sentence about the first thing that cannot work.
    """

    def __init__(
        self,
        tokenizer: str | Tokens,
        splits: Mapping[str, str | Sequence[str] | int | Hub],
        *,
        form: Form | None = None,
        length: int = 512,
        packing: str = "none",
        long: str = "cut",
        classes: int | None = None,
        bytes: bool = False,
        route: str | None = None,
        scored: int | None = None,
        hidden: float | None = None,
        seed: int = 0,
    ) -> None:
        self.tokens, self.form = known_tokens(tokenizer), form or PlainText()
        self.classes = enough_classes(self.tokens, classes)
        self.shape = Shape(length, packing, long, bytes)
        self.scored, self.seed, self.routed = scored, seed, route is not None
        self.hidden = hidden
        check_options(self.shape, scored, self.routed, hidden)
        columns = (*self.form.columns, *([route] if route else ()))
        records: Splits = read_splits(splits, columns, self.form.unit, seed, ALWAYS)
        self._routes = Routes(records, route)
        self.counts: dict[str, Counts] = {}
        self._examples = {name: self._made(name, some) for name, some in records.items()}
        self.splits = {name: self._examples[name] for name in ALWAYS}
        self.train, self.validation, self.test = self.splits.values()
        tell_shared(shared_texts(records, self.form.columns))
        self._prompted = records[TRAIN] if self.form.prompts else []

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer itself, without its options."""
        return self.tokens.plain

    @property
    def routes(self) -> list[str]:
        """Names of the route keys, sorted; empty without a route column."""
        return self._routes.names

    @cached_property
    def prompts(self) -> Examples:
        """The training split's prompts, padded on the left, for a model to go on from.

        `inputs [n, length]`, `attention_mask [n, length]`, labels all -1, and `route [n]`.

        Raises:
            ValueError: The form has no prompts, or a prompt is longer than `length`.
        """
        codes = self._routes.codes(TRAIN) if self.routed else None
        return prompt_examples(
            self._prompted, self.form, self.tokens, self.shape.length, self.classes, codes
        )

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The test split as `clean`, or another evaluation split by its name.

        Raises:
            ValueError: There is no such domain, or a severity is asked for.
        """
        return evaluation_split(self._examples, name, severity)

    def _made(self, name: str, records: Sequence[Record]) -> Examples:
        rows, self.counts[name] = rows_of(records, self.form, self.tokens, self.shape, name)
        record = rows.pop("record", None)
        extras = {key: value for key, value in rows.items() if key not in ("inputs", "labels")}
        metadata = {}
        if record is not None:
            metadata["record"] = record.numpy()
            if self.routed:
                extras["route"] = self._routes.codes(name)[record]
        labels, inputs = rows["labels"], rows["inputs"]
        if self.hidden is not None:
            inputs, labels = hide(inputs, labels, self.hidden, self.tokens.mask, self.seed)
        if name == TRAIN or self.scored is None:
            return Examples(inputs, labels, self.classes, f"texts/{name}", metadata, extras)
        labels = keep_some(labels, self.scored, self.seed)
        made = Examples(inputs, labels, self.classes, f"texts/{name}", metadata, extras)
        return made.take((labels >= 0).any(dim=1))
