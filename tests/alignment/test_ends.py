"""End-of-text tokens, which are the same whatever they are called."""

import json
import warnings
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mtkd.alignment import aligned_source, shared_tokens
from mtkd.alignment.ends import declared_end, paired_ends
from mtkd.trial.heard import aligned
from tests.alignment.sources import Bigrams


def words(*ends):
    vocabulary = {word: index for index, word in enumerate(["a", "b", *ends])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="a"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(list(ends))
    return made


def saved(folder, tokenizer, **special):
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return folder


OURS, THEIRS = words("<eos>"), words("<|end|>", "<x>")


def test_what_a_folder_a_file_or_an_object_declares(tmp_path):
    folder = saved(tmp_path / "t", THEIRS, eos_token="<|end|>")
    assert declared_end(folder) == declared_end(folder / "tokenizer.json") == "<|end|>"
    assert declared_end(PreTrainedTokenizerFast(tokenizer_object=OURS, eos_token="<eos>"))
    for nothing in (OURS, saved(tmp_path / "none", OURS), "no/where", "not a name at all"):
        assert declared_end(nothing) is None
    config = folder / "tokenizer_config.json"
    config.write_text(json.dumps({"eos_token": {"content": "<x>", "special": True}}))
    assert declared_end(folder) == "<x>"
    config.write_text("{")
    assert declared_end(folder) is None


def test_declared_ends_are_one_token(tmp_path):
    folder = saved(tmp_path / "t", THEIRS, eos_token="<|end|>")
    found = aligned_source(Bigrams(4), OURS, folder, 3, k=None, end="<eos>")
    data = SimpleNamespace(tokenizer=OURS, tokens=SimpleNamespace(end_token="<eos>"), classes=3)
    studied = aligned(Bigrams(4), {"teacher_tokenizer": str(folder)}, data, "teachers.other")
    ours, theirs = OURS.token_to_id("<eos>"), THEIRS.token_to_id("<|end|>")
    for source in (found, studied):
        where = source.translation.student_ids.tolist().index(ours)
        assert source.translation.teacher_ids[where] == theirs
    assert ours not in shared_tokens(OURS, THEIRS)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, {"<eos>": "<|end|>"}),
        ({"a": "b"}, {"<eos>": "<|end|>", "a": "b"}),
        ({"<eos>": "<x>"}, {"<eos>": "<x>"}),
        ({"a": "<|end|>"}, {"a": "<|end|>"}),
    ],
)
def test_what_the_user_says_of_either_stands(given, wanted):
    assert paired_ends(given, (OURS, "<eos>"), (THEIRS, "<|end|>")) == wanted


def test_an_end_that_nobody_can_pair_is_told():
    words = r"ends with '<eos>', .* in equivalents: \{'<eos>': ...\}"
    with pytest.warns(UserWarning, match=words.replace("ends", "end")):
        assert paired_ends(None, (OURS, "<eos>"), (THEIRS, None)) == {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert paired_ends(None, (OURS, None), (THEIRS, "<|end|>")) == {}
        assert paired_ends(None, (OURS, "<eos>"), (OURS, None)) == {}
