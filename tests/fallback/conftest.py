import pytest

from tests.fallback.run_folder import trial, write_run


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("small"), n=40, trials=[trial("jsd")])
