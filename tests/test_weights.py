"""Weights on disk: whole, of the right network, shared tensors once."""

import pytest
import torch
from torch import nn

from mtkd.weights import content_hash, distinct_weights, kept_types, load_weights, save_weights


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


def test_the_hash_is_of_names_and_shapes_too():
    tall, wide, turned = nn.Linear(3, 2, False), nn.Linear(2, 3, False), nn.Bilinear(1, 3, 2, False)
    for model in (wide, turned):
        model.weight.data = tall.weight.data.reshape(model.weight.shape).clone()
    named = nn.ModuleDict({"inner": tall})
    assert len({content_hash(model) for model in (tall, wide, turned, named)}) == 4


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


def test_a_file_that_is_not_there_is_told_in_the_same_sentence(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("gone", "folder"):
        with pytest.raises(ValueError, match=rf"{name} cannot be read into Linear .* run the same"):
            load_weights(nn.Linear(3, 2), tmp_path / name)


class Turned(Tied):
    def __init__(self):
        super().__init__()
        self.register_buffer("angles", torch.tensor([1 / 3, 1 / 7]), persistent=False)
        self.register_buffer("seen", torch.tensor([1 / 3]))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float64])
def test_what_comes_out_of_a_training_is_what_a_file_of_it_gives(kind, tmp_path):
    model, again = Turned(), Turned()
    with kept_types(model):
        model.to(kind)
        with torch.no_grad():
            model.inner.weight += 1 / 3
    save_weights(model, tmp_path / "m.safetensors")
    load_weights(again, tmp_path / "m.safetensors")
    assert content_hash(again) == content_hash(model)
    assert model.outer.weight is model.inner.weight
    assert model.angles.equal(again.angles)
    assert {value.dtype for value in [*model.parameters(), *model.buffers()]} == {torch.float32}
