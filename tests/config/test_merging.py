"""One config on top of another."""

import pytest

from mtkd.config import ConfigError, merge, set_path


def test_keys_are_merged_and_values_and_lists_replaced():
    base = {"a": {"x": 1, "y": 2}, "l": [1, 2], "s": 0}
    assert merge(base, {"a": {"y": 3, "z": 4}, "l": [9]}) == {
        "a": {"x": 1, "y": 3, "z": 4},
        "l": [9],
        "s": 0,
    }
    assert base == {"a": {"x": 1, "y": 2}, "l": [1, 2], "s": 0}


def test_another_target_replaces_the_whole_node():
    base = {"loss": {"_target_": "a.A", "share": 0.1}}
    assert merge(base, {"loss": {"_target_": "a.B"}}) == {"loss": {"_target_": "a.B"}}
    assert merge(base, {"loss": {"_target_": "a.A", "t": 2}})["loss"]["share"] == 0.1
    assert merge(base, {"loss": {"share": 0.3}})["loss"] == {"_target_": "a.A", "share": 0.3}
    assert merge({"loss": {"share": 0.1}}, base) == base


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("seed", 3, {"seed": 3, "n": {"x": 1}, "l": [{"a": 1}, 2]}),
        ("n.y.z", 3, {"seed": 0, "n": {"x": 1, "y": {"z": 3}}, "l": [{"a": 1}, 2]}),
        ("l.0.a", 3, {"seed": 0, "n": {"x": 1}, "l": [{"a": 3}, 2]}),
        ("n", {}, {"seed": 0, "n": {}, "l": [{"a": 1}, 2]}),
    ],
)
def test_a_value_is_put_at_its_path(path, value, expected):
    config = {"seed": 0, "n": {"x": 1}, "l": [{"a": 1}, 2]}
    assert set_path(config, path.split("."), value) == expected
    assert config == {"seed": 0, "n": {"x": 1}, "l": [{"a": 1}, 2]}


def test_another_target_drops_the_arguments_but_stays_open():
    node = {"optimizer": {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 1}}
    changed = set_path(node, ["optimizer", "_target_"], "torch.optim.SGD")
    assert changed == {"optimizer": {"_partial_": True, "_target_": "torch.optim.SGD"}}
    assert set_path(node, ["optimizer", "_target_"], "torch.optim.Adam") == node


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("seed.x", r"config\.seed is 0, it has no key 'x'"),
        ("l.2", r"config\.l is a list of 2, it has no '2'; name a position"),
        ("l.first", r"config\.l is a list of 2, it has no 'first'; name a position, .* at 0$"),
        (
            "grid.loss.T",
            r"at 0, or make loss\.T an axis of its own, like 'grid={loss\.T: \[\.\.\.\]}'",
        ),
        (
            "grid.loss.7",
            r"config\.grid\.loss is a list of 1, it has no '7'; name a position, .* at 0$",
        ),
    ],
)
def test_a_path_into_nothing_is_refused(path, words):
    with pytest.raises(ConfigError, match=words):
        set_path({"seed": 0, "l": [1, 2], "grid": {"loss": ["x"]}}, path.split("."), 1)
