"""An analysis as HTML: a section for the report page, and a small page around it."""

from html import escape

from mtkd.economics.analysis import Analysis
from mtkd.economics.plots import svgs
from mtkd.economics.tables import (
    Rows,
    measured_rows,
    monthly_rows,
    result_rows,
    rule_rows,
    simulation,
    training_rows,
)

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem }}
table {{ border-collapse: collapse; width: 100% }}
.scroll {{ overflow-x: auto }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }}
caption {{ text-align: left; font-weight: 600; padding-top: 1rem }}
svg {{ width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""

TORNADO = "One input at a time, the others as stated; computed, not sampled, so there is no n."


def fragment(analysis: Analysis) -> str:
    """A `<section>` without styles or scripts: decision, tables and both plots inline."""
    decision, plots = analysis.decision, svgs(analysis)
    parts = [
        '<section class="economics" id="economics">',
        f"<h2>{escape(analysis.question)}</h2>",
        f"<p><strong>{escape(_sentence(decision.verdict))}</strong> {escape(decision.reason)}</p>",
        _list("Instead", decision.alternatives),
        _list("Missing evidence", decision.missing),
        _table("Break-even", ("assumed", "months", "verdict"), result_rows(analysis)),
        _figure(plots["tornado"], TORNADO),
        _figure(plots["monte_carlo"], simulation(analysis)),
        _table("Training, once", ("item", "$", "how"), training_rows(analysis)),
        _table("Each month", ("item", "$ a month", "how"), monthly_rows(analysis)),
        _list("Not stated, counted as 0", analysis.plan.not_stated),
        _table("Rules, in order", ("rule", "status", "reason", "missing"), rule_rows(analysis)),
    ]
    if rows := measured_rows(analysis):
        parts.append(_table("Figures of the study", ("", "figure"), rows))
    return "\n".join(part for part in [*parts, "</section>"] if part)


def page(analysis: Analysis) -> str:
    """The section as one HTML file that asks for nothing else; follows light and dark."""
    return PAGE.format(title=escape(analysis.question), body=fragment(analysis))


def _sentence(verdict: str) -> str:
    return f"{verdict[0].upper()}{verdict[1:]}."


def _table(caption: str, columns: tuple[str, ...], rows: Rows) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )


def _figure(plot: str, caption: str) -> str:
    return f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"


def _list(head: str, items: tuple[str, ...]) -> str:
    return f"<p>{escape(head)}: {escape(', '.join(items))}.</p>" if items else ""
