"""The plots of an assessment, as SVG that takes the colours of its page."""

import numpy as np

from mtkd.fallback.assess import Assessment, Place
from mtkd.fallback.curves import confidence_curve, oracle_curve, random_curve
from mtkd.report.canvas import INK, OKABE_ITO, figure, svg


def plots(found: Assessment) -> dict[str, str]:
    """SVG elements by name, in the order in which they should be shown."""
    drawn = {"calibration": _calibration(found)}
    for place in found.places:
        if place.domain.kind == "clean" and place.cascade is not None:
            drawn["quality"] = _quality(found, place)
    labelled = [place for place in found.places if place.outcome.risk.n]
    if labelled:
        drawn["promise"] = _promise(found, labelled)
    return drawn


def _calibration(found: Assessment) -> str:
    """Observed risk over coverage on the calibration items, with every rule's threshold."""
    curve, risk = found.calibration.cuts, found.request.promise.risk
    with figure(6.4, 3.4) as (drawn, axes):
        coverage = curve.accepted / curve.n
        axes.plot(coverage, curve.errors / curve.accepted, color=OKABE_ITO[0], label="observed")
        axes.axhline(risk, color=INK, linestyle="--", linewidth=1, label=f"asked: {risk:g}")
        rules = (found.certificate, *found.others)
        for one, marker, colour in zip(rules, "os^X", OKABE_ITO[1:], strict=False):
            if one.accepted:
                at = (one.accepted / one.n, one.errors / one.accepted)
                axes.plot(*at, marker, color=colour, label=one.method.split(",")[0])
        axes.set_xlabel(f"share the student answers (validation, n = {curve.n})")
        axes.set_ylabel("share of those wrong")
        axes.set_ylim(bottom=0)
        drawn.legend(loc="outside upper left", ncols=3)
        return svg(drawn, "fallback-calibration", "Risk over coverage on the calibration items")


def _quality(found: Assessment, place: Place) -> str:
    """Accuracy over cost (or over the share deferred, without prices)."""
    cascade, costs = place.cascade, found.request.costs
    assert cascade is not None
    curves = {
        "oracle": oracle_curve(cascade),
        "by confidence": confidence_curve(cascade),
        "at random": random_curve(cascade),
    }
    with figure(6.4, 3.6) as (drawn, axes):
        for (name, curve), style, colour in zip(
            curves.items(), (":", "-", "--"), OKABE_ITO, strict=False
        ):
            # By confidence the student runs first on every query; the other two know before.
            pay = costs and (costs.cascade if name == "by confidence" else costs.prerouter)
            x = pay(curve.deferred) if pay else curve.deferred
            axes.plot(x, curve.accuracy, style, color=colour, label=name)
        x0, x1 = (costs.student, costs.teacher) if costs else (0.0, 1.0)
        ends = curves["at random"].accuracy
        axes.plot(x0, ends[0], "s", color=INK, label="always-student")
        axes.plot(x1, ends[1], "D", color=INK, label="always-teacher")
        if place.operation is not None:
            deferred = place.operation.deferred
            at = float(costs.cascade(deferred)) if costs else deferred
            axes.plot(
                at, place.operation.accuracy.value, "o", color=OKABE_ITO[1], label="this rule"
            )
        what = "running cost per query" if costs else "share of queries the teacher answers"
        axes.set_xlabel(f"{what} ({place.domain.name}, n = {len(cascade)})")
        axes.set_ylabel("accuracy of the answers given")
        axes.legend(loc="lower right")
        return svg(drawn, "fallback-quality", "Accuracy over cost, by who chooses what to defer")


def _promise(found: Assessment, places: list[Place]) -> str:
    """Risk of the accepted answers on every domain, with exact bounds, against the promise."""
    risk = found.request.promise.risk
    with figure(6.4, 1.2 + 0.28 * len(places)) as (drawn, axes):
        rows = np.arange(len(places))
        seen = [place.outcome for place in places]
        values = np.array([one.risk.value for one in seen])
        low = values - [one.low for one in seen]
        high = np.array([one.high for one in seen]) - values
        axes.errorbar(values, rows, xerr=[low, high], fmt="o", color=OKABE_ITO[0])
        axes.axvline(risk, color=INK, linestyle="--", linewidth=1)
        labels = [f"{one.domain} (n = {one.risk.n}, {one.verdict})" for one in seen]
        axes.set_yticks(rows, labels)
        axes.set_ylim(len(places) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"share of accepted answers that is wrong; dashed: asked, {risk:g}")
        return svg(drawn, "fallback-promise", "Risk on every domain against the promise")
