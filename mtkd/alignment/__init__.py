"""Teachers with another tokenizer: what both vocabularies share, where both prefixes agree."""

from mtkd.alignment.aligned import Aligned
from mtkd.alignment.coverage import Coverage
from mtkd.alignment.opening import aligned_source, tokenizer_at
from mtkd.alignment.passages import Passage, cut, passage_tensors, spell
from mtkd.alignment.positions import aligned_positions
from mtkd.alignment.reader import ByteReader, Reading
from mtkd.alignment.surface import Surface, surface_of
from mtkd.alignment.texts import read_texts, write_texts
from mtkd.alignment.union import UnionSignal, over_classes
from mtkd.alignment.vocabulary import VocabularyComparison, same_vocabulary, shared_tokens
from mtkd.alignment.vocabulary_map import VocabularyMap, vocabulary_map

__all__ = [
    "Aligned",
    "ByteReader",
    "Coverage",
    "Passage",
    "Reading",
    "Surface",
    "UnionSignal",
    "VocabularyComparison",
    "VocabularyMap",
    "aligned_positions",
    "aligned_source",
    "cut",
    "over_classes",
    "passage_tensors",
    "read_texts",
    "same_vocabulary",
    "shared_tokens",
    "spell",
    "surface_of",
    "tokenizer_at",
    "vocabulary_map",
    "write_texts",
]
