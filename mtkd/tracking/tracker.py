"""What one trial tells its Weights & Biases run."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mtkd.tracking import starting

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
        self.tau = float(config.get("tau", 0.9))
        names = config.get("study"), config.get("name")
        self.run = starting.start(config["wandb"], *names, folder, shown)
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
            for name, metric in plain_metrics(predictions, self.tau).items():
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
    if starting.mode_of(config.get("wandb", {})) == "disabled":
        yield Tracker()
        return
    tracker = WandbTracker(config, folder)
    try:
        yield tracker
    except BaseException:
        tracker.run.finish(exit_code=1)
        raise
    tracker.run.finish()
