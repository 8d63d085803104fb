"""From the predictions of one trial to its rows, and to the terms that intervals are made of."""

from collections.abc import Iterator, Mapping, Sequence

from mtkd.metrics import Inheritance, Metric, Pair
from mtkd.metrics import Predictions as Labelled
from mtkd.results.index import Study, Trial
from mtkd.results.inheritance import (
    blind_spot_values,
    committee_values,
    compare,
    control_values,
    endpoint_terms,
    further_terms,
    inheritance_values,
    matched_values,
    prefixed,
    price_terms,
    weighed_credit,
)
from mtkd.results.models import CLEAN, VALIDATION, Model, Opinions, control_of
from mtkd.results.plain import plain_rows
from mtkd.results.price import price_rows
from mtkd.results.scored import Scored, Term
from mtkd.results.secondary import Secondary
from mtkd.results.tokens import clustered, far_only, gain_terms, risk_metrics, risk_terms
from mtkd.results.values import SCALED, STUDENT, Row, rows_of
from mtkd.results.weights import training_weights


class Scorer:
    """Scores trials against the teachers and controls of their study.

    Args:
        study: The index.
        teachers: By name, placebo included.
        controls: The labels-only students, see `control_of`.
        focus: The teacher that the primary endpoint is about.
        endpoint: Its statistic.
    """

    def __init__(
        self,
        study: Study,
        teachers: Mapping[str, Model],
        controls: Sequence[tuple[Trial, Model]],
        focus: str,
        endpoint: str,
    ) -> None:
        self.study = study
        self.tau = study.tau
        self.controls = controls
        self.focus, self.endpoint = focus, endpoint
        self.teachers = {name: model.raw.labelled for name, model in teachers.items()}
        self.tokens = {name: model.raw.tokens for name, model in teachers.items()}
        self.teaching = [one.name for one in study.teaching if one.name in teachers]
        placebo = study.placebo
        self.placebo = placebo.name if placebo and placebo.name in teachers else None
        self.secondary = Secondary(study, teachers, focus)

    def score(self, trial: Trial, model: Model) -> Scored:
        """Everything about one trial."""
        scored = Scored()
        scored.rows += plain_rows(trial.id, STUDENT, model.raw, self.tau)
        scored.rows += plain_rows(trial.id, SCALED, model.scaled, self.tau)
        scored.rows += price_rows(trial.id, model)
        held_out = VALIDATION if self.study.validated else CLEAN
        scored.rows += rows_of(trial.id, SCALED, held_out, {"temperature": model.temperature})
        if (clean := model.raw.labelled.get(CLEAN)) is not None:
            scored.answers = clean.confidence, clean.correct
        if trial.control == "leave_one_out":
            self.secondary.keep(scored, model.raw)
        control = control_of(trial, self.controls)
        if trial.control == "labels_only" or control is None:
            scored.rows += self._alone(trial, model.raw)
        else:
            self._compare(scored, trial, model, control)
        return scored

    def _alone(self, trial: Trial, said: Opinions) -> Iterator[Row]:
        """Rows of a control by itself: how often it errs like each teacher by coincidence."""
        for domain, answers in said.measured.items():
            for name, teacher in self.teachers.items():
                pair = Pair(teacher[domain], answers, self.tau)
                yield from rows_of(trial.id, STUDENT, domain, prefixed(name, control_values(pair)))

    def _compare(self, scored: Scored, trial: Trial, model: Model, control: Model) -> None:
        """Add what compares the student with the control of its seed."""
        for domain in model.raw.measured:
            self._inheritance(scored, trial, STUDENT, domain, model.raw, control.raw)
            values = self._across_teachers(trial, domain, model.raw, control.raw)
            scored.rows += rows_of(trial.id, STUDENT, domain, values)
            self._of_tokens(scored, trial, domain, model.raw, control.raw)
        self.secondary.add(scored, trial, model.raw, control.raw)
        if CLEAN in model.raw.labelled:
            self._inheritance(scored, trial, SCALED, CLEAN, model.scaled, control.scaled)
            pair = model.raw.labelled[CLEAN], control.raw.labelled[CLEAN]
            terms = price_terms(*pair, self.tau)
            for statistic, term in clustered(terms, model.raw.tokens.get(CLEAN)).items():
                scored.terms[STUDENT, "", CLEAN, statistic] = term

    def _of_tokens(
        self, scored: Scored, trial: Trial, domain: str, student: Opinions, control: Opinions
    ) -> None:
        """Add what only a language model has: likelihood gained, risks, far errors."""
        tokens = student.tokens.get(domain)
        if tokens is None:
            return
        said = student.labelled[domain], control.labelled[domain]
        scored.rows += rows_of(trial.id, STUDENT, domain, risk_metrics(tokens))
        terms = gain_terms(*said) | risk_terms(tokens)
        for statistic, term in clustered(terms, tokens).items():
            scored.terms[STUDENT, "", domain, statistic] = term
        for name in self.teaching:
            found = self._far(name, domain, *said)
            scored.rows += rows_of(trial.id, STUDENT, domain, prefixed(name, found))

    def _far(
        self, teacher: str, domain: str, student: Labelled, control: Labelled
    ) -> dict[str, Metric]:
        """Inheritance of errors that are far off: the reference is not near the teacher's top."""

        def far(name: str) -> Inheritance:
            near = self.tokens[name][domain].near
            return far_only(self._cell(name, domain, student, control), near)

        placebo = far(self.placebo) if self.placebo else None
        found = inheritance_values(far(teacher), placebo)
        kept = ("ceir", "control_ceir", "excess_ceir", "dd_ceir")
        return {f"{name}_far": metric for name, metric in found.items() if name in kept}

    def _inheritance(
        self,
        scored: Scored,
        trial: Trial,
        model: str,
        domain: str,
        student: Opinions,
        control: Opinions,
    ) -> None:
        """Add rows and terms for every teacher, and for the placebo by itself."""
        pair = student.labelled[domain], control.labelled[domain]
        placebo = self._cell(self.placebo, domain, *pair) if self.placebo else None
        cells = {name: self._cell(name, domain, *pair) for name in self.teaching}
        if self.placebo and placebo:
            cells[self.placebo] = placebo
        for name, cell in cells.items():
            spurious = None if cell is placebo else placebo
            measured = inheritance_values if model == STUDENT else matched_values
            found = prefixed(name, measured(cell, spurious))
            scored.rows += rows_of(trial.id, model, domain, found)
            terms = self._terms(model, name, domain, cell, spurious)
            for statistic, term in clustered(terms, student.tokens.get(domain)).items():
                scored.terms[model, name, domain, statistic] = term

    def _terms(
        self, model: str, name: str, domain: str, cell: Inheritance, placebo: Inheritance | None
    ) -> dict[str, Term]:
        """What gets an interval, each being a bootstrap: only what a report shows.

        The teacher in focus: the endpoint everywhere, all statistics on clean as trained. Other
        teachers: the endpoint on clean as trained. The placebo: its excess there.
        """
        if (model, domain) != (STUDENT, CLEAN):
            if name != self.focus:
                return {}
            if domain != CLEAN:
                return endpoint_terms(cell, placebo)
        terms = further_terms(cell) | endpoint_terms(cell, placebo)
        if (model, name) == (STUDENT, self.focus):
            return terms
        wanted = "excess_ceir" if name == self.placebo else self.endpoint
        return {wanted: terms[wanted]} if wanted in terms else {}

    def _cell(self, teacher: str, domain: str, student: Labelled, control: Labelled) -> Inheritance:
        return compare(self.teachers[teacher][domain], student, control, self.tau)

    def _across_teachers(
        self, trial: Trial, domain: str, student: Opinions, control: Opinions
    ) -> dict[str, Metric]:
        """Attribution within the committee, and rescue from blind spots."""
        pair = student.labelled[domain], control.labelled[domain]
        here = {name: said[domain] for name, said in self.teachers.items()}
        found: dict[str, Metric] = {}
        asked = [name for name in trial.committee if name in here]
        if asked:
            own = committee_values(asked, here, *pair, self.tau)
            if (weights := training_weights(trial, asked)) is not None and len(asked) > 1:
                own |= weighed_credit(weights, here, *pair, self.tau)
            found |= {f"committee/{name}": metric for name, metric in own.items()}
        if len(self.teaching) > 1:
            known = {name: here[name] for name in self.teaching}
            found |= blind_spot_values(known, *pair, self.tau)
        return found
