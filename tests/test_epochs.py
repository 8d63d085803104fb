"""Batches of training go on where a checkpoint was made, and where Lightning's epochs are."""

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from mtkd.epochs import EpochBatches
from mtkd.onpolicy import Turns
from tests.onpolicy.test_training import distiller, own, rows
from tests.test_recording import trainer


def batches(settings, seed=3):
    data = rows()
    return EpochBatches(data, 4, seed, Turns(settings, data, 4, seed))


@pytest.mark.parametrize("given", [1, 4, 6])
def test_what_follows_a_state_is_what_followed_it(given):
    def flat(batch):
        return {name: values.tolist() for name, values in batch.items()}

    def endless(loader):
        while True:
            yield from loader

    whole = batches(own(share=0.5))
    ahead = endless(whole)
    for _ in range(given):
        next(ahead)
    resumed = batches(own(share=0.5))
    resumed.load_state_dict(whole.state_dict())
    behind = endless(resumed)
    for _ in range(7):
        assert flat(next(ahead)) == flat(next(behind))


@pytest.mark.parametrize("step", [3, 4])
def test_a_student_that_writes_is_resumed_to_the_last_bit(tmp_path, step):
    """In the middle and at the end of an epoch of four batches, every second one its own."""
    whole, resumed = distiller(own(share=0.5)), distiller(own(share=0.5))
    saves = ModelCheckpoint(tmp_path, filename="{step}", every_n_train_steps=step, save_top_k=-1)
    trainer(max_epochs=3, callbacks=[saves]).fit(whole, batches(whole.on_policy))
    path = tmp_path / f"step={step}.ckpt"
    trainer(max_epochs=3).fit(resumed, batches(resumed.on_policy), ckpt_path=path)
    assert resumed.history.as_json() == whole.history.as_json()
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


class Sees(pl.LightningModule):
    """Learns nothing and keeps what its batches began with; it saves itself after an epoch."""

    def __init__(self):
        super().__init__()
        self.weight, self.seen = torch.nn.Parameter(torch.zeros(())), []

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def validation_step(self, batch, index):
        pass

    def training_step(self, batch, index):
        self.seen.append(batch["inputs"][0].tolist())
        return self.weight * 0


def seen(path=None, loader=None, validated=None, **options):
    module = Sees()
    one = trainer(**{"max_epochs": 4, **options})
    one.fit(module, loader or batches(own(share=0.5)), validated, ckpt_path=path)
    return module.seen, one


def test_epochs_follow_each_other_however_lightning_begins_them(tmp_path):
    """It makes iterators that it does not use, and keeps no state of batches all given."""
    whole, _ = seen()
    alone, _ = seen(loader=EpochBatches(rows(), 4, 3))
    orders = [batch for epoch in (1, 2, 3, 4) for batch in rows().batches(4, 3, epoch)]
    assert alone == [batch["inputs"][0].tolist() for batch in orders]
    path = tmp_path / "finished.ckpt"
    first, finished = seen(max_epochs=2)
    finished.save_checkpoint(path)
    assert first == whole[:8]
    assert seen(path)[0] == whole[8:]
    assert seen(reload_dataloaders_every_n_epochs=1)[0] == whole
    assert seen(validated=batches(own(share=0.5)))[0] == whole
    loader = batches(own(share=0.5))
    assert seen(loader=loader, max_epochs=2)[0] + seen(loader=loader, max_epochs=2)[0] == whole
    short, limited = seen(max_epochs=2, limit_train_batches=2)
    limited.save_checkpoint(path)
    short += seen(path, limit_train_batches=2)[0]
    assert short == [first for epoch in range(4) for first in whole[4 * epoch :][:2]]


def test_a_checkpoint_between_training_and_validation_goes_on_with_the_next_epoch(tmp_path):
    ended = {"save_top_k": -1, "save_on_train_epoch_end": True}
    saves = ModelCheckpoint(tmp_path, filename="{step}", **ended)
    whole, _ = seen(callbacks=[saves])
    for ended in (1, 2, 3):
        assert seen(tmp_path / f"step={4 * ended}.ckpt")[0] == whole[4 * ended :]
