"""What loggers, results and checkpoints of Lightning hold of a distiller's records."""

import copy

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger

from mtkd.distiller import Distiller
from mtkd.recipe import Recipe
from mtkd.weighting import LearnedGate
from tests.test_callbacks import NAMES, loader, run
from tests.test_distiller import FEATURES, Rows, fit, module


def trainer(**options):
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    quiet |= {"enable_checkpointing": "callbacks" in options, "num_sanity_val_steps": 0}
    return pl.Trainer(accelerator="cpu", devices=1, **quiet, **options)


def metrics(logger):
    """The first line of its file and the number of the others."""
    with open(f"{logger.log_dir}/metrics.csv") as file:
        names, *rows = file.read().splitlines()
    return names.split(","), len(rows)


def test_each_of_several_loggers_gets_every_record(tmp_path):
    loggers = [CSVLogger(tmp_path, name) for name in "ab"]
    run(module(), logger=loggers)
    first, second = map(metrics, loggers)
    assert first == second
    assert {"train/loss", "teacher/first/weight", "val/loss"} <= set(first[0])


def test_a_record_is_in_the_file_before_the_next_batch(tmp_path):
    class Reads(pl.Callback):
        rows = ()

        def on_train_batch_start(self, trainer, module, batch, number):
            if number:
                self.rows += (metrics(trainer.logger)[1],)

    reads = Reads()
    run(module(), [reads], CSVLogger(tmp_path), max_epochs=1)
    assert reads.rows == (1,)


def test_a_validation_returns_its_averages():
    distiller = module()
    (found,) = trainer().validate(distiller, loader(), verbose=False)
    assert set(found) == NAMES
    assert distiller.history.steps == []


def test_the_look_before_the_first_step_is_no_record(tmp_path):
    logger, made = CSVLogger(tmp_path), module()
    run(made, logger=logger, num_sanity_val_steps=1, max_epochs=1)
    assert made.history.steps == [1, 2, 2]
    without = CSVLogger(tmp_path)
    run(module(), logger=without, max_epochs=1)
    assert metrics(logger) == metrics(without)


def checkpoint(folder, distiller, epochs=2):
    """The checkpoint of its first epoch; training goes on behind it."""
    run(distiller, [ModelCheckpoint(folder, save_top_k=-1)], max_epochs=epochs)
    return folder / "epoch=0-step=2.ckpt"


def test_a_resumed_training_has_the_weights_and_the_records_of_one_that_was_not(tmp_path):
    whole, resumed = module(LearnedGate()), module(LearnedGate())
    path = checkpoint(tmp_path, whole, epochs=3)
    trainer(max_epochs=3).fit(resumed, loader(), loader(), ckpt_path=path)
    assert resumed.history.as_json() == whole.history.as_json()
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


def test_a_checkpoint_of_a_step_holds_the_record_of_that_step(tmp_path):
    saves = ModelCheckpoint(tmp_path, filename="at", every_n_train_steps=1)
    run(module(), [saves], max_steps=1)
    saved = torch.load(tmp_path / "at.ckpt", weights_only=True)["mtkd"]
    assert saved["history"]["step"] == [1]
    assert saved["teachers"] == {"first": "first", "second": "second"}


def test_a_checkpoint_is_no_batch_to_a_subclass_of_ones_own(tmp_path):
    class Looks(type(module())):
        seen = ()

        def on_train_batch_end(self, outputs, batch, batch_index):
            super().on_train_batch_end(outputs, batch, batch_index)
            self.seen += (len(batch["labels"]),)

    made = module()
    made.__class__ = Looks
    run(made, [ModelCheckpoint(tmp_path, every_n_train_steps=1)], max_epochs=1)
    assert made.seen == (4, 4)


def test_teachers_of_a_validation_are_records_of_their_own():
    made = module()
    run(made, max_epochs=1)
    assert made.history.series.keys() >= {"val/teacher/first/agreement"}
    first = [value is None for value in made.history.series["teacher/first/weight"]]
    assert first == [False, False, True]


def test_a_validation_that_broke_off_is_no_part_of_the_next():
    class Breaks(pl.Callback):
        def on_validation_batch_end(self, *arguments):
            raise RuntimeError("out of patience")

    made = module()
    (wanted,) = trainer().validate(made, loader(), verbose=False)
    with pytest.raises(RuntimeError, match="out of patience"):
        trainer(callbacks=[Breaks()]).validate(made, loader(), verbose=False)
    (found,) = trainer().validate(made, loader(), verbose=False)
    assert found == wanted


def test_training_does_not_go_on_with_other_teachers(tmp_path):
    path = checkpoint(tmp_path, module())
    changed = module()
    changed.teachers["second"].identity = "trained longer"
    for other in (changed, module(teachers=("second", "first")), module(teachers=("first",))):
        with pytest.raises(ValueError, match=r"made with teachers first \(first\), second \(secon"):
            trainer(max_epochs=9).fit(other, loader(), ckpt_path=path)


def loaded(path, names, weighting=None, **options):
    new = module(weighting, names)
    recipe = Recipe(new.loss, new.weighting)
    parts = {"student": Rows(7), "teachers": new.teachers, "recipe": recipe}
    return Distiller.load_from_checkpoint(
        path, optimizer=new.make_optimizer, width=FEATURES, **parts, **options
    )


def test_weights_go_to_any_teachers_but_what_was_learnt_about_them_does_not(tmp_path):
    fixed, learnt = module(), module(LearnedGate())
    path = checkpoint(tmp_path / "fixed", fixed)
    there = loaded(path, ("third", "fourth"))
    saved = torch.load(path, weights_only=True)
    assert torch.equal(there.student.head.weight, saved["state_dict"]["student.head.weight"])
    assert there.history.as_json() == saved["mtkd"]["history"]
    assert there.history.steps
    path = checkpoint(tmp_path / "learnt", learnt)
    assert loaded(path, ("first", "second"), LearnedGate()).history.steps
    with pytest.raises(ValueError, match=r"got third \(third\), fourth \(fourth\); give the same"):
        loaded(path, ("third", "fourth"), LearnedGate())
    alone = loaded(path, (), LearnedGate(), strict=False)
    saved = torch.load(path, weights_only=True)["state_dict"]
    assert torch.equal(alone.student.head.weight, saved["student.head.weight"])


def test_a_validation_of_an_older_checkpoint_forgets_no_record(tmp_path):
    made = module()
    path = checkpoint(tmp_path, made)
    before = copy.deepcopy(made.history.as_json())
    trainer().validate(made, loader(), ckpt_path=path, verbose=False)
    assert made.history.as_json() == before


def test_a_copy_shares_the_teachers_and_nothing_else():
    made = module(LearnedGate())
    twin = copy.deepcopy(made)
    assert all(twin.teachers[name] is source for name, source in made.teachers.items())
    assert (twin.recipe.loss is twin.loss, twin.recipe.weighting is twin.weighting) == (True, True)
    fit(twin, size=4)
    assert made.history.steps == []
    for name, weight in module(LearnedGate()).state_dict().items():
        assert torch.equal(made.state_dict()[name], weight), name
