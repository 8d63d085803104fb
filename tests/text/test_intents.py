"""Queries as bytes: which are in scope, which are not, and what typing does to them."""

import json
import string

import numpy as np
import pytest
import torch

from mtkd.config import instantiate, load
from mtkd.data import Rename
from mtkd.text import ByteConvolution, ByteNgrams, ByteTransformer, Intents
from mtkd.text.typing_noise import NEIGHBOURS, mistyped

TRAIN = [["pay the bill", "pay"], ["Freeze my card", "freeze"], ["tell a joke", "joke"]]
CONTENT = {
    "train": [*TRAIN, ["block it", "freeze"]],
    "val": TRAIN,
    "test": [*TRAIN, ["über 20 dollars", "pay"]],
    "oos_test": [["how is the dow", "oos"]],
    "oos_train": [["never read", "oos"]],
}
TOPICS = {"banking": ["pay", "freeze"], "talk": ["joke"]}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "full.json").write_text(json.dumps(CONTENT))
    (tmp_path / "topics.json").write_text(json.dumps(TOPICS))
    (tmp_path / "other.csv").write_text("text,category\nwhere is it?,a\nwhere is it?,b\n")
    return tmp_path


def intents(files, **changes):
    arguments = {
        "source": str(files / "full.json"),
        "topics": str(files / "topics.json"),
        "others": {"bank": str(files / "other.csv")},
        "length": 16,
    }
    return Intents(**arguments | changes)


def text(row):
    return bytes(row.tolist()).rstrip(b"\0").decode()


def test_queries_are_bytes_in_lower_case_and_intents_are_sorted(files):
    data = intents(files)
    assert data.names == ["freeze", "joke", "pay"]
    assert [text(row) for row in data.train.inputs[:2]] == ["pay the bill", "freeze my card"]
    assert data.train.labels.tolist() == [2, 0, 1, 0]
    assert text(data.domain("clean").inputs[3]) == "über 20 dollars"
    assert data.train.metadata["topic"].tolist() == ["banking", "banking", "talk", "banking"]


def test_out_of_scope_traffic_has_no_label_and_no_doubles(files):
    data = intents(files)
    for name, expected in (("out_of_scope", ["how is the dow"]), ("bank", ["where is it?"])):
        assert [text(row) for row in data.domain(name).inputs] == expected
        assert data.domain(name).labels.tolist() == [-1]


def test_held_out_topics_are_in_no_split_and_are_a_domain(files):
    data = intents(files, held_out=["talk"])
    assert data.names == ["freeze", "pay"]
    assert "tell a joke" not in [text(row) for s in data.splits.values() for row in s.inputs]
    assert [text(row) for row in data.domain("held_out").inputs] == ["tell a joke"]


def test_topics_may_be_given_in_the_config(files):
    data = intents(files, topics={"talk": ["joke"]}, held_out=["talk"])
    assert data.names == ["freeze", "pay"]
    assert data.train.metadata["topic"].tolist() == ["", "", ""]


def test_the_sets_of_the_hub_are_read_from_its_cache(tmp_path, monkeypatch):
    """The config as it is, but for the network: folders as `huggingface_hub` leaves them."""
    parquet = pytest.importorskip("pyarrow.parquet")
    import huggingface_hub.constants
    import pyarrow

    def put(name, revision, path, table):
        folder = tmp_path / f"datasets--{name.replace('/', '--')}"
        (folder / "refs" / revision).parent.mkdir(parents=True, exist_ok=True)
        (folder / "refs" / revision).write_text("0" * 40)
        file = folder / "snapshots" / ("0" * 40) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, file)

    features = {"intent": {"names": ["oos", "pay", "tell_joke"], "_type": "ClassLabel"}}
    said = {"huggingface": json.dumps({"info": {"features": features}})}
    rows = {"text": ["how is the dow", "pay it", "a joke"], "intent": [0, 1, 2]}
    clinc = pyarrow.table(rows).replace_schema_metadata(said)
    for split in ("train", "validation", "test"):
        put("clinc/clinc_oos", "main", f"plus/{split}-00000-of-00001.parquet", clinc)
    bank = pyarrow.table({"text": ["where is it?"], "label": [3]})
    put("PolyAI/banking77", "refs/convert/parquet", "default/test/0000.parquet", bank)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))

    node = load("configs/data/clinc150_hub.yaml", [])["data"]
    hubs = [*node["source"].values(), *node["others"].values()]
    assert not any(hub.pop("local_files_only") for hub in hubs)
    data = instantiate(node)
    assert data.names == ["pay"]
    assert [text(row) for row in data.domain("out_of_scope").inputs] == ["how is the dow"]
    assert [text(row) for row in data.domain("held_out").inputs] == ["a joke"]
    assert [text(row) for row in data.domain("banking77").inputs] == ["where is it?"]


