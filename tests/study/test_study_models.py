"""A study on real tiny models within a memory budget."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from cgr_nb.api import Study
from cgr_nb.errors import ModelError
from cgr_nb.models import ModelPool, Registry, open_model
from cgr_nb.study import StudyConfig, run_study
from cgr_nb.util.blocking import run_blocking

NAMES = ("tiny-solver", "tiny-generator")


@pytest.fixture
def sizes():
    """MiB of each model, in whole numbers from above."""
    cards = Registry.load()
    models: list[Any] = [open_model(cards.get(name)) for name in NAMES]
    return [-(-model.memory_bytes // (1 << 20)) for model in models]


def config(**run):
    found = {
        "items": {"files": ["bundled:mini-openbookqa.jsonl"], "per_dataset": 4},
        "models": {"solvers": ["tiny-solver"], "generators": ["tiny-generator"]},
        "generator": {"max_tokens": 320, "temperature": 0.0},
        "run": {"concurrency": 2, "isolation": "limits", **run},
    }
    return StudyConfig.from_dict(found)


def run(folder, settings, pool=None):
    """Rows, and the models in the order in which they were loaded."""
    told = []
    run_blocking(lambda: run_study(settings, folder, told.append, pool=pool))
    loads = [now.loading[0] for now in told if now.loading and now.loading[1] == 1]
    with Study.open(folder) as study:
        return study.rows().sort_values("id", ignore_index=True), loads


def test_a_study_runs_where_only_one_of_its_models_fits_at_a_time(tmp_path, sizes):
    rows, loads = run(tmp_path / "wide", config())
    narrow, more = run(tmp_path / "narrow", config(model_memory_mb=max(sizes)))
    assert sorted(loads) == sorted(NAMES)
    assert len(more) > 2
    assert all(one != other for one, other in pairwise(more))
    assert rows.drop(columns="time").equals(narrow.drop(columns="time"))


def test_a_budget_that_a_model_does_not_fit_is_an_error_with_numbers(tmp_path, sizes):
    with pytest.raises(ModelError, match=r"larger than the pool's budget.*raise the budget"):
        run(tmp_path, config(model_memory_mb=min(sizes) - 1))


def test_a_pool_that_is_given_keeps_its_models_for_the_next_run(tmp_path):
    pool = ModelPool()
    _, first = run(tmp_path / "one", config(), pool)
    _, second = run(tmp_path / "two", config(), pool)
    assert (sorted(first), second) == (sorted(NAMES), [])
    assert sorted(pool.names) == sorted(NAMES)
    run_blocking(pool.close)
