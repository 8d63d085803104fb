"""A classifier that was exported calls its classes as its data do."""

import json

import pytest
from transformers import AutoModelForSequenceClassification

from tests.export.test_export import SEQUENCES
from tests.export.trials import export, finished, text_data


def labelled(folder):
    """A node of texts of two classes, `yes` before `no`."""
    node = text_data(folder / "tok")
    records = [{"text": "w7 w9", "label": "yes"}, {"text": "w8", "label": "no"}]
    file = folder / "rows.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    splits = dict.fromkeys(("train", "validation", "test"), str(file))
    return {
        "_target_": "mtkd.text.LabelledTexts",
        "tokenizer": {**node["tokenizer"], "end": False},
        "splits": splits,
        "names": ["yes", "no"],
    }


def exported(folder, data):
    finished(folder / "trial", {**SEQUENCES, "classes": 2, "padding": 0}, data)
    assert export(folder / "trial", folder / "model") == 0
    return AutoModelForSequenceClassification.from_pretrained(folder / "model").config


@pytest.mark.filterwarnings("ignore")
def test_it_has_the_names_of_its_data_in_their_order(tmp_path):
    config = exported(tmp_path, labelled(tmp_path))
    assert config.id2label == {0: "yes", 1: "no"}
    assert config.label2id == {"yes": 0, "no": 1}


def test_data_that_are_gone_leave_it_nameless_and_it_is_said(tmp_path, capsys):
    data = labelled(tmp_path)
    (tmp_path / "rows.jsonl").unlink()
    assert exported(tmp_path, data).id2label == {0: "LABEL_0", 1: "LABEL_1"}
    assert "its classes have no names, since the data cannot be read" in capsys.readouterr().out
