"""What is recorded of training: over which positions, and that nothing is missing in between."""

import pytest
import torch

from mtkd.recorder import History, Recorder
from tests.test_distiller import examples, fit, module


def test_positions_without_a_label_count_neither_for_the_labels_part_nor_for_the_accuracy():
    distiller, rows = module(), torch.utils.data.default_collate(examples())
    rows["labels"][:, 0] = -1
    objective = distiller.objective(rows, detail=True)
    distiller.records["train"].add(objective, rows)
    values = distiller.records["train"].read("train")
    known = rows["mask"] & (rows["labels"] >= 0)
    logits = distiller.student(rows).dense()
    expected = torch.nn.functional.cross_entropy(logits[known], rows["labels"][known])
    right = (logits.argmax(-1) == rows["labels"])[known]
    assert 0 < known.sum() < rows["mask"].sum()
    assert values["train/hard"] == pytest.approx(expected.item())
    assert values["train/accuracy"] == pytest.approx(right.float().mean().item())
    assert values["train/loss"] == pytest.approx((objective.loss / rows["mask"].sum()).item())


def test_every_record_has_every_series():
    distiller = module()
    distiller.log_every = 3  # of four steps an epoch
    series = fit(distiller, 2, max_epochs=4).history.series
    assert distiller.history.steps == [3, 6, 9, 12, 15, 16]
    assert {"train/accuracy", "train/confidence", "teacher/first/agreement"} <= series.keys()
    assert all(value is not None for points in series.values() for value in points)


def test_what_only_some_batches_describe_is_averaged_over_those():
    recorder, distiller = Recorder(("first", "second")), module()
    batch = torch.utils.data.default_collate(examples())
    recorder.add(distiller.objective(batch, detail=True), batch)
    alone = recorder.read("train")
    recorder.add(distiller.objective(batch), batch)
    assert recorder.read("train") == pytest.approx(alone)
    assert alone["teacher/first/coverage"] == 1
    described = int(batch["mask"].sum())
    total = alone["train/confidence"] * described
    assert recorder.totals()[-1] == pytest.approx([total, described])


def test_a_series_that_begins_late_has_no_value_before():
    history = History()
    history.add(1, {"a": 1.0})
    history.add(3, {"a": 2.0, "b": 5.0})
    history.add(4, {"b": 6.0})
    assert history.series == {"a": [1.0, 2.0, None], "b": [None, 5.0, 6.0]}


def test_one_batch_of_each_kind_is_described_between_two_readings():
    recorder, distiller = Recorder(("first", "second")), module()
    batch = torch.utils.data.default_collate(examples())
    own = {**batch, "written": batch["labels"]}
    assert recorder.lacks(batch)
    recorder.add(distiller.objective(batch), batch)
    assert recorder.lacks(batch)
    recorder.add(distiller.objective(batch, detail=True), batch)
    assert not recorder.lacks(batch)
    assert recorder.lacks(own)
    recorder.clear()
    assert recorder.lacks(batch)
