"""Models that are run: found, checked against data and each other, asked, and what was cut."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtkd.audit.answers import answered, cut_texts
from mtkd.audit.asking import Running
from mtkd.audit.domains import Place
from mtkd.audit.networks import Network, find_network
from mtkd.audit.reach import our_classes
from mtkd.audit.sources import Source
from mtkd.audit.spaces import Space, check_space
from mtkd.audit.texts import Columns, Texts, check_labels, read_texts
from mtkd.audit.told import few


def run_all(
    options: argparse.Namespace,
    models: list[Source],
    places: Sequence[Place],
    spaces: Mapping[str, Space],
) -> tuple[list[Source], dict[str, str]]:
    """All models with files of predictions, and a sentence for each whose texts were cut.

    All that can be wrong with names and labels is said before the first model is asked.

    Raises:
        ValueError: One sentence about a model, a file of texts, or two that do not fit.
    """
    running = Running(options.length, options.batch, options.device)
    columns = Columns(options.text_column, options.label_column, options.id_column)
    networks = {
        model.name: find_network(model.network, options.download)
        for model in models
        if model.network
    }
    by_token = any(network.by_token for network in networks.values())
    if by_token:
        places = _without_labels(places, networks)
    texts = {place.name: read_texts(place, columns, options.download) for place in places}
    if not by_token:
        _check(models, networks, texts, spaces)
    found = answered(models, networks, texts, running, options.out)
    return found, _cut(found, texts)


def _without_labels(places: Sequence[Place], networks: Mapping[str, Network]) -> list[Place]:
    """Texts alone: what a language model predicts is the text itself."""
    for network in networks.values():
        if not network.by_token:
            raise ValueError(
                f"{network.said} gives one class to a text and another model predicts tokens; "
                "compare models of one kind"
            )
    for place in places:
        if not place.labelled:
            raise ValueError(
                f"{place.option} is about texts of no class, and models that predict tokens have "
                "none; give it with --domain"
            )
    return [replace(place, labelled=False) for place in places]


def _check(
    models: Sequence[Source],
    networks: Mapping[str, Network],
    texts: Mapping[str, Texts],
    spaces: Mapping[str, Space],
) -> None:
    ours = our_classes(models, spaces, {name: one.names for name, one in networks.items()})
    for domain, some in texts.items():
        check_labels(some, ours, domain)
    for name, network in networks.items():
        if name in spaces:
            check_space(spaces[name], network.said, network.names, ours)
        elif set(network.names) != set(ours):
            known = set(network.names) & set(ours)
            raise ValueError(
                f"{name} ({network.said}) has the classes {few(network.names)}, the models it is "
                f"compared with have {few(ours)}, and {len(known)} names are the same; say which "
                f"are which with --map {name}=FILE.json, or --map {name}=names to keep those alone"
            )


def _cut(models: Sequence[Source], texts: Mapping[str, Texts]) -> dict[str, str]:
    said = {}
    for model in models:
        parts = [
            f"{cut} of {len(texts[domain].texts)} on {domain} are longer than {length} tokens"
            for domain, (cut, length) in cut_texts(model).items()
        ]
        if parts:
            said[model.name] = f"{model.network} read the beginning of texts: {', '.join(parts)}"
    return said
