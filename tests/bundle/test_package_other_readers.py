"""Frames and exported tables in the hands of others: pandas' own strings, Polars and DuckDB."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from cgr_nb.api import Study
from cgr_nb.bundle import export_package

FRAMES = ("rows", "answers", "items", "calls", "scaffolds", "programs", "executions", "dependence")
OWN_SHAPES = {"answers": ["steps", "facts"]}
"""Columns of values that no table of one type holds: they are for Python."""


@pytest.fixture(scope="module")
def frames(full_folder):
    with Study.open(full_folder) as study:
        found = {name: getattr(study, name)() for name in FRAMES}
        found["arm_frame"] = study.arm_frame()
    return found


@pytest.fixture(scope="module")
def tables(full_folder, tmp_path_factory):
    folder = export_package(full_folder, tmp_path_factory.mktemp("tables") / "package")
    return sorted(path for path in folder.glob("*.jsonl") if path.stat().st_size)


def test_texts_are_pandas_strings_and_what_is_missing_is_missing(frames):
    rows = frames["rows"]
    for name in ("id", "dataset", "direct_status", "assisted_letter", "question", "time"):
        # Before pandas 3 these were objects.
        assert rows[name].dtype == pd.Series(["a", None]).dtype, name
    assert rows["program_id"].isna().sum() == (rows["assisted_status"] == "no_program").sum() > 0
    assert rows["question"].str.contains("who knows").sum() == 1


def test_rows_and_calls_tell_when_they_were_made(frames):
    for name in ("rows", "calls"):
        times = [datetime.fromisoformat(time) for time in frames[name]["time"]]
        assert all(time.tzinfo is not None for time in times)
    assert set(frames["rows"]["time"]) <= set(frames["calls"]["time"])


@pytest.mark.parametrize("name", [*FRAMES, "arm_frame"])
def test_frames_are_taken_by_polars_and_duckdb(frames, name):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    frame = frames[name].drop(columns=OWN_SHAPES.get(name, []))
    first = frame.columns[0]
    taken = polars.from_pandas(frame)
    assert taken.shape == frame.shape
    assert taken[first].to_list() == frame[first].tolist()
    said = duckdb.sql(f"SELECT {first} FROM frame").fetchall()
    assert [value for (value,) in said] == frame[first].tolist()


def test_every_table_of_a_package_is_read_by_polars_and_duckdb(tables):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    assert len(tables) > 8
    for path in tables:
        lines = len(path.read_text("utf-8").splitlines())
        assert len(polars.read_ndjson(path, infer_schema_length=None)) == lines, path.name
        (counted,) = duckdb.sql(f"SELECT count(*) FROM read_json('{path}')").fetchall()[0]
        assert counted == lines, path.name
