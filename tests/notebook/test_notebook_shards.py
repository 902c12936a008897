"""Notebooks 2-generation and 3-run with a study in shards: the cells that do the work, as a kernel
would execute them."""

from __future__ import annotations

import json

import nbformat
import pytest
from shard_study import records_of, write_shard_study

from cgr_nb import Study
from cgr_nb.notebook import bundled_notebooks


def work(name, **given):
    """Execute the parameters, what is given in their place, and the cell after them; gives the
    names that are there then."""
    cells = nbformat.read(bundled_notebooks() / f"{name}.ipynb", as_version=4).cells
    first, second, *_ = [cell.source for cell in cells if cell.cell_type == "code"]
    space: dict[str, object] = {}
    exec(first, space)
    assert set(given) <= set(space)
    space |= given | {"__builtins__": __builtins__}
    exec(second, space)
    return space


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study in one piece; gives its records."""
    file = write_shard_study(tmp_path_factory.mktemp("whole"), items=4)
    Study.run(file, progress=False, phase="generate").close()
    Study.run(file, progress=False).close()
    return records_of(file.parent)


def test_shards_are_submitted_merged_and_not_done_again(whole, tmp_path):
    file = write_shard_study(tmp_path, items=4)
    given = {"config": str(file), "folder": str(tmp_path), "shards": 1}
    work("2-generation", **given)
    work("3-run", **given)
    assert records_of(tmp_path) == whole
    states = sorted(tmp_path.glob("submit/*/tasks/*.json"))
    assert [json.loads(path.read_text())["state"] for path in states] == ["done"] * 3
    before = {path: path.stat().st_mtime_ns for path in states}
    # As a chain of notebooks does that was stopped after its work and is repeated.
    work("2-generation", **given)
    work("3-run", **given)
    assert {path: path.stat().st_mtime_ns for path in states} == before
    assert records_of(tmp_path) == whole


def test_in_one_piece_the_cells_make_the_same_study(whole, tmp_path):
    file = write_shard_study(tmp_path, items=4)
    given = {"config": str(file), "folder": str(tmp_path)}
    written = work("2-generation", **given)["scaffolds"]
    assert written["item_id"].nunique() == 4
    work("3-run", **given)
    assert records_of(tmp_path) == whole
