"""A cache of tensors: found by content, whole or made again."""

import pytest
import torch

from mtkd.text.cache import cache_folder, cached, key_of


def tensors():
    whole = torch.arange(12).reshape(3, 4)
    return {
        "b": whole.t(),
        "a": whole,
        "mask": torch.tensor([True, False]),
        "bytes": torch.tensor([1, 255], dtype=torch.uint8),
        "none": torch.zeros(0, 3),
        "scalar": torch.tensor(7),
    }


class Making:
    """Counts how often it made the tensors."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return tensors()


def same(found, expected):
    assert list(found) == sorted(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_what_was_made_is_read_the_second_time():
    make = Making()
    same(cached(["text", b"options"], make), tensors())
    same(cached(["text", b"options"], make), tensors())
    assert make.times == 1


@pytest.mark.parametrize(
    "other", [["ab", "c"], ["a", "bc", ""], [b"a", "bc"], ["bc", "a"], ["a", "b\nc"], ["abc"]]
)
def test_other_parts_have_another_key(other):
    assert key_of(["a", "bc"]) != key_of(other)


def test_the_key_is_the_same_on_every_machine():
    assert key_of(["a", b"bc"]) == "6adef6e297a90201d7c1b1a7b2ca4d6e6ae41837"


@pytest.mark.parametrize("keep", [0, 4, 20, -1, -40])
def test_a_file_that_was_cut_off_is_made_again(keep, own_cache):
    make = Making()
    cached(["x"], make)
    file = next(own_cache.iterdir())
    whole = file.read_bytes()
    file.write_bytes(whole[:keep])
    same(cached(["x"], make), tensors())
    assert make.times == 2
    assert file.read_bytes() == whole


def test_a_file_with_one_other_bit_is_made_again(own_cache):
    make = Making()
    cached(["x"], make)
    file = next(own_cache.iterdir())
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(bytes(content))
    same(cached(["x"], make), tensors())
    assert make.times == 2


def test_a_cache_that_cannot_be_written_costs_a_warning(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="the tokens are not cached, set MTKD_CACHE"):
        same(cached(["x"], tensors), tensors())


def test_an_error_of_the_maker_leaves_nothing(own_cache):
    def fail():
        raise ValueError("no tokens")

    with pytest.raises(ValueError, match="no tokens"):
        cached(["x"], fail)
    assert not own_cache.exists()


def test_the_folder_is_in_the_home_folder_unless_told(monkeypatch, tmp_path):
    monkeypatch.delenv("MTKD_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "mtkd"
