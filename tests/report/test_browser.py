"""The page in a browser: silent, nothing asked for, no sideways scrolling on a phone, printable."""

import re

import pytest

from mtkd.report import build
from tests.report.browser import CHROMIUM, look, run
from tests.report.synthetic import Synthetic

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome here")
DARK = "--blink-settings=preferredColorScheme=0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = Synthetic(tmp_path_factory.mktemp("browser")).write()
    build(made)
    return made


@pytest.mark.parametrize("name", ["report.html", "statistics.html"])
@pytest.mark.parametrize("width", [390, 1300])
def test_it_fits_its_window_and_loads_nothing_and_says_nothing(folder, tmp_path, name, width):
    said, log = look((folder / name).read_text(), tmp_path, width)
    assert said["wide"] == []
    assert said["scrolls"] <= said["width"] == width
    assert said["dangling"] == []
    assert [name for name in said["asked"] if not name.startswith("data:")] == []
    assert "CONSOLE" not in log


@pytest.mark.parametrize("name", ["report.html", "statistics.html"])
def test_it_is_dark_where_the_reader_wants_it_dark(folder, tmp_path, name):
    page = (folder / name).read_text()
    light, dark = (
        [int(part) for part in re.findall(r"\d+", look(page, tmp_path, 600, *flags)[0]["dark"])]
        for flags in ((), (DARK,))
    )
    assert min(light) > 200
    assert max(dark) < 60


def test_it_prints(folder, tmp_path):
    paper = tmp_path / "report.pdf"
    run(f"--print-to-pdf={paper}", (folder / "report.html").as_uri(), folder=tmp_path)
    assert paper.read_bytes().startswith(b"%PDF")
    assert len(paper.read_bytes()) > 20_000
