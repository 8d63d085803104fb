"""Whether a run may be sent, and how it begins: it asks nothing and loses no training.

The environment variable WANDB_MODE may make a run quieter than `wandb.mode` of the study says
(`offline` or `disabled`), never louder: nothing is sent that the study does not ask for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mtkd.config import ConfigError

Mode = Literal["online", "offline", "disabled"]
MODES: tuple[Mode, ...] = ("online", "offline", "disabled")
"""From the loudest to the quietest."""


def mode_of(settings: Mapping[str, Any]) -> Mode:
    """`mode` of a `wandb` node, or what WANDB_MODE says if that is quieter.

    Raises:
        ConfigError: An unknown `wandb.mode`.
    """
    mode = settings.get("mode", "disabled")
    if mode not in MODES:
        raise ConfigError(f"wandb.mode must be one of {', '.join(MODES)}, got {mode!r}")
    wished = os.environ.get("WANDB_MODE", mode)
    return max(mode, wished if wished in MODES else mode, key=MODES.index)


def check_account(settings: Mapping[str, Any]) -> None:
    """Stop before anything is trained if runs are to be sent and cannot be.

    Raises:
        ConfigError: There is no key, or the server does not take it or cannot be reached.
    """
    if mode_of(settings) != "online":
        return
    import wandb

    try:
        problem = "" if wandb.login(prompt=False, verify=True) else "no key is set"
    except wandb.Error as error:
        problem = str(error).strip().partition("\n")[0]
    if problem:
        raise ConfigError(
            f"config.wandb.mode is online, but runs cannot be sent to Weights & Biases ({problem}"
            "); give `wandb login` once, or set wandb.mode=offline and send them later with "
            "`wandb sync`"
        )


def start(
    settings: Mapping[str, Any],
    group: str | None,
    name: str | None,
    folder: Path,
    config: Mapping[str, Any],
) -> Any:
    """A W&B run that asks nothing, prints nothing and looks at nothing but what it is given.

    Where the server is lost, it goes on offline with a warning: a training is worth more.
    """
    import wandb

    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")

    def begin(mode: Mode) -> Any:
        return wandb.init(
            project=settings.get("project", "mtkd"),
            group=group,
            name=name,
            mode=mode,
            dir=str(folder),
            config=dict(config),
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_git=True,
                disable_code=True,
                x_disable_stats=True,
                x_disable_meta=True,
                x_save_requirements=False,
            ),
        )

    mode = mode_of(settings)
    try:
        return begin(mode)
    except wandb.Error as error:
        if mode != "online":
            raise
        first = str(error).strip().partition("\n")[0]
        print(
            f"mtkd: warning: Weights & Biases cannot be reached ({first}); {name} goes on offline, "
            f"send it later with `wandb sync {folder}/wandb/offline-*`",
            file=sys.stderr,
        )
        return begin("offline")
