"""The data as they are now, compared with what a study's results stand on; in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet
from mtkd.data.fingerprint import fingerprint
from mtkd.files import is_full_disk
from mtkd.manifests import Recorded, entries
from mtkd.study.check import check_plan
from mtkd.study.plan import Plan
from mtkd.study.standing import Standing, refuse_changed
from mtkd.tracking import check_account


def check_run(
    plan: Plan, kept: Sequence[Standing], identities: Mapping[str, tuple[str, Path]]
) -> tuple[dict[str, str], Recorded]:
    """`check_plan`, on data that are built once and compared first, and with W&B if it is asked.

    Args:
        plan: What will run.
        kept: See `mtkd.study.standing.standings`.
        identities: See `mtkd.study.standing.identities`.

    Returns:
        What each cell minimises, and what a manifest written now says of the data.

    Raises:
        ConfigError: The study cannot work; `DataChanged` where its data are others than before.
    """
    check_account(plan.config["wandb"])
    data = built(plan.config["data"])
    now = _compared(plan, kept, data)
    return check_plan(plan, data, identities), now


def compare(plan: Plan, kept: Sequence[Standing]) -> None:
    """The comparison alone, where nothing is left to train.

    Raises:
        ConfigError: The data cannot be built; `DataChanged` where they are others than before.
    """
    _compared(plan, kept, built(plan.config["data"]))


def built(node: Mapping[str, Any]) -> DataSet:
    """The data of a config.

    Raises:
        ConfigError: They cannot be built, or cannot be a key (`DataSet.__hash__`).
    """
    try:
        data: DataSet = instantiate(node, "config.data")
    except OSError as error:
        if is_full_disk(error):
            raise
        raise ConfigError(f"config.data: {_class(node)}: {error}") from error
    try:
        hash(data)
    except TypeError:
        raise ConfigError(
            f"config.data: {type(data).__name__} has no hash, which its domains are kept by; leave "
            "out its __eq__ (of a dataclass with @dataclass(eq=False))"
        ) from None
    return data


def _compared(plan: Plan, kept: Sequence[Standing], data: DataSet) -> Recorded:
    now = _entries(plan, data)
    refuse_changed(kept, now, type(data).__name__)
    return now


def _entries(plan: Plan, data: DataSet) -> dict[str, dict[str, Any]]:
    """What the manifest of a trial would say of these data."""
    domains = {"validation": data.validation}
    for domain in plan.domains:
        shown = domain["shift"] or domain["name"]
        try:
            domains[domain["name"]] = data.domain(shown, domain["severity"])
        except (ValueError, TypeError) as error:
            raise ConfigError(f"config.domains: {error}") from error
    splits = {name: fingerprint(split) for name, split in data.splits.items()}
    return entries(splits, {name: fingerprint(one) for name, one in domains.items()})


def _class(node: Mapping[str, Any]) -> str:
    return str(node["_target_"]).rsplit(".", 1)[-1]
