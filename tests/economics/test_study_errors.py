"""A run folder that is none, or holds figures that cannot be: refused with the place."""

import re

import pytest

from mtkd.config import ConfigError
from mtkd.economics.study_figures import measure
from tests.economics.runs import whole_run


@pytest.fixture
def run(tmp_path):
    return whole_run(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (
            "latency.json",
            '{"teacher_p95_ms": 0}',
            "evidence.teacher_p95_ms must be positive, got 0",
        ),
        ("latency.json", '{"teacher_p95_ms": true}', "must be a number or null, got True"),
        ("latency.json", "{", "latency.json is damaged"),
        ("latency.json", "[1]", "must hold keys and values, got [1]"),
        ("fallback.json", "{}", "fallback.json"),
        ("trials/a/result.json", '{"seconds": -1}', "seconds must be a positive number, got -1"),
        ("trials/a/result.json", '{"parameters": "many"}', "got 'many'"),
        ("results.csv", "model,domain,metric,value\nbig,clean,accuracy,good\n", "is 'good'"),
    ],
)
def test_a_damaged_figure_is_refused_with_its_place(run, file, content, words):
    (run / file).write_text(content)
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        measure(run)
    assert str(caught.value).startswith("--from: ")


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"--from: .* holds no study.json"):
        measure(tmp_path)


def test_a_trial_nobody_ran_is_refused(run):
    with pytest.raises(ConfigError, match=r"--trial: no trial is called 'contrl'; did you mean "):
        measure(run, "contrl")
