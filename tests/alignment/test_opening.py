"""Tokenizers by path, and what is said where there is none."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from mtkd.alignment import Aligned, aligned_source, tokenizer_at
from mtkd.config import instantiate
from tests.alignment.sources import Bigrams, batch_of
from tests.alignment.trained import TEXTS, trained


@pytest.fixture
def folders(tmp_path):
    """One as `save_pretrained` writes it, one with the bare file."""
    student, teacher = tmp_path / "student", tmp_path / "teacher"
    PreTrainedTokenizerFast(tokenizer_object=trained("small")).save_pretrained(student)
    teacher.mkdir()
    trained("words").save(str(teacher / "tokenizer.json"))
    return student, teacher


@pytest.mark.parametrize("rest", ["tail", "map", "sorted"])
def test_paths_and_objects_make_the_same_source(folders, rest, tmp_path):
    student, teacher = folders
    sample = tmp_path / "sample.txt"
    sample.write_text("the mat\n\nthere\n", encoding="utf-8")
    texts = {"texts": str(sample)} if rest == "map" else {}
    found = aligned_source(
        Bigrams(200), str(student), teacher / "tokenizer.json", 300, rest=rest, **texts
    )
    lines = {"texts": ["the mat\n", "there\n"]} if rest == "map" else {}
    expected = Aligned(Bigrams(200), trained("small"), trained("words"), 300, rest=rest, **lines)
    assert isinstance(found, Aligned)
    assert found.comparison == expected.comparison
    batch = batch_of(trained("small"), TEXTS)
    one, other = found(batch), expected(batch)
    assert torch.equal(one.present, other.present)
    logits = torch.zeros(*one.shape, 300)
    views = [signal.view(logits, batch["labels"], 1.0).teacher for signal in (one, other)]
    assert torch.equal(*views)


def test_a_config_can_say_it(folders):
    student, teacher = folders
    node = {
        "_target_": "mtkd.alignment.aligned_source",
        "student_tokenizer": str(student),
        "teacher_tokenizer": str(teacher),
        "rest": "map",
        "k": 16,
    }
    found = instantiate(node, "teachers.other.aligned", source=Bigrams(200), classes=300)
    assert isinstance(found, Aligned)
    assert found.translation.k == 16


def test_a_tokenizer_is_taken_as_it_is():
    assert tokenizer_at(trained("small")) is trained("small")


def test_words_about_what_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"no tokenizer.json at .*/gone, .*local_files_only=False"):
        tokenizer_at(tmp_path.name + "/gone")
    with pytest.raises(ValueError, match=f"no tokenizer.json at {tmp_path}/a/b; give a"):
        tokenizer_at(tmp_path / "a" / "b")
    with pytest.raises(ValueError, match=f"no tokenizer.json at {tmp_path}; give a"):
        tokenizer_at(tmp_path)


def test_words_about_damaged_files(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"tokenizer.json is no tokenizer \(.*\); expected a"):
        tokenizer_at(tmp_path)
    both = (Bigrams(200), trained("small"), trained("words"), 300)
    with pytest.raises(ValueError, match=r"texts at .*gone.txt cannot be read"):
        aligned_source(*both, rest="map", texts=tmp_path / "gone.txt")
