"""What a manifest records of a split: equal for equal content, another for any other."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtkd.data import Digits, Examples
from mtkd.data.fingerprint import fingerprint


def examples(**changes):
    given = {
        "inputs": torch.tensor([[0.5, 2.0], [1.0, -3.0], [0.0, 4.0]]),
        "labels": torch.tensor([0, 1, -1]),
        "classes": 3,
        "metadata": {"part": np.array([True, False, True]), "topic": np.array(["a", "b", "c"])},
        "extras": {"side": torch.tensor([[1.0], [2.0], [3.0]])},
    }
    return Examples(**{**given, **changes})


SAME = {
    "name": {"name": "other"},
    "metadata in another order": {
        "metadata": {"topic": np.array(["a", "b", "c"]), "part": np.array([True, False, True])}
    },
    "a computed number": {
        "metadata": {**examples().metadata, "ink": np.array([0.1, 0.2, 0.3], dtype=np.float32)}
    },
}
OTHER = {
    "an input": ({"inputs": torch.tensor([[0.5, 2.0], [1.0, -3.0], [0.0, 4.5]])}, "sha256"),
    "a label": ({"labels": torch.tensor([0, 2, -1])}, "sha256"),
    "an extra": ({"extras": {"side": torch.tensor([[1.0], [2.0], [4.0]])}}, "columns"),
    "an extra's name": ({"extras": {"other": torch.tensor([[1.0], [2.0], [3.0]])}}, "columns"),
    "no extra": ({"extras": {}}, "columns"),
    "a part": (
        {"metadata": {**examples().metadata, "part": np.array([True, True, True])}},
        "columns",
    ),
    "a word": (
        {"metadata": {**examples().metadata, "topic": np.array(["a", "b", "d"])}},
        "columns",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_equal_content_is_equal(case):
    assert fingerprint(examples(**SAME[case])) == fingerprint(examples())


@pytest.mark.parametrize("case", OTHER)
def test_other_content_is_told_by_its_hash(case):
    changes, key = OTHER[case]
    one, other = fingerprint(examples()), fingerprint(examples(**changes))
    assert {name for name in one if one[name] != other[name]} == {key}


def test_the_order_of_the_items_counts():
    turned = examples().take(torch.tensor([2, 1, 0]))
    assert fingerprint(turned)["sha256"] != fingerprint(examples())["sha256"]


def test_the_hash_of_the_items_is_that_of_older_manifests():
    split = Digits(split_seed=7).validation
    said = fingerprint(replace(split, metadata={}))
    assert said["items"] == 200
    # As in run folders that mtkd wrote before it recorded anything else.
    assert said["sha256"] == "47ade2ade11d7b1c005a6377df67de350db1ae0b92c2a41eeb4538ecdbbedcd7"
