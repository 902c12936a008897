"""Panels after the kernel: in an executed, an exported and a reopened notebook."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest
from small_study import row_id

from cgr_nb.widgets import Stepper
from cgr_nb.widgets.page import embedded, offline_page
from cgr_nb.words import UNTRUSTED_WORDS, WORDS


@pytest.fixture(scope="module")
def executed(study_folder, tmp_path_factory, request):
    """A notebook with a stepper, executed by papermill."""
    nbformat = pytest.importorskip("nbformat")
    papermill = pytest.importorskip("papermill")
    folder = tmp_path_factory.mktemp("executed")
    code = (
        f"import sys\nsys.path.insert(0, {str(request.config.rootpath)!r})\n"
        "from cgr_nb.api import Study\nfrom cgr_nb.widgets import Stepper\n"
        f"panel = Stepper(Study.open({str(study_folder)!r}), {row_id(0)!r})\npanel"
    )
    later = "panel.show_gold()\npanel.keep()"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell(later)],
        metadata={"kernelspec": kernel},
    )
    nbformat.write(book, folder / "in.ipynb")
    papermill.execute_notebook(folder / "in.ipynb", folder / "out.ipynb", progress_bar=False)
    return nbformat.read(folder / "out.ipynb", as_version=4)


def without_state(book):
    """As JupyterLab saves it: outputs, but no widget state."""
    book = copy.deepcopy(book)
    book.metadata.pop("widgets", None)
    return book


def open_in_lab(browser, lab_server, book, name, *, trusted):
    import nbformat

    address, token, root, environment = lab_server
    nbformat.write(book, root / name)
    if trusted:
        command = [sys.executable, "-m", "jupyter", "trust", str(root / name)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(30_000)
    # A workspace of its own: JupyterLab would open the other tests' notebooks again beside it.
    page.goto(f"{address}/lab/workspaces/{name[:-6]}/tree/{name}?token={token}")
    page.wait_for_selector(".jp-OutputArea-output", state="attached")
    return page


def test_an_executed_notebook_holds_the_live_view_and_the_saved_one(executed):
    live, saved = (output["data"] for output in executed.cells[0].outputs)
    assert "application/vnd.jupyter.widget-view+json" in live
    assert "<iframe" in saved["text/html"]
    assert saved["text/plain"].startswith("Stepper: physics item")


def test_where_somebody_watches_the_saved_view_comes_after_the_cell(study_folder, repository):
    from jupyter_client.manager import start_new_kernel

    code = (
        f"import sys\nsys.path.insert(0, {str(repository)!r})\n"
        "import cgr_nb.widgets.panel\ncgr_nb.widgets.panel.UP_WITHIN_S = 0.5\n"
        "from cgr_nb.api import Study\nfrom cgr_nb.widgets import Results\n"
        f"Results(Study.open({str(study_folder)!r}), resamples=50)"
    )
    manager, client = start_new_kernel()
    try:
        cell, views, idle = client.execute(code, allow_stdin=True), [], None
        while len(views) < 3:
            message = client.get_iopub_msg(timeout=120)
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", content
            if kind in ("display_data", "update_display_data"):
                views.append((kind, content["data"]["text/html"]))
            mine = message["parent_header"].get("msg_id") == cell
            if mine and content.get("execution_state") == "idle":
                idle = len(views)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert idle == 2
    (_, live), (first, promise), (later, saved) = views
    assert (live, first, later) == ("", "display_data", "update_display_data")
    assert WORDS["unsaved"] in promise
    assert "<iframe" not in promise
    assert "<iframe" in saved
    assert "not computed yet" not in saved


def test_what_is_kept_later_is_in_the_saved_view(executed):
    saved = executed.cells[0].outputs[1]["data"]["text/html"]
    assert "&quot;gold&quot;:[&quot;C&quot;]" in saved


@pytest.mark.parametrize("state", ["with widget state", "without widget state"])
def test_an_exported_page_steps_without_a_kernel_or_a_network(executed, state, browser, tmp_path):
    nbconvert = pytest.importorskip("nbconvert")
    book = executed if state == "with widget state" else without_state(executed)
    body, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    path = tmp_path / "exported.html"
    path.write_text(body, "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    panel = page.frame_locator("iframe[title='saved panel']").locator(".cgr-stepper")
    panel.press("c")
    panel.get_by_text("asks the solver line 9").wait_for()
    context.close()


def test_a_reopened_notebook_shows_the_saved_panel_and_no_error(executed, browser, lab_server):
    page = open_in_lab(browser, lab_server, without_state(executed), "trusted.ipynb", trusted=True)
    panel = page.frame_locator("iframe[title='saved panel']").locator(".cgr-stepper")
    panel.press("c")
    panel.get_by_text("asks the solver line 9").wait_for()
    page.get_by_text("model not found").wait_for(state="hidden")
    assert page.get_by_text(UNTRUSTED_WORDS).is_hidden()
    page.close()


def test_a_notebook_that_is_not_trusted_shows_the_panel_in_words(executed, browser, lab_server):
    # JupyterLab knows a trusted notebook by its content, whatever its name.
    other = without_state(executed)
    other.cells[0].source += "  # from somebody else"
    page = open_in_lab(browser, lab_server, other, "unknown.ipynb", trusted=False)
    page.get_by_text("Stepper: physics item").wait_for()
    page.get_by_text(UNTRUSTED_WORDS).wait_for()
    assert page.locator("iframe[title='saved panel']").count() == 0
    page.close()


def test_a_panel_brought_back_without_its_kernel_says_so_and_still_steps(
    executed, browser, lab_server
):
    page = open_in_lab(browser, lab_server, executed, "state.ipynb", trusted=True)
    panel = page.locator(".cgr-stepper")
    panel.press("c")
    panel.get_by_text("asks the solver line 9").wait_for()
    panel.get_by_text("This panel has no running kernel").wait_for()
    page.close()


def test_one_bundle_serves_front_ends_that_take_only_one(study):
    data, _ = Stepper(study, row_id(0))._repr_mimebundle_()
    assert {"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(data)


def test_no_text_ends_the_script_that_holds_the_state():
    page = offline_page("t", "export default {};", "", {"x": "</script><!--<script>"})
    assert page.count("<script") == 2
    inside = page.split('id="state">')[1].split("</script>")[0]
    assert json.loads(inside) == {"x": "</script><!--<script>"}


def test_bytes_come_through_a_page_unharmed():
    page = offline_page("t", "export default {};", "", {"x": b"\x00\xff"})
    assert '{"x":{"$bytes":"AP8="}}' in page


def test_what_is_embedded_can_not_leave_its_attribute():
    fragment = embedded('"><script>', 'k"', "<b>&", 10)
    assert "<script>" not in fragment
    assert "<b>" not in fragment
