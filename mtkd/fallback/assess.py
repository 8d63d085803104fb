"""A rule for a run folder: calibrated on validation, measured on every domain."""

from dataclasses import dataclass

from mtkd.fallback.baselines import conformal_joint_risk, naive, sgr
from mtkd.fallback.cascade import Cascade, Operation, operate
from mtkd.fallback.cautions import about_tokens, shared_items, too_small
from mtkd.fallback.certify import Certificate, certify
from mtkd.fallback.choice import VALIDATION, Choice
from mtkd.fallback.costs import Costs, Latency, cascade_latency
from mtkd.fallback.items import classes_of
from mtkd.fallback.promise import Promise
from mtkd.fallback.rule import Rule, make_rule
from mtkd.fallback.shift import Outcome, outcome
from mtkd.metrics import Predictions as Labelled
from mtkd.results.index import Domain
from mtkd.token_predictions import TokenPredictions, load_predictions

QUESTION, TOKEN = "question", "token"


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        costs: Prices per query, None if not given.
        latency: Seconds (or any unit) of one student and one teacher query, None if not given.
    """

    promise: Promise
    start_coverage: float = 0.2
    costs: Costs | None = None
    latency: tuple[float, float] | None = None


@dataclass(frozen=True)
class Place:
    """One domain: what became of the promise, and how the cascade does where labels exist.

    `cascade` has the items at which the teacher answers, and is None without any.
    """

    domain: Domain
    outcome: Outcome
    cascade: Cascade | None
    operation: Operation | None


@dataclass(frozen=True)
class Assessment:
    """Everything `mtkd fallback` reports.

    Attributes:
        certificate: The rule's.
        others: Other rules on the same items: SGR, conformal risk control, the naive one.
        calibration: Student and teacher on the validation items.
        places: Every domain of the study.
        warnings: Sentences about what limits the promise here.
        noun: What an item is, `question` or `token`.
        unit: What more of them would come from: a question, or the text of a token.
    """

    choice: Choice
    request: Request
    certificate: Certificate
    others: tuple[Certificate, ...]
    calibration: Cascade
    places: tuple[Place, ...]
    rule: Rule
    warnings: tuple[str, ...]
    noun: str = QUESTION

    @property
    def unit(self) -> str:
        return "text" if self.noun == TOKEN else self.noun

    @property
    def asked(self) -> bool:
        """Whether the student runs at all: without a threshold every query goes on at once."""
        return self.certificate.threshold is not None

    def price(self, deferred: float, errors: float) -> float | None:
        """Expected cost per query; `errors` are wrong answers over all. None without prices."""
        costs = self.request.costs
        if costs is None:
            return None
        return float(costs.cascade(deferred, errors) if self.asked else costs.alone(errors))

    def latency(self, deferred: float) -> Latency | None:
        """Time per query, None if none was given."""
        if self.request.latency is None:
            return None
        student, teacher = self.request.latency
        return cascade_latency(student if self.asked else 0.0, teacher, deferred)


def assess(choice: Choice, request: Request) -> Assessment:
    """Certify a threshold on the validation predictions and look at it on every domain.

    Raises:
        ValueError: A prediction file is missing or damaged, or the models saw other items.
    """
    student, teacher = choice.labelled(VALIDATION)
    stored = load_predictions(choice.path(VALIDATION))
    noun = TOKEN if isinstance(stored, TokenPredictions) else QUESTION
    if noun == TOKEN and (request.costs or request.latency):
        raise ValueError(
            "--cost-* and --latency-* are of a query, but what these models hand over are tokens; "
            "leave them out"
        )
    promise = request.promise
    sure, right = student.confidence, student.correct
    found = certify(sure, right, promise, request.start_coverage)
    calibration = Cascade.of(student, teacher)
    domains = [domain for domain in choice.study.domains if domain.name != VALIDATION]
    return Assessment(
        choice=choice,
        request=request,
        certificate=found,
        others=(
            sgr(sure, right, promise),
            conformal_joint_risk(sure, right, promise.risk),
            naive(sure, right, promise.risk),
        ),
        calibration=calibration,
        places=tuple(_place(choice, domain, found.threshold, promise) for domain in domains),
        rule=make_rule(
            found,
            promise,
            calibration,
            classes=classes_of(stored),
            study=choice.study.name,
            student=f"{choice.label}, trial {choice.student.id}",
            teacher=f"{choice.teacher.name}, {choice.teacher.id}",
        ),
        warnings=(
            *(about_tokens(len(student)) if noun == TOKEN else ()),
            *too_small(len(student), promise, request.start_coverage, choice.calibration),
            *shared_items(choice, [domain.name for domain in domains]),
        ),
        noun=noun,
    )


def _place(choice: Choice, domain: Domain, threshold: float | None, promise: Promise) -> Place:
    student, teacher = choice.said(domain.name, known=domain.kind != "ood")
    seen = outcome(domain.name, student, threshold, promise)
    if not (isinstance(student, Labelled) and isinstance(teacher, Labelled)):
        return Place(domain, seen, None, None)
    cascade = Cascade.of(student, teacher)
    heard = cascade.heard()
    return Place(domain, seen, heard if len(heard) else None, operate(cascade, threshold))
