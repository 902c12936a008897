"""notebooks/arms.ipynb: clean in git, and it runs the bundled arms and reads what comes out."""

from __future__ import annotations

import json

import pytest

from cgr_nb.api import Study


@pytest.fixture
def notebook(repository):
    return repository / "notebooks" / "arms.ipynb"


def test_no_outputs_are_committed(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def printed(notebook):
    """What the cells of an executed notebook printed."""
    return "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    )


@pytest.mark.model
def test_it_runs_the_bundled_arms_and_tells_what_a_sceptic_asks(
    notebook, tmp_path, monkeypatch, repository
):
    papermill = pytest.importorskip("papermill")
    pytest.importorskip("llama_cpp")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    given = {"per_dataset": 1, "resamples": 100, "isolation": "limits"}
    done = papermill.execute_notebook(
        notebook, tmp_path / "out.ipynb", given, cwd=tmp_path, progress_bar=False
    )
    told = printed(done)
    assert "9 of 9 rows" in told
    assert "pre-specified before the first answer" in told
    assert "Split-half estimate" in told
    assert "not an arm" in told
    drawn = [
        output
        for cell in done.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(drawn) == 2
    with Study.open(tmp_path / "arms-study") as study:
        assert study.config.report.primary == ("self_consistency", "pal")
        calls = len(study.calls())
    # A second time nothing is asked: the study is there.
    papermill.execute_notebook(
        notebook, tmp_path / "again.ipynb", given, cwd=tmp_path, progress_bar=False
    )
    with Study.open(tmp_path / "arms-study") as study:
        assert len(study.calls()) == calls
