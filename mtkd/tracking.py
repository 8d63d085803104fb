"""A trial as a Weights & Biases run: offline files unless asked otherwise."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError

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
        import wandb
        from pytorch_lightning.loggers import WandbLogger

        settings = config["wandb"]
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self.run = wandb.init(
            project=settings.get("project", "mtkd"),
            group=config.get("study"),
            name=config.get("name"),
            mode=settings["mode"],
            dir=str(folder),
            config={key: value for key, value in config.items() if key not in HIDDEN},
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_git=True,
                disable_code=True,
                x_disable_stats=True,
                x_disable_meta=True,
            ),
        )
        self.logger = WandbLogger(experiment=self.run)

    def finish(self, folder: Path, result: Mapping[str, Any]) -> None:
        import wandb
        from PIL import Image

        from mtkd.predictions import Predictions
        from mtkd.report import reliability_png
        from mtkd.results import plain_metrics

        rows = []
        for path in sorted((folder / "predictions").glob("*.npz")):
            predictions = Predictions.load(path)
            for name, metric in plain_metrics(predictions).items():
                self.run.summary[f"{path.stem}/{name}"] = metric.value
                rows.append([path.stem, name, metric.value, metric.n, metric.convention])
            if path.stem in ("clean", "validation"):
                picture = reliability_png(predictions, f"{path.stem}, n = {len(predictions)}")
                image = wandb.Image(Image.open(io.BytesIO(picture)))
                self.run.log({f"reliability/{path.stem}": image})
        columns = ["domain", "metric", "value", "n", "convention"]
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
