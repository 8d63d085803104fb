"""What an audit could not know, in sentences for its page."""

from collections.abc import Mapping, Sequence

CONTROL = (
    "no --control was given, so what a student shares with a teacher cannot be told from "
    "coincidence: excess, transferred mass, slopes and their intervals are absent; the raw shares "
    "are in raw.csv"
)
PLACEBO = (
    "no --placebo was given, so the plain excess stands in for the double difference: sharpness "
    "alone may raise it"
)
VALIDATION = (
    "no validation predictions were given for all models, so the temperatures of the "
    "temperature-scaled (+T) rows are fitted on the clean items they are used on: calibration "
    "after scaling looks better than it is"
)


def absences(
    roles: Sequence[str], validated: bool, partly: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Name and sentence of everything that is missing.

    Args:
        roles: Roles of the models that were given.
        validated: Whether all of them have validation predictions.
        partly: Domains that only some have, and who.
    """
    found = {}
    if "control" not in roles:
        found["control"] = CONTROL
    elif "placebo" not in roles:
        found["placebo"] = PLACEBO
    if not validated:
        found["validation"] = VALIDATION
    for domain, who in partly.items():
        found[f"domain {domain}"] = (
            f"only {', '.join(who)} answered it, so nobody can be compared there: it is left out"
        )
    return found
