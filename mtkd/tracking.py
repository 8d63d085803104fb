"""A trial as a Weights & Biases run: offline files unless asked otherwise."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError
from mtkd.files import read_json

MODES = ("offline", "online", "disabled")
HIDDEN = ("wandb", "base")


class Tracker:
    """What a trial tells its run; this one tells nobody (`wandb.mode=disabled`).

    Attributes:
        logger: A Lightning logger, or False.
    """

    logger: Any = False

    def finish(self, folder: Path, result: Mapping[str, Any]) -> None:
        """Hand over the summary and the plots of a trial that is done."""


class WandbTracker(Tracker):
    """A run whose group is the study and whose name is what differs."""

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        from pytorch_lightning.loggers import WandbLogger

        shown = {key: value for key, value in config.items() if key not in HIDDEN}
        self.run = start(config["wandb"], config.get("study"), config.get("name"), folder, shown)
        self.logger = WandbLogger(experiment=self.run)

    def finish(self, folder: Path, result: Mapping[str, Any]) -> None:
        import wandb
        from PIL import Image

        from mtkd.report import reliability_png
        from mtkd.results import plain_metrics
        from mtkd.token_predictions import load_predictions

        rows = []
        for path in sorted((folder / "predictions").glob("*.npz")):
            predictions = load_predictions(path)
            for name, metric in plain_metrics(predictions).items():
                self.run.summary[f"{path.stem}/{name}"] = metric.value
                rows.append([path.stem, name, metric.value, metric.n, metric.convention])
            if path.stem == "clean":
                picture = reliability_png(predictions, f"{path.stem}, n = {len(predictions)}")
                image = wandb.Image(Image.open(io.BytesIO(picture)))
                self.run.log({f"reliability/{path.stem}": image})
        columns: list[str | int] = ["domain", "metric", "value", "n", "convention"]
        self.run.log({"metrics": wandb.Table(columns=columns, data=rows)})
        self.run.summary.update(dict(result))


@contextmanager
def track(config: Mapping[str, Any], folder: Path) -> Iterator[Tracker]:
    """The tracker the config asks for; its run is closed whatever happens inside.

    Raises:
        ConfigError: An unknown `wandb.mode`.
    """
    mode = config.get("wandb", {}).get("mode", "disabled")
    if mode not in MODES:
        raise ConfigError(f"wandb.mode must be one of {', '.join(MODES)}, got {mode!r}")
    if mode == "disabled":
        yield Tracker()
        return
    tracker = WandbTracker(config, folder)
    try:
        yield tracker
    except BaseException:
        tracker.run.finish(exit_code=1)
        raise
    tracker.run.finish()


def publish(folder: Path, settings: Mapping[str, Any]) -> None:
    """One more run for a study that is done: every cell's endpoints, as summary and table.

    Args:
        folder: A run folder with its `cells.csv` and `study.json`.
        settings: The study's `wandb` node.
    """
    if settings["mode"] == "disabled":
        return
    import wandb

    study = read_json(folder / "study.json")
    with (folder / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    run = start(settings, study["name"], "study", folder, {"question": study["question"]})
    endpoint = study["endpoint"].rpartition("/")[2]
    for row in rows:
        if row["statistic"] == endpoint and row["domain"] == "clean" and row["model"] == "student":
            name = f"{study['endpoint']}/{row['teacher']}/{row['label']}"
            run.summary[name] = float(row["value"])
    columns: list[str | int] = list(rows[0]) if rows else []
    table = wandb.Table(columns=columns, data=[list(row.values()) for row in rows])
    run.log({"cells": table})
    run.finish()


def start(
    settings: Mapping[str, Any],
    group: str | None,
    name: str | None,
    folder: Path,
    config: Mapping[str, Any],
) -> Any:
    """A W&B run that asks nothing, prints nothing and looks at nothing but what it is given."""
    import wandb

    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    return wandb.init(
        project=settings.get("project", "mtkd"),
        group=group,
        name=name,
        mode=settings["mode"],
        dir=str(folder),
        config=dict(config),
        settings=wandb.Settings(
            silent=True,
            console="off",
            disable_git=True,
            disable_code=True,
            x_disable_stats=True,
            x_disable_meta=True,
            x_save_requirements=False,
        ),
    )
