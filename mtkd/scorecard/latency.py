"""Latency of saved models, measured on the spot. The one file here that imports torch."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtkd.config import instantiate
from mtkd.results import Teacher
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.content import WEIGHTS, config_of
from mtkd.scorecard.timing import Conditions, Times

if TYPE_CHECKING:
    import torch
    from torch import nn

DIFFERENT = 16
"""Batches that are asked in turn, so that no model answers one input only."""


class NotMeasurable(ValueError):  # noqa: N818
    """Latency cannot be measured here; the message says why."""


def measure(cast: Cast, conditions: Conditions) -> Times:
    """Time both models on clean items, in turn, so that both meet the same disturbances.

    A call goes from a batch on the device to labels and confidences on the host.

    Raises:
        ValueError: The device does not exist here.
        NotMeasurable: Weights are missing, or models or data cannot be built again.
    """
    device = _device(conditions.device)
    broken = (ImportError, KeyError, OSError, RuntimeError, TypeError, ValueError)
    try:
        return _measure(cast, conditions, device)
    except NotMeasurable:
        raise
    except broken as error:
        first = (str(error).strip().splitlines() or [""])[0]
        raise NotMeasurable(
            f"the models cannot be run again here ({type(error).__name__}: {first})"
        ) from error


def _measure(cast: Cast, conditions: Conditions, device: torch.device) -> Times:
    import torch

    config = config_of(cast.student.folder)
    trained = _node_of(cast.teacher)
    models = {
        "student": _model("student", config.get("student", {}), cast.student.folder),
        "teacher": _model("teacher", trained.get("model", {}), cast.teacher.folder, trained),
    }
    models = {who: model.to(device) for who, model in models.items()}
    batches = cycle(list(islice(_batches(config["data"], conditions.batch, device), DIFFERENT)))
    seconds: dict[str, list[float]] = {who: [] for who in models}
    with torch.inference_mode():
        for _ in range(conditions.warm_up + conditions.calls):
            batch = next(batches)
            for who, model in models.items():
                seconds[who].append(_call(model, batch))
    kept = {who: 1000 * np.array(taken[conditions.warm_up :]) for who, taken in seconds.items()}
    ran = hardware(device), torch.get_num_threads(), f"torch {torch.__version__}"
    return Times(kept["student"], kept["teacher"], conditions, *ran)


def _call(model: nn.Module, batch: Mapping[str, torch.Tensor]) -> float:
    """Seconds of one call; bringing the answer to the host waits for the device."""
    started = time.perf_counter()
    confidence, label = model(batch).dense().softmax(-1).max(-1)
    confidence.tolist(), label.tolist()
    return time.perf_counter() - started


def _device(name: str) -> torch.device:
    import torch

    try:
        return torch.empty(0, device=name).device
    except (AssertionError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise ValueError(f"--device {name} cannot be used here ({first}); try cpu") from None


def hardware(device: torch.device) -> str:
    """Model of the accelerator or processor, as far as the system tells it."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _model(
    who: str, node: Mapping[str, Any], folder: Path, trained: Mapping[str, Any] | None = None
) -> nn.Module:
    """The network in its saved state; a teacher that nobody trained comes with its weights."""
    from mtkd.weights import load_weights

    taken_as_it_is = trained is not None and trained.get("trainer", {}) is None
    if not (taken_as_it_is or (folder / WEIGHTS).is_file()):
        raise NotMeasurable(f"no {WEIGHTS} of the {who} in {folder.name}")
    if "_target_" not in node:
        raise NotMeasurable(f"no network of the {who} in config.yaml of {folder.name}")
    model: nn.Module = instantiate(node, who)
    if not taken_as_it_is:
        load_weights(model, folder / WEIGHTS)
    return model.eval()


def _node_of(teacher: Teacher) -> Mapping[str, Any]:
    """How the teacher was made, from its own config, whatever its name was there."""
    config = config_of(teacher.folder)
    node: Mapping[str, Any] = config.get("teachers", {}).get(config.get("name"), {})
    return node


def _batches(
    node: Mapping[str, Any], size: int, device: torch.device
) -> Iterator[dict[str, torch.Tensor]]:
    data: Any = instantiate(node, "data")
    for batch in data.domain("clean").in_order(size):
        yield {name: values.to(device) for name, values in batch.items()}
