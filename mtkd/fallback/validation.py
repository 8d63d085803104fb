"""The items that a threshold is certified on, and what a study without them must do."""

from mtkd.results.index import Study

VALIDATION = "validation"


def need_validation(study: Study) -> None:
    """Stop where the study has none.

    Raises:
        ValueError: It is an audit of models without validation items.
    """
    if not study.validated:
        raise ValueError(
            f"{study.folder} has no {VALIDATION} predictions, on which a threshold is "
            "certified; run the audit again with --validation"
        )
