from __future__ import annotations

import json

import pytest
from made_rows import raw_sql
from small_study import row_id

from cgr_nb.errors import CgrError
from cgr_nb.records import Ask, Execution
from cgr_nb.widgets import Stepper
from cgr_nb.widgets.run_view import run_view

ADDS, RAISES, BROKEN = row_id(0), row_id(2), row_id(4)


def test_a_row_is_found_by_number_by_id_and_by_execution(study):
    row = study.rows().iloc[3]
    runs = [Stepper(study, wanted).run for wanted in (3, row["id"], row["execution_id"])]
    assert runs[0] == runs[1] == runs[2]


def test_an_unknown_row_is_an_error_with_a_fix(study):
    with pytest.raises(CgrError, match=r"no row number 99.*use a number of"):
        Stepper(study, 99)
    with pytest.raises(CgrError, match="no such row or execution"):
        Stepper(study, "nothing")


def test_a_run_that_failed_opens_on_the_failing_line_and_says_so_in_words(study):
    panel = Stepper(study, RAISES)
    assert panel.run["steps"]["line"][panel.position] == panel.run["failed_line"] == 6
    assert "IndexError" in panel.run["sentence"]
    assert "at line 6" in panel.run["sentence"]


def test_a_program_that_never_ran_still_opens(study):
    panel = Stepper(study, BROKEN)
    assert panel.run["steps"]["line"] == []
    assert panel.step() == 0
    assert panel.variables() == {}
    assert "not valid Python" in panel.summary_line()


def test_steps_stay_inside_the_run(study):
    panel = Stepper(study, ADDS)
    assert panel.step(-5) == 0
    assert panel.step(10_000) == len(panel.run["steps"]["line"]) - 1


def test_jumps_go_to_the_next_call_and_back(study):
    panel = Stepper(study, ADDS)
    first, second = panel.jump("call"), panel.jump("call")
    assert [panel.run["steps"]["ask"][at] for at in (first, second)] == [0, 1]
    assert panel.jump("call") == second
    assert panel.jump("call", back=True) == first
    with pytest.raises(CgrError, match="no such kind of stop"):
        panel.jump("lunch")


def test_variables_are_those_of_the_open_frame(study):
    panel = Stepper(study, ADDS)
    panel.jump("call")
    panel.jump("call")
    assert panel.variables()["first"] == "27"
    assert "z" not in panel.variables()


def test_a_loop_is_folded_with_its_count(study):
    (fold,) = Stepper(study, ADDS).run["folds"]
    assert (fold["line"], fold["rounds"]) == (7, 12)


def test_gold_is_nowhere_in_the_page_until_it_is_shown(study):
    panel = Stepper(study, ADDS)
    before = panel.saved_state()
    assert before["gold"] == []
    assert "gold" not in json.dumps({name: before[name] for name in ("run", "item", "row")})
    assert panel.show_gold() == ("C",)
    assert panel.saved_state()["gold"] == ["C"]


def test_a_changed_reply_makes_a_second_run_and_marks_the_first_difference(study):
    panel = Stepper(study, ADDS)
    again = panel.what_if(call=0, reply="28")
    assert again.calls[0].reply == "28"
    assert panel.other["asked_anew"] == 1  # "29 plus 28" was never asked before
    assert panel.run["steps"]["line"][panel.position] == 10
    assert "first is 28 instead of 27" in panel.difference["words"]
    panel.forget()
    assert panel.other == {}


def test_the_same_reply_makes_the_same_run(study):
    panel = Stepper(study, ADDS)
    panel.what_if(call=0, reply="27")
    assert panel.difference["step"] is None
    assert panel.what_if_execution.solver_answer == panel.execution.solver_answer


def test_replies_before_the_change_are_recorded_and_those_after_it_say_where_they_come_from(study):
    panel = Stepper(study, ADDS)
    panel.what_if(call=1, reply="57")
    assert [ask["origin"] for ask in panel.other["asks"]] == ["recorded", "changed"]
    panel.what_if(call=0, reply="28")
    assert [ask["origin"] for ask in panel.other["asks"]] == ["changed", "live"]


def test_a_second_change_can_be_added_to_the_first(study):
    panel = Stepper(study, ADDS)
    panel.what_if(call=0, reply="28")
    again = panel.what_if(call=1, reply="38", keep=True)
    assert [ask.reply for ask in again.calls] == ["28", "38"]
    assert again.solver_answer == "C"
    assert "call 1" in panel.other["changed"]
    assert "call 2" in panel.other["changed"]


