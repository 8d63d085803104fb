"""Which results count as there: valid JSON that no trial writes is run again, like a torn file."""

import json

import pytest

from mtkd.config import ConfigError
from mtkd.files import FORMAT, write_json
from mtkd.study.ledger import Ledger
from tests.study.stub import finish
from tests.study.studies import plan_of


@pytest.fixture
def there(tmp_path):
    """A plan of which all is done: (plan, runs, folder of a trial with teacher a)."""
    plan, runs = plan_of(tmp_path), tmp_path / "runs"
    ledger = Ledger(plan, runs)
    for folder in ledger.folders.values():
        finish(folder, ["clean"], "")
    teacher = ledger.folders[plan.teachers["a"].id] / "result.json"
    write_json(teacher, {"format": FORMAT, "identity": "now"})
    trial = next(t for t in plan.runs.values() if "a" in t.config["committee"])
    return plan, runs, trial.id


@pytest.mark.parametrize(
    "content", ["[]", "null", "NaN", "{}", '"x"', '{"format": null}', "[" * 9999]
)
def test_a_result_that_names_no_format_is_none(there, content):
    plan, runs, trial = there
    before = Ledger(plan, runs)
    (before.folders[trial] / "result.json").write_text(content)
    assert Ledger(plan, runs).done == before.done - {trial}


@pytest.mark.parametrize(
    "teachers",
    [[], None, {"zz": {"identity": "now"}}, {"a": {}}, {"a": None}, {"a": {"identity": None}}],
)
def test_a_trial_that_does_not_say_what_it_learnt_from_is_run_again(there, teachers):
    plan, runs, trial = there
    before = Ledger(plan, runs)
    assert trial in before.done
    file = before.folders[trial] / "result.json"
    write_json(file, {"format": FORMAT, "teachers": {"a": {"identity": "now"}}})
    assert Ledger(plan, runs).done == before.done
    write_json(file, {"format": FORMAT, "teachers": teachers})
    assert Ledger(plan, runs).done == before.done - {trial}


@pytest.mark.parametrize("name", ["study.json", "result.json"])
def test_what_another_version_wrote_is_refused_by_the_folder_to_remove(there, name):
    plan, runs, trial = there
    ledger = Ledger(plan, runs)
    folder = ledger.folder if name == "study.json" else ledger.folders[trial]
    write_json(folder / name, {"format": 7, "version": 7})
    with pytest.raises(ConfigError) as caught:
        Ledger(plan, runs)
    assert str(caught.value).startswith(f"{folder / name} has format version 7, ")
    assert str(caught.value).endswith(f"or remove {folder}")


@pytest.mark.parametrize("formula", [[], ["x"], None, "x"])
def test_formulas_of_another_shape_are_forgotten(there, formula):
    plan, runs, _ = there
    Ledger(plan, runs).write_index({"cell": "formula"})
    assert Ledger(plan, runs).formulas == {"cell": "formula"}
    index = runs / "s" / "study.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"formula": formula}))
    assert Ledger(plan, runs).formulas == {}
