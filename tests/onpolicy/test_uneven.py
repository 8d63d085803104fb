"""An epoch's last prompts, of which some devices get none."""

import torch

from mtkd.epochs import EpochBatches
from tests.onpolicy.test_training import distiller, own, rows


def test_a_device_without_prompts_waits_with_gradients_of_zero():
    module = distiller(own(share=1.0))
    (batch,) = EpochBatches(rows(1), 4, 0)
    none = {name: values[1:] for name, values in batch.items()} | {"draw": torch.zeros(0)}
    loss = module.training_step(none, 0)
    loss.backward()
    gradients = [p.grad for p in module.parameters() if p.requires_grad]
    assert loss.item() == 0
    assert gradients
    assert not any(gradient.any() for gradient in gradients)
    assert module.counts.positions == 0
