"""Data sets as checked tensors, their evaluation domains, and edits of their labels."""

from mtkd.data.base import DataSet
from mtkd.data.digits import Digits
from mtkd.data.examples import Batch, Examples, content_ids
from mtkd.data.only import Only
from mtkd.data.relabel import Relabel
from mtkd.data.rename import Rename

__all__ = ["Batch", "DataSet", "Digits", "Examples", "Only", "Relabel", "Rename", "content_ids"]
