"""What a language model said at the scored positions of a domain, in little space.

A vocabulary has too many classes to store them all. Kept are the most likely ones, the reference
and how it ranked; what is left of the mass is taken as spread evenly over the other classes, which
only a temperature notices. A file of these lies where `mtkd.predictions` of a classifier would.
"""

from mtkd.token_predictions.candidates import shared_candidates
from mtkd.token_predictions.reading import is_by_token, load_predictions
from mtkd.token_predictions.stored import FIELDS, NEAR, TokenPredictions

__all__ = [
    "FIELDS",
    "NEAR",
    "TokenPredictions",
    "is_by_token",
    "load_predictions",
    "shared_candidates",
]
