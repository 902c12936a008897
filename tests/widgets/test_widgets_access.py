"""Every panel for everybody: names for what can be pressed, nothing that runs off in a narrow
column, keys that work without a mouse."""

from __future__ import annotations

import pytest
from small_study import items, row_id

from cgr_nb import compare
from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench

PANELS = ("Stepper", "Auditor", "Comparison", "Results", "Workbench")

NAMELESS = """() => [...document.querySelectorAll('.cgr button, .cgr input, .cgr textarea, .cgr select, .cgr [role=button], .cgr [tabindex="0"]')]
  .filter((n) => !(n.textContent.trim() || n.getAttribute('aria-label') || n.title || (n.labels && n.labels.length)))
  .map((n) => n.outerHTML.slice(0, 120))"""
RUNS_OFF = """() => [...document.querySelectorAll('.cgr *')].filter((n) => {
  const box = n.getBoundingClientRect();
  if (!box.width || box.right <= document.documentElement.clientWidth + 1) return false;
  for (let up = n.parentElement; up; up = up.parentElement) if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(up).overflowX) && !up.matches('.cgr')) return false;
  return true; }).map((n) => n.className + ' ' + n.textContent.slice(0, 40))"""


@pytest.fixture
def opened(study):
    """Name -> panel, each with as much as it can show."""

    def make(name: str):
        if name == "Stepper":
            panel = Stepper(study, row_id(0))
            panel.what_if(call=0, reply="28")
            return panel
        if name == "Auditor":
            panel = Auditor(study, "ada", probing=False)
            panel.probe()
            return panel
        if name == "Results":
            return Results(study, resamples=50)
        if name == "Comparison":
            panel = Comparison(compare(study, resamples=50))
            panel.open_pair(0)
            return panel
        bench = Workbench(study)
        bench.open_item(items()[0].id)
        bench.open_program(bench.answers[0]["id"])
        bench.step(bench.answers[0]["id"])
        return bench

    return make


@pytest.mark.parametrize("name", PANELS)
def test_every_control_has_a_name_and_every_panel_one_too(opened, pages, name):
    page = pages.open(opened(name))
    page.locator(".cgr").first.wait_for()
    assert page.evaluate(NAMELESS) == []
    assert page.locator(".cgr").first.get_attribute("aria-label").startswith(name)


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("width", [400, 700, 1000])
def test_in_a_narrow_column_nothing_runs_off(opened, pages, name, width):
    page = pages.open(opened(name), width=width, dark=width == 700)
    page.locator(".cgr").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(RUNS_OFF) == []


@pytest.mark.parametrize("name", PANELS)
def test_the_panel_follows_the_theme(opened, pages, name):
    panel = opened(name)
    grounds = []
    for dark in (False, True):
        page = pages.open(panel, dark=dark)
        grounds.append(
            page.locator(".cgr").first.evaluate("n => getComputedStyle(n).backgroundColor")
        )
    assert grounds == ["rgb(255, 255, 255)", "rgb(23, 25, 29)"]
