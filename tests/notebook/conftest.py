"""Notebooks that are executed here leave nothing in the Jupyter of who runs the tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def jupyter_of_the_test(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
