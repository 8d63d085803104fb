"""What `mtkd inspect` prints of a teacher that is a source: recorded, asked, or not there."""

import json

import pytest

from mtkd.config import instantiate
from mtkd.functional import log_probs
from mtkd.inspect.tables import probability
from mtkd.study.ledger import Ledger
from mtkd.study.plan import make_plan
from mtkd.trial import train_teacher
from tests.inspect.test_inspect import printed
from tests.study.test_sources import DIGITS, ITEMS, VOICE
from tests.study.voices import HERE, table


def written(tmp_path, **gone):
    """A study with a source that fails where `gone` says so, and one that is always there."""
    teachers = {"a": {"source": VOICE, "access": gone}, "b": {"source": VOICE | {"name": "b"}}}
    (tmp_path / "study.yaml").write_text(json.dumps(ITEMS | {"teachers": teachers}))
    return tmp_path / "study.yaml"


def record(study):
    plan = make_plan(study)
    teacher = plan.teachers["a"]
    folder = Ledger(plan, study.parent / "runs").folders[teacher.id]
    train_teacher({"data": DIGITS, "teachers": {"a": teacher.config}}, "a", str(folder), [])


def surest(examples):
    """The probability of what the voice finds most likely of the first row, as it is shown."""
    row = examples.inputs[0].sum().long() % 100
    return probability(log_probs(table(10)[row]).exp().max().item())


def test_what_is_recorded_is_not_asked_for(tmp_path):
    study = written(tmp_path)
    shown = printed(study, "--rows", "2")
    record(study)
    log = tmp_path / "log"
    again = printed(written(tmp_path, patience=0, log=str(log)), "--rows", "2")
    assert again == shown
    assert surest(instantiate(DIGITS).train) in shown
    assert not log.exists()


@pytest.mark.parametrize("split", ["train", "validation"])
def test_where_one_source_is_gone_the_others_are_shown(tmp_path, split):
    if split == "validation":  # of which nothing is recorded
        record(written(tmp_path))
    shown = printed(written(tmp_path, patience=0), "--split", split)
    assert "a: teacher a does not take the data: the line is dead (voices.py, line " in shown
    assert surest(instantiate(DIGITS).splits[split]) in shown


def test_damaged_answers_are_told(tmp_path):
    study = written(tmp_path)
    record(study)
    (file,) = tmp_path.glob("runs/teachers/*/signals.safetensors")
    file.write_bytes(b"damaged")
    assert "signals.safetensors cannot be read" in printed(study)


@pytest.mark.parametrize("kind", ["ConnectionError", "ZeroDivisionError"])
@pytest.mark.parametrize("made", [True, False])
def test_whatever_a_source_raises_is_one_line(tmp_path, kind, made):
    source = {"_target_": f"{HERE}.Failing", "kind": kind, "made": made}
    study = ITEMS | {"teachers": {"a": {"source": source}}}
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    (line,) = [x for x in printed(tmp_path / "study.yaml").splitlines() if x.startswith("a: ")]
    assert f"{kind}: choices (voices.py, line " in line


def test_one_row_of_a_source_that_answers_in_part(tmp_path):
    source = VOICE | {"top": 3}
    study = ITEMS | {"teachers": {"a": {"source": source}}, "domains": ["clean"]}
    (tmp_path / "study.yaml").write_text(json.dumps(study))
    before = printed(tmp_path / "study.yaml", "--rows", "1")
    record(tmp_path / "study.yaml")
    assert printed(tmp_path / "study.yaml", "--rows", "1") == before
