import math

import pytest
import torch

from mtkd.students import MLP, ConvNet

BATCH = {"inputs": torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))}


@pytest.mark.parametrize("network", [MLP(), MLP(hidden=[5, 7]), ConvNet(channels=2)])
def test_a_network_hands_over_hidden_states_and_a_head(network):
    output = network(BATCH)
    assert output.hidden.shape == (3, network.width)
    assert output.classes == 10
    assert output.shape == (3,)
    torch.testing.assert_close(output.dense(), network.head(output.hidden))


def test_flat_and_square_inputs_are_the_same_image():
    network = ConvNet(channels=2)
    flat = {"inputs": BATCH["inputs"].flatten(1)}
    torch.testing.assert_close(network(flat).dense(), network(BATCH).dense())


def test_weights_start_with_variance_two_over_inputs():
    torch.manual_seed(0)
    network = MLP(inputs=400, hidden=[300])
    spread = network.body[1].weight.std().item()
    assert spread == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert not network.head.bias.any()


def test_sizes_that_cannot_be_meant_are_refused():
    with pytest.raises(ValueError, match=r"at least one positive width, got \[\]"):
        MLP(hidden=[])
    with pytest.raises(ValueError, match="side must be an even number of pixels, got 7"):
        ConvNet(side=7)
