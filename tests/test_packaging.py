"""What is installed: every package, and the configs, which lie beside it in the source tree."""

import tomllib

from tests.study.studies import ROOT

SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_package_is_named_once():
    folders = (path.parent.relative_to(ROOT) for path in (ROOT / "mtkd").rglob("__init__.py"))
    names = [".".join(folder.parts) for folder in folders]
    assert sorted(SETUP["packages"]) == sorted([*names, "mtkd.configs"])


def test_configs_are_installed_inside_the_package():
    assert SETUP["package-dir"] == {"mtkd.configs": "configs"}
    assert SETUP["package-data"]["mtkd.configs"] == ["**/*.yaml"]
