"""A machine of its own for each test: home, caches and installed packages."""

from __future__ import annotations

import pytest


@pytest.fixture
def home(tmp_path_factory, monkeypatch):
    """An empty home folder."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def site(tmp_path_factory, monkeypatch, home):
    """A folder of installed packages, before all others."""
    folder = tmp_path_factory.mktemp("site-packages")
    monkeypatch.syspath_prepend(str(folder))
    return folder
