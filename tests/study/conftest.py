"""What a module's own fixture `study` is held against."""

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
