"""What a module's own fixtures `study` and `finished` are used for."""

import shutil
from functools import partial

import pytest


@pytest.fixture
def refused(study, tmp_path):
    from tests.study.fitted import refusal  # takes seconds, and most modules do not need it

    return partial(refusal, tmp_path / "study", study)


@pytest.fixture
def passes(study, tmp_path):
    from tests.study.fitted import passing

    return partial(passing, tmp_path / "study", study)


@pytest.fixture
def there(finished, tmp_path, monkeypatch):
    """The current folder is a copy of the folder `finished`."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