def test_one_line_is_changed_where_it_stands_and_keeps_its_indentation(study):
    panel = Stepper(study, ADDS)
    number = next(n for n, line in enumerate(panel.source.split("\n"), 1) if "hits[0]" in line)
    again = panel.what_if(line=number, text='return "D"')
    assert again.solver_answer == "D"
    assert panel.other["asked_anew"] == 0
    assert panel.other["changed"] == f'line {number} were "return "D""'
    assert panel.other["lines"][number - 1][0][1] == "    "
    with pytest.raises(CgrError, match="no line 99"):
        panel.what_if(line=99, text="x")


def test_settings_of_the_study_are_read_only_when_something_is_run_again(own_study):
    settings = own_study.folder / "study.toml"
    text = settings.read_bytes()
    settings.unlink()
    panel = Stepper(own_study, ADDS)
    assert panel.run["stops"]["call"]
    panel.handle({"do": "what_if", "with": {"call": 0, "reply": "28"}})
    assert "study.toml" in panel.error
    settings.write_bytes(text)
    assert panel.what_if(call=0, reply="27").calls


def test_what_no_model_can_answer_is_asked_of_the_reader(own_study):
    raw_sql(own_study.store, "DELETE FROM models")
    panel = Stepper(own_study, ADDS)
    panel.handle({"do": "what_if", "with": {"call": 0, "reply": "28"}})
    assert "type a reply" in panel.error
    assert panel.pending["call"] == 1
    assert panel.pending["prompt"][0] == "What is 29 plus 28?"
    again = panel.what_if(call=1, reply="57", keep=True)
    assert again.calls[1].reply == "57"
    assert panel.pending == {}


def test_without_a_model_the_same_question_elsewhere_on_record_answers(own_study):
    raw_sql(own_study.store, "DELETE FROM models")
    panel = Stepper(own_study, ADDS)
    twice = panel.source.replace("    z = ", '    ask("What is 9 times 3?")\n    z = ')
    again = panel.what_if(source=twice)
    assert [ask["origin"] for ask in panel.other["asks"]] == [
        "recorded",
        *2 * ["recorded elsewhere"],
    ]
    assert again.solver_answer == panel.execution.solver_answer


def test_an_edited_program_runs_against_the_record(study):
    panel = Stepper(study, ADDS)
    again = panel.what_if(
        source=panel.source.replace('else "A"', 'else "D"').replace("str(z)", '"x"')
    )
    assert again.solver_answer == "D"
    assert panel.other["asked_anew"] == 0


def test_what_if_of_a_call_that_was_not_made_is_an_error_in_the_panel(study):
    panel = Stepper(study, ADDS)
    panel.handle({"do": "what_if", "with": {"call": 7, "reply": "x"}})
    assert "there is no call 8" in panel.error
    panel.handle({"do": "forget"})
    assert panel.error == ""


def test_the_page_can_call_commands_only(study):
    panel = Stepper(study, ADDS)
    panel.handle({"do": "save_html", "with": {"path": "/tmp/x"}})
    assert "not a command" in panel.error


def test_the_saved_page_steps_without_a_kernel(study, pages):
    page = pages.open(Stepper(study, ADDS))
    assert page.locator(".cgr-now").get_attribute("data-line") == "1"
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("c")
    assert "asks the solver line 9" in page.locator(".cgr-event").inner_text()
    page.keyboard.press("c")
    assert page.locator("tr", has_text="first").first.inner_text().split() == ["first", "27"]
    assert page.locator(".cgr-current").inner_text().count("29 plus 27") == 1
    page.keyboard.press("End")
    assert page.locator(".cgr-output").first.inner_text().strip() == "first is 27"
    assert page.get_by_role("button", name="try").first.is_disabled()
    assert "saved page" in page.get_by_role("button", name="try").first.get_attribute("title")


def test_a_folded_loop_is_one_station_and_opens_by_key(study, pages):
    page = pages.open(Stepper(study, ADDS))
    slider = page.get_by_role("slider", name="step")
    folded = int(slider.get_attribute("max"))
    assert page.locator(".cgr-mark-loop").inner_text() == "⟳12"
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("l")
    assert int(slider.get_attribute("max")) == folded + 24


def test_play_goes_on_by_itself_and_stops_at_the_end(study, pages):
    page = pages.open(Stepper(study, RAISES, position=8))
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("p")
    page.get_by_text("step 11 of 11").wait_for()
    page.wait_for_selector("button[aria-label=play][aria-pressed=false]")


