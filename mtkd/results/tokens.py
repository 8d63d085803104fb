"""What is different when items are tokens: too many classes, reasonable errors, clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import Contributions, Inheritance, Metric, mean_of, per_cluster
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import comparison_among
from mtkd.predictions import UnreadablePredictions
from mtkd.results.scored import Term
from mtkd.token_predictions import TokenPredictions, load_predictions, shared_candidates

RISKS = ("coverage_risk", "likelihood_risk")


@dataclass(frozen=True, eq=False)
class Tokens:
    """What is known of each position besides probabilities.

    Attributes:
        sequences: `[n]`, equal for positions of one sequence; a bootstrap resamples sequences.
        near: `[n]`, the reference is among the model's top tokens, `mtkd.token_predictions.NEAR`.
        risks: `[n]` by `coverage_risk/<teacher>` and `likelihood_risk/<teacher>`.
    """

    sequences: NDArray[np.int64]
    near: NDArray[np.bool_]
    risks: Mapping[str, NDArray[np.float32]]

    @classmethod
    def of(cls, said: TokenPredictions) -> "Tokens":
        """The tokens of stored predictions."""
        return cls(said.sequences, said.near, said.extras)


class Candidates:
    """The outcomes that all models of a study are compared on, position by position.

    A vocabulary is too large to hold for every model. Each position keeps the reference and the
    top tokens of all teachers, placebo included; a model's own top token has a column of its own
    if it is none of these, and one column pools the rest and is nobody's answer. So confidence,
    correctness and the reference's probability are exact, and what a student gives to a teacher's
    answer is if that is among the tokens kept of it (an even share of the others if not).
    Distances between models are over reference, candidates and all else together, and two models
    share an answer only if it is a candidate.
    """

    def __init__(self, teachers: Sequence[Path]) -> None:
        self.teachers = teachers
        self._tokens: dict[str, NDArray[np.int64]] = {}

    def labelled(self, domain: str, said: TokenPredictions) -> Labelled:
        """A model's answers on the outcomes of a domain; the reference is class 0."""
        if domain not in self._tokens:
            self._tokens[domain] = shared_candidates(self._teachers(domain, said) or [said])
        probs = said.reduced(self._tokens[domain])
        labels = np.zeros(len(said), dtype=np.int64)
        return Labelled(probs, labels, pooled=True, spoke=said.present)

    def _teachers(self, domain: str, said: TokenPredictions) -> list[TokenPredictions]:
        found = []
        for folder in self.teachers:
            try:
                one = load_predictions(folder / "predictions" / f"{domain}.npz")
            except UnreadablePredictions:
                continue  # reported when the teacher itself is read
            if isinstance(one, TokenPredictions) and np.array_equal(one.ids, said.ids):
                found.append(one)
        return found


def clustered(terms: Mapping[str, Term], tokens: Tokens | None) -> dict[str, Term]:
    """The same terms with sequences as their items; as they are for a classifier."""
    if tokens is None:
        return dict(terms)

    def by_sequence(items: Contributions) -> Contributions:
        return per_cluster(items, tokens.sequences)

    return {
        name: Term(by_sequence(term.of), None if term.minus is None else by_sequence(term.minus))
        for name, term in terms.items()
    }


def far_only(cell: Inheritance, near: NDArray[np.bool_]) -> Inheritance:
    """The comparison without positions where the teacher errs but names the reference nearby.

    Many references are not unique: a teacher that has the reference among its top tokens made a
    reasonable guess, no error worth the name.
    """
    return comparison_among(cell, cell.teacher.correct | ~near)


def risk_metrics(tokens: Tokens) -> dict[str, Metric]:
    """Mean risks against every teacher of the student, by name (`coverage_risk/<teacher>`)."""
    text = "mean over positions, nats"
    return {name: mean_of(values, text).metric() for name, values in tokens.risks.items()}


def risk_terms(tokens: Tokens) -> dict[str, Term]:
    """Each risk averaged over the student's teachers, for intervals."""
    found = {}
    for risk in RISKS:
        rows = [values for name, values in tokens.risks.items() if name.startswith(f"{risk}/")]
        if rows:
            mean = np.mean(np.stack(rows), axis=0, dtype=np.float64)
            found[risk] = Term(mean_of(mean, f"{risk}, nats per token, mean over the committee"))
    return found


def gain_terms(student: Labelled, control: Labelled) -> dict[str, Term]:
    """What a student's likelihood of the text gained over the control's: negative is better."""
    with np.errstate(divide="ignore"):
        moved = np.log(control.label_probs) - np.log(student.label_probs)
    return {"nll_difference": Term(mean_of(moved, "student NLL - control NLL, nats per token"))}
