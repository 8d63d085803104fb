import pytest

from tests.text.made import byte_level, saved


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Every test has an empty cache of its own."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tokens(tmp_path):
    """A byte-level tokenizer that begins a text with `<s>` and ends it with `</s>`."""
    return saved(tmp_path, byte_level())
