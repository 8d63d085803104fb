"""Teachers with another tokenizer: what both vocabularies share, where both prefixes agree."""

from mtkd.alignment.aligned import Aligned
from mtkd.alignment.coverage import Coverage
from mtkd.alignment.positions import aligned_positions
from mtkd.alignment.reader import ByteReader, Reading
from mtkd.alignment.surface import Surface, surface_of
from mtkd.alignment.texts import read_texts, write_texts
from mtkd.alignment.vocabulary import VocabularyComparison, same_vocabulary, shared_tokens

__all__ = [
    "Aligned",
    "ByteReader",
    "Coverage",
    "Reading",
    "Surface",
    "VocabularyComparison",
    "aligned_positions",
    "read_texts",
    "same_vocabulary",
    "shared_tokens",
    "surface_of",
    "write_texts",
]
