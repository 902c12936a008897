"""notebooks/explore.ipynb: clean in git, and it runs."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from cgr_nb.api import Study


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
    names: dict[str, Any] = {"study": "own"}
    exec(opening(notebook), names)
    assert names["study"].folder.resolve() == (here / "own").resolve()
    names["study"].close()


def test_the_cell_that_opens_the_study_can_be_run_again(
    notebook, study_folder, tmp_path, monkeypatch
):
    shutil.copytree(study_folder, tmp_path / "own")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names: dict[str, Any] = {"study": "own"}
    for _ in range(3):
        exec(opening(notebook), names)
        assert names["study"].folder.resolve() == (tmp_path / "own").resolve()
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


@pytest.fixture
def new_user(browser, lab_server, notebook, study_folder):
    """The notebook in JupyterLab as somebody finds it, with a study beside it: page and study."""
    address, token, root, _ = lab_server
    place = root / "new-user"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(notebook, place / "explore.ipynb")
    study = shutil.copytree(study_folder, place / "cgr-demo")
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(120_000)
    page.goto(f"{address}/lab/workspaces/new-user/tree/new-user/explore.ipynb?token={token}")
    page.get_by_text("| Idle").wait_for()
    yield page, study
    page.close()


def test_a_new_user_gets_from_jupyterlab_to_a_saved_verdict(new_user):
    """Runs all cells, looks at each panel in turn as the notebook tells, and judges a program that
    hard-codes its answer."""
    page, study = new_user
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    results = page.locator(".cgr-results")
    results.scroll_into_view_if_needed()
    results.locator(".cgr-rows").wait_for()
    results.locator(".cgr-headline").get_by_text("Effect:").wait_for()
    results.get_by_role("button", name="loss", exact=False).first.click()

    bench = page.locator(".cgr-workbench")
    bench.scroll_into_view_if_needed()
    bench.get_by_text("show all items").wait_for()  # the pick above has narrowed it
    bench.locator(".cgr-item-line .cgr-what").first.click()
    bench.locator(".cgr-answers").wait_for()

    stepper = page.locator(".cgr-stepper")
    stepper.scroll_into_view_if_needed()
    stepper.press("c")
    stepper.get_by_text("asks the solver").wait_for()

    auditor = page.locator(".cgr-auditor")
    auditor.scroll_into_view_if_needed()
    auditor.get_by_text("the answer is hard-coded in the program").wait_for()
    auditor.press("1")
    auditor.get_by_text("saved: hard-coded for program").wait_for()

    with Study.open(study) as opened:
        (verdict,) = opened.store.verdicts()
        program = opened.store.program(verdict.program_id)
    assert verdict.label == "hard_coded"
    assert "return answer" in program
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count()
        == 0
    )
    assert page.locator(".cgr-error:visible").count() == 0
