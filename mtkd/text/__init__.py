"""Texts as data: files and hub sets, tokenised once, with labels shifted here and nowhere else."""

from mtkd.text.byte_models import ByteConvolution, ByteNgrams, ByteTransformer
from mtkd.text.cache import cached
from mtkd.text.classification import LabelledTexts
from mtkd.text.conversations import Messages
from mtkd.text.data import TextData
from mtkd.text.encoders import PretrainedEncoder
from mtkd.text.instructions import Instructions
from mtkd.text.intents import Intents
from mtkd.text.library import StandardLibrary
from mtkd.text.places import Hub
from mtkd.text.plain import PlainText
from mtkd.text.swap import SwapTokens
from mtkd.text.tokens import Tokens

__all__ = [
    "ByteConvolution",
    "ByteNgrams",
    "ByteTransformer",
    "Hub",
    "Instructions",
    "Intents",
    "LabelledTexts",
    "Messages",
    "PlainText",
    "PretrainedEncoder",
    "StandardLibrary",
    "SwapTokens",
    "TextData",
    "Tokens",
    "cached",
]
