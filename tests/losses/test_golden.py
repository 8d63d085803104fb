"""Values computed elsewhere, at one point, for every loss with a published formula."""

import json
from pathlib import Path

import pytest
import torch

import mtkd.losses

from .cases import CLASSES_TO_USE

GOLDEN = json.loads((Path(__file__).parent.parent / "reference" / "losses.json").read_text())


@pytest.mark.parametrize("row", GOLDEN["values"], ids=lambda row: f"{row['loss']}-{row['value']}")
@pytest.mark.parametrize(
    ("dtype", "relative", "absolute"),
    # T^2 and the weights of DecoupledKD multiply float32's rounding as well, hence the 3.
    [(torch.float64, 0, 1e-10), (torch.float32, 3e-6, 1e-6)],
)
def test_golden_value(row, dtype, relative, absolute):
    loss = getattr(mtkd.losses, row["loss"])(**row["arguments"])
    student = torch.tensor(GOLDEN["student_logits"], dtype=dtype)
    teacher = torch.tensor(GOLDEN["teacher_logits"], dtype=dtype)
    value = loss(student, teacher, torch.tensor(GOLDEN["label"]))
    expected = torch.tensor(row["value"], dtype=dtype)
    torch.testing.assert_close(value, expected, rtol=relative, atol=absolute)


def test_every_loss_with_a_published_value_is_covered():
    covered = {row["loss"] for row in GOLDEN["values"]}
    none = {"LogitMSE", "SharedAndSorted"}  # the second has values by hand in tests/alignment
    assert {cls.__name__ for cls in CLASSES_TO_USE} - covered == none
