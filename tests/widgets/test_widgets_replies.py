"""From any letter or status to what was asked and said, in every panel."""

from __future__ import annotations

import json

import pytest
from small_study import row_id
from told_study import ROW, tell

from cgr_nb.errors import CgrError
from cgr_nb.widgets import Auditor, Results, Stepper, Workbench
from cgr_nb.widgets import replies as bounds


@pytest.fixture
def told(own_study):
    return tell(own_study)


def reply_box(page):
    return page.locator(".cgr-replies").first


def test_a_row_without_a_program_opens_on_the_calls_that_there_were(told, pages):
    page = pages.open(Stepper(told, ROW))
    assert "no program ran: the generator's reply holds no program" in page.inner_text(
        ".cgr-status"
    )
    assert "I would rather not." in reply_box(page).inner_text()
    assert not page.locator(".cgr-controls").is_visible()


def test_what_if_of_a_row_without_a_program_is_refused_in_words(told):
    with pytest.raises(CgrError, match="no program ran for this row"):
        Stepper(told, ROW).what_if(line=1, text="x")


def test_a_letter_of_the_stepper_opens_prompt_reply_and_mark(told, pages):
    page = pages.open(Stepper(told, ROW))
    page.get_by_role("button", name="direct: show prompt and reply").click()
    said = reply_box(page).inner_text()
    assert "<|user|>prompt of c2" in said
    assert "23 + 9 tok · 0.4 s · stop" in said
    assert "asked again 1×" in said
    assert "rule answer_is" in said
    assert page.locator("mark.cgr-is-letter").all_inner_texts() == list("ABCD")
    assert "B" in page.locator("mark.cgr-is-read").inner_text()


@pytest.mark.parametrize("panel", [Stepper, Results, Workbench, Auditor])
def test_what_stands_behind_every_arm_of_a_row_can_be_looked_at_in_every_panel(told, panel):
    made = panel(told)
    asked = {"direct": ["c1", "c2"], "cgr": ["c3"], "generator_only": ["c3"], "cot": ["c4"]}
    for arm, calls in asked.items():
        view = made.show_reply(ROW, arm)
        assert [one for one, _ in view["arms"]] == list(asked)
        prompts = list(dict.fromkeys(call["prompt"][0] for call in view["calls"]))
        assert prompts == [f"<|user|>prompt of {call}" for call in calls]


def test_every_arm_of_a_row_is_one_button_away_from_every_other(told, pages):
    page = pages.open(Stepper(told, ROW))
    page.get_by_role("button", name="direct: show prompt and reply").click()
    for arm, call in (
        ("assisted", "c3"),
        ("generator-side", "c3"),
        ("cot", "c4"),
        ("direct", "c1"),
    ):
        reply_box(page).get_by_role("button", name=arm).click()
        assert f"prompt of {call}" in reply_box(page).inner_text()


def test_a_thought_is_folded_and_its_markup_is_text(told, pages):
    page = pages.open(Stepper(told, ROW))
    page.get_by_role("button", name="direct: show prompt and reply").click()
    thought = reply_box(page).locator("details")
    assert not thought.get_by_text("of carts").is_visible()
    thought.locator("summary").click()
    assert "<b>fast</b>" in thought.inner_text()


def test_arms_of_the_row_are_one_key_away_and_escape_gives_the_focus_back(told, pages):
    page = pages.open(Stepper(told, row_id(0)))
    chip = page.get_by_role("button", name="assisted: show prompt and reply")
    chip.focus()
    chip.press("Enter")
    page.get_by_text("passed to the program unchanged").first.wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".cgr-reply-head").count() == 0
    assert page.evaluate("document.activeElement.ariaLabel") == "assisted: show prompt and reply"


def test_a_row_of_the_results_opens_its_calls_in_a_saved_page(told, pages):
    panel = Results(told)
    panel.open_row(ROW)
    page = pages.open(panel)
    row = page.locator(".cgr-rows tr.cgr-opened")
    row.get_by_role("button", name="direct: show prompt and reply").click()
    assert "prompt of c1" in reply_box(page).inner_text()
    reply_box(page).get_by_role("button", name="cot").click()
    assert "5 more calls, available in Python only" in reply_box(page).inner_text()
    assert "a different answer than recorded" in reply_box(page).inner_text()


def test_a_status_of_the_results_leads_to_why_there_is_no_program(told):
    panel = Results(told)
    panel.step(ROW)
    assert panel.step_state["run"]["sentence"].startswith("no program ran")
    assert panel.step_state["reply"]["calls"][0]["key"] == "generator"


def test_a_saved_page_is_bounded_and_says_what_it_leaves_out(told, pages, monkeypatch):
    monkeypatch.setattr(bounds, "SAVED_ANSWERS", 1)
    panel = Results(told)
    panel.open_row(ROW)
    page = pages.open(panel)
    other = page.locator(".cgr-rows tbody tr:not(.cgr-opened)").first
    other.get_by_role("button", name="direct: show prompt and reply").click()
    assert "not included in the saved page (1 of 31 rows)" in reply_box(page).inner_text()


def test_an_arm_of_the_workbench_opens_its_calls(told, pages):
    panel = Workbench(told)
    panel.open_item(told.store.answer(f"direct {ROW}").item_id)
    page = pages.open(panel)
    page.get_by_role("button", name="cot: show prompt and reply").click()
    assert "prompt of c4" in reply_box(page).inner_text()


def test_a_recorded_run_of_the_auditor_opens_its_calls(told, pages):
    panel = Auditor(told, probing=False)
    page = pages.open(panel)
    page.locator(".cgr-runs").get_by_role("button").first.click()
    reply_box(page).locator(".cgr-reply-head").wait_for()
    assert "passed to the program unchanged" in reply_box(page).inner_text()


def test_a_blind_rater_sees_no_reply_before_the_verdict(told):
    panel = Auditor(told, probing=False, blind=True)
    for look in (
        lambda: panel.show_reply(ROW, "direct"),
        lambda: panel.search_replies("answer"),
    ):
        with pytest.raises(CgrError, match="hidden until you enter a verdict"):
            look()
    panel.judge("clean")
    assert panel.search_replies("answer is")


def test_what_a_search_found_is_listed_with_its_place(told, pages):
    panel = Stepper(told, row_id(0))
    panel.search_replies("answer is")
    page = pages.open(panel)
    assert "2 replies contain it" in reply_box(page).inner_text()
    assert page.locator(".cgr-reply-hit mark").first.inner_text() == "answer is"


@pytest.mark.parametrize("panel", [Stepper, Results, Workbench, Auditor])
def test_replies_never_bring_gold_into_a_saved_page(told, panel):
    made = panel(told)
    state = made.saved_state()
    kept = json.dumps([state["kept"], made.show_reply(ROW, "direct")])
    assert "gold" not in kept


def test_the_page_scrolls_on_where_a_pane_has_nothing_to_scroll(told, pages):
    page = pages.open(Results(told))
    kinds = page.evaluate(
        "[...document.querySelectorAll('.cgr *')]"
        ".map(node => getComputedStyle(node).overscrollBehaviorY)"
    )
    assert set(kinds) == {"auto"}
