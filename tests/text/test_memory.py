"""Laws of how little a large text takes, and that it changes nothing."""

import gc
import warnings
import weakref
from dataclasses import replace

import pytest
import torch

from mtkd.data import Examples
from mtkd.data.fingerprint import fingerprint
from mtkd.text import PlainText
from mtkd.text import documents as documents_module
from mtkd.text.documents import batches
from mtkd.text.record import Record
from mtkd.text.records import read_records
from mtkd.text.rows import Shape, rows_of
from tests.text.made import TEXTS, byte_level, lines, plain, saved, sentence_piece, word_piece


class Watched(PlainText):
    """Counts the documents that are kept while another one is made."""

    def __init__(self):
        super().__init__()
        self.made, self.most = [], 0

    def documents(self, records, tokens, spans):
        for document in super().documents(records, tokens, spans):
            self.made.append(weakref.ref(document))
            yield document
            del document
            gc.collect()
            self.most = max(self.most, sum(one() is not None for one in self.made))


@pytest.mark.parametrize("packing", ["none", "documents", "stream"])
def test_no_document_is_kept_once_the_next_one_is_made(packing, tokens):
    form = Watched()
    records = [Record({"text": text}, "here") for text in TEXTS]
    rows_of(records, form, tokens, Shape(64, packing, "split", False), "train")
    assert len(form.made) == len(TEXTS)
    assert form.most <= 2


@pytest.mark.parametrize("options", [{}, {"packing": "documents"}, {"bytes": True}, {"scored": 9}])
def test_rows_are_held_in_half_the_room_and_given_as_before(options, tmp_path, tokens):
    for held in plain(tmp_path, tokens, length=64, **options).splits.values():
        values = {"inputs": held.inputs, "labels": held.labels, **held.extras}
        assert {values.pop("text_bytes", torch.zeros(0, dtype=torch.uint8)).dtype} == {torch.uint8}
        assert {one.dtype for one in values.values()} == {torch.int32}
        extras = {
            name: v if v.dtype == torch.uint8 else v.long() for name, v in held.extras.items()
        }
        wide = replace(held, inputs=held.inputs.long(), labels=held.labels.long(), extras=extras)
        assert fingerprint(held) == fingerprint(wide)
        for ours, theirs in zip(held.batches(3, 0, 0), wide.batches(3, 0, 0), strict=True):
            assert ours.keys() == theirs.keys()
            for name in ours:
                assert ours[name].dtype == theirs[name].dtype
                assert torch.equal(ours[name], theirs[name])


def test_only_labels_of_tokens_may_take_half_the_room():
    tokens, labels = torch.ones(2, 3, dtype=torch.int32), torch.zeros(2, dtype=torch.int32)
    assert len(Examples(tokens, tokens, 2)) == 2
    with pytest.raises(ValueError, match=r"labels are torch.int32, expected torch.int64"):
        Examples(tokens.float(), labels, 2)


@pytest.mark.parametrize("make", [byte_level, sentence_piece, word_piece])
def test_ids_do_not_depend_on_whether_offsets_are_asked_for(make, tmp_path):
    tokens = saved(tmp_path, make(), end=False)
    fast, slow = tokens.encode(TEXTS, offsets=False), tokens.encode(TEXTS)
    assert [one.ids for one in fast] == [one.ids for one in slow]
    masks = [[one.special_tokens_mask for one in some] for some in (fast, slow)]
    assert masks[0] == masks[1]


def test_texts_are_tokenised_few_characters_at_a_time(monkeypatch):
    monkeypatch.setattr(documents_module, "BATCH", 3)
    monkeypatch.setattr(documents_module, "CHARACTERS", 10)
    texts = ["aaaa", "bbbb", "cc", "d", "", "", "", "e" * 99, "f"]
    parted = [["aaaa", "bbbb", "cc"], ["d", "", ""], [""], ["e" * 99], ["f"]]
    assert list(batches(texts)) == parted
    assert list(batches([])) == []


def test_columns_that_nobody_needs_are_dropped(tmp_path):
    file = tmp_path / "a.jsonl"
    lines(file, [{"id": 1, "text": "x", "source": "y"}])
    assert [one.values for one in read_records(file, ["text"])] == [{"text": "x"}]


def test_a_byte_that_is_no_text_is_counted_from_the_start_of_the_file(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"a line\n" * 5000 + b"\xff")
    with pytest.raises(ValueError, match=r"no UTF-8 text \(.* in position 35000: invalid start"):
        read_records(file, ["text"], "line")


def test_a_cached_file_is_read_by_whoever_may_read_other_files(tmp_path, tokens, own_cache):
    plain(tmp_path, tokens, length=64)
    (tmp_path / "other").touch()
    (file,) = own_cache.iterdir()
    assert file.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_one_text_that_the_tokenizer_could_not_hold_is_told(tmp_path, monkeypatch):
    tokens, record = saved(tmp_path, byte_level()), Record({"text": "a" * 30}, "one.txt")
    monkeypatch.setattr("mtkd.text.plain.HUGE", 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(PlainText().documents([record], tokens, False))
    monkeypatch.setattr("mtkd.text.plain.HUGE", 29)
    with pytest.warns(UserWarning, match=r"one.txt is one text of .* set the form's unit to parag"):
        list(PlainText().documents([record], tokens, False))
