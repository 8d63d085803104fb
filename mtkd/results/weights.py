"""How much each teacher of a committee counted while its student was trained."""

import math
from collections.abc import Sequence

import numpy as np

from mtkd.files import UnreadableFile, read_json
from mtkd.results.index import Trial


def training_weights(trial: Trial, teachers: Sequence[str]) -> dict[str, float] | None:
    """Mean weight of each teacher over the second half of training, from `history.json`.

    What a rule would say about an item it never saw is not stored, so this is one number for all
    items. None where nothing was logged, or where nobody counted.
    """
    try:
        said = read_json(trial.folder / "history.json")
        series = [said["series"][f"teacher/{name}/weight"] for name in teachers]
        late = [
            float(np.mean([w for w in one[len(one) // 2 :] if w is not None])) for one in series
        ]
    except (UnreadableFile, KeyError, TypeError, ValueError):
        return None
    usable = bool(late) and all(math.isfinite(w) and w > 0 for w in late)
    return dict(zip(teachers, late, strict=True)) if usable else None
