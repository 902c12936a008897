from __future__ import annotations

import pytest
import small_study

from cgr_nb.handle import Study


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory):
    return small_study.make(tmp_path_factory.mktemp("widgets") / "small")


@pytest.fixture
def study(study_folder):
    """Shared between tests: read only."""
    with Study.open(study_folder) as opened:
        yield opened


@pytest.fixture
def own_study(study_folder, tmp_path):
    """A copy that a test may write to."""
    with small_study.open_copy(study_folder, tmp_path / "own") as opened:
        yield opened
