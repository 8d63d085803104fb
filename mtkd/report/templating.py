"""The templates of the report's pages."""

from functools import lru_cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from mtkd.report.numbers import fixed
from mtkd.report.phrases import breakable


def template(name: str) -> Template:
    """A template by its file name; a name it uses and is not given stops it."""
    return _environment().get_template(name)


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        # The style of the sections that other packages render is theirs.
        loader=ChoiceLoader(
            [PackageLoader(f"mtkd.{part}") for part in ("report", "slices", "scorecard")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fixed": fixed, "breakable": breakable}
    return environment
