"""What all tests share: where things are, and plain skips where something is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 300
"""Seconds that a test may take, beside those that it fuzzes."""
LONG_FILES = (
    "test_readme.py",
    "test_end_to_end.py",
    "test_analysis_corpus.py",
    "test_install.py",
    "test_quality.py",
    "test_widgets_workbench.py",
    "test_sandbox_corpus.py",
    "test_sandbox_concurrency.py",
    "test_models_worker.py",
    "test_models_engine_bench.py",
    "test_models_engine.py",
    "test_analysis_formats.py",
    "test_answers_measured.py",
)
"""Files whose tests take longest. They are begun first, so that no process ends long after the
others."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-seconds",
        type=float,
        default=2.0,
        help="seconds for which each fuzz test makes inputs",
    )
    parser.addoption(
        "--real-items",
        type=int,
        default=4,
        help="items that real models are asked in a study of their own",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seconds = config.getoption("--fuzz-seconds")
    for item in items:
        if "fuzz_seconds" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(LONGEST_S + seconds))
    first = {name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: first.get(item.path.name, len(first)))


@pytest.fixture(scope="session")
def fuzz_seconds(request: pytest.FixtureRequest) -> float:
    """How long a fuzz test makes inputs: a moment, or as long as `--fuzz-seconds` says."""
    return float(request.config.getoption("--fuzz-seconds"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the source checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public items, replies and programs, which are not part of this repository."""
    place = ROOT.parent / "shared" / "data"
    if not place.is_dir():
        pytest.skip("../shared/data is absent")
    return place


@pytest.fixture
def hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty cache of the hub's client, for this process and those that it starts."""
    constants = pytest.importorskip("huggingface_hub.constants")
    home = tmp_path_factory.mktemp("hub-home")
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    # Read once, when the client is imported.
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    return home / "hub"
