"""A page in headless Chromium, where there is one."""

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--enable-logging=stderr"),
)
# Runs in the frame: what sticks out sideways, which links lead nowhere, what was asked for.
PROBE = """
const page = frame.contentDocument, root = page.documentElement;
const wide = [...page.body.querySelectorAll("*")].filter((one) =>
  one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".scroll, svg"));
const said = {
  width: root.clientWidth, scrolls: root.scrollWidth,
  wide: wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 120)),
  dangling: [...page.links].map((a) => a.getAttribute("href"))
    .filter((href) => href.startsWith("#") && !page.getElementById(href.slice(1))),
  asked: frame.contentWindow.performance.getEntriesByType("resource").map((one) => one.name),
  dark: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
};
document.title = JSON.stringify(said);
"""


def look(page: str, folder: Path, width: int, *flags: str) -> tuple[dict, str]:
    """What a browser says about a page in a window of `width` pixels, and what it logged.

    The page lies in a frame, since windows cannot be made as narrow as a phone.
    """
    style = f"width:{width}px;height:900px;border:0"
    frame = f'<iframe id="frame" style="{style}" srcdoc="{escape(page)}"></iframe>'
    script = f"<script>frame.onload = () => {{ {PROBE} }}</script>"
    file = folder / f"holder-{width}-{len(flags)}.html"
    file.write_text(f"<!doctype html><title>-</title>{frame}{script}")
    words = "--dump-dom", f"--window-size={width + 20},1000", *flags, file.as_uri()
    dumped = run(*words, folder=folder)
    title = re.search(r"<title>(.*?)</title>", dumped.stdout, re.DOTALL)
    assert title, dumped.stderr
    assert title[1] != "-", dumped.stderr
    return json.loads(unescape(title[1])), dumped.stderr


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Chromium with a profile of its own."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / f'profile-{os.getpid()}'}", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
