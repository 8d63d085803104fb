"""What a reader of the terminal and a program get: words, text and JSON."""

import json
import math

import pytest

from mtkd.economics import as_json, as_text
from mtkd.economics.words import dollars, months
from tests.economics.cases import analysis


@pytest.fixture(scope="module")
def found():
    return analysis({"operation.fallback_share": 0.1, "question": "Is <this> worth & it?"})


class TestWords:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(2500, "$2,500"), (-1.2, "-$1.20"), (0.0002, "$0.0002"), (0, "$0"), (-0.0, "$0"),
         (0.00123456, "$0.001235"), (99.999, "$100.00"), (1234567.8, "$1,234,568")],
    )  # fmt: skip
    def test_money(self, value, text):
        assert dollars(value) == text

    def test_money_with_a_sign(self):
        assert [dollars(v, sign=True) for v in (3.5, 0, -3.5)] == ["+$3.50", "$0", "-$3.50"]

    @pytest.mark.parametrize(
        ("value", "text"),
        [(12, "12 months"), (12.0001, "just over 12 months"), (6.001, "just over 6 months"),
         (11.9999, "12 months"), (13.636, "13.64 months"), (1, "1 month"), (0, "0 months"),
         (None, "never"), (math.inf, "never"), (1200.5, "1,200.5 months")],
    )  # fmt: skip
    def test_months_never_read_as_a_bound_they_exceed(self, value, text):
        assert months(value) == text


class TestText:
    def test_holds_costs_savings_break_even_rules_and_decision(self, found):
        text = as_text(found)
        for words in (
            "in all              $30,000",
            "saving                +$2,200  at today's prices",
            "1,000,000 requests x $0.003, without the 10 % that fall back",
            "13.64 months  almost certainly the wrong tool",
            "fallback share    12.77 months  14.63 months",
            "P(break-even <= 12 months) = ",
            "Decision: keep calling the API. Rule 6 (break-even): $30,000 against $2,200 a month",
            "Instead: better prompts, a cheaper tier of the API, retrieval (RAG)",
        ):
            assert words in text
        for number in range(9):
            assert f"\n  {number} " in text
        assert max(map(len, text.splitlines())) <= 100

    def test_names_what_counts_as_zero(self):
        text = as_text(analysis({"training.labour": None, "teacher.price_drop": None}))
        assert "Not stated, counted as 0: training.labour, teacher.price_drop" in text
        assert "counted as 0" not in as_text(analysis())

    def test_says_which_draw_stays_zero(self):
        assert "fallback share stays 0, training cost ±50%" in as_text(analysis()).replace(
            "\n  ", " "
        )


class TestJson:
    def test_is_strict_and_complete(self, found):
        plain = json.loads(json.dumps(as_json(found), allow_nan=False))
        assert plain["outcome"]["months"] == pytest.approx(30_000 / 2200)
        assert plain["outcome"]["verdict"] == "almost certainly the wrong tool"
        assert plain["case"]["refresh_months"] is None
        assert [finding["number"] for finding in plain["decision"]["findings"]] == list(range(9))
        assert plain["monte_carlo"]["draws"] == 200
        assert plain["weights"] == {"fp16_bytes": 3e9, "int4_bytes": 0.75e9}
        assert plain["inputs"]["operation.fallback_share"] == 0.1
        assert plain["measured"] is None

    def test_never_is_null(self):
        plain = as_json(analysis({"teacher.price_per_request": 0.0}))
        assert json.dumps(plain, allow_nan=False)
        assert plain["outcome"]["months"] is None
        assert plain["monte_carlo"]["quantiles"] == {"0.1": None, "0.5": None, "0.9": None}
