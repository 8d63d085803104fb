"""A trial as a Weights & Biases run: offline files unless asked otherwise.

starting     whether a run may be sent, and how it begins
tracker      what one trial tells its run
publishing   one more run for a study that is done
"""

from mtkd.tracking.publishing import publish
from mtkd.tracking.starting import check_account, mode_of, start
from mtkd.tracking.tracker import Tracker, WandbTracker, track

__all__ = [
    "Tracker",
    "WandbTracker",
    "check_account",
    "mode_of",
    "publish",
    "start",
    "track",
]
