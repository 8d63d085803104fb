"""The answers that a model gave: where it is silent it is neither right, wrong nor sure."""

from mtkd.metrics.base import Booleans
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.predictions import Answers, Predictions


def among(model: Predictions, items: Booleans) -> Predictions:
    """The same model on some of its items, `[n]` booleans."""
    spoke = None if model.spoke is None else model.spoke[items]
    return Predictions(model.probs[items], model.labels[items], model.pooled, spoke)


def speaks(model: Answers) -> bool:
    """Whether it says anything about any item."""
    return model.spoke is None or bool(model.spoke.any())


def spoken(model: Predictions) -> Predictions:
    """A model on the items at which it speaks; the model itself, if it always does."""
    return model if model.spoke is None else among(model, model.spoke)


def spoken_answers(model: Answers) -> Answers:
    """`spoken` of a model whose labels are not known."""
    return model if model.spoke is None else Answers(model.probs[model.spoke], model.pooled)


def comparison_among(cell: Inheritance, items: Booleans) -> Inheritance:
    """The same comparison on some of its items, `[n]` booleans."""
    teacher = among(cell.teacher, items)

    def part(pair: Pair) -> Pair:
        return Pair(teacher, among(pair.model, items), pair.tau, pair.model_tau)

    return Inheritance(part(cell.student), part(cell.compared()))


def spoken_comparison(cell: Inheritance) -> Inheritance:
    """A comparison on the items at which its teacher speaks."""
    spoke = cell.teacher.spoke
    return cell if spoke is None else comparison_among(cell, spoke)
