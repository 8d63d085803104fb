"""What economics.yaml cannot mean: one sentence with the path, what was got and what to do."""

import re

import pytest

from mtkd.config import ConfigError
from mtkd.economics import make_plan, read_values
from tests.economics.cases import config

BAD = [
    ({"training.labour": -1}, "config.training.labour must not be negative, got -1"),
    ({"teacher.price_per_request": -0.1}, "config.teacher.price_per_request must not be negative"),
    ({"operation.fallback_share": 1.2}, "config.operation.fallback_share is a share, it must lie "
     "within [0, 1], got 1.2"),
    ({"operation.fallback_share": -0.1}, "within [0, 1], got -0.1"),
    ({"teacher.price_drop": 80}, "config.teacher.price_drop is a share"),
    ({"student.utilisation": 0}, "config.student.utilisation must lie within (0, 1]"),
    ({"student.utilisation": 1.5}, "(0, 1]: the share of the paid hours that work, got 1.5"),
    ({"teacher.requests_per_hour": 0}, "config.teacher.requests_per_hour must be positive, got 0"),
    ({"training.students": 0}, "config.training.students must be at least 1, got 0"),
    ({"sensitivity.draws": 200_001}, "config.sensitivity.draws must lie within [1, 100000]"),
    ({"training.labour": float("nan")}, "config.training.labour must be a finite number, got nan"),
    ({"training.labour": "much"}, "config.training.labour must be a number or null, got 'much'"),
    ({"training.labour": True}, "config.training.labour must be a number or null, got True"),
    ({"evidence.domain_gap": 1}, "config.evidence.domain_gap must be true or false or null, got 1"),
    ({"teacher": 3}, "config.teacher must be a mapping, got 3"),
    ({"question": 3}, "config.question must be text, got 3"),
    ({"student.utilization": 0.5}, "config.student has no key 'utilization'; did you mean "
     "utilisation?"),
    ({"traffik.requests_per_month": 3}, "config has no key 'traffik'; did you mean traffic?"),
    ({"monitoring_per_month": 3}, "config has no key 'monitoring_per_month'; it belongs under "
     "operation."),
    ({"student.labour": 3}, "config.student has no key 'labour'; it belongs under training."),
    ({"traffic": {"requests_per_month": 1, 0: None}}, "config.traffic has the key 0, which is no "
     "name; in YAML's braces a comma begins the next key: write 1000000, not 1,000,000"),
    ({"student": {"x" * 70: 1}}, f"config.student has no key '{'x' * 60}...'"),
    ({"evidence.hard_constraints": ["airgapped"]}, "config.evidence.hard_constraints.0 must be one "
     "of air_gapped, data_residency, on_device; got 'airgapped'; did you mean air_gapped?"),
    ({"traffic.requests_per_month": ...}, "config.traffic lacks requests_per_month"),
    ({"teacher.price_per_request": ...}, "config.teacher lacks a price; give price_per_request, "),
    ({"student.price_per_request": ..., "student.hosting_per_month": ...},
     "config.student lacks a price; give price_per_request"),
    ({"teacher.price_per_hour": 3}, "config.teacher says its price in more than one way, by "
     "price_per_request and price_per_hour; keep one"),
    ({"teacher.price_per_request": ..., "teacher.price_per_hour": 3,
      "teacher.requests_per_hour": 4}, "config.teacher.utilisation is missing"),
    ({"teacher.price_per_request": ..., "teacher.price_per_million_input_tokens": 3,
      "teacher.price_per_million_output_tokens": 4}, "config.traffic.input_tokens is missing"),
    ({"training.gpu_hours": 5}, "config.training has gpu_hours as well as gpus and weeks"),
    ({"training.gpus": ...}, "config.training lacks gpus; hours are gpus x weeks x 168"),
    ({"training.weeks": ...}, "config.training lacks weeks; hours are gpus x weeks x 168"),
    ({"training.price_per_gpu_hour": ...}, "config.training lacks price_per_gpu_hour for its 1008"),
    ({"training.gpus": ..., "training.weeks": ...}, "a price_per_gpu_hour but no gpu_hours"),
    ({"training.teacher_already_exists": False}, "config.training lacks teacher_training ($)"),
    ({"operation.refresh_cost": 5}, "config.operation lacks refresh_every_months"),
    ({"operation.refresh_cost": ..., "operation.refresh_every_months": 5},
     "config.operation lacks refresh_cost ($)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), BAD, ids=[words for _, words in BAD])
def test_what_cannot_be_meant_is_one_sentence_with_the_path(changes, words):
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        make_plan(read_values(config(changes)))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("config")


def test_a_file_about_something_else_is_not_printed():
    with pytest.raises(ConfigError, match="give a YAML file like configs") as caught:
        read_values({"id,p_0,p_1 " * 1000: None})
    assert len(str(caught.value)) < 300
