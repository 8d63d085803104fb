"""Lightning's callbacks see the averages of a validation, over all devices, once."""

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger
from torch.utils.data import DataLoader
from torch.utils.data import default_collate as collate

from tests.test_distiller import examples, module

NAMES = {"val/loss", "val/hard", "val/soft", "val/own", "val/accuracy", "val/confidence"}


def loader():
    """Two batches."""
    return DataLoader(examples(), batch_size=4)


def run(distiller, callbacks=(), logger=False, **options):
    quiet = {"enable_progress_bar": False, "enable_model_summary": False}
    options = {"max_epochs": 3, "devices": 1, "num_sanity_val_steps": 0, **quiet, **options}
    checkpoints = any(isinstance(one, ModelCheckpoint) for one in callbacks)
    trainer = pl.Trainer(
        accelerator="cpu",
        callbacks=list(callbacks),
        logger=logger,
        enable_checkpointing=checkpoints,
        **options,
    )
    trainer.fit(distiller, loader(), loader())
    return trainer


def test_a_checkpoint_and_a_stop_can_watch_the_validation_loss(tmp_path):
    best = ModelCheckpoint(tmp_path, monitor="val/loss")
    # No loss falls by 100 nats: training ends after the second validation without such a fall.
    stop = EarlyStopping("val/loss", patience=2, min_delta=100.0)
    distiller = module()
    trainer = run(distiller, [best, stop], max_epochs=9)
    assert trainer.current_epoch == 3
    points = distiller.history.series["val/loss"]
    lowest = min(point for point in points if point is not None)
    assert best.best_model_score.item() == pytest.approx(lowest, rel=1e-5)


def test_callbacks_see_what_is_recorded():
    distiller = module()
    trainer = run(distiller)
    seen = {name: float(value) for name, value in trainer.callback_metrics.items()}
    series = distiller.history.series
    assert seen == pytest.approx({name: series[name][-1] for name in NAMES}, rel=1e-5)


def test_the_logger_gets_each_validation_once(tmp_path):
    logged = []

    class Logger(CSVLogger):
        def log_metrics(self, metrics, step=None):
            logged.append(metrics)

    run(module(), logger=Logger(tmp_path))
    assert sum("val/loss" in metrics for metrics in logged) == 3


def test_two_devices_see_the_mean_over_all_positions():
    distiller = module()
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = pl.Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn", **quiet)
    trainer.validate(distiller, loader(), verbose=False)
    whole = collate(examples())
    counts = [int(whole["mask"][part::2].sum()) for part in (0, 1)]
    assert counts[0] != counts[1]  # a mean of the devices' means would be another number
    expected = float(distiller.objective(whole).loss.detach()) / sum(counts)
    assert float(trainer.callback_metrics["val/loss"]) == pytest.approx(expected, rel=1e-5)
