"""Data sets as checked tensors, their evaluation domains, and edits of their labels."""

from mtkd.data.digits import Digits
from mtkd.data.examples import Batch, Examples, content_ids
from mtkd.data.relabel import Relabel

__all__ = ["Batch", "Digits", "Examples", "Relabel", "content_ids"]
