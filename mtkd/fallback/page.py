"""An assessment as HTML: a fragment for a report, or a page of its own."""

from collections.abc import Iterable, Sequence
from html import escape

from mtkd.fallback.assess import Assessment
from mtkd.fallback.plots import plots
from mtkd.fallback.table import DOMAINS, RULES, domain_cells, recovery_sentence, rule_cells

CAPTIONS = {
    "calibration": "Risk over coverage on the validation items. The naive rule takes the largest "
    "coverage whose observed risk is low enough; it breaks the promise in about half of all "
    "draws of validation items.",
    "quality": "What handing over buys. By confidence the student runs on every query; random and "
    "oracle choose before any model runs.",
    "promise": "The threshold is fitted on clean data only. Bars are exact bounds, each of "
    "the two at the promise's level; under a shift nothing is promised, this shows what happens.",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}table{border-collapse:collapse;font-size:.85rem}"
    "th,td{padding:.25rem .6rem;text-align:left;border-bottom:1px solid #8886}"
    ".scroll{overflow-x:auto}figure{margin:1.5rem 0}svg{max-width:100%;height:auto}"
)


def fragment(found: Assessment) -> str:
    """`<section id="fallback">` with the decision, both tables and the plots; no styles."""
    choice, promise = found.choice, found.request.promise
    drawn = plots(found)
    sentences = [recovery_sentence(p) for p in found.places if p.domain.kind == "clean"]
    return "\n".join(
        [
            '<section id="fallback">',
            "<h2>When to hand over to the teacher</h2>",
            _paragraph(
                f"Student {choice.label}, teacher {choice.teacher.name}. Asked: at most "
                f"{promise.risk:.3g} of the accepted answers wrong, with probability "
                f"{promise.confidence:.3g}; calibrated on {len(found.calibration)} items."
            ),
            f"<p><strong>{escape(found.certificate.sentence)}</strong></p>",
            *(_paragraph(f"Warning: {warning}") for warning in found.warnings),
            _table(RULES, (rule_cells(one) for one in (found.certificate, *found.others))),
            _figure(drawn, "calibration"),
            "<h3>What becomes of the promise</h3>",
            _table(DOMAINS, (domain_cells(found, place) for place in found.places)),
            _figure(drawn, "promise"),
            "<h3>What handing over buys</h3>",
            *(_paragraph(sentence) for sentence in sentences),
            _figure(drawn, "quality"),
            "</section>",
        ]
    )


def page(found: Assessment) -> str:
    """The fragment as a page that stands alone and asks for nothing from outside."""
    title = escape(f"{found.choice.study.name}: fallback")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body>\n{fragment(found)}\n</body></html>\n"
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines
    )
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _figure(drawn: dict[str, str], name: str) -> str:
    if name not in drawn:
        return ""
    return f"<figure>{drawn[name]}<figcaption>{escape(CAPTIONS[name])}</figcaption></figure>"
