"""Sources of one's own that are not quite right, in a study; and how much is heard of one."""

import copy
import json

import pytest
import torch

from mtkd.cli import main
from mtkd.data import Examples
from mtkd.signals import top_k
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan
from mtkd.teachers import CachedTeacher
from mtkd.trial import recording, sourced, train_teacher
from mtkd.trial.answers import named, spoken
from mtkd.trial.record import data_of
from tests.study.test_sources import COLD, ITEMS, refused, tokens
from tests.study.voices import HERE


def node(target, **arguments):
    partly = {"_partial_": True} if arguments else {}
    return {"source": {"_target_": f"{HERE}.{target}", **partly, **arguments}}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("teacher", "words"),
    [
        (
            node("NotSetUp"),
            "config.teachers.a.source: NotSetUp is not set up; begin its __init__ with super()",
        ),
        (
            node("Numbered"),
            "config.teachers.a.source: Numbered has the identity 7, expected a text",
        ),
        (
            {"source": {"_target_": f"{HERE}.OneAnswer", "_partial_": True}},
            "config.teachers.a.source: OneAnswer: got an unexpected keyword argument 'classes'",
        ),
        (node("Odd", how="logits"), "config.teachers.a.source: Odd gave probabilities that are"),
        (node("Odd", how="twice"), "config.teachers.a.source: Odd named one class twice"),
    ],
)
def test_a_study_with_such_a_source_ends_with_one_sentence(tmp_path, capsys, teacher, words):
    study = ITEMS | {"teachers": {"a": teacher}, "loss": COLD}
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    runs = ["--runs", str(tmp_path / "runs"), "--workers", "1"]
    assert main(["run", str(tmp_path), *runs]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    if words.endswith("'classes'"):
        assert "Leave out `_partial_: true`, which adds classes." in told


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ZeroDivisionError", "ZeroDivisionError: choices"),
        ("AssertionError", "AssertionError: the quota"),
        ("ConnectionError", "ConnectionError: choices"),
        ("KeyError", "KeyError: 'choices'"),
        ("RuntimeError", "choices"),
    ],
)
def test_whatever_it_raises_in_the_check_is_told(tmp_path, kind, words, made):
    teacher = {"source": {"_target_": f"{HERE}.Failing", "kind": kind, "made": made}}
    said = refused(tmp_path, teacher, check=True)
    who = "" if made or kind == "ConnectionError" else "Failing: "
    assert said.startswith(f"config.teachers.a.source: {who}{words} (voices.py, line ")


@pytest.mark.parametrize(
    ("parts", "name"),
    [(["train"], "validation"), (["train", "validation"], "clean"), (["test"], "train")],
)
def test_a_table_that_lacks_what_is_evaluated_is_told_before_training(tmp_path, parts, name):
    source = {"_target_": f"{HERE}.recorded", "parts": parts}
    said = refused(tmp_path, {"source": source}, check=True)
    assert said.startswith("config.teachers.a.source: the table of teacher ")
    assert f" examples of {name}; a teacher is asked about the training split, the" in said


def test_a_whole_table_passes(tmp_path):
    source = {"_target_": f"{HERE}.recorded", "parts": ["train", "validation", "clean"]}
    study = ITEMS | {"teachers": {"a": {"source": source}}}
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    assert check_plan(make_plan(tmp_path))


@pytest.mark.parametrize("how", ["logits", "twice"])
def test_what_turns_odd_after_the_check_is_not_recorded(tmp_path, how):
    config = copy.deepcopy(tokens()) | {"teachers": {"a": node("Odd", how=how) | {"seed": 0}}}
    with pytest.raises(ValueError, match=r"Odd (gave probabilities|named one class twice)"):
        train_teacher(config, "a", str(tmp_path), ["clean"])
    assert not (tmp_path / "signals.safetensors").exists()


def test_a_source_that_is_silent_everywhere_is_not_recorded(tmp_path):
    config = tokens() | {"teachers": {"a": node("Odd", how="silent") | {"seed": 0}}}
    for _ in range(2):
        with pytest.raises(ValueError, match="Odd speaks about none of the 24 training examples"):
            train_teacher(config, "a", str(tmp_path), ["clean"])
        assert list(tmp_path.iterdir()) == [], "what it did not say is believed later"


def test_the_mass_of_what_is_never_said_is_no_number():
    signal = top_k(torch.randn(4, 6), 2).silenced(torch.zeros(4, dtype=torch.bool))
    rows = Examples(torch.rand(4, 2), torch.zeros(4, dtype=torch.int64), 6)
    told = named(CachedTeacher(rows.ids, signal, "a"), rows)
    assert told == {"named": 2, "named_mass": None}
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("top", [None, 5])
@pytest.mark.parametrize("silent", [False, True])
def test_the_share_of_positions_where_it_speaks_is_told(tmp_path, top, silent):
    config = tokens(top=top, silent=silent)
    train_teacher(config, "a", str(tmp_path), ["clean"])
    told = json.loads((tmp_path / "result.json").read_text())["spoke"]
    odd = (data_of(config).train.inputs % 2 == 1).float().mean().item()
    assert told == pytest.approx(odd if silent else 1.0)


def test_only_labelled_positions_count_where_there_are_any():
    present = torch.tensor([[True, False, True], [False, False, True]])
    signal = top_k(torch.randn(2, 3, 6), 2).silenced(present)
    labels = torch.tensor([[1, 1, 1], [-1, -1, 1]])
    inputs = torch.tensor([[7, 7, 7], [2, 2, 2]])
    rows = Examples(inputs, labels, 9)
    assert spoken(CachedTeacher(rows.ids, signal, "a"), rows) == pytest.approx(3 / 4)
    none = Examples(inputs, torch.full_like(labels, -1), 9)
    assert spoken(CachedTeacher(none.ids, signal, "a"), none) == pytest.approx(3 / 6)


@pytest.mark.parametrize("part", [3, 256])
def test_an_input_that_comes_twice_is_recorded_once(tmp_path, monkeypatch, part):
    monkeypatch.setattr(recording, "PART", part)
    rows = torch.tensor([4, 1, 4, 0, 1, 4])
    data = data_of(tokens()).train.take(rows)
    voice = sourced.made_source(tokens(top=3)["teachers"]["a"], data_of(tokens()), "teachers.a")
    recorded = sourced.record_source(voice, data, tmp_path)
    assert len(recorded.example_id) == 3
    batch = next(data.in_order(6))
    said, heard = recorded(batch), voice(batch)
    assert torch.equal(said.kept, heard.kept)
    assert torch.equal(said.outcomes(), heard.outcomes())
