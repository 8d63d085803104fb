"""Models over other classes: mass is added up by name, the rest is kept, and both are said."""

import csv
import json

import numpy as np
import pytest

from mtkd.audit import lay_out
from mtkd.results import score_study
from tests.audit.files import ANIMALS, IDS, LABELS, PROBS, audit, audited, refused, write_csv

OTHER = ("kitty", "hound", "tabby", "crow")
MEANT = {"kitty": "cat", "hound": "dog", "tabby": "cat", "crow": None}
# No class of t is an eel: the eels c and f are left out.
KEPT = [place for place, label in enumerate(LABELS) if label != 2]


def other_rows(prob):
    """`[cat, dog, eel]` of t said by its own classes: cats in two parts, eels as crows."""
    cat, dog, eel = prob
    return [cat / 4, dog, 3 * cat / 4, eel]


@pytest.fixture
def words(tmp_path):
    for model in "sc":
        write_csv(tmp_path / f"{model}.csv", model, prefix="p_", classes=ANIMALS)
    with (tmp_path / "t.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "label", *(f"p_{name}" for name in OTHER)])
        for place, prob in enumerate(PROBS["t"]):
            lines.writerow([IDS[place], ANIMALS[LABELS[place]], *other_rows(prob)])
    (tmp_path / "map.json").write_text(json.dumps(MEANT))
    models = ["--student", f"s={tmp_path}/s.csv", "--teacher", f"t={tmp_path}/t.csv"]
    return [*models, "--control", f"c={tmp_path}/c.csv", "--out", tmp_path / "run"]


def mapped(words, tmp_path, *more):
    return [*words, "--map", f"t={tmp_path}/map.json", *more]


def in_order(said, model):
    """`[item, classes]` of the items kept, in the order of `KEPT`, whatever order they have."""
    labels = np.array(LABELS)[KEPT]
    rows = said["clean"][model].probs
    wanted = np.array(PROBS["s"])[KEPT]
    order = [
        int(np.abs(said["clean"]["s"].probs[:, :3] - one).sum(axis=1).argmin()) for one in wanted
    ]
    assert said["clean"][model].labels[order].tolist() == labels.tolist()
    return rows[order]


def test_mass_is_added_up_by_name_and_the_rest_stays_one_answer(words, tmp_path):
    said = audited(*mapped(words, tmp_path)).said
    teacher = np.array(PROBS["t"])[KEPT]
    np.testing.assert_allclose(in_order(said, "t")[:, :2], teacher[:, :2], atol=1e-12)
    np.testing.assert_allclose(in_order(said, "t")[:, 2], 0)
    np.testing.assert_allclose(in_order(said, "t")[:, 3], teacher[:, 2], atol=1e-12)
    np.testing.assert_allclose(in_order(said, "s")[:, :3], np.array(PROBS["s"])[KEPT], atol=1e-12)
    np.testing.assert_allclose(in_order(said, "s")[:, 3], 0)


def test_renormalised_only_where_it_is_asked_for(words, tmp_path):
    found = audited(*mapped(words, tmp_path, "--renormalise", "t"))
    teacher = np.array(PROBS["t"])[KEPT]
    mass = teacher[:, :2].sum(axis=1, keepdims=True)
    rows = in_order(found.said, "t")
    assert rows.shape == (4, 3)
    np.testing.assert_allclose(rows[:, :2], teacher[:, :2] / mass, atol=1e-12)
    assert "divided by what is left (renormalised)" in found.mapping["t"]


def test_metrics_are_those_of_the_kept_items(words, tmp_path):
    found = audited(*mapped(words, tmp_path))
    lay_out(found, tmp_path / "run")
    results = score_study(tmp_path / "run")
    # Of a, b, d and e: t is confidently wrong on a (dog) and e (cat), on b it says crow with .9.
    value = results.value("s", "student", "clean", "inheritance/t/ceir")
    assert value == pytest.approx(1 / 3)
    assert results.items("s", "student", "clean", "inheritance/t/ceir") == 3
    assert results.value("s", "student", "clean", "accuracy") == pytest.approx(1 / 4)
    assert results.items("s", "student", "clean", "accuracy") == 4


def test_what_was_mapped_and_left_out_is_said_everywhere(words, tmp_path, capsys):
    assert audit(*mapped(words, tmp_path)) == 0
    eels = 100 * np.mean([prob[2] for prob in PROBS["t"]])
    said = (
        f"its 4 classes are matched by {tmp_path}/map.json; 1 of them (crow) are none of ours and "
        f"hold {eels:.1f} % of its probability on clean items, its answer to 2 of 6: kept as one "
        "answer that is never right, nothing is renormalised; it has none for 1 of ours (eel), so "
        "items of these are left out for all models: 2 of 6 on clean"
    )
    assert f"classes of t: {said}" in capsys.readouterr().out
    assert said in (tmp_path / "run/report.html").read_text()
    assert said in (tmp_path / "run/raw.csv").read_text()


def test_classes_of_one_name_can_be_kept_alone(words, tmp_path):
    text = (tmp_path / "t.csv").read_text().replace("p_kitty", "p_cat").replace("p_hound", "p_dog")
    (tmp_path / "t.csv").write_text(text)
    said = audited(*words, "--map", "t=names").said
    rows = in_order(said, "t")
    teacher = np.array(PROBS["t"])[KEPT]
    np.testing.assert_allclose(rows[:, 0], teacher[:, 0] / 4, atol=1e-12)
    np.testing.assert_allclose(rows[:, 3], teacher[:, 2] + 3 * teacher[:, 0] / 4, atol=1e-12)


def test_a_map_of_everything_changes_nothing_but_names(words, tmp_path):
    (tmp_path / "map.json").write_text(json.dumps({**MEANT, "crow": "eel"}))
    straight = audited(
        *words[:2],
        "--teacher",
        f"t={write_csv(tmp_path / 'u.csv', 't', prefix='p_', classes=ANIMALS)}",
    )
    other = audited(*mapped(words, tmp_path))
    for model in "st":
        np.testing.assert_allclose(
            other.said["clean"][model].probs, straight.said["clean"][model].probs, atol=1e-12
        )
    assert "left out" not in other.mapping["t"]


REFUSED = {
    "maps 'lion', which is no class of": {"lion": "cat"},
    "maps 'kitty' to 'lynx', which is none of the 3 classes": {"kitty": "lynx"},
    "maps 'kitty' to 3, expected the name of a class, or null": {"kitty": 3},
    "maps no class of": {"kitty": None},
    'holds no {"class of the model": "our class"}': [],
}


@pytest.mark.parametrize("said", REFUSED)
def test_maps_that_cannot_be_meant_so_are_one_sentence(said, words, tmp_path, capsys):
    (tmp_path / "map.json").write_text(json.dumps(REFUSED[said]))
    refused(said, capsys, *mapped(words, tmp_path))


def test_options_of_maps_that_cannot_be_meant_so(words, tmp_path, capsys):
    refused("has the label 'cat', expected one of the classes kitty, hound", capsys, *words)
    refused("if the model has other classes than the labels, add --map", capsys, *words)
    refused("--map x=y: expected NAME=FILE.json", capsys, *words, "--map", "x=y")
    refused("is no readable JSON file (No such file", capsys, *words, "--map", "t=gone.json")
    refused("--renormalise t: it has no --map", capsys, *words, "--renormalise", "t")
    refused("maps no class of", capsys, *words, "--map", "t=names")
    (tmp_path / "map.json").write_text(json.dumps({"tabby": "cat"}))
    refused("gives 0 to all mapped classes", capsys, *mapped(words, tmp_path), *sure(tmp_path))


def sure(folder):
    """t gives nothing to cats in the first row, and is to be renormalised."""
    lines = (folder / "t.csv").read_text().splitlines()
    lines[1] = "a,cat,0,1,0,0"
    (folder / "t.csv").write_text("\n".join(lines))
    return ["--renormalise", "t"]
