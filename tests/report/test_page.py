"""The page: well-formed, self-contained, complete, and honest about what is missing."""

import json
import re
import shutil
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mtkd.report import build
from mtkd.report.canvas import figure, svg
from tests.report.synthetic import Synthetic

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
SECTIONS = (
    *("summary", "answer", "known", "endpoint", "cells", "inheritance", "fates", "price"),
    *("reliability", "weights", "shift", "ood", "fallback", "pockets", "economics"),
    *("methods", "provenance"),
)


class Walk(HTMLParser):
    """Collects ids, links and text, and notices tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.note(tag, dict(attrs))

    def handle_startendtag(self, tag, attrs):
        self.note(tag, dict(attrs))

    def note(self, tag, attributes):
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name in ("href", "src", "srcset", "action", "poster", "data"):
            if name in attributes:
                self.links.append((tag, attributes[name]))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = Synthetic(tmp_path_factory.mktemp("run")).write()
    assert build(made) == made / "report.html"
    return made


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def walk(page):
    return Walk(page)


@pytest.fixture
def copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "run"))


def change(folder, edit):
    study = json.loads((folder / "study.json").read_text())
    edit(study)
    (folder / "study.json").write_text(json.dumps(study))


def rebuilt(folder):
    """The page of a changed folder, walked, and its text."""
    walked = Walk(build(folder).read_text())
    return walked, " ".join(" ".join(walked.text).split())


def test_every_tag_is_closed_and_every_id_is_unique(walk):
    assert walk.open == []
    assert len(walk.ids) == len(set(walk.ids))


def test_internal_links_lead_somewhere(page, walk):
    targets = {link[1:] for _, link in walk.links if link.startswith("#")}
    assert targets <= set(walk.ids)
    drawn = {part.split(")")[0] for part in page.split("url(#")[1:]}
    assert drawn <= set(walk.ids)


def test_nothing_is_loaded_from_elsewhere(page, walk):
    outside = [(tag, link) for tag, link in walk.links if not link.startswith("#")]
    assert {tag for tag, link in outside if link.startswith("http")} == {"a"}
    beside = [link for tag, link in outside if tag == "a" and not link.startswith("http")]
    assert {link.partition("#")[0] for link in beside} == {"statistics.html"}
    papers = [link for tag, link in outside if tag == "a" and link not in beside]
    assert all(link.startswith("https://arxiv.org/") for link in papers)
    assert [link for tag, link in outside if tag != "a"] == ["data:,"]
    assert "@import" not in page
    assert "url(http" not in page


def test_every_section_is_there_and_in_the_contents(walk):
    for section in SECTIONS:
        assert section in walk.ids, section
        assert ("a", f"#{section}") in walk.links, section


def test_colours_follow_the_page_and_the_page_follows_the_system(page):
    assert "currentColor" in page
    assert "#010203" not in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_same_folder_gives_the_same_bytes(folder, page):
    assert build(folder).read_text() == page


def test_tables_and_page_are_written_beside_each_other(folder):
    there = {file.name for file in folder.iterdir() if file.is_file()}
    tables = {"results.csv", "cells.csv", "trials.csv"}
    assert there == {"study.json", "report.html", "statistics.html", *tables}


def test_drawings_keep_the_digits_of_their_labels_and_shorten_only_coordinates():
    with figure(3, 2) as (drawn, axes):
        axes.plot([0.0125, 0.0375], [1, 3])
        axes.set_xticks([0.0125, 0.0375])
        axes.set_title("π = 3.14159")
        text = svg(drawn, "one", "a test")
    assert {"0.0125", "0.0375", "π = 3.14159"} <= set(re.findall(r">([^<]+)</text>", text))
    assert not re.search(r'[ "]\d+\.\d{3,}[ "]', re.sub(r">[^<]*<", "><", text))
    assert 'aria-label="a test"' in text
    assert "width=" not in text.split(">")[0]


@pytest.mark.parametrize("name", [r"$\frac$", "$a$", '"><img src=x onerror=alert(1)>', r"\g<9>"])
def test_a_drawing_shows_names_as_they_are(name):
    with figure(3, 2) as (drawn, axes):
        axes.plot([0, 1], label=name)
        drawn.legend()
        text = svg(drawn, name, f"about {name}")
    walked = Walk(f"<p>{text}</p>")
    assert name in walked.text
    assert walked.open == []
    assert f'aria-label="about {escape(name)}"' in text
    assert "<img" not in text


def test_text_from_outside_is_escaped(copy):
    change(copy, lambda study: study.update(question="<script>alert(1)</script> & more"))
    walked, text = rebuilt(copy)
    assert "<script>alert(1)</script> & more" in text
    assert walked.open == []


def test_a_failed_trial_is_shown_with_its_reason(copy):
    def fail(study):
        study["trials"][-1] |= {"state": "failed", "error": "the loss was NaN at step 7"}

    change(copy, fail)
    walked, text = rebuilt(copy)
    assert "missing" in walked.ids
    assert "the loss was NaN at step 7" in text
    assert "1 model is missing" in text
    assert "9 of 10 trials" in text


def test_a_truncated_prediction_file_still_gives_a_report(copy):
    file = next(copy.glob("trials/other_seed-0/predictions/clean.npz"))
    file.write_bytes(file.read_bytes()[:100])
    walked, text = rebuilt(copy)
    assert walked.open == []
    assert "the command that ran the study computes it again" in text


@pytest.mark.parametrize("left", ["nothing", "controls"])
def test_a_study_that_has_hardly_begun_still_gives_a_report(copy, left):
    def wait(study):
        for entry in study["trials"]:
            if left == "nothing" or entry["role"] == "cell":
                entry["state"] = "pending"

    change(copy, wait)
    walked, text = rebuilt(copy)
    assert walked.open == []
    assert "has no answer" in text
    assert "it has not run yet" in text


def test_without_teachers_predictions_the_students_are_still_described(copy):
    shutil.rmtree(copy / "teachers")
    walked, text = rebuilt(copy)
    assert "cells" in walked.ids
    assert "teacher planted" in text


def test_one_seed_says_what_its_interval_is_about(copy):
    def first(study):
        study["trials"] = [entry for entry in study["trials"] if entry["seed"] == 0]

    _, text = rebuilt(copy)
    assert "too short to speak for other seeds with so few of them" in text
    assert "seeds: where these differ more than items do" in text
    change(copy, first)
    _, text = rebuilt(copy)
    assert "intervals are about items only" in text
    assert "95 % intervals over items." in text
    assert "too short to speak" not in text
