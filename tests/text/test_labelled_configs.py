"""The configs of a classifier of whole texts, with small models and files in their places."""

import json
from pathlib import Path

import pytest

import mtkd
from mtkd.cli import main
from mtkd.config import check, load
from mtkd.language import sequence_classifier
from tests.text.made import TEXTS, lines, saved, word_piece

CONFIGS = Path(mtkd.__file__).parents[1] / "configs"
PIECES = ("data/labelled_texts", "student/text_classifier", "teachers/text_classifier")
SPLITS = ("train", "validation", "test")


@pytest.mark.parametrize("name", PIECES)
def test_its_arguments_are_those_of_its_classes(name):
    check(load(CONFIGS / f"{name}.yaml"), "config")


def small(folder, classes):
    """Folder of a BERT of one layer, its tokenizer in it."""
    folder.mkdir()
    tokens = saved(folder, word_piece(), end=False)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    config = {"model_type": "bert", "vocab_size": tokens.classes, "num_attention_heads": 2, **sizes}
    model = sequence_classifier(config, classes=classes).model
    model.save_pretrained(folder)
    return str(folder)


def study(folder, classes=2, teacher=None):
    records = [{"text": f"{text} {n}", "label": f"c{n % 2}"} for n, text in enumerate(TEXTS)]
    file = lines(folder / "rows.jsonl", records)
    model = small(folder / "model", classes)
    node = {"model": {"model": model, **(teacher or {})}}
    content = {
        "base": ["configs/base.yaml", *(f"configs/{name}.yaml" for name in PIECES)],
        "data": {
            "tokenizer": {"source": f"{model}/tokenizer.json"},
            "splits": dict.fromkeys(SPLITS, file),
        },
        "student": {"model": model},
        "teachers": {"classifier": node},
        "endpoint": "accuracy",
    }
    (folder / "study.yaml").write_text(json.dumps(content))
    return str(folder / "study.yaml")


@pytest.mark.filterwarnings("ignore")
def test_the_three_make_a_study(tmp_path, capsys):
    assert main(["show", study(tmp_path)]) == 0, capsys.readouterr().err
    assert "classifier" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore")
def test_a_saved_head_of_other_classes_is_told_that_it_stays(tmp_path, capsys):
    path = study(tmp_path, classes=3, teacher={"classes": None})
    assert (
        main(
            [
                "show",
                path,
                "student.model={model_type: bert, vocab_size: 300, hidden_size: 16, "
                "num_hidden_layers: 1, num_attention_heads: 2}",
            ]
        )
        == 2
    )
    said = capsys.readouterr().err
    assert "config.teachers.classifier.model: SequenceModel speaks about 3 classes" in said
    assert "cannot be resized: give a model that was trained on these 2 classes" in said
