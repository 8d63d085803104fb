"""Texts that are hard to align, and texts of different kinds to train tokenizers on."""

import json
from pathlib import Path

TEXTS = [
    "Hello, world! The cat sat on the mat; there they were.",
    "Le café naïve à Noël coûte 3,50 €.",
    "  two leading spaces\n\tand a tab",
    "emoji 😀 and a family 👨‍👩‍👧 together",
    "東京は日本の首都です。 中文 한국어",
    "decomposed e\u0301 and a ligature \ufb01 and dots…",
    "trailing spaces   ",
    "a literal <s> inside",
    "unseen: ꙮ ᚠ",
    "x",
    " ",
    "",
]
CORPUS = [text for text in TEXTS[:5] for _ in range(10)]
CODE = [path.read_text() for path in sorted(Path(json.__file__).parent.glob("*.py"))]
PROSE = [
    "There was a time when the weather in the north was the worst that they could remember.",
    "They went there together, and the others followed them; then nothing more was heard.",
    "Is this the thing? This is not the thing, she said, and 2024 things were there in 1999.",
]
