"""The panels inside JupyterLab itself: what a person clicks comes back to Python."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(lab, study_folder):
    lab.run(f"import cgr_nb.widgets as w\nfrom cgr_nb.handle import Study\nstudy = Study.open({str(study_folder)!r})")
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
