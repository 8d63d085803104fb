"""The index of a run folder is one JSON file, whatever has ended and whatever is in the names."""

import json

import mtkd.study.index
from mtkd.files import as_json
from mtkd.study.ledger import Ledger
from tests.study.studies import index_of, plan_of

NAN = "the loss is NaN\nat step 3"
ODD = 'Wörter?\n "trials": []\u2028\x85'


def states(runs):
    return [trial["state"] for trial in index_of(runs, "s")["trials"]]


def test_the_index_says_of_every_trial_what_has_become_of_it(tmp_path):
    plan, runs = plan_of(tmp_path, question=ODD), tmp_path / "runs"
    ledger = Ledger(plan, runs)
    ledger.write_index({"cell": "formula"})
    assert states(runs) == ["pending"] * 6
    ledger.done.add(plan.trials[1].id)
    ledger.failed[plan.trials[2].id] = NAN
    ledger.write_index({"cell": "formula"})
    assert states(runs) == ["pending", "done", "failed", "pending", "pending", "pending"]
    index = index_of(runs, "s")
    assert (index["question"], index["formula"]) == (ODD, {"cell": "formula"})
    assert [trial["error"] for trial in index["trials"][1:3]] == [None, NAN]
    assert [trial["id"] for trial in index["trials"]] == [trial.id for trial in plan.trials]
    text = (runs / "s" / "study.json").read_text()
    assert text == json.dumps(index, indent=1, ensure_ascii=False) + "\n"


def test_a_trial_is_put_into_words_again_only_when_its_state_changes(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(mtkd.study.index, "as_json", lambda x: said.append(x) or as_json(x))
    plan = plan_of(tmp_path)
    ledger = Ledger(plan, tmp_path / "runs")
    ledger.write_index({})
    said.clear()
    ledger.done.add(plan.trials[1].id)
    ledger.write_index({})
    assert [one["id"] for one in said if "state" in one] == [plan.trials[1].id]
    assert len(said) == 2  # it, and the study
