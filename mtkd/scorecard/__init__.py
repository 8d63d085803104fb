"""Is this version better than the last one, and for whom? One entry for each version of a student.

make_version   everything a version is judged by, from a run folder, each number with n and rule
Book           a folder with one JSON for each version, and the page and table made of them
compare        flips against an earlier version, on the same items only

Four layers: what users get, how far it can be relied on, what it costs, what changed. Teacher,
student, dataset and rubric are known by their content, so that figures of another dataset or
rubric are never compared without saying so. NumPy only; torch is imported where latency is
measured.
"""

from mtkd.scorecard.book import Book
from mtkd.scorecard.change import compare
from mtkd.scorecard.evidence import Request
from mtkd.scorecard.figures import Figure
from mtkd.scorecard.make import Made, make_version
from mtkd.scorecard.version import Version

__all__ = ["Book", "Figure", "Made", "Request", "Version", "compare", "make_version"]
