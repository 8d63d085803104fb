"""Two halves: one to look for pockets in, the other to confirm them on."""

from hashlib import blake2b

import numpy as np

from mtkd.metrics.base import Booleans
from mtkd.slices.compared import Texts

SALT = "mtkd slices: "
"""Makes the halves independent of other uses of the same hash."""


def discovery_half(origins: Texts) -> Booleans:
    """`[item]`: true for the half that is searched, by a hash of each id.

    It depends on nothing but the id: not on the order of the items, not on other items, and no
    seed can be tried until a finding appears. Equal ids lie in the same half.
    """
    distinct, places = np.unique(origins, return_inverse=True)
    drawn = [blake2b((SALT + str(text)).encode(), digest_size=1).digest()[0] for text in distinct]
    return (np.array(drawn, np.uint8) % 2 == 0)[places]
