"""The scripts of fixtures/training as modules, for these tests only."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "fixtures" / "training"


@pytest.fixture(scope="session")
def script():
    """Import one script by name; those that need torch are not asked for here."""
    if not SCRIPTS.is_dir():
        pytest.skip("fixtures/training is absent")
    sys.path.insert(0, str(SCRIPTS))
    yield importlib.import_module
    sys.path.remove(str(SCRIPTS))
