"""What a teacher left is damaged: it is never learnt from, and mended where nobody pays for it."""

import copy
import json
import os
import shutil

import pytest

from mtkd.kept import damaged, is_whole, recorded
from mtkd.trial import train_teacher
from mtkd.trial.teacher import teacher_source
from tests.study.test_sources import tokens
from tests.test_trial import CONFIG

SIGNALS, MODEL = "signals.safetensors", "model.safetensors"


def flip(path):
    """One bit in the middle, the length kept."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def live(is_live):
    config = copy.deepcopy(CONFIG)
    config["teachers"]["first"]["live"] = is_live
    return config


def result_of(home):
    return json.loads((home / "result.json").read_text())


@pytest.fixture(scope="module", params=[False, True], ids=["recorded", "live"])
def finished(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("teacher")
    train_teacher(live(request.param), "first", str(home), ["clean"])
    return live(request.param), home


@pytest.fixture
def teacher(finished, tmp_path):
    """Config and folder of a teacher to damage."""
    config, home = finished
    return config, shutil.copytree(home, tmp_path / "teacher")


def test_the_hash_of_what_was_recorded_is_by_hand(tmp_path):
    (tmp_path / "states").mkdir()
    (tmp_path / SIGNALS).write_bytes(b"")
    (tmp_path / "states" / "clean.safetensors").write_bytes(b"a")
    found = recorded(tmp_path)
    assert list(found) == [SIGNALS, "states/clean.safetensors"]
    # of "signals.safetensors\n<SHA-256 of nothing>\n"
    assert found[SIGNALS] == "e0b117ac3313bce5e3d736bbcd1a93b46e1e38926a72c25179c77c04103c0a67"


@pytest.mark.parametrize("name", [SIGNALS, "states/clean.safetensors"])
@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_is_gone_or_changed_is_damaged(tmp_path, name, gone):
    (tmp_path / "states").mkdir()
    for file in (tmp_path / SIGNALS, tmp_path / "states" / "clean.safetensors"):
        file.write_bytes(file.name.encode())
    (tmp_path / "result.json").write_text(json.dumps({"recorded": recorded(tmp_path)}))
    assert not damaged(tmp_path)
    file = tmp_path / name
    file.unlink() if gone else flip(file)
    assert damaged(tmp_path) == [file]
    (tmp_path / "result.json").write_text("{}")
    assert not damaged(tmp_path), "a result of an earlier version said nothing"


def test_damaged_signals_of_a_network_are_recorded_again_with_the_same_content(teacher):
    config, home = teacher
    said = result_of(home)
    if said["live"]:
        assert said["recorded"] == {}
        return
    before = (home / SIGNALS).read_bytes()
    flip(home / SIGNALS)
    train_teacher(config, "first", str(home), ["clean"])
    assert (home / SIGNALS).read_bytes() == before
    assert result_of(home) | {"seconds": 0} == said | {"seconds": 0}


def test_weights_that_changed_are_refused_where_they_are_heard_or_asked(teacher):
    config, home = teacher
    known = result_of(home)["identity"]
    flip(home / MODEL)
    words = rf"the weights of the teacher in .*teacher are \w+, those it was recorded with {known};"
    with pytest.raises(ValueError, match=words):
        train_teacher(config, "first", str(home), ["translate@1"])
    assert not (home / "predictions" / "translate@1.npz").exists()
    if config["teachers"]["first"]["live"]:
        with pytest.raises(ValueError, match=words):
            teacher_source(config, "first", home)


def test_predictions_cut_short_are_made_again(teacher):
    config, home = teacher
    path = home / "predictions" / "clean.npz"
    before = path.read_bytes()
    path.write_bytes(before[:-9])
    assert not is_whole(path)
    train_teacher(config, "first", str(home), ["clean"])
    assert path.read_bytes() == before


def test_of_several_processes_only_the_first_completes_a_teacher(teacher, monkeypatch):
    config, home = teacher
    shutil.rmtree(home / "predictions")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert train_teacher(config, "first", str(home), ["clean"]) == {}
    assert not (home / "predictions").exists()


def test_damaged_answers_of_a_source_are_not_paid_for_twice_unasked(tmp_path):
    log, home = tmp_path / "log", tmp_path / "teacher"
    config = tokens(log=str(log))
    train_teacher(config, "a", str(home), ["clean"])
    before, asked = (home / SIGNALS).read_bytes(), log.read_text()
    flip(home / SIGNALS)
    words = r"signals\.safetensors is not what Voice was recorded in; put the old file back, or del"
    with pytest.raises(ValueError, match=words):
        train_teacher(config, "a", str(home), ["clean"])
    assert log.read_text() == asked
    os.remove(home / SIGNALS)
    train_teacher(config, "a", str(home), ["clean"])
    assert (home / SIGNALS).read_bytes() == before


def test_predictions_of_a_source_cut_short_are_asked_for_again(tmp_path):
    train_teacher(tokens(), "a", str(tmp_path), ["clean"])
    path = tmp_path / "predictions" / "clean.npz"
    before = path.read_bytes()
    path.write_bytes(before[:-9])
    train_teacher(tokens(), "a", str(tmp_path), ["clean"])
    assert path.read_bytes() == before
