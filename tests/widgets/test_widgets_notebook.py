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


def opening(notebook) -> str:
    """The cell that opens the study."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return next(text for cell in cells if "Study.open" in (text := "".join(cell["source"])))


def test_the_study_of_the_working_folder_goes_before_the_one_above(
    notebook, study_folder, tmp_path, monkeypatch
):
    here = tmp_path / "here"
    for place in (tmp_path / "own", here / "own"):
        shutil.copytree(study_folder, place)
    monkeypatch.chdir(here)
    names = {"study": "own"}
    exec(opening(notebook), names)
    assert names["study"].folder.resolve() == (here / "own").resolve()
    names["study"].close()


def test_without_a_study_the_notebook_says_what_to_run_first(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="run `cgr-nb demo` first"):
        exec(opening(notebook), {"study": "cgr-demo"})


def test_it_runs_from_top_to_bottom_on_any_study(
    notebook, study_folder, tmp_path, monkeypatch, repository
):
    papermill = pytest.importorskip("papermill")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    own = shutil.copytree(study_folder, tmp_path / "own")
    # As JupyterLab runs it: in the notebook's folder, with the study beside that.
    here = tmp_path / "notebooks"
    here.mkdir()
    done = papermill.execute_notebook(
        notebook, tmp_path / "out.ipynb", {"study": "own"}, cwd=here, progress_bar=False
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
