"""What a module's own fixtures `study` and `finished` are used for."""

import shutil
from functools import partial

import pytest


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Small models and tokenizers that were saved."""
    from tests.study.fitted import make_folders  # takes seconds, and most modules do not need it

    folder = tmp_path_factory.mktemp("models")
    make_folders(folder)
    return folder


@pytest.fixture
def refused(study, tmp_path):
    from tests.study.fitted import refusal

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
