"""What a study lacks, all of it in one sentence, and which shipped files give it."""

from collections.abc import Mapping
from typing import Any

from mtkd.config import ConfigError
from mtkd.study.keys import STUDY

BASE, ENDPOINT = "configs/base.yaml", "inheritance/dd_ceir"
"""The file that gives most keys, and the endpoint in it."""

EXAMPLES = {"data": "digits", "student": "mlp", "teachers": "planted"}
"""Keys that a folder of `configs` gives, and a file of it."""

NEEDS = {"placebo": "configs/teachers/placebo.yaml", "controls": "[labels_only]"}
"""What the endpoint compares with, as a study says it."""


def check_complete(study: Mapping[str, Any]) -> None:
    """Fail if a study lacks a key; say at once all that it lacks and what its endpoint needs.

    Args:
        study: With the optional keys filled in.

    Raises:
        ConfigError: The keys, and where each comes from.
    """
    missing = [key for key in STUDY if key not in study]
    if not missing:
        return
    # A study of labels alone needs no teachers, but one that lacks its data is not that.
    bare = not study["teachers"] and ("data" in missing or "student" in missing)
    teachers = ["teachers"] if bare else []
    general = [key for key in missing if key not in EXAMPLES]
    own = [key for key in (*missing, *teachers) if key in EXAMPLES]
    files = [f"{BASE} (for {', '.join(general)})"] if general else []
    files += [f"a file of configs/{key} such as configs/{key}/{EXAMPLES[key]}.yaml" for key in own]
    endpoint = study.get("endpoint", ENDPOINT)
    lacks = endpoint_lacks({**study, "endpoint": endpoint}) if study["teachers"] or bare else []
    needs = [f"{key}: {NEEDS[key]}" for key in lacks]
    also = f"; the endpoint {endpoint} also needs {' and '.join(needs)}" if needs else ""
    advice = f"put into base {', '.join(files)}{also}"
    raise ConfigError(f"config lacks {', '.join([*missing, *teachers])}; {advice}")


def endpoint_lacks(study: Mapping[str, Any]) -> list[str]:
    """Keys whose parts the endpoint compares with and that the study lacks: placebo, controls."""
    if "dd_ceir" not in study["endpoint"]:
        return []
    controls = study["controls"]
    there = {"placebo": bool(study["placebo"]), "controls": "labels_only" in controls}
    return [key for key in NEEDS if not there[key]]
