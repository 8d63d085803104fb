"""The report of a study: one self-contained HTML page, made from stored predictions.

build             a run folder to `report.html`, `statistics.html` and the tables as CSV
reliability_png   one reliability diagram as an image
"""

import sys
from pathlib import Path

from mtkd.files import write_text
from mtkd.manifests import refuse_mixture
from mtkd.report.damaged import damaged
from mtkd.report.guide import NAME, render_guide
from mtkd.report.image import reliability_png
from mtkd.report.page import render
from mtkd.results import score_study, write_tables

__all__ = ["build", "build_early", "reliability_png"]


def build(run_folder: Path | str, processes: int | None = None) -> Path:
    """Score a run folder and write report, guide and tables; trials may be missing.

    What cannot be read is on the page, and a line each on standard error.

    Args:
        run_folder: Of a study.
        processes: How many score at one time; None: one for each core, if there is enough to do.

    Returns:
        The path of `report.html`.

    Raises:
        ValueError: The folder holds no readable `study.json` of this version.
        ConfigError: Its results stand on different data.
    """
    folder = Path(run_folder)
    refuse_mixture(folder)
    results = score_study(folder, processes)
    write_tables(results, folder)
    write_text(folder / NAME, render_guide())
    write_text(folder / "report.html", render(results))
    for sentence in damaged(results):
        print(f"mtkd: warning: {sentence}", file=sys.stderr, flush=True)
    return folder / "report.html"


def build_early(run_folder: str) -> str:
    """The report of what is there already, on one process, while others still train."""
    return str(build(run_folder, processes=1))
