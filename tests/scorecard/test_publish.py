"""One flat table in Weights & Biases, and the latest version as its summary."""

import pytest

import mtkd.tracking
from mtkd.scorecard import Book
from mtkd.scorecard.publish import publish
from mtkd.scorecard.rows import Row, rows
from tests.scorecard.world import scorecard


class Run:
    """What a started run was told."""

    def __init__(self):
        self.summary, self.logged, self.finished = {}, [], False

    def log(self, values):
        self.logged.append(values)

    def finish(self):
        self.finished = True


@pytest.fixture
def started(monkeypatch):
    runs = []

    def start(settings, group, name, folder, config):
        runs.append((Run(), settings, group, name, config))
        return runs[-1][0]

    monkeypatch.setattr(mtkd.tracking, "start", start)
    return runs


def test_a_book_is_one_table_with_the_rows_of_its_file(book, started):
    found = Book.read(book)
    publish(found, "offline", "mine")
    ((run, settings, group, name, config),) = started
    assert (settings, group, name) == ({"mode": "offline", "project": "mine"}, "scorecard", "v2")
    table = run.logged[0]["scorecard"]
    assert table.columns == list(Row._fields)
    assert len(table.data) == len(list(rows(found.versions)))
    assert run.finished
    assert config["dataset"] == found.latest.hashes["dataset"]


def test_the_summary_is_the_latest_version_without_what_is_not_known(book, started):
    publish(Book.read(book), "offline")
    summary = started[0][0].summary
    assert summary["change/negative_flips"] == 7 / 40
    assert summary["user outcome/quality_ratio"] == pytest.approx(28 / 36)
    assert "economics/latency_p95" not in summary


def test_nothing_is_sent_unless_asked_for(book, started, tmp_path):
    assert scorecard("show", book) == 0
    assert not started
    assert scorecard("show", book, "--wandb", "offline") == 0
    assert len(started) == 1
