"""One sentence for each thing that cannot work: what was got, where, what to do."""

import pytest
import torch

from mtkd.alignment import Aligned, ByteReader
from tests.alignment.sources import Bigrams, batch_of
from tests.alignment.test_aligned import aligned
from tests.alignment.trained import MAKERS, TEXTS, merged, trained


def test_a_student_with_fewer_classes_than_its_tokenizer():
    words = "student model has 299 classes, its tokenizer needs 300; this is the tokenizer of"
    with pytest.raises(ValueError, match=words):
        Aligned(Bigrams(400), trained("small"), trained("large"), 299)


def test_a_teacher_with_fewer_classes_than_its_tokenizer():
    source = Aligned(Bigrams(300), trained("large"), trained("small"), 400)
    source.source, source.teacher = Bigrams(300), ByteReader(trained("large"))
    batch = batch_of(trained("large"), ["the"])
    source.source.hidden = torch.zeros(400, 5)
    with pytest.raises(ValueError, match=r"has 300 classes, its tokenizer needs 400; give Aligned"):
        source(batch)


@pytest.mark.parametrize("rest", ["tail", "map", "sorted"])
def test_a_teacher_whose_vocabulary_maps_to_nothing(rest):
    words = "none of the teacher's 1 tokens .* this teacher cannot speak to this student: remove it"
    with pytest.raises(ValueError, match=words):
        Aligned(Bigrams(1), merged(["a"], []), merged(["b"], []), 1, rest=rest)


def test_a_vocabulary_without_shared_tokens_may_still_be_mapped():
    student, teacher = merged(["a", "b"], []), merged(["ab", "ba"], [])
    source = Aligned(Bigrams(2), student, teacher, 2, rest="map")
    assert source.translation.map.student.tolist() == [0, 1]
    with pytest.raises(ValueError, match="cannot speak to this student"):
        Aligned(Bigrams(2), student, teacher, 2)


@pytest.mark.parametrize("name", ["text_bytes", "spans"])
def test_a_batch_without_its_texts(name):
    batch = batch_of(trained("small"), TEXTS)
    del batch[name]
    words = rf"needs batch\['{name}'\], the batch has .*; set data\.bytes: true, or make it"
    with pytest.raises(ValueError, match=words):
        aligned("small", "large")(batch)


def test_spans_that_were_not_cut_like_the_inputs():
    batch = batch_of(trained("small"), TEXTS)
    short = {**batch, "spans": batch["spans"][:, 1:]}
    with pytest.raises(ValueError, match=r'"spans"\] has shape .* cut and shift all of them alike'):
        aligned("small", "large")(short)
    few = {**batch, "text_bytes": batch["text_bytes"][1:]}
    with pytest.raises(ValueError, match=rf"{len(TEXTS) - 1} texts, expected .* and {len(TEXTS)}"):
        aligned("small", "large")(few)


@pytest.mark.parametrize("name", ["large", "words", "code", "fallback"])
def test_a_batch_of_another_tokenizer_than_the_students(name):
    with pytest.raises(ValueError, match=r"tokens of batch\[\"inputs\"\] are not the text at"):
        aligned("plain_unigram", "small")(batch_of(trained(name), TEXTS))


@pytest.mark.parametrize("name", MAKERS)
def test_no_tokenizer_is_taken_for_another(name):
    teacher = "small" if name == "large" else "large"
    source = aligned(name, teacher)
    for text in [*TEXTS, "Việt Nam đất nước tươi đẹp", "ПРИВЕТ мир"]:
        source(batch_of(trained(name), [text, "the"]))
