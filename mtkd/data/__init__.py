"""Data sets as checked tensors, their evaluation domains, and edits of their labels."""

from mtkd.data.base import DataSet
from mtkd.data.digits import Digits
from mtkd.data.examples import Batch, Examples, content_ids
from mtkd.data.only import Only
from mtkd.data.relabel import Relabel
from mtkd.data.rename import Rename
from mtkd.data.shifted import Shifted
from mtkd.data.sides import (
    HeldOutClasses,
    LabelShift,
    PopulationShift,
    SpuriousColumn,
    SubPopulation,
    Tilt,
)

__all__ = [
    "Batch", "DataSet", "Digits", "Examples", "HeldOutClasses", "LabelShift", "Only",
    "PopulationShift", "Relabel", "Rename", "Shifted", "SpuriousColumn", "SubPopulation", "Tilt",
    "content_ids",
]  # fmt: skip
