"""`mtkd breakeven`: does a student pay, and should there be one?"""

import argparse
from pathlib import Path

from mtkd.config import ConfigError, load
from mtkd.config.loading import SHIPPED
from mtkd.economics.analysis import Analysis, analyse
from mtkd.economics.as_json import as_json
from mtkd.economics.reading import read_values
from mtkd.economics.text import as_text
from mtkd.files import write_bytes, write_json, write_text

NAMESPACE = '<svg xmlns="http://www.w3.org/2000/svg"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `mtkd breakeven`."""
    parser.add_argument("file", type=Path, help="economics.yaml; see configs/economics.yaml")
    parser.add_argument(
        "override", nargs="*", metavar="key=value", help="value in YAML, key dotted"
    )
    parser.add_argument(
        "--from", dest="study", type=Path, metavar="RUN", help="use what this run measured"
    )
    parser.add_argument("--trial", help="the student of that run that is meant, by name or id")
    parser.add_argument("--out", type=Path, help="folder for JSON, page and plots")
    parser.add_argument("--png", action="store_true", help="write the plots as PNG, too")


def run(options: argparse.Namespace) -> int:
    """Set training cost against monthly saving, ask the decision rules, and print both.

    Raises:
        ConfigError: The file cannot be meant so, or the run folder is none.
    """
    analysis = analyse_file(options.file, options.override, options.study, options.trial)
    print(as_text(analysis), end="")
    if options.out:
        write(analysis, options.out, options.png)
        print(f"\nWritten to {options.out}")
    return 0


def analyse_file(
    file: Path | str,
    overrides: list[str] | None = None,
    study: Path | None = None,
    trial: str | None = None,
) -> Analysis:
    """The analysis of an economics.yaml, with the figures of a run folder if one is given.

    Raises:
        ConfigError: The file cannot be meant so, or the run folder is none.
    """
    values = read_values(load(_shipped(Path(file)), overrides or []))
    if study is None and trial is not None:
        raise ConfigError(f"--trial {trial} is a student of a run; name the run with --from RUN")
    if study is None:
        return analyse(values)
    from mtkd.economics.study_figures import measure

    return analyse(values, measure(study, trial))


def _shipped(file: Path) -> Path:
    """`configs/x.yaml` among the configs that come with mtkd, where there is none here."""
    ours = file.parts[:1] == ("configs",) and (SHIPPED / file).is_file()
    return SHIPPED / file if ours and not file.exists() else file


def write(analysis: Analysis, folder: Path, png: bool = False) -> None:
    """breakeven.json, breakeven.html, tornado.svg and monte_carlo.svg; with `png` their PNGs."""
    from mtkd.economics.page import page
    from mtkd.economics.plots import pngs, svgs

    write_json(folder / "breakeven.json", as_json(analysis))
    write_text(folder / "breakeven.html", page(analysis))
    for name, plot in svgs(analysis).items():
        write_text(folder / f"{name}.svg", plot.replace("<svg", NAMESPACE, 1))
    for name, image in pngs(analysis).items() if png else ():
        write_bytes(folder / f"{name}.png", image)
