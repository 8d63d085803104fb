"""Hidden regression pockets: where a student is worse than a reference on the same items.

`find_pockets` searches one half of the items and confirms on the other; `judge` gates slices that
were named before looking. `mtkd slices` does both for a run folder or for files of predictions.
NumPy and SciPy only, no torch.
"""

from mtkd.slices.compared import Compared
from mtkd.slices.counts import Counts, count
from mtkd.slices.exact import more_than_rest, regresses
from mtkd.slices.gate import Gate, Judged, Verdict, judge, verdict
from mtkd.slices.halves import discovery_half
from mtkd.slices.paired import bounds, upper_bound
from mtkd.slices.pockets import Pocket, Request, Status, find_pockets
from mtkd.slices.registered import Registry, read_registry
from mtkd.slices.slice import Slice

__all__ = [
    "Compared",
    "Counts",
    "Gate",
    "Judged",
    "Pocket",
    "Registry",
    "Request",
    "Slice",
    "Status",
    "Verdict",
    "bounds",
    "count",
    "discovery_half",
    "find_pockets",
    "judge",
    "more_than_rest",
    "read_registry",
    "regresses",
    "upper_bound",
    "verdict",
]
