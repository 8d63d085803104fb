"""Weights on disk: whole, of the right network, shared tensors once."""

import pytest
import torch
from torch import nn

from mtkd.weights import content_hash, distinct_weights, load_weights, save_weights


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
        self.outer.weight = self.inner.weight


def test_a_tied_head_is_written_once_and_stays_tied(tmp_path):
    model, other = Tied(), Tied()
    assert list(distinct_weights(model)) == ["inner.weight"]
    save_weights(model, tmp_path / "m.safetensors")
    load_weights(other, tmp_path / "m.safetensors")
    assert torch.equal(other.outer.weight, model.inner.weight)
    assert other.outer.weight is other.inner.weight


def test_the_hash_is_of_the_content():
    model = nn.Linear(3, 2)
    before = content_hash(model)
    assert before == content_hash(model)
    with torch.no_grad():
        model.bias[0] += 1e-7
    assert content_hash(model) != before
    assert content_hash(model) != content_hash(model.double())


def test_half_precision_is_hashed_too():
    assert len(content_hash(nn.Linear(3, 2).bfloat16())) == 16


OTHERS = [nn.Linear(3, 4), nn.Linear(3, 2, bias=False), nn.Embedding(2, 3)]


@pytest.mark.parametrize("other", OTHERS)
def test_weights_of_another_network_are_refused(other, tmp_path):
    save_weights(nn.Linear(3, 2), tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=r"m\.safetensors cannot be read into .* delete its"):
        load_weights(other, tmp_path / "m.safetensors")


def test_a_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    save_weights(nn.Linear(3, 2), path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match=r"cannot be read into Linear .* run the same"):
        load_weights(nn.Linear(3, 2), path)
