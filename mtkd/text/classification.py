"""Whole texts with one label each, as a data set of a study."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import torch
from tokenizers import Tokenizer

from mtkd.data import Examples
from mtkd.data.names import unknown
from mtkd.text.documents import string
from mtkd.text.labels import class_names, given_names, label_of
from mtkd.text.loading import read_splits, shared_texts, tell_shared
from mtkd.text.options import ALWAYS, TRAIN, check_room, evaluation_split
from mtkd.text.places import Hub
from mtkd.text.record import Record
from mtkd.text.tokens import Tokens, known_tokens
from mtkd.text.whole import Text, whole_rows


class LabelledTexts:
    """Texts, or pairs of texts, each with one class.

    Special tokens are those of the tokenizer; longer texts are cut inside of them, at the end of
    the longer one of a pair, counted and warned about. Token types, which tell the texts of a pair
    apart, go along where the tokenizer gives them to its model and not all of them are 0.

    Args:
        tokenizer: See `mtkd.text.TextData`.
        splits: See `mtkd.text.TextData`.
        text: Column of the text.
        label: Column of the class: a name, or a number, compared as text.
        pair: Column of the second text of a pair.
        names: Names of the classes in the order of their numbers; None: those in `train`, sorted.
        nothing: Name that stands for none of the classes (label -1), such as out of scope.
        length: Tokens of a row, at most, with the special ones.
        seed: Of the records taken out of `train`.

    Attributes:
        tokens: The tokenizer. Rows are padded on the right with `tokens.padding`: a model that
            reads its answer at the last token must have the same padding token.
        classes: Number of classes.
        names: Their names.
        splits: `Examples` by name: train, validation, test.
        cut: Texts that were cut, by split.

    Raises:
        ValueError: One sentence about the first thing that cannot work.
    """

    def __init__(
        self,
        tokenizer: str | Tokens,
        splits: Mapping[str, str | Sequence[str] | int | Hub],
        *,
        text: str = "text",
        label: str = "label",
        pair: str | None = None,
        names: Sequence[str] | None = None,
        nothing: str | None = None,
        length: int = 512,
        seed: int = 0,
    ) -> None:
        self.tokens, self.length = known_tokens(tokenizer), length
        self.columns, self.label = (text, pair) if pair else (text,), label
        check_room(self.tokens, length, pair is not None)
        records = read_splits(splits, (*self.columns, label), "file", seed, ALWAYS)
        self.nothing = None if nothing is None else str(nothing)
        self.names = (
            class_names(records[TRAIN], label, self.nothing)
            if names is None
            else given_names(names)
        )
        self.classes = len(self.names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self.cut: dict[str, int] = {}
        self._examples = {name: self._made(name, some) for name, some in records.items()}
        self.splits = {name: self._examples[name] for name in ALWAYS}
        self.train, self.validation, self.test = (self.splits[name] for name in ALWAYS)
        tell_shared(shared_texts(records, self.columns))

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer itself, without its options."""
        return self.tokens.plain

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The test split as `clean`, or another evaluation split by its name.

        Raises:
            ValueError: There is no such domain, or a severity is asked for.
        """
        return evaluation_split(self._examples, name, severity)

    def _made(self, split: str, records: Sequence[Record]) -> Examples:
        if not records:
            raise ValueError(f"{split} is empty: its files hold no records; check its path")
        texts = [self._text(record) for record in records]
        rows = whole_rows(texts, self.tokens, self.length)
        self.cut[split] = int(rows.pop("cut"))
        if self.cut[split]:
            warnings.warn(
                f"{split}: {self.cut[split]} of {len(records)} texts are longer than "
                f"{self.length} tokens and cut",
                stacklevel=2,
            )
        labels = torch.tensor([self._number(record) for record in records])
        extras = {name: values.long() for name, values in rows.items()}
        inputs = extras.pop("inputs")
        return Examples(inputs, labels, self.classes, f"texts/{split}", extras=extras)

    def _text(self, record: Record) -> Text:
        parts = [string(record, name) for name in self.columns]
        if not all(part.strip() for part in parts):
            raise ValueError(f"{record.at}: the text is empty; remove the record")
        return (parts[0], parts[1]) if len(parts) > 1 else parts[0]

    def _number(self, record: Record) -> int:
        name = label_of(record, self.label)
        if name == self.nothing:
            return -1
        if name not in self._numbers:
            raise ValueError(f"{record.at}: {unknown('class', name, self.names)}")
        return self._numbers[name]
