"""notebooks/explore.ipynb: clean in git, and it runs."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def notebook(repository):
    return repository / "notebooks" / "explore.ipynb"


def test_no_outputs_are_committed(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_it_runs_from_top_to_bottom_on_any_study(
    notebook, study_folder, tmp_path, monkeypatch, repository
):
    papermill = pytest.importorskip("papermill")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    own = shutil.copytree(study_folder, tmp_path / "own")
    done = papermill.execute_notebook(
        notebook, tmp_path / "out.ipynb", {"study": str(own)}, progress_bar=False
    )
    html = [
        output["data"]["text/html"]
        for cell in done.cells
        for output in cell.get("outputs", [])
        if "<iframe" in output.get("data", {}).get("text/html", "")
    ]
    assert len(html) == 4
    assert sorted(path.name for path in own.glob("*.html")) == [
        "auditor.html",
        "results.html",
        "stepper.html",
        "workbench.html",
    ]
