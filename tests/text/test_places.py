"""Files and hub sets: the same records whatever they are written in, the right files of a set."""

import csv
import gzip
import json

import pytest
import torch
from huggingface_hub.errors import HTTPError

from mtkd.text import Hub, TextData
from mtkd.text.parquet import read_parquet
from mtkd.text.splits import files_of_split

RECORDS = [{"text": 'a "quoted", text\nof two lines', "label": "x"}, {"text": "😀 é", "label": "y"}]


def as_jsonl(file):
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in RECORDS), "utf-8")


def as_gzip(file):
    content = "\r\n".join(json.dumps(record) for record in RECORDS)
    file.write_bytes(gzip.compress(content.encode()))


def as_list(file):
    file.write_text(json.dumps(RECORDS, indent=1), "utf-8")


def as_csv(file):
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        delimiter = "\t" if file.suffix == ".tsv" else ","
        writer = csv.DictWriter(out, ["text", "label"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(RECORDS)


def as_parquet(file):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet.write_table(pyarrow.Table.from_pylist(RECORDS), file)


WRITERS = {
    "a.jsonl": as_jsonl,
    "a.jsonl.gz": as_gzip,
    "a.json": as_list,
    "a.csv": as_csv,
    "a.tsv": as_csv,
    "a.parquet": as_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_rows(name, tmp_path, tokens):
    as_jsonl(tmp_path / "b.jsonl")
    WRITERS[name](tmp_path / name)
    splits = dict.fromkeys(("train", "validation"), str(tmp_path / name))
    data = TextData(tokens, {**splits, "test": str(tmp_path / "b.jsonl")})
    assert torch.equal(data.train.inputs, data.test.inputs)
    assert data.counts["train"] == data.counts["test"]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"intent": {"names": ["a", "oos"], "_type": "ClassLabel"}}, ["oos", "a", -1]),
        ({"intent": {"dtype": "int64", "_type": "Value"}}, [1, 0, -1]),
        (None, [1, 0, -1]),
    ],
)
def test_numbered_classes_are_read_by_their_names(metadata, expected, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    table = pyarrow.table({"text": ["x", "y", "z"], "intent": [1, 0, -1]})
    if metadata:
        said = json.dumps({"info": {"features": metadata}}).encode()
        table = table.replace_schema_metadata({"huggingface": said})
    parquet.write_table(table, tmp_path / "a.parquet")
    rows = read_parquet(tmp_path / "a.parquet", ("text", "intent"))
    assert [row.values["intent"] for row in rows] == expected


def test_a_line_ends_only_where_json_lets_it(tmp_path, tokens):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "x\u2028y\u0085z"}\n{"text": "the cat"}\n', encoding="utf-8")
    data = TextData(tokens, dict.fromkeys(("train", "validation", "test"), str(file)))
    assert len(data.train) == 2


def test_a_pattern_reads_its_files_in_order(tmp_path, tokens):
    for name in "bca":
        (tmp_path / f"{name}.txt").write_text(name)
    splits = dict.fromkeys(("train", "validation", "test"), str(tmp_path / "*.txt"))
    data = TextData(tokens, splits)
    assert [tokens.decode(row[1:2].tolist()) for row in data.train.inputs] == ["a", "b", "c"]


CARD = """---
license: mit
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - {split: test, path: [main/test-*.parquet]}
- config_name: socratic
  data_files: socratic/**
---
text
"""
FILES = [
    "README.md",
    "main/test-00000-of-00001.parquet",
    "main/train-00000-of-00002.parquet",
    "main/train-00001-of-00002.parquet",
    "main/train-00000-of-00002/deeper.parquet",
    "main/train-script.py",
    "socratic/deep/all.jsonl.gz",
]


@pytest.mark.parametrize(
    ("card", "split", "config", "pattern", "expected"),
    [
        (CARD, "train", "main", None, FILES[2:4]),
        (CARD, "test", "main", None, FILES[1:2]),
        (CARD, "train", "socratic", None, FILES[6:]),
        ("", "train", None, None, FILES[2:5]),
        ("", "train", "main", None, FILES[2:5]),
        ("---\nlicense: mit\n---", "test", None, None, FILES[1:2]),
        ("", "all", "socratic", None, FILES[6:]),
        (CARD, "anything", None, "*00001-of-*", FILES[3:4]),
    ],
)
def test_the_files_of_a_split(card, split, config, pattern, expected):
    assert files_of_split("owner/name", FILES, card, split, config, pattern) == expected