def test_files_split_by_split_say_the_same(files):
    source = {}
    for ours, theirs in (("train", "train"), ("validation", "val"), ("test", "test")):
        rows = [json.dumps({"text": t, "intent": i}) for t, i in CONTENT[theirs]]
        rows += ['{"text": "how is the dow", "intent": "oos"}'] if ours == "test" else []
        (files / f"{ours}.jsonl").write_text("\n".join(rows))
        source[ours] = str(files / f"{ours}.jsonl")
    other = intents(files, source=source)
    assert torch.equal(other.test.inputs, intents(files).test.inputs)
    assert torch.equal(other.domain("out_of_scope").ids, intents(files).domain("out_of_scope").ids)


def test_typing_noise_is_the_same_for_every_model_and_keeps_labels(files):
    one, other = (intents(files).domain("typing_noise", 3) for _ in range(2))
    assert torch.equal(one.inputs, other.inputs)
    assert torch.equal(one.labels, intents(files).test.labels)
    assert not torch.equal(one.inputs, intents(files).test.inputs)


def test_a_rate_of_typing_errors_is_met_and_only_letters_change():
    letters = string.ascii_lowercase * 400
    generator = np.random.default_rng(0)
    assert mistyped("12 34, é!", 1.0, generator) == "12 34, é!"
    assert mistyped(letters, 0.0, generator) == letters
    hits = [mistyped(letter, 0.2, generator) != letter for letter in letters]
    # A swap with nothing behind it leaves a lone letter as it is: three kinds of four are seen.
    assert np.mean(hits) == pytest.approx(0.2 * 0.75, abs=0.02)


def test_neighbours_are_mutual_and_near():
    assert set(NEIGHBOURS["s"]) >= {"a", "d", "w", "x"}
    for letter, near in NEIGHBOURS.items():
        assert letter not in near
        assert len(near) >= 2


MODELS = {
    "ngrams": lambda: ByteNgrams(3, buckets=64, width=4),
    "convolution": lambda: ByteConvolution(3, width=8),
    "transformer": lambda: ByteTransformer(3, width=8, layers=1, heads=2, length=16),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_models_read_texts_and_learn_all_their_weights(make, files):
    batch = next(intents(files).train.in_order(4))
    model = make()
    output = model(batch)
    assert output.shape == (4,)
    assert output.classes == 3
    output.dense().square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("name", ["ngrams", "transformer"])
def test_what_comes_after_the_end_of_a_text_does_not_matter(name):
    model = MODELS[name]().eval()
    short = torch.zeros(1, 12, dtype=torch.long)
    short[0, :8] = torch.tensor(list(b"pay bill"))
    longer = torch.cat([short, torch.zeros(1, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model({"inputs": short}).dense(), model({"inputs": longer}).dense())


def test_one_letter_moves_ngrams_and_their_order_does_too():
    model = MODELS["ngrams"]().eval()

    def said(words):
        return model({"inputs": torch.tensor([list(words.ljust(8, b"\0"))])}).dense()

    assert not torch.equal(said(b"abcd"), said(b"abce"))
    assert not torch.equal(said(b"abcd"), said(b"dcba"))


def test_intents_are_renamed_by_name_all_at_once(files):
    train = intents(files).train
    turned = Rename({"pay": "freeze", "freeze": "pay"}, "intent")(train)
    assert turned.labels.tolist() == [0, 2, 1, 2]
    assert train.labels.tolist() == [2, 0, 1, 0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: intents(f, source=str(f / "none.json")), "there is no file .*none.json"),
        (lambda f: intents(f, source=str(f / "topics.json")), "is not CLINC150's JSON of train"),
        (lambda f: intents(f, source={"train": "x"}), "data.source has no 'validation'"),
        (lambda f: intents(f, held_out=["tlak"]), "unknown topic 'tlak'; did you mean talk"),
        (lambda f: intents(f, topics=str(f / "other.csv")), "is no JSON object of topics"),
        (lambda f: intents(f).domain("held_out"), "'held_out' holds no queries"),
        (lambda f: intents(f).domain("typing_noise"), "needs a severity of 1, 2, 3, got None"),
        (lambda f: intents(f).domain("clean", 2), "'clean' has no severity, got 2"),
        (lambda f: intents(f).domain("banks"), "unknown domain 'banks'; did you mean bank"),
        (lambda f: Rename({"a": "a"}, "intent"), "pairs must map names to other names"),
        (lambda f: Rename({"pay": "x"}, "intent")(intents(f).train), "unknown intent of .* 'x'"),
        (lambda f: Rename({"a": "b"}, "name")(intents(f).train), "unknown column .* 'name'"),
        (lambda f: ByteNgrams(3, buckets=0), "buckets, width and sizes must be positive"),
        (lambda f: ByteConvolution(3, reach=4), "reach odd"),
        (lambda f: ByteTransformer(3, width=10, heads=4), "width must be a multiple of heads"),
    ],
)
def test_words_of_errors(call, words, files):
    with pytest.raises(ValueError, match=words):
        call(files)
