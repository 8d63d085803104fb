"""Models as their stored predictions, ready for metrics: labelled domains, and those without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mtkd.metrics import (
    Answers,
    LogRows,
    Metric,
    TemperedRows,
    fit_temperature,
    same_items,
)
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import spoken, spoken_answers
from mtkd.predictions import Predictions
from mtkd.results.controls import matching_control
from mtkd.results.index import Study, Trial
from mtkd.results.tokens import Candidates, Tokens
from mtkd.token_predictions import TokenPredictions, load_predictions

VALIDATION, CLEAN = "validation", "clean"


@dataclass(frozen=True)
class Opinions:
    """What one model says: on domains with labels, and on those without (out of distribution).

    `tokens` has, for a language model, what else is known of each labelled position.
    """

    labelled: Mapping[str, Labelled]
    unlabelled: Mapping[str, Answers]
    tokens: Mapping[str, Tokens] = field(default_factory=dict)

    def spoken(self) -> "Opinions":
        """The items at which the model speaks; a domain where it never does is left out."""
        said = {name: spoken(one) for name, one in self.labelled.items()}
        outside = {name: spoken_answers(one) for name, one in self.unlabelled.items()}
        return Opinions(
            {name: one for name, one in said.items() if len(one)},
            {name: one for name, one in outside.items() if len(one)},
        )

    @property
    def measured(self) -> dict[str, Labelled]:
        """The labelled domains that models are compared on, without the validation set."""
        return {name: said for name, said in self.labelled.items() if name != VALIDATION}


@dataclass(frozen=True)
class Model:
    """A model as it is, and after temperature scaling.

    Attributes:
        raw: As stored; `raw.labelled` holds "validation" too.
        scaled: Divided by `temperature`, which was fitted on the validation predictions,
            or on the clean ones in a run that has none.
    """

    raw: Opinions
    scaled: Opinions
    temperature: Metric


def control_of(trial: Trial, controls: Sequence[tuple[Trial, Model]]) -> Model | None:
    """The model of `matching_control`."""
    models = {id(control): model for control, model in controls}
    found = matching_control(trial, [control for control, _ in controls])
    return None if found is None else models[id(found)]


class Reader:
    """Reads models of one study and makes sure that they all answered the same items."""

    def __init__(self, study: Study) -> None:
        self.folder = study.folder
        self.unlabelled = [domain.name for domain in study.domains if domain.kind == "ood"]
        labelled = [domain.name for domain in study.domains if domain.kind != "ood"]
        self.held_out = VALIDATION if study.validated else CLEAN
        self.labelled = [self.held_out, *(name for name in labelled if name != self.held_out)]
        self._first: dict[str, tuple[str, Predictions | TokenPredictions]] = {}
        self._candidates = Candidates([teacher.folder for teacher in study.teachers])

    def read(self, folder: Path) -> Model:
        """The model whose predictions lie in `folder`.

        Raises:
            ValueError: A file is missing, damaged, or about other items than the first model's.
        """
        found = {name: self._load(folder, name) for name in self.labelled + self.unlabelled}
        held_out = found[self.held_out]
        if isinstance(held_out, TokenPredictions):
            said = {name: one for name, one in found.items() if isinstance(one, TokenPredictions)}
            temperature = self._fitted(held_out.temperature())
            scaled = {name: one.scaled(temperature.value) for name, one in said.items()}
            return Model(self._of_tokens(said), self._of_tokens(scaled), temperature)
        plain = {name: one for name, one in found.items() if isinstance(one, Predictions)}
        temperature = self._fitted(fit_temperature(held_out.log_probs, held_out.labels))
        return Model(self._opinions(plain), self._opinions(plain, temperature.value), temperature)

    def _fitted(self, temperature: Metric) -> Metric:
        """The same, saying so if it was not fitted on items of its own."""
        if self.held_out == VALIDATION:
            return temperature
        said = f"{temperature.convention}, fitted on the {CLEAN} items it is used on"
        return replace(temperature, convention=said)

    def _load(self, folder: Path, domain: str) -> Predictions | TokenPredictions:
        path = folder / "predictions" / f"{domain}.npz"
        loaded = load_predictions(path)
        name, first = self._first.setdefault(domain, (str(path), loaded))
        same_items({name: first.ids, str(path): loaded.ids})
        if (first.labels != loaded.labels).any():
            row = int((first.labels != loaded.labels).argmax())
            raise ValueError(
                f"{path} has label {loaded.labels[row]} at row {row}, {name} has "
                f"{first.labels[row]}; delete the one that is wrong, the command that ran the "
                "study computes it again"
            )
        return loaded

    def _opinions(
        self, found: Mapping[str, Predictions], temperature: float | None = None
    ) -> Opinions:
        probs = {
            name: LogRows(one.log_probs)
            if temperature is None
            else TemperedRows(one.log_probs, temperature)
            for name, one in found.items()
        }
        return Opinions(
            {
                name: Labelled(probs[name], found[name].labels, spoke=found[name].present)
                for name in self.labelled
            },
            {name: Answers(probs[name], spoke=found[name].present) for name in self.unlabelled},
        )

    def _of_tokens(self, found: Mapping[str, TokenPredictions]) -> Opinions:
        """Probabilities of the outcomes that all models of the study are compared on."""
        labelled = {
            name: self._candidates.labelled(name, one)
            for name, one in found.items()
            if name in self.labelled
        }
        return Opinions(labelled, {}, {name: Tokens.of(one) for name, one in found.items()})