@pytest.mark.parametrize(
    ("card", "split", "config", "words"),
    [
        (CARD, "dev", "main", "owner/name has no split 'dev'; it has: train, test"),
        (CARD, "train", "other", "no configuration 'other'; config: main, socratic"),
        (CARD, "train", None, "several configurations, say which: config: main, socratic"),
        ("", "validation", None, "no file of split 'validation'; its files are: main/test-00000"),
        ("", "train", "other", "no folder 'other'; its files are"),
    ],
)
def test_a_split_that_a_set_does_not_have(card, split, config, words):
    with pytest.raises(ValueError, match=words):
        files_of_split("owner/name", FILES, card, split, config, None)


@pytest.mark.parametrize("files", ["5", "", "[{split: train}]", "{split: [a], path: b}"])
def test_a_card_that_states_no_paths(files):
    card = f"---\nconfigs:\n- data_files: {files}\n---\n"
    with pytest.raises(ValueError, match="the card of a/b has data_files that are no split and"):
        files_of_split("a/b", FILES, card, "train", None, None)


@pytest.mark.parametrize("front", ["configs: 5", f"configs: {'[' * 5000}"])
def test_a_card_that_cannot_be_read_states_nothing(front):
    files = ["data/train.jsonl"]
    assert files_of_split("a/b", files, f"---\n{front}\n---\n", "train", None, None) == files


@pytest.mark.parametrize("word", ["dev", "valid", "val", "validation"])
def test_a_split_may_have_another_word(word):
    files = [f"data/{word}-00000-of-00001.parquet", "data/train.jsonl", "devices.csv"]
    assert files_of_split("a/b", files, "", "validation", None, None) == files[:1]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub cache that holds one set, as huggingface_hub lays it out."""
    home = tmp_path / "hub" / "datasets--some-one--a-set"
    snapshot = home / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0" * 40)
    for split in ("train", "validation", "test"):
        as_jsonl(snapshot / f"{split}.jsonl")
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("revision", [None, "main", "0" * 40])
def test_a_set_of_the_hub_is_found_in_its_cache(hub, revision, tmp_path, tokens):
    places = {
        split: Hub("some-one/a-set", split, revision=revision)
        for split in ("train", "validation", "test")
    }
    as_jsonl(tmp_path / "b.jsonl")
    data = TextData(tokens, {**places, "more": str(tmp_path / "b.jsonl")})
    assert torch.equal(data.train.inputs, data.domain("more").inputs)


def test_only_the_files_of_the_split_are_downloaded(tmp_path, monkeypatch):
    import huggingface_hub

    asked = []
    (tmp_path / "README.md").write_text(CARD)

    def download(name, file, repo_type, revision):
        asked.append((name, file, repo_type, revision))
        return str(tmp_path / file)

    monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", lambda *_, **__: FILES)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    place = Hub("a/b", "train", config="main", revision="v1", local_files_only=False)
    assert place.paths() == [tmp_path / name for name in FILES[2:4]]
    assert asked == [("a/b", name, "dataset", "v1") for name in ("README.md", *FILES[2:4])]


FAILURES = [OSError("no route to host\nmore"), ConnectionError("offline"), HTTPError("offline")]


@pytest.mark.parametrize("error", FAILURES)
def test_a_download_that_fails_is_told(error, monkeypatch):
    import huggingface_hub

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", fail)
    with pytest.raises(ValueError, match=r"could not be downloaded \((no route to host|offline)\)"):
        Hub("a/b", "train", local_files_only=False).paths()


def test_another_revision_is_not_taken_for_it(hub, tokens):
    with pytest.raises(ValueError, match=r"\(revision v2\) is not in the cache .*a-set"):
        Hub("some-one/a-set", "train", revision="v2").paths()
