"""From the predictions of one trial to its rows, and to the terms that intervals are made of."""

from collections.abc import Iterator, Mapping, Sequence

from mtkd.metrics import Metric, Pair
from mtkd.metrics.spoken import speaks
from mtkd.results.by_teacher import ByTeacher
from mtkd.results.index import Study, Trial
from mtkd.results.inheritance import (
    blind_spot_values,
    committee_values,
    control_values,
    prefixed,
    price_terms,
    weighed_credit,
)
from mtkd.results.language import Language
from mtkd.results.models import CLEAN, VALIDATION, Model, Opinions, control_of
from mtkd.results.plain import plain_rows
from mtkd.results.price import price_rows
from mtkd.results.scored import Scored
from mtkd.results.secondary import Secondary
from mtkd.results.tokens import clustered
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
        self.by_teacher = ByTeacher(study, teachers, focus, endpoint)
        self.language = Language(self.by_teacher, teachers)
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
            for name, teacher in self.by_teacher.teachers.items():
                pair = Pair(teacher[domain], answers, self.tau)
                yield from rows_of(trial.id, STUDENT, domain, prefixed(name, control_values(pair)))

    def _compare(self, scored: Scored, trial: Trial, model: Model, control: Model) -> None:
        """Add what compares the student with the control of its seed."""
        for domain in model.raw.measured:
            self.by_teacher.add(scored, trial, STUDENT, domain, model.raw, control.raw)
            values = self._across_teachers(trial, domain, model.raw, control.raw)
            scored.rows += rows_of(trial.id, STUDENT, domain, values)
            self.language.add(scored, trial, domain, model.raw, control.raw)
        self.secondary.add(scored, trial, model.raw, control.raw)
        if CLEAN in model.raw.labelled:
            self.by_teacher.add(scored, trial, SCALED, CLEAN, model.scaled, control.scaled)
            pair = model.raw.labelled[CLEAN], control.raw.labelled[CLEAN]
            terms = price_terms(*pair, self.tau)
            for statistic, term in clustered(terms, model.raw.tokens.get(CLEAN)).items():
                scored.terms[STUDENT, "", CLEAN, statistic] = term

    def _across_teachers(
        self, trial: Trial, domain: str, student: Opinions, control: Opinions
    ) -> dict[str, Metric]:
        """Attribution within the committee, and rescue from blind spots."""
        pair = student.labelled[domain], control.labelled[domain]
        said = {name: one[domain] for name, one in self.by_teacher.teachers.items()}
        here = {name: one for name, one in said.items() if speaks(one)}
        found: dict[str, Metric] = {}
        asked = [name for name in trial.committee if name in here]
        if asked:
            own = committee_values(asked, here, *pair, self.tau)
            if (weights := training_weights(trial, asked)) is not None and len(asked) > 1:
                own |= weighed_credit(weights, here, *pair, self.tau)
            found |= {f"committee/{name}": metric for name, metric in own.items()}
        known = {name: here[name] for name in self.by_teacher.teaching if name in here}
        if len(known) > 1:
            found |= blind_spot_values(known, *pair, self.tau)
        return found
