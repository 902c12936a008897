"""The panels inside JupyterLab itself: what a person clicks comes back to Python."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(lab, study_folder):
    lab.run(
        f"import cgr_nb.widgets as w\nfrom cgr_nb.handle import Study\nstudy = Study.open({str(study_folder)!r})"
    )
    return lab


def test_keys_in_the_stepper_move_the_python_position(opened):
    cell = opened.run("stepper = w.Stepper(study, 10); stepper")
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    panel.focus()
    opened.page.keyboard.press("c")
    opened.until("stepper.position == stepper.run['stops']['call'][0]")
    panel.get_by_role("textbox", name="what if call 1 had said").fill("28")
    panel.get_by_role("button", name="try").first.click()
    panel.locator(".cgr-change", has_text="28 instead of 27").wait_for()
    assert opened.value("stepper.what_if_execution.calls[0].reply") == "'28'"
    assert cell.locator("[data-cgr-saved]").is_hidden()


def test_one_key_in_the_auditor_is_one_verdict_in_the_store(opened, study_folder, tmp_path):
    import shutil

    own = shutil.copytree(study_folder, tmp_path / "own")
    cell = opened.run(f"auditor = w.Auditor(Study.open({str(own)!r}), 'ada'); auditor")
    panel = cell.locator(".cgr-auditor")
    panel.wait_for()
    panel.locator("summary", has_text="probes").wait_for()
    panel.get_by_role("textbox", name="note").fill("by eye")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("1")
    panel.get_by_text("1 judged by ada").wait_for()
    opened.page.keyboard.press("3")
    panel.get_by_text("2 judged by ada").wait_for()
    opened.page.keyboard.press("z")
    panel.get_by_text("1 judged by ada").wait_for()
    labels = opened.value(
        "[(v, n) for v, n in auditor.verdicts()[['label', 'note']].values.tolist()]"
    )
    assert labels == "[('hard_coded', 'by eye'), ('clean', ''), ('withdrawn', '')]"


def test_a_click_in_the_results_is_a_selection_in_pandas(opened):
    cell = opened.run("results = w.Results(study, resamples=100); results")
    panel = cell.locator(".cgr-results")
    panel.wait_for()
    panel.get_by_role("button", name="gain", exact=False).first.click()
    opened.until("results.picked == {'flip': 0}")
    shown = panel.locator(".cgr-list-head b").first.inner_text()
    assert opened.value("len(results.selection)") == shown
