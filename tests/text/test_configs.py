"""The text data sets among the configs that come with mtkd."""

from pathlib import Path

import pytest
import yaml

import mtkd
from mtkd.config import check, instantiate, load

CONFIGS = Path(mtkd.__file__).parents[1] / "configs" / "data"


@pytest.mark.parametrize("name", ["gsm8k", "chats", "plain_text"])
def test_its_arguments_are_those_of_its_classes(name):
    check(load(CONFIGS / f"{name}.yaml", [])["data"], "config.data")


@pytest.mark.parametrize("form", ["Instructions", "Messages", "PlainText", "Hub", "Tokens"])
def test_every_part_can_be_named_in_a_config(form):
    content = yaml.safe_load((CONFIGS / "plain_text.yaml").read_text())["data"]
    assert content["_target_"] == "mtkd.text.TextData"
    given = {"Hub": {"name": "a/b", "split": "train"}, "Tokens": {"source": "x"}}.get(form, {})
    check({"_target_": f"mtkd.text.{form}", **given})
    if form not in ("Tokens",):
        assert instantiate({"_target_": f"mtkd.text.{form}", **given}) is not None
