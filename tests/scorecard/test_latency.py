"""Latency of saved networks: rebuilt from their configs, or said why not."""

import json
import shutil

import pytest

from mtkd.files import write_bytes, write_text
from mtkd.scorecard import Book, Request, make_version
from mtkd.scorecard.timing import NAMES, Conditions
from tests.scorecard.world import scorecard

DATA = {"_target_": "mtkd.data.Digits", "train": 100, "validation": 50}
SIZES = {"kl": [4], "big": [64]}


def node(width):
    return {"_target_": "mtkd.students.MLP", "inputs": 64, "hidden": width, "classes": 10}


@pytest.fixture
def saved(first, tmp_path):
    """The run with real networks for digits; what they predict plays no part here."""
    from safetensors.torch import save

    from mtkd.config import as_yaml, instantiate

    run = shutil.copytree(first, tmp_path / "run")
    student = {"name": "kl", "data": DATA, "student": node(SIZES["kl"])}
    teacher = {"name": "big", "data": DATA, "teachers": {"big": {"model": node(SIZES["big"])}}}
    for name, config in (("trials/kl", student), ("teachers/big", teacher)):
        network = instantiate(node(SIZES[name.partition("/")[2]]), "")
        write_text(run / name / "config.yaml", as_yaml(config))
        write_bytes(run / name / "model.safetensors", save(network.state_dict()))
    return run


def made(run, **conditions):
    asked = Conditions(warm_up=1, calls=30, **conditions)
    return make_version(Request(run, "v1", latency=asked), Book(run / "none", ())).version


def test_is_measured_and_written_beside_the_run(saved):
    version = made(saved, batch=3)
    assert all(version.by_name[name].value > 0 for name in NAMES)
    assert {version.by_name[name].n for name in NAMES} == {30}
    content = json.loads((saved / "latency.json").read_text())
    assert content["student_p95_ms"] == version.by_name["latency_p95"].value
    assert content["teacher_p95_ms"] == version.by_name["teacher_latency_p95"].value
    assert (content["student"], content["teacher"]) == ("kl-id", "big")
    assert (content["batch"], content["calls"], content["warm_up"]) == (3, 30, 1)
    assert content["deferral_rate"] == pytest.approx(3 / 40)
    assert "latency" not in " ".join(version.notes)


def test_sizes_come_from_the_same_files(saved):
    by = made(saved).by_name
    sizes = [
        (saved / name / "model.safetensors").stat().st_size
        for name in ("trials/kl", "teachers/big")
    ]
    assert by["bytes"].value == sizes[0]
    assert by["size_reduction_bytes"].value == 1 - sizes[0] / sizes[1]
    assert by["size_reduction_bytes_committee"].n == 0  # weak has no weights


def test_the_teacher_may_have_another_name_in_its_own_folder(saved):
    config = (saved / "teachers/big/config.yaml").read_text()
    write_text(saved / "teachers/big/config.yaml", config.replace("big", "grand"))
    assert made(saved).by_name["latency_p95"].known


def test_a_teacher_taken_as_it_is_needs_no_file_of_weights(saved):
    config = (saved / "teachers/big/config.yaml").read_text()
    write_text(saved / "teachers/big/config.yaml", f"{config}    trainer: null\n")
    (saved / "teachers/big/model.safetensors").unlink()
    assert made(saved).by_name["latency_p95"].known


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda run: (run / "trials/kl/model.safetensors").unlink(), "of the student in kl"),
        (lambda run: (run / "teachers/big/model.safetensors").unlink(), "of the teacher in big"),
        (lambda run: (run / "trials/kl/config.yaml").unlink(), "no network of the student"),
        (
            lambda run: write_bytes(run / "trials/kl/model.safetensors", b"?"),
            "cannot be read into MLP",
        ),
        (
            lambda run: shutil.copy(run / "teachers/big/model.safetensors", run / "trials/kl"),
            "size mismatch for body.1.weight",
        ),
        (
            lambda run: write_text(
                run / "trials/kl/config.yaml",
                (run / "trials/kl/config.yaml").read_text().replace("Digits", "Letters"),
            ),
            "ConfigError: data._target_: mtkd.data has no 'Letters'",
        ),
    ],
)
def test_what_cannot_be_measured_is_left_out_and_said(saved, break_it, said):
    break_it(saved)
    version = made(saved)
    (note,) = [note for note in version.notes if note.startswith("latency is left out: ")]
    assert said in note
    assert not any(version.by_name[name].known for name in NAMES)
    assert not (saved / "latency.json").exists()


def test_the_command_states_the_conditions(saved, tmp_path, capsys):
    words = ("--version", "v1", "--book", tmp_path / "book", "--calls", 8, "--warm-up", 2)
    assert scorecard("add", saved, *words, "--batch", 4) == 0
    text = capsys.readouterr().out
    assert "batch 4, 8 calls after 2 to warm up" in text
    assert "under-powered: 8 calls do not bound it" in text


@pytest.mark.parametrize("device", ["abacus", "meta:x"])
def test_a_device_that_does_not_exist_is_refused_before_anything_is_entered(
    saved, tmp_path, device
):
    with pytest.raises(ValueError, match=f"--device {device} cannot be used here"):
        made(saved, device=device)
    words = ("--version", "v1", "--book", tmp_path / "book", "--device", device)
    assert scorecard("add", saved, *words) == 2
    assert not (tmp_path / "book").exists()
