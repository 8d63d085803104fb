"""A teacher that is silent about an item is not right about it, whatever its file holds there."""

import numpy as np

from mtkd.predictions import Predictions
from mtkd.scorecard.items import read_items


def test_where_the_teacher_is_silent_it_is_not_right(tmp_path):
    log_probs = np.log(np.full((4, 2), 0.5, dtype=np.float32))
    ids, labels = np.array([3, 0, 2, 1]), np.zeros(4, dtype=np.int64)
    for name, present in (("student", None), ("teacher", np.array([True, False, True, True]))):
        said = Predictions(ids, labels, log_probs, present)
        said.save(tmp_path / name / "predictions" / "clean.npz")
    found = read_items("clean", {name: tmp_path / name for name in ("student", "teacher")})
    assert found.ids.tolist() == [0, 1, 2, 3]
    assert found.right["student"].tolist() == [True, True, True, True]
    assert found.right["teacher"].tolist() == [False, True, True, True]
