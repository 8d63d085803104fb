"""What models said, kept as files of predictions beside the report and read by the next run."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from mtkd.audit.asking import Asked, Running
from mtkd.audit.asking_tokens import TokensAsked
from mtkd.audit.networks import Network
from mtkd.audit.sources import Source
from mtkd.audit.tables import read_columns
from mtkd.audit.texts import Texts
from mtkd.files import write_bytes
from mtkd.token_predictions import FIELDS

FOLDER = "answers"
VERSION = "answers-1"
"""Part of every key: another one where the same model and texts would give other answers."""


def answered(
    sources: Sequence[Source],
    networks: Mapping[str, Network],
    domains: Mapping[str, Texts],
    running: Running,
    folder: Path,
) -> list[Source]:
    """The same models, those that are run with a file of predictions for each domain.

    A file is found by the content of model and texts, whatever they are called; only what is
    not there is computed, and a model of which all is there is not even loaded.

    Args:
        networks: By name of the source.
        folder: Of the report; files lie in `folder/answers`.
    """
    return [
        replace(source, files=_files(networks[source.name], domains, running, folder / FOLDER))
        if source.name in networks
        else source
        for source in sources
    ]


def _files(
    network: Network, domains: Mapping[str, Texts], running: Running, folder: Path
) -> dict[str, Path]:
    asked: Asked | TokensAsked | None = None
    found = {}
    for domain, texts in domains.items():
        key = _key(network, texts, running)
        there = next((path for path in folder.glob(f"*-{key}.npz") if _whole(path)), None)
        if there is None:
            asked = asked or (TokensAsked if network.by_token else Asked)(network, running)
            stem = network.folder.resolve().name if Path(network.said).is_dir() else network.said
            name = stem.replace("/", "+").replace("@", "+")
            there = folder / f"{name}-{domain}-{key}.npz"
            _write(there, asked, texts, f"{network.said}, {domain}")
        found[domain] = there
    return found


def _write(path: Path, asked: Asked | TokensAsked, texts: Texts, title: str) -> None:
    if isinstance(asked, TokensAsked):
        said, cut = asked.predictions(texts, title)
        fields = {name: vars(said)[name] for name in (*FIELDS, "vocabulary")}
        _save(path, cut, asked.length, fields)
        return
    log_probs, cut = asked.answers(texts.texts, title)
    fields = {"ids": texts.ids, "labels": texts.labels, "classes": asked.network.names}
    _save(path, cut, asked.most or 0, {**fields, "log_probs": log_probs})


def _save(path: Path, cut: int, length: int, fields: Mapping[str, Any]) -> None:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(values) for name, values in fields.items()}
    np.savez(buffer, cut=np.int64(cut), length=np.int64(length), **arrays)
    write_bytes(path, buffer.getvalue())


def _whole(path: Path) -> bool:
    """Whether a file is one of ours; a damaged one is computed again."""
    try:
        return {"ids", "labels", "log_probs", "cut"} <= read_columns(path).keys()
    except ValueError:
        return False


def _key(network: Network, texts: Texts, running: Running) -> str:
    """16 hex digits of the hash of all that decides the answers."""
    parts = (VERSION, network.identity, *network.names, texts.identity, str(running.length))
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def cut_texts(source: Source) -> dict[str, tuple[int, int]]:
    """By domain: how many texts were cut for a model that was run, and after how many tokens."""
    found = {}
    for domain, path in source.files.items():
        columns = read_columns(path) if source.network else {}
        if columns.get("cut"):
            found[domain] = int(columns["cut"]), int(columns["length"])
    return found
