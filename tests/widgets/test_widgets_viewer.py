"""The local page of `cgr-nb view` in a real browser."""

from __future__ import annotations

import threading

import pytest

from cgr_nb.viewer import StudyPages, Viewer


@pytest.fixture
def page(browser, study_folder):
    """The page, open in a browser; an error in it, or a request to anywhere else, fails the test."""
    wrong: list[str] = []
    with StudyPages(study_folder) as pages, Viewer(pages) as viewer:
        serving = threading.Thread(target=viewer.serve)
        serving.start()
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        opened = context.new_page()
        opened.set_default_timeout(30_000)
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        opened.on(
            "request",
            lambda request: (
                None if request.url.startswith(viewer.address) else wrong.append(request.url)
            ),
        )
        opened.goto(viewer.address)
        yield opened
        context.close()
        viewer.stop()
        serving.join()
    # That a page can't be made is told in its place, and by the browser once more.
    assert [one for one in wrong if "status of 422" not in one] == []


def test_report_panels_a_comparison_and_a_step_are_a_click_away(page):
    view = page.frame_locator("iframe")
    view.locator("h1").wait_for()
    for link, shown in (
        ("results", ".cgr-results .cgr-pair"),
        ("auditor", ".cgr-auditor .cgr-code"),
        ("items", ".cgr-workbench"),
    ):
        page.get_by_role("link", name=link).click()
        view.locator(shown).first.wait_for()
    page.get_by_label("B", exact=True).select_option("generator_only")
    page.get_by_role("button", name="side by side").click()
    view.locator(".cgr-comparison[data-rows=here]").wait_for()
    assert "generator-side" in view.locator(".cgr-run-sides").inner_text()
    view.locator(".cgr-rows tbody tr").first.click()
    view.locator(".cgr-reply-head").nth(1).wait_for()
    page.get_by_label("step through row").fill("1")
    page.get_by_role("button", name="step", exact=True).click()
    view.locator(".cgr-stepper .cgr-code").wait_for()


def test_any_row_of_the_results_leads_to_its_replies_and_its_run(page):
    view = page.frame_locator("iframe")
    page.get_by_role("link", name="results").click()
    view.locator(".cgr-results[data-rows=here]").wait_for()
    view.locator(".cgr-list tbody tr").nth(17).click()
    shown = view.locator(".cgr-reply-head")
    shown.get_by_role("button", name="assisted").click()
    view.locator(".cgr-reply-head [aria-pressed=true]").get_by_text("assisted").wait_for()
    view.locator(".cgr-list tbody tr").nth(17).get_by_role("button", name="step").click()
    view.locator(".cgr-stepper .cgr-code").wait_for()
    view.get_by_role("searchbox", name="search all replies").fill("27")
    view.get_by_role("button", name="find").click()
    view.locator(".cgr-reply-hit").first.click()
    view.locator(".cgr-reply-call").first.wait_for()


def test_items_are_searched_opened_and_read_and_nothing_can_be_run_or_judged(page):
    view = page.frame_locator("iframe")
    page.get_by_role("link", name="items").click()
    view.locator(".cgr-item-line").nth(14).wait_for()
    view.get_by_role("searchbox", name="search items").fill("cart 13")
    view.locator(".cgr-item-line").nth(1).wait_for(state="detached")
    view.locator(".cgr-item-line").click()
    view.get_by_role("button", name="show gold").click()
    view.locator(".cgr-option.cgr-gold").wait_for()
    view.locator(".cgr-answers .cgr-reply-button").first.click()
    view.locator(".cgr-reply-head").wait_for()
    view.get_by_text("only reads the study").wait_for()
    assert not view.get_by_role("button", name="run", exact=True).is_visible()
    assert not view.locator(".cgr-ask").is_visible()
    page.get_by_role("link", name="auditor").click()
    verdict = view.get_by_role("button", name="hard-coded")
    verdict.wait_for()
    assert verdict.is_disabled()
    assert "only reads" in (verdict.get_attribute("title") or "")


def test_a_viewer_that_was_stopped_says_so_in_the_panel(browser, study_folder):
    with StudyPages(study_folder) as pages, Viewer(pages) as viewer:
        serving = threading.Thread(target=viewer.serve)
        serving.start()
        page = browser.new_page()
        page.goto(f"{viewer.address}workbench")
        page.locator(".cgr-item-line").first.wait_for()
        viewer.stop()
        serving.join()
    page.locator(".cgr-item-line").first.click()
    page.get_by_role("alert").get_by_text("does not answer any more").wait_for()
    page.close()


def test_what_a_page_cannot_be_made_of_is_said_in_its_place(page):
    page.get_by_label("step through row").fill("no such row")
    page.get_by_role("button", name="step", exact=True).click()
    told = page.frame_locator("iframe").get_by_role("alert")
    told.wait_for()
    assert "no such row" in told.inner_text()
