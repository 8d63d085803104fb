"""The command as a whole: what it writes, says, refuses, and does not import."""

import json
import re
import subprocess
import sys

import pytest

from mtkd.fallback.choice import choose
from mtkd.results import score_study
from tests.audit.files import LABELS, audit, write_csv

NOWHERE = (-1,) * 6


@pytest.fixture
def words(tmp_path):
    """Student and teacher; the folder to write is `tmp_path / "run"`."""
    student, teacher = write_csv(tmp_path / "s.csv", "s"), write_csv(tmp_path / "t.csv", "t")
    return ["--student", f"s={student}", "--teacher", f"t={teacher}", "--out", tmp_path / "run"]


def test_without_a_control_raw_values_stay_and_the_page_says_what_is_absent(
    words, tmp_path, capsys
):
    assert audit(*words) == 0
    printed = capsys.readouterr().out
    assert "repeats 2 of 3 confident mistakes of t (CEIR 0.667)" in printed
    assert "control: no --control was given" in printed
    assert "excess_ceir" not in (tmp_path / "run/results.csv").read_text()
    raw = (tmp_path / "run/raw.csv").read_text()
    assert re.search(r"^s,t,clean,ceir,0\.66666\d+,3,", raw, re.MULTILINE)
    page = (tmp_path / "run/report.html").read_text()
    assert "no --control was given" in page
    assert "fitted on the clean items they are used on" in page
    assert 'id="missing"' not in page


def test_everything_given_leaves_nothing_missing(words, tmp_path, capsys):
    for folder, models, labels in (
        ("held", "stcp", LABELS),
        ("noise", "stcp", LABELS),
        ("outside", "stcp", NOWHERE),
    ):
        for model in models:
            write_csv(tmp_path / folder / f"{model}.csv", model, labels=labels)
    more = ["--control", f"c={write_csv(tmp_path / 'c.csv', 'c')}"]
    more += ["--placebo", f"p={write_csv(tmp_path / 'p.csv', 'p')}"]
    more += ["--validation", tmp_path / "held", "--question", "Who is <sure>?"]
    more += ["--domain", f"blur@2={tmp_path}/noise", "--domain", f"outside={tmp_path}/outside"]
    assert audit(*words, *more) == 0
    assert "was given" not in capsys.readouterr().out
    page = (tmp_path / "run/report.html").read_text()
    assert "DD-CEIR of t" in page
    assert "Who is &lt;sure&gt;?" in page
    assert 'id="missing"' not in page
    assert "outside" in page
    index = json.loads((tmp_path / "run/study.json").read_text())
    assert [(d["name"], d["kind"], d["shift"], d["severity"]) for d in index["domains"]] == [
        ("clean", "clean", None, None),
        ("blur@2", "shift", "blur", 2),
        ("outside", "ood", None, None),
    ]
    assert "ood_auroc" in (tmp_path / "run/results.csv").read_text()


def test_a_domain_that_only_some_have_is_left_out_and_said(words, tmp_path, capsys):
    trial = tmp_path / "trial"
    for domain in ("clean", "fog", "validation"):
        write_csv(trial / "predictions" / f"{domain}.csv", "s")
    assert audit("--student", f"s={trial}", *words[2:]) == 0
    printed = capsys.readouterr().out
    assert "domain fog: only s answered it" in printed
    assert "validation: no validation predictions were given for all models" in printed


REFUSED = {
    "--teacher t.csv has no name": ["--teacher", "t.csv"],
    "'t' is already the name of a model": ["--control", "t=s.csv"],
    "'a b' cannot be a file name": ["--control", "a b=s.csv"],
    "'..' cannot be a file name": ["--control", "..=s.csv"],
    "'.' cannot be a file name": ["--control", ".=s.csv"],
    "is a model to run, so --data is needed": ["--control", "prajjwal1/bert-tiny"],
    "--data x.csv: x.csv does not exist; no model is run here": ["--data", "x.csv"],
    "--domain x=s.csv: s.csv is a file; no model is run here": ["--domain", "x=s.csv"],
    "--control gone.csv does not exist": ["--control", "gone.csv"],
    "holds no predictions/clean.npz": ["--control", "empty"],
    "--domain x has no name": ["--domain", "x"],
    "empty holds no file of s, expected one of s.csv": ["--domain", "x=empty"],
    "s has predictions on clean in": ["--domain", "clean=empty"],
    "--tau must": ["--tau", "1.5"],
    "cannot write s.csv": ["--out", "s.csv"],
}


@pytest.mark.parametrize("said", REFUSED)
def test_options_that_cannot_be_meant_so_are_one_sentence(
    said, words, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert audit(*words, *REFUSED[said]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_a_study_that_was_trained_is_not_buried(words, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/study.json").write_text("{}")
    assert audit(*words) == 2
    assert "is the folder of a study; give another one with --out" in capsys.readouterr().err
    assert (tmp_path / "run/study.json").read_text() == "{}"


def test_an_audit_can_be_written_again(words):
    assert audit(*words) == 0
    assert audit(*words) == 0


def test_torch_is_not_imported(words):
    code = (
        "import sys; from tests.audit.files import audit; status = audit(*sys.argv[1:]); "
        "assert status == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True)


def test_no_threshold_is_certified_on_the_items_it_would_be_judged_by(words, tmp_path):
    assert audit(*words) == 0
    assert not list((tmp_path / "run").rglob("validation.npz"))
    chosen = choose(tmp_path / "run")
    assert chosen.teacher.name == "t"
    with pytest.raises(ValueError, match="has no validation predictions, on which a threshold is"):
        chosen.said("validation")
    results = score_study(tmp_path / "run")
    said = {row.metric: row.convention for row in results.rows if row.model == "student+T"}
    assert said["temperature"].endswith("fitted on the clean items it is used on")
