"""Chunks of longer texts, and of token ids whose text is lost."""

import pytest
import torch

from mtkd.alignment import ByteReader, cut, passage_tensors, read_texts, spell
from tests.alignment.trained import MAKERS, TEXTS, merged, trained

BYTES = ["small", "large", "no_bos", "nfc", "space", "plain_unigram", "code"]
LONG = " ".join(TEXTS[:6])


def chunks(size, step=3):
    return [(start, min(start + step, size)) for start in range(0, size, step)]


@pytest.mark.parametrize("name", MAKERS)
def test_chunks_cut_from_a_text_say_what_the_text_says_there(name):
    reader = ByteReader(trained(name))
    reading, whole = reader.read(LONG), LONG.encode()
    for start, stop in chunks(len(reading.ids)):
        passage = cut(LONG, reading, start, stop)
        assert passage.ids == reading.ids[start:stop]
        assert passage.text in LONG
        for place, (first, last) in enumerate(passage.spans):
            begin, end = reading.spans[start + place]
            if last > first:
                assert whole[begin:end].endswith(passage.text.encode()[first:last])
                assert last <= len(passage.text.encode())


def test_the_whole_text_is_its_own_chunk_and_chunks_together_are_the_text():
    reader = ByteReader(trained("large"))
    reading = reader.read(LONG)
    assert cut(LONG, reading, 0, len(reading.ids)) == (*reading, LONG)
    parts = [cut(LONG, reading, *part).text for part in chunks(len(reading.ids), 40)]
    assert len(parts) > 2
    assert sum(len(part.encode()) for part in parts) > len(LONG.encode()) - 4 * len(parts)


@pytest.mark.parametrize("name", BYTES)
@pytest.mark.parametrize("text", TEXTS[:5] + TEXTS[6:7])
def test_ids_alone_spell_what_was_read(name, text):
    reader = ByteReader(trained(name))
    reading = reader.read(text)
    known = reader.surface.spoken.keys() | reader.surface.special.keys()
    unknown = [index for index in reading.ids if index not in known]
    if unknown:
        with pytest.raises(ValueError, match=f"token {unknown[0]} .* no certain bytes"):
            spell(reading.ids, reader)
    elif reader.surface.prefixed and text.startswith(" "):
        assert spell(reading.ids, reader).text == text[1:]
    else:
        assert spell(reading.ids, reader) == (*reading, text)


def test_pieces_of_characters_at_the_edges_have_no_place():
    reader = ByteReader(trained("small"))
    ids = [reader.vocabulary[token] for token in ("ĺ", "Ģ", "a", "ð", "Ł")]
    passage = spell(ids, reader)
    assert passage.text == "a"
    assert passage.spans == [(-1, -1), (-1, -1), (0, 1), (-1, -1), (-1, -1)]


def test_a_token_that_begins_inside_a_character_keeps_the_rest_of_its_bytes():
    reader = ByteReader(merged(["Ģ", "a", "Ģa"], [("Ģ", "a")]))
    passage = spell([2, 1], reader)
    assert (passage.text, passage.spans) == ("aa", [(0, 1), (1, 2)])


def test_special_tokens_have_no_text_and_the_space_after_them_is_the_tokenizers():
    reader = ByteReader(trained("fallback"))
    ids = [reader.vocabulary[token] for token in ("▁", "A", "h")]
    assert spell(ids, reader).text == " Ah"
    reader = ByteReader(trained("unigram"))
    bos, space = reader.vocabulary["<s>"], reader.vocabulary["▁"]
    letter = reader.vocabulary["t"]
    passage = spell([letter, bos, space, letter], reader)
    assert passage.text == "tt"
    assert passage.spans == [(0, 1), (1, 1), (-1, -1), (1, 2)]


def test_tensors_are_padded_and_hold_every_passage():
    reader = ByteReader(trained("small"))
    passages = [spell(reader.read(text).ids, reader) for text in ("Hello", "Le café", "")]
    found = passage_tensors(passages)
    assert read_texts(found["text_bytes"]) == ["Hello", "Le café", ""]
    assert found["spans"].dtype == torch.int64
    for row, passage in zip(found["spans"].tolist(), passages, strict=True):
        size = len(passage.ids)
        assert [tuple(span) for span in row[:size]] == passage.spans
        assert all(span == [-1, -1] for span in row[size:])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: spell([5], ByteReader(trained("words"))), "WordPiece forgets spaces and case"),
        (lambda: spell([0], ByteReader(trained("fallback"))), "token 0 at place 0 stands for no"),
        (lambda: spell([9999], ByteReader(trained("small"))), "token 9999 at place 0 stands for"),
        (lambda: cut("a", ByteReader(trained("small")).read("a"), 1, 5), "no tokens 1 to 5"),
    ],
)
def test_words_of_the_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_words_about_bytes_that_are_no_text():
    reader = ByteReader(trained("small"))
    ids = [reader.vocabulary[token] for token in ("a", "ð", "a")]
    with pytest.raises(ValueError, match=r"do not spell UTF-8 text .*leave the sequence out"):
        spell(ids, reader)


@pytest.mark.parametrize("name", ["small", "words"])
def test_words_about_a_text_without_bytes(name):
    with pytest.raises(ValueError, match=r"no valid Unicode at character 2, in 'ab\\ud83d'"):
        ByteReader(trained(name)).read("ab\ud83d")
