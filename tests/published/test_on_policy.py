"""The on-policy part of the papers that have one."""

from tests.published.cases import cells

NODES = {name: trial.config.get("on_policy") for name, trial in cells().items()}
WRITING = {name: node for name, node in NODES.items() if node}


def test_shares_are_the_papers():
    """GKD's lambda, half for DistiLLM and AMiD, between 0 and 1; ABKD writes nothing."""
    halves = ("gkd", "distillm/skewed_forward_kl", "distillm/skewed_reverse_kl", "distillm_2")
    shares = dict.fromkeys((*halves, "amid"), 0.5) | {"minillm": 1.0, "mopd": 1.0}
    assert {name: node["share"] for name, node in WRITING.items()} == shares


def test_settings_are_the_papers():
    assert WRITING["gkd"]["temperature"] == 0.9
    assert WRITING["mopd"]["loss"] == {"_target_": "mtkd.onpolicy.PolicyGradient", "clip": None}
    second = WRITING["distillm_2"]
    assert second["loss"] == {
        "_target_": "mtkd.losses.SkewedReverseKL",
        "share": 0.1,
        "detach_mixture": True,
    }
    assert (second["temperature"], second["top_p"]) == (0.8, 0.95)


def test_no_text_ends_at_a_token_that_is_an_ordinary_character():
    """A Llama config names token 2 as its end of text; this vocabulary has no such token."""
    assert all(node["end_tokens"] == [] for node in WRITING.values())
