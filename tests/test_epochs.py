"""Batches of training go on where a checkpoint was made."""

import pytest
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
