"""The panels in Jupyter Notebook 7, whose pages the JupyterLab of the tests serves as well."""

from __future__ import annotations

import pytest
from small_study import row_id


@pytest.fixture
def notebook_page(browser, lab_server, study_folder):
    """A notebook with a stepper, as Notebook 7 opens it."""
    pytest.importorskip("notebook", reason="notebook is not installed")
    import nbformat

    address, token, root, _ = lab_server
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [
        "from cgr_nb.api import Study\nfrom cgr_nb.widgets import Stepper\n"
        f"stepper = Stepper(Study.open({str(study_folder)!r}), {row_id(0)!r})\nstepper",
        "print('moved:', stepper.position == stepper.run['stops']['call'][0])",
    ]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, root / "seven.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/notebooks/seven.ipynb?token={token}")
    page.wait_for_selector(".jp-CodeCell .cm-content")
    yield page
    page.close()


def run_cell(page, number):
    cell = page.locator(".jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cell


def test_keys_in_the_stepper_move_the_python_position_in_notebook_7(notebook_page):
    page = notebook_page
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(state="attached")
    cell = run_cell(page, 0)
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    panel.press("c")
    panel.get_by_text("asks the solver").wait_for()
    # A live panel hides the saved one, and its keys are not those of the notebook.
    assert cell.locator("[data-cgr-saved]").is_hidden()
    assert page.locator(".jp-CodeCell").count() == 2
    run_cell(page, 1).get_by_text("moved: True").wait_for()
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
