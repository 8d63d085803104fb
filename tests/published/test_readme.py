"""The table in experiments/published/README.md, and the head of every config."""

import re

import pytest
import yaml

from tests.published.cases import FILES, FOLDER

ROWS = [line for line in (FOLDER / "README.md").read_text().splitlines() if line[:3] == "| ["]
SOURCE = re.compile(r"arXiv \d{4}\.\d{5}|doi 10\.|NeurIPS \d{4}|github\.com/NVIDIA-NeMo/RL")


def test_the_table_has_a_row_for_each_config():
    assert sorted(re.findall(r"`(\w+)`", row)[0] for row in ROWS) == [file.stem for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_config_says_where_it_is_from_and_what_differs(file):
    head = file.read_text().split("question:")[0]
    assert SOURCE.search(head.splitlines()[0])
    assert "# Objective" in head
    assert "# Differs: " in head
    assert len(yaml.safe_load(file.read_text())["question"]) > 20
