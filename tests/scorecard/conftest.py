import pytest

from tests.scorecard.world import LATER, World, add


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A run folder with the numbers of `world`."""
    return World(tmp_path_factory.mktemp("first")).write()


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """The next run: same items, same teacher, another student."""
    return World(tmp_path_factory.mktemp("later"), student=LATER).write()


@pytest.fixture(scope="module")
def book(first, later, tmp_path_factory):
    """A book of both."""
    folder = tmp_path_factory.mktemp("book")
    assert add(first, folder, "v1") == 0
    assert add(later, folder, "v2") == 0
    return folder