def test_both_runs_stand_side_by_side_in_the_saved_page(study, pages):
    panel = Stepper(study, ADDS)
    panel.what_if(call=0, reply="28")
    page = pages.open(panel)
    assert "first is 28 instead of 27" in page.locator(".cgr-change").inner_text()
    assert page.locator(".cgr-run").count() == 2
    assert page.locator(".cgr-differs").count() == 2


def test_hostile_text_changes_nothing_but_its_own_box(study, pages, tmp_path):
    nasty = "</script><script>document.title='broken'</script>\u202e" + "x" * 5_000_000
    panel = Stepper(study, ADDS)
    asks = [dict(panel.run["asks"][0], reply=(nasty[:200_000], 4_800_000), prompt=(nasty[:100], 0))]
    panel.run = {**panel.run, "asks": asks, "output": (nasty[:200_000], 1), "sentence": nasty[:90]}
    page = pages.open(panel)
    assert page.title() == "Stepper · cgr-nb"
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("End")
    card = page.locator(".cgr-card").first
    assert "4,999,680 more" in card.inner_text()
    assert page.locator(".cgr-card .cgr-unseen").first.inner_text() == "U+202E"
    assert page.evaluate("document.querySelectorAll('.cgr script').length") == 0
    assert card.bounding_box()["height"] < 400
    card.get_by_role("button", name="more characters").click()
    assert page.locator(".cgr-controls").is_visible()


def test_in_a_narrow_column_nothing_runs_off(study, pages):
    page = pages.open(Stepper(study, ADDS), width=480, dark=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 480


def test_every_control_has_a_name(study, pages):
    page = pages.open(Stepper(study, ADDS))
    nameless = page.evaluate(
        """[...document.querySelectorAll('.cgr button, .cgr input, .cgr textarea')]
        .filter(n => !(n.textContent.trim() || n.getAttribute('aria-label') || n.title)).length"""
    )
    assert nameless == 0


def test_a_step_is_drawn_within_50_milliseconds(study, pages):
    page = pages.open(Stepper(study, ADDS))
    median = page.evaluate(
        """() => { const node = document.querySelector('.cgr-stepper'); const times = [];
        for (let n = 0; n < 20; n += 1) { const start = performance.now();
          node.dispatchEvent(new KeyboardEvent('keydown', {key: n % 2 ? 'ArrowLeft' : 'ArrowRight', bubbles: true}));
          node.getBoundingClientRect(); document.body.offsetHeight; times.push(performance.now() - start); }
        return times.sort((a, b) => a - b)[10]; }"""
    )
    assert median < 50


def test_a_run_is_marked_right_or_wrong_only_once_gold_is_shown(study, pages):
    panel = Stepper(study, ADDS)
    status = pages.open(panel).locator(".cgr-status")
    assert status.inner_text() == "→ returned B"
    panel.show_gold()
    assert pages.open(panel).locator(".cgr-status").inner_text() == "✗ returned B"
    right = Stepper(study, row_id(5))
    right.show_gold()
    assert pages.open(right).locator(".cgr-status").inner_text() == "✓ returned B"
    failed = pages.open(Stepper(study, RAISES)).locator(".cgr-status")
    assert failed.inner_text().startswith("! raised")


def test_only_a_question_that_offers_options_misses_a_letter(study):
    item = study.item(study.rows().iloc[0]["item_id"])
    listed = "Which? " + " or ".join(item.options.values())
    asks = tuple(
        Ask(n, prompt, choices, "27", None, "27", 1)
        for n, (prompt, choices) in enumerate(
            [("9 * 3?", ()), ("Which?", ("A", "B")), (listed, ())]
        )
    )
    done = Execution("ok", "A", None, None, "", asks, "", None, 0, 0, "strict")
    drawn = run_view("x = 1", item, done)["asks"]
    assert [ask["wants_letter"] for ask in drawn] == [False, True, True]


def test_a_number_said_to_a_sub_question_is_not_called_a_letter_that_is_missing(study, pages):
    page = pages.open(Stepper(study, ADDS))
    assert "letter" not in page.locator(".cgr-card").first.inner_text()


def test_find_goes_to_the_next_line_or_variable_that_holds_a_text(study, pages):
    panel = Stepper(study, ADDS)
    at = panel.find("PRINT(")
    assert panel.run["steps"]["line"][at] == 10
    assert panel.find("no such thing") == at
    page = pages.open(Stepper(study, ADDS))
    page.locator(".cgr-stepper").focus()
    page.keyboard.press("/")
    page.keyboard.type("print(")
    page.keyboard.press("Enter")
    assert page.locator(".cgr-now").get_attribute("data-line") == "10"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert page.locator(".cgr-now").get_attribute("data-line") == "11"
