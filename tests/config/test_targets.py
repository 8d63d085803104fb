"""From a node to an object, and the sentences when it does not fit."""

import functools
import re

import pytest

from mtkd.config import ConfigError, check, complete, instantiate, nearest
from tests.config.things import Child, Many, Record, Thing

HERE = "tests.config.things"


def node(of, /, **arguments):
    return {"_target_": f"{HERE}.{of}", **arguments}


def test_nodes_are_built_inside_out_and_values_stay():
    built = instantiate(node("Many", parts=[node("Thing", size=1), node("Child", size=2)], x=0.5))
    assert isinstance(built, Many)
    assert [type(part) for part in built.parts] == [Thing, Child]
    assert built.rest == {"x": 0.5}
    assert instantiate([1, {"a": "b", "c": node("Record", left=4)}]) == [
        1,
        {"a": "b", "c": Record(4)},
    ]


def test_partial_nodes_wait_for_what_comes_late():
    waiting = instantiate(node("pair", second=2, _partial_=True))
    assert isinstance(waiting, functools.partial)
    assert waiting(1) == (1, 2, 3)
    assert instantiate(node("pair", third=30), "config.p", 1, second=2) == (1, 2, 30)
    assert instantiate(node("decorated", b=5), "config.d", 1) == (1, 5)
    assert instantiate(node("computed", third=5), "config.d", 1, 2) == (1, 2, 5)


@pytest.mark.parametrize("act", [check, instantiate])
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            node("Thing", size=1, shar=0.1),
            "config.it: Thing: got an unexpected keyword argument 'shar'; did you mean share? "
            "It accepts: size, share, name.",
        ),
        (
            node("Thing", size=1, zzz=0.1),
            "config.it: Thing: got an unexpected keyword argument 'zzz'. "
            "It accepts: size, share, name.",
        ),
        (
            node("Child"),
            "config.it: Child: missing a required argument: 'size'. It accepts: size, share, name.",
        ),
        (
            node("Thing", size=1, share="two"),
            "config.it: Thing: share must be a number, got 'two'",
        ),
        (node("Thing", size=1.5), "config.it: Thing: size must be a whole number, got 1.5"),
        (node("Thing", size=True), "config.it: Thing: size must be a whole number, got True"),
        (node("Thing", size=1, name=3), "config.it: Thing: name must be text or null, got 3"),
        (node("Many", parts="ab"), "config.it: Many: parts must be a list, got 'ab'"),
        (node("Many", parts=[], on=1), "config.it: Many: on must be true or false, got 1"),
        (node("Record", left=1, rigth="x"), "did you mean right? It accepts: left, right."),
        (
            node("Thnig", size=1),
            f"config.it._target_: {HERE} has no 'Thnig'; did you mean Thing?",
        ),
        (
            {"_target_": "mtkd.loses.ForwardKL"},
            "config.it._target_: cannot import 'mtkd.loses.ForwardKL': "
            "No module named 'mtkd.loses'; did you mean mtkd.losses?",
        ),
        (
            {"_target_": "mtkd.losses.FowardKL"},
            "config.it._target_: mtkd.losses has no 'FowardKL'; did you mean ForwardKL",
        ),
        (
            {"_target_": "nowhere.at.All"},
            "config.it._target_: cannot import 'nowhere.at.All': No module named 'nowhere'",
        ),
        (
            {"_target_": HERE},
            f"config.it._target_: '{HERE}' is a module; name a class or a function in it",
        ),
        ({"_target_": 3}, "config.it._target_ must be a dotted path like package.Class, got 3"),
    ],
)
def test_a_node_that_does_not_fit_is_told_in_one_sentence(act, bad, words):
    with pytest.raises(ConfigError) as caught:
        act(bad, "config.it")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_constructor_refuses_is_told_with_the_path():
    with pytest.raises(ConfigError) as caught:
        instantiate({"parts": [node("Thing", size=1, share=2)]}, "config.x")
    said = "config.x.parts.0: Thing: share must be within (0, 1), got 2 (things.py, line 10)"
    assert str(caught.value) == said
    with pytest.raises(ConfigError, match="config: broken: TypeError: object of type 'int' has no"):
        instantiate(node("broken", size=1))


def test_a_sentence_of_mtkd_stands_alone():
    with pytest.raises(ConfigError) as caught:
        instantiate({"_target_": "mtkd.losses.ForwardKL", "temperature": 0}, "config.loss")
    said = str(caught.value)
    assert said.startswith("config.loss: ForwardKL: temperature must be positive")
    assert said.endswith(", got 0")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("run", "size mismatch"),
        ("index", "IndexError: one two"),
        ("absent", "KeyError: 'absent'"),
        ("own", "OwnError: x"),
        ("empty", "AssertionError: AssertionError"),
    ],
)
def test_whatever_a_users_function_raises_is_one_line_with_its_place(kind, words):
    with pytest.raises(ConfigError) as caught:
        instantiate(node("raises", kind=kind), "config.t")
    said = re.escape(f"config.t: raises: {words}")
    assert re.fullmatch(rf"{said} \(things\.py, line \d+\)", str(caught.value))


def test_troubles_of_the_machine_are_no_mistake_of_a_config():
    with pytest.raises(ConnectionError):
        instantiate(node("raises", kind="lost"))


def test_a_file_that_is_not_there_is_told_with_the_place_looked_at(tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "near.pt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "study")
    for name, hint in {
        "far.pt": "",
        "near.pt": f"; there is {tmp_path}/study/near.pt, but ",
    }.items():
        with pytest.raises(ConfigError) as caught:
            instantiate(node("loads", file=name), "config.teachers.a.model")
        said = str(caught.value)
        assert said.startswith(
            f"config.teachers.a.model: loads: there is no {tmp_path / name}{hint}"
        )
        assert re.search(r" \(things\.py, line \d+\)$", said)


def test_a_module_that_fails_where_it_is_imported_is_told(tmp_path, monkeypatch):
    (tmp_path / "odd_module.py").write_text("def make(): ...\nopen('gone.pt')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        instantiate({"_target_": "odd_module.make"}, "config.t")
    assert str(caught.value) == (
        f"config.t._target_: cannot import 'odd_module.make': there is no {tmp_path}/gone.pt "
        "(odd_module.py, line 2)"
    )


def test_what_cannot_be_called_is_refused():
    with pytest.raises(ConfigError, match=r"config\.v\._target_: .*VALUE' is no class or function"):
        instantiate(node("VALUE"), "config.v")


def test_checking_calls_nothing_and_looks_everywhere_inside():
    check(node("Thing", size=1, share=2))
    with pytest.raises(ConfigError, match=r"^config\.parts\.1: Thing: missing"):
        check(node("Many", parts=[node("Thing", size=1), node("Thing")]))


def test_defaults_are_filled_in_without_importing():
    assert complete(node("Child", size=1)) == node("Child", size=1, share=0.5, name=None)
    assert complete({"a": [node("Record", left=1)]}) == {"a": [node("Record", left=1, right="r")]}
    adam = complete({"_target_": "torch.optim.Adam", "_partial_": True, "lr": 3e-3})
    assert adam["betas"] == (0.9, 0.999)
    assert adam["lr"] == 3e-3


def test_a_key_that_is_a_number_is_a_name_that_nobody_knows():
    assert nearest(1000000, ["rows", 100000]) == "; did you mean 100000?"
    assert nearest(7, ["rows"]) == ""
