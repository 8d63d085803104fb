"""The page: well-formed, self-contained, escaped, complete, and quiet in a browser."""

import re
import shutil
import subprocess

import pytest

from mtkd.slices.page import fragment, page
from tests.report.test_page import Walk
from tests.slices.files import slices, write_files

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("page")
    write_files(made)
    gate = made / "gate.yaml"
    gate.write_text("slices: [{name: '<b>old</b>', where: {side: 1}}, {where: {side: 3}}]")
    words = ["--student", made / "s.csv", "--against", made / "t.csv", "--gate", gate]
    assert slices(*words, "--metadata", made / "meta.csv", "--out", made) == 1
    return made


@pytest.fixture(scope="module")
def walk(folder):
    return Walk((folder / "slices.html").read_text())


def test_it_is_well_formed_and_asks_for_nothing_from_outside(walk, folder):
    assert walk.open == []
    assert len(walk.ids) == len(set(walk.ids))
    anchors = {link for _, link in walk.links if link.startswith("#")}
    assert {link for _, link in walk.links} - anchors == {"data:,"}
    assert {anchor[1:] for anchor in anchors} <= set(walk.ids)
    assert len((folder / "slices.html").read_bytes()) < 500_000


def test_it_says_what_was_found_with_its_n(walk):
    text = re.sub(r"\s+", " ", " ".join(walk.text))
    assert "Gate: fail." in text
    assert "The student is worse than its reference in: age = 2 and side = 1" in text
    assert "explained by age = 2 and side = 1" in text
    assert "by mean confidence of both models" in text


def test_names_from_files_are_escaped(folder):
    content = (folder / "slices.html").read_text()
    assert "&lt;b&gt;old&lt;/b&gt;" in content
    assert "<b>old</b>" not in content


def test_every_dot_and_interval_lies_on_its_axis(folder):
    content = (folder / "slices.html").read_text()
    lefts = [
        float(left) for left in re.findall(r'class="(?:ci|dot)" style="left:([-\d.]+)%', content)
    ]
    assert len(lefts) > 40
    assert min(lefts) >= 0
    assert max(lefts) <= 100


def test_a_part_for_another_page_has_no_style_of_its_own(folder):
    from argparse import ArgumentParser

    from mtkd.slices.entry import add_arguments
    from mtkd.slices.gather import gather

    parser = ArgumentParser()
    add_arguments(parser)
    options = ["--student", str(folder / "s.csv"), "--against", str(folder / "t.csv")]
    found = gather(parser.parse_args(options))
    part = fragment(found)
    assert Walk(part).open == []
    assert "<style" not in part
    assert "slices-gate" not in part
    assert part.strip() in page(found)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_has_nothing_to_complain_about(folder, tmp_path):
    loud = tmp_path / "loud.html"
    loud.write_text("<script>console.error('heard')</script>")
    assert "heard" in complaints(loud, tmp_path)
    assert "CONSOLE" not in complaints(folder / "slices.html", tmp_path)


def complaints(path, profile):
    """What Chromium writes to its log while it opens a page."""
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    words += [f"--user-data-dir={profile}/chromium", "--dump-dom", path.as_uri()]
    return subprocess.run([CHROMIUM, *words], capture_output=True, text=True, timeout=120).stderr
