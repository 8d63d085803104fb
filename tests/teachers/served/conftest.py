import pytest

from tests.teachers.served.fake import PRESENT, Fake, serving


@pytest.fixture
def fake(monkeypatch):
    """A server, and an environment in which nothing leads elsewhere."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("TEACHER_KEY", PRESENT)
    with serving(Fake()) as one:
        yield one
