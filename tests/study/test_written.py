"""Routes and text of the student's own are checked with the study, not when its turn comes."""

import copy
import json

import pytest

from tests.study.fitted import SENTENCES, make_folders, stored, text_study

ON_POLICY = {"_target_": "mtkd.onpolicy.OnPolicy", "max_new_tokens": 4}
CROSS_ENTROPY = {"_target_": "mtkd.weighting.InverseCrossEntropy"}
GATE = {"_target_": "mtkd.weighting.LearnedGate"}
UNIFORM = {"_target_": "mtkd.weighting.Uniform"}
GRADIENT = {"_target_": "mtkd.onpolicy.PolicyGradient"}
FORM = {"_target_": "mtkd.text.Instructions"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    make_folders(folder)
    rows = [
        {"prompt": text[:9], "response": text[9:], "topic": number % 2, "kind": "pq"[number % 2]}
        for number, text in enumerate(SENTENCES)
    ]
    for name, some in {"train": rows, "validation": rows[:2], "test": rows[2:]}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    return folder


@pytest.fixture
def study(place, monkeypatch, tmp_path):
    """A committee of two, each with the tokenizer of the data."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))
    made = copy.deepcopy(text_study(place, form=FORM))
    made["teachers"] = {
        name: {"model": stored(place / "own"), "seed": 1, "live": True} for name in "ab"
    }
    return made


def routed(first, second, column="kind"):
    return {"data__route": column, "teachers__a__route": first, "teachers__b__route": second}


def test_routes_that_fit_pass(passes):
    passes(**routed(["p"], ["q", "p"]))
    passes(**routed(["p"], None))
    passes(**routed(["p"], ["q"]), on_policy=ON_POLICY)


def test_routes_may_be_numbers(passes):
    passes(**routed([0], [1], "topic"))


def test_a_route_that_the_data_lack(refused):
    said = refused(**routed(["p"], ["zz"]))
    assert said == "config.teachers.b.route names 'zz', config.data has routes: p, q"
    said = refused(teachers__a__route=["p"])
    assert said == "config.teachers.a.route names 'p', config.data has routes: none"


def test_a_route_that_nobody_hears(refused):
    said = refused(**routed(["p"], ["p"]))
    assert said.startswith("config.data has route q, which is no route of a, b, the committee")
    assert "which is no route of a, the" in refused(**routed(["p"], None), committee=["a"])


def test_text_of_ones_own_passes(passes):
    (formula,) = passes(on_policy=ON_POLICY).values()
    assert "written by the student" in formula
    passes(
        on_policy=ON_POLICY | {"prompt_tokens": 3},
        data__form={"_target_": "mtkd.text.PlainText", "column": "prompt"},
    )
    passes(on_policy=ON_POLICY | {"weighting": UNIFORM}, weighting=CROSS_ENTROPY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weighting": CROSS_ENTROPY}, "InverseCrossEntropy needs labels, and text that the"),
        ({"weighting": GATE}, "LearnedGate needs labels, and text that the student wrote has"),
        (
            {"on_policy__weighting": {"_target_": "mtkd.weighting.Fixed", "weights": {"c": 1.0}}},
            "Fixed(weights=...) names 'c', which is not a teacher",
        ),
        ({"on_policy__loss": {"_target_": "mtkd.losses.NormalizedKD"}}, "NormalizedKD needs labe"),
        (
            {"on_policy__loss": GRADIENT, "aggregation": "logits"},
            "PolicyGradient sees one token and cannot average logits",
        ),
        ({"trainer__strategy": "fsdp"}, "(strategy fsdp) cannot write text"),
        ({"on_policy__max_new_tokens": 95}, "more than the 96 positions of LlamaForCausalLM"),
    ],
)
def test_a_recipe_that_text_of_ones_own_does_not_allow(refused, changes, words):
    said = refused(**{"on_policy": ON_POLICY} | changes)
    assert said.startswith("config.on_policy: ")
    assert words in said


def test_a_prompt_that_is_too_long_is_told_as_such(place, refused):
    said = refused(on_policy=ON_POLICY, data__length=5)
    assert said.startswith(f"{place / 'train.jsonl'}, line ")
    assert "more than length 5; raise length, or remove the record, or set on_policy" in said


def test_plain_text_has_no_prompts(refused):
    changes = {"on_policy": ON_POLICY, "data__form": {"_target_": "mtkd.text.PlainText"}}
    said = refused(**changes, data__form__column="prompt")
    assert said.startswith("plain text has no prompts; ")
    assert said.endswith("or set on_policy.prompt_tokens to take the beginning of each row")


def test_a_loss_that_an_aligned_teacher_does_not_allow(place, refused, passes):
    changes = {
        "data__bytes": True,
        "on_policy": ON_POLICY,
        "teachers__b__model": stored(place / "other"),
        "teachers__b__align": {"teacher_tokenizer": str(place / "other")},
    }
    passes(**changes)
    said = refused(**changes, on_policy__loss={"_target_": "mtkd.onpolicy.TeacherTopK", "k": 8})
    assert said.startswith("config.teachers.b: TeacherTopK needs every class, but a teacher")
    hot = {"_target_": "mtkd.losses.ReverseKL", "temperature": 2.0}
    said = refused(**changes, on_policy__loss=hot)
    assert "config.on_policy.loss has temperature 2, and" in said
    assert "afterwards; set on_policy.loss.temperature: 1, or" in said


def test_single_tokens_are_compared_at_temperature_1(place, refused, passes):
    changes = {
        "data__bytes": True,
        "teachers__b__model": stored(place / "other"),
        "teachers__b__align": {"teacher_tokenizer": str(place / "other"), "temperature": 2.0},
        "loss": {"_target_": "mtkd.losses.ForwardKL", "temperature": 2.0},
    }
    passes(**changes, on_policy=ON_POLICY)
    said = refused(**changes, on_policy=ON_POLICY | {"loss": GRADIENT})
    assert said == (
        "config.teachers.b speaks of some classes and the rest at temperature 2, but "
        "config.on_policy.loss has temperature 1, and a pooled tail cannot be softened "
        "afterwards; set teachers.b.align.temperature (or record.temperature): 1, if it is "
        "aligned or recorded so"
    )
