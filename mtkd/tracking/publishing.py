"""One more Weights & Biases run for a study that is done."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.files import read_json, write_text
from mtkd.tracking import starting


def publish(folder: Path, settings: Mapping[str, Any]) -> None:
    """One more run for a study that is done: every cell's endpoints, as summary and table.

    The same numbers are published once, however often the study is run again.

    Args:
        folder: A run folder with its `cells.csv` and `study.json`.
        settings: The study's `wandb` node.
    """
    mode = starting.mode_of(settings)
    if mode == "disabled":
        return
    import wandb

    study, table = read_json(folder / "study.json"), (folder / "cells.csv").read_bytes().decode()
    mark = folder / "wandb" / "published.txt"
    said = repr((mode, settings.get("project"), study["endpoint"], study["question"], table))
    digest = hashlib.sha256(said.encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    run = starting.start(settings, study["name"], "study", folder, {"question": study["question"]})
    endpoint = study["endpoint"].rpartition("/")[2]
    for row in rows:
        if row["statistic"] == endpoint and row["domain"] == "clean" and row["model"] == "student":
            name = f"{study['endpoint']}/{row['teacher']}/{row['label']}"
            run.summary[name] = float(row["value"])
    columns: list[str | int] = list(rows[0]) if rows else []
    cells = wandb.Table(columns=columns, data=[list(row.values()) for row in rows])
    run.log({"cells": cells})
    run.finish()
    write_text(mark, digest)
