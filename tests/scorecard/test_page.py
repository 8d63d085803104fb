"""The page: well-formed, self-contained, escaped, in the reader's colours, silent in a browser."""

import re
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from mtkd.report.numbers import MISSING
from mtkd.scorecard import Book
from mtkd.scorecard.page import SHOWN, render
from mtkd.scorecard.summary import summary
from tests.report.test_page import Walk

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
SECTIONS = (
    *("short", "user-outcome", "reliability", "economics", "change"),
    *("slices", "versions", "methods"),
)


@pytest.fixture(scope="module")
def versions(book):
    return Book.read(book).versions


@pytest.fixture(scope="module")
def page(book):
    return (book / "scorecard.html").read_text()


def test_every_tag_is_closed_every_id_unique_every_link_leads_somewhere(page):
    walk = Walk(page)
    assert walk.open == []
    assert len(walk.ids) == len(set(walk.ids))
    assert {link[1:] for _, link in walk.links if link.startswith("#")} <= set(walk.ids)
    assert set(SECTIONS) <= set(walk.ids)
    assert {part.split(")")[0] for part in page.split("url(#")[1:]} <= set(walk.ids)


def test_nothing_is_loaded_from_elsewhere(page):
    outside = [link for _, link in Walk(page).links if not link.startswith("#")]
    assert outside == ["data:,"]
    assert "@import" not in page
    assert "http" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_the_page_follows_system_paper_and_phone(page):
    for word in ("prefers-color-scheme: dark", "@media print", "width=device-width"):
        assert word in page
    assert len(page) < 1_000_000


def test_plots_take_the_colours_of_the_page_and_say_their_n(page):
    drawings = re.findall(
        r"<figure>(<svg.*?</svg>)\s*<figcaption>(.*?)</figcaption>", page, re.DOTALL
    )
    assert len(drawings) == 8
    for drawing, caption in drawings:
        ElementTree.fromstring(drawing)
        assert "currentColor" in drawing
        assert "mathdefault" not in drawing
        assert "n = " in caption or "Counted" in caption


def test_every_number_has_its_n_beside_it_and_small_ones_are_marked(page, versions):
    latest = versions[-1].by_name["dd_ceir"]
    assert latest.caution in page
    cells = re.findall(r'<td class="number[^"]*" title="([^"]*)">(.*?)</td>', page, re.DOTALL)
    assert cells
    for title, cell in cells:
        assert title
        assert cell == MISSING or re.search(r"n \d+</small>", cell)


def test_the_summary_is_made_of_the_figures(versions):
    outcome, reliability, economics, change = summary(versions[1])
    assert outcome.startswith("Right on 70.0 % of 40 clean items: 0.778 [")
    assert "Its worst slice is noise@3, at 0.765 (n = 40)." in outcome
    assert "Wrong with confidence on 10.0 % of the items." in reliability
    assert "at most 5.0 % of the answers it accepts are wrong; 20.0 % go to the" in reliability
    assert economics == "93.8 % fewer parameters than the teacher."
    assert change.startswith("Since v1, 7 of 40 answers went from right to wrong and 1 from wrong")
    assert summary(versions[0])[3] == "Nothing to compare with: the first version of its book."


def test_text_from_outside_is_escaped(versions):
    odd = replace(versions[0], student="<script>alert(1)</script>", notes=("<b>&",))
    page = render([odd])
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;&amp;" in page


def test_many_versions_have_columns_for_the_newest_and_plots_of_all(versions):
    many = [replace(versions[0], name=f"r{n}", order=n) for n in range(1, SHOWN + 4)]
    page = render(many)
    head = re.search(r'id="table-change">\s*<thead>(.*?)</thead>', page, re.DOTALL)[1]
    assert re.findall(r">(r\d+)</th>", head) == [f"r{n}" for n in range(SHOWN + 3, 3, -1)]
    assert f"the newest {SHOWN} of {SHOWN + 3} versions" in page
    assert ">r1</text>" in page


def test_across_another_rubric_columns_stand_apart_and_lines_break(versions):
    from mtkd.scorecard.trends import _stretches

    other = replace(versions[1], hashes={**versions[1].hashes, "rubric": "f" * 16})
    three = [versions[0], versions[1], replace(other, name="v3", order=3)]
    assert _stretches(three, "quality_ratio") == [[0, 1], [2]]
    assert _stretches(three, "size_reduction_parameters") == [[0, 1, 2]]
    assert _stretches(three, "negative_flips") == [[1], [2]]
    page = render(three)
    assert " apart" in page.split("</style>")[1]
    assert " apart" not in render(versions).split("</style>")[1]


def test_no_versions_are_no_page():
    with pytest.raises(ValueError, match="at least one version"):
        render([])


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_a_word_and_without_scrolling_sideways(page, width, tmp_path):
    probe = (
        "<script>onload = () => document.title = "
        "[document.documentElement.scrollWidth, innerWidth].join()</script></body>"
    )
    (tmp_path / "page.html").write_text(page.replace("</body>", probe))
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
    command += ["--dump-dom", (tmp_path / "page.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in shown.stderr
    wide, window = map(int, re.search(r"<title>(\d+),(\d+)</title>", shown.stdout).groups())
    assert wide <= max(window, 500)
