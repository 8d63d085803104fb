"""Where in the bytes of a text each token ends."""

import unicodedata
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtkd.alignment import ByteReader, read_texts, surface_of, write_texts
from tests.alignment.trained import MAKERS, TEXTS, merged, trained

WORDS = st.text(st.sampled_from(" aehtTé東😀\u0301\u200d\ufb01…,\n"), max_size=12)


@cache
def reader_of(name):
    return ByteReader(trained(name))


def folded(text):
    """What is left of a text after every normalizer here: no spaces, case, accents or joiners."""
    plain = unicodedata.normalize("NFKD", text).lower()
    lost = {"Mn", "Cf", "Cc", "Zs"}
    return "".join(c for c in plain if unicodedata.category(c) not in lost)


def check_tiles(reader, text):
    """Known spans lie side by side from byte 0."""
    ids, spans = reader.read(text)
    assert len(ids) == len(spans)
    last = 0
    for start, end in spans:
        if (start, end) != (-1, -1):
            assert start == last <= end
            last = end
    assert last <= len(text.encode())
    return last


def check_prefixes(name, text):
    """What the tokens up to a known end decode to is the text up to that end."""
    reader, tokenizer = reader_of(name), trained(name)
    ids, spans = reader.read(text)
    mark = "<s>" if "<s>" in reader.vocabulary else "\0"
    unknown = tokenizer.token_to_id("[UNK]" if name == "words" else "<unk>")
    for place, (start, end) in enumerate(spans):
        read = text.encode()[:end].decode(errors="replace")
        if end <= start or unknown in ids[: place + 1] or "\ufffd" in read:
            continue
        decoded = tokenizer.decode(ids[: place + 1], skip_special_tokens=True)
        assert folded(decoded.replace("##", "")) == folded(read.replace(mark, ""))


@pytest.mark.parametrize("name", MAKERS)
class TestEveryTokenizer:
    def test_known_spans_lie_side_by_side(self, name):
        for text in TEXTS:
            check_tiles(reader_of(name), text)

    def test_a_prefix_of_tokens_decodes_to_the_text_up_to_its_end(self, name):
        for text in TEXTS:
            check_prefixes(name, text)

    @settings(max_examples=25, deadline=None)
    @given(text=WORDS)
    def test_random_texts_keep_both_laws(self, name, text):
        check_tiles(reader_of(name), text)
        check_prefixes(name, text)

    def test_a_batch_holds_what_was_read(self, name):
        reader, batch = reader_of(name), reader_of(name).batch(TEXTS)
        for row, text in enumerate(TEXTS):
            ids, spans = reader.read(text)
            assert batch["inputs"][row, : len(ids)].tolist() == ids
            assert batch["spans"][row, : len(ids)].tolist() == [list(span) for span in spans]
            assert (batch["spans"][row, len(ids) :] == -1).all()
            assert batch["attention_mask"][row].nonzero().flatten().tolist() == [*range(len(ids))]
            assert batch["labels"][row].tolist()[: len(ids)] == [*ids[1:], -1][: len(ids)]
        assert torch.equal(batch["mask"], batch["labels"] >= 0)
        assert read_texts(batch["text_bytes"]) == TEXTS


@pytest.mark.parametrize("name", ["small", "large", "no_bos", "space", "plain_unigram"])
def test_without_a_normalizer_the_spans_reproduce_the_text(name):
    for text in TEXTS:
        spans = [span for span in reader_of(name).read(text).spans if span != (-1, -1)]
        whole = b"".join(text.encode()[start:end] for start, end in spans)
        assert whole == text.encode()


def test_the_pieces_of_an_emoji_end_where_their_bytes_end():
    tokenizer = merged(["ð", "Ł", "ĺ", "Ģ", "Ġ", "a", "ĺĢ"], [("ĺ", "Ģ")])
    assert ByteReader(tokenizer).read("a 😀").spans == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 6)]


def test_a_byte_fallback_counts_its_bytes_after_the_added_space():
    read = ByteReader(trained("fallback")).read("Ahé")
    assert read.spans == [(-1, -1), (0, 1), (1, 2), (2, 3), (3, 4)]


def test_tokens_without_text_have_empty_spans_and_dropped_spaces_go_to_the_next_token():
    spans = reader_of("words").read("Hello  Café.").spans
    assert spans[0] == (0, 0)
    assert spans[-1] == (13, 13)
    assert {5, 12, 13} <= {end for _, end in spans}
    assert next(start for start, end in spans if end > 5) == 5


def test_an_accent_that_a_normalizer_composed_belongs_to_no_certain_end():
    spans = ByteReader(trained("nfc")).read("e\u0301a").spans
    assert spans[0] == (0, 0)
    assert {end for _, end in spans} <= {0, -1, 3, 4}
    assert spans[-1][1] == 4


def test_an_accent_composed_with_half_a_ligature_hides_where_the_half_ends():
    spans = ByteReader(trained("unigram")).read("\ufb01\u0301").spans
    assert 3 not in {end for _, end in spans}


def test_truncation_set_on_a_tokenizer_does_not_cut_what_is_read():
    tokenizer = merged(["a", "b"], [])
    tokenizer.enable_truncation(1, direction="left")
    tokenizer.enable_padding(length=5)
    assert ByteReader(tokenizer).read("ab").spans == [(0, 1), (1, 2)]


def test_surfaces_by_hand():
    plain, words = surface_of(trained("small")), surface_of(trained("words"))
    ids = trained("small").get_vocab()
    assert plain.spoken[ids["Ġt"]] == b" t"
    assert plain.spoken[ids["Ã"]] == b"\xc3"
    assert plain.special[ids["<s>"]] == "<s>"
    ids = trained("words").get_vocab()
    assert words.spoken[ids["c"]] == b" c"
    assert words.spoken[ids["##a"]] == b"a"
    assert words.spoken[ids[","]] == b","
    assert words.spoken[ids["東"]] == "東".encode()
    ids, fallback = trained("fallback").get_vocab(), surface_of(trained("fallback"))
    assert fallback.spoken[ids["<0xC3>"]] == b"\xc3"
    assert fallback.spoken[ids["▁"]] == b" "
    assert ids["<unk>"] not in fallback.spoken


def test_texts_survive_the_tensor():
    assert write_texts(["é", "a"]).tolist() == [[0xC3, 0xA9], [0x61, 0xFF]]
    with pytest.raises(ValueError, match=r'"text_bytes"\] is not UTF-8'):
        read_texts(write_texts(["é"])[:, :1])
