"""The panels inside JupyterLab itself: what a person clicks comes back to Python."""

from __future__ import annotations

import pytest
from small_study import row_id

from cgr_nb.api import Study
from cgr_nb.widgets import Auditor


@pytest.fixture
def opened(lab, study_folder):
    lab.run(
        f"import cgr_nb.widgets as w\nfrom cgr_nb.api import Study\nstudy = Study.open({str(study_folder)!r})"
    )
    return lab


def test_keys_in_the_stepper_move_the_python_position(opened):
    cell = opened.run(f"stepper = w.Stepper(study, {row_id(0)!r}); stepper")
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    panel.focus()
    opened.page.keyboard.press("c")
    opened.until("stepper.position == stepper.run['stops']['call'][0]")
    field = panel.get_by_role("textbox", name="what if call 1 had said")
    field.fill("28")
    field.press("Enter")
    panel.locator(".cgr-change", has_text="28 instead of 27").wait_for()
    assert opened.value("stepper.what_if_execution.calls[0].reply") == "'28'"
    assert cell.locator("[data-cgr-saved]").is_hidden()
    # What was dismissed leaves no mark.
    panel.locator(".cgr-differs").first.wait_for()
    panel.get_by_role("button", name="dismiss").click()
    panel.locator(".cgr-differs:visible").first.wait_for(state="hidden")


def test_replies_are_searched_and_opened_from_the_page(opened):
    cell = opened.run(f"said = w.Stepper(study, {row_id(0)!r}); said")
    panel = cell.locator(".cgr-stepper")
    panel.get_by_role("searchbox", name="search all replies").fill("56")
    opened.page.keyboard.press("Enter")
    panel.locator(".cgr-reply-hit").first.click()
    panel.locator(".cgr-reply-call").first.wait_for()
    assert opened.value("said.reply['arm']") == "'cgr'"
    panel.locator(".cgr-replies").press("Escape")
    opened.until("said.reply == {}")


def test_one_key_in_the_auditor_is_one_verdict_in_the_store(opened, study_folder, tmp_path):
    import shutil

    own = shutil.copytree(study_folder, tmp_path / "own")
    cell = opened.run(f"auditor = w.Auditor(Study.open({str(own)!r}), 'ada'); auditor")
    panel = cell.locator(".cgr-auditor")
    panel.wait_for()
    panel.locator("summary", has_text="probes").wait_for()
    panel.press("z")
    panel.get_by_role("alert").get_by_text("there is no verdict to undo").wait_for()
    panel.get_by_role("button", name="hide this").click()
    panel.get_by_role("alert").wait_for(state="hidden")
    panel.get_by_role("textbox", name="note").fill("by eye")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("1")
    panel.get_by_text("1 of 5 judged by ada").wait_for()
    opened.page.keyboard.press("3")
    panel.get_by_text("2 of 5 judged by ada").wait_for()
    opened.page.keyboard.press("z")
    panel.get_by_text("1 of 5 judged by ada").wait_for()
    # In JupyterLab "1" would make the cell a heading and "z" would undo: the panel keeps its keys.
    assert opened.page.locator(".jp-MarkdownCell").count() == 0
    panel.get_by_text("taken back: clean for program").wait_for()
    judge = panel.get_by_role("button", name="unsure")
    id = opened.value("auditor.case.program_id")[1:5]
    judge.click()
    panel.locator("[aria-live=polite]").get_by_text(
        f"saved: unsure for program {id} · undo z"
    ).wait_for()
    assert judge.evaluate("node => node !== document.activeElement")
    assert panel.evaluate("node => node === document.activeElement")
    # The pointer is still over the button: that must not look like a verdict either.
    border = "node => getComputedStyle(node).borderColor"
    assert judge.evaluate(border) == panel.get_by_role("button", name="undo").evaluate(border)
    opened.page.keyboard.press("z")
    panel.get_by_text("1 of 5 judged by ada").wait_for()
    given = opened.value(
        "'; '.join(f'{v} {n}'.strip() for v, n in auditor.verdicts()[['label', 'note']].values)"
    )
    assert given == "'hard_coded by eye; clean; withdrawn; unsure; withdrawn'"


def test_a_click_in_the_results_is_a_selection_in_pandas(opened):
    cell = opened.run("results = w.Results(study, resamples=100); results")
    panel = cell.locator(".cgr-results")
    panel.locator(".cgr-rows").wait_for()
    panel.locator(".cgr-bar-row", has_text="gain").click()
    opened.until("results.picked == {'flip': [0]}")
    shown = panel.locator(".cgr-list-head b").first.inner_text()
    assert opened.value("len(results.selection)") == shown


def test_a_brush_over_pairs_filters_the_workbench_and_a_row_opens_its_item(opened, study_folder):
    opened.run("linked = w.Workbench(study)")
    cell = opened.run("brushed = w.Results(study, resamples=100); brushed.narrow(linked); brushed")
    panel = cell.locator(".cgr-results")
    panel.locator(".cgr-rows").wait_for()
    marks = panel.locator(".cgr-pairs .cgr-pair")
    # What takes longer than a look comes after it, and moves what stands below.
    opened.value("brushed.settle()")
    panel.locator(".cgr-facts", has_text="…").wait_for(state="detached")
    marks.first.hover()  # waits until nothing moves any more
    first, second = (marks.nth(n).bounding_box() for n in (0, 1))
    mouse = opened.page.mouse
    mouse.move(first["x"] + 40, first["y"] + 8)
    mouse.down()
    mouse.move(second["x"] + 90, second["y"] + 12, steps=4)
    mouse.up()
    opened.until("brushed.picked == {'pair': [0, 1]}")
    opened.until("set(linked.shown) == set(brushed.selection['item_id'])")
    panel.locator(".cgr-rows tbody tr").nth(1).click()
    opened.until("brushed.opened == brushed.selection['id'].iloc[1]")
    opened.until("linked.item['id'] == brushed.selection['item_id'].iloc[1]")
    panel.locator(".cgr-rows tbody tr").first.get_by_role("button", name="step").click()
    panel.locator(".cgr-stepper").wait_for()
    panel.get_by_role("button", name="heat map").click()
    opened.until("brushed.view == 'heat map'")


def test_a_line_is_changed_in_the_stepper_and_both_runs_stand_side_by_side(opened):
    cell = opened.run(f"lines = w.Stepper(study, {row_id(0)!r}); lines")
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    panel.locator(".cgr-line[data-line='13']").dblclick()
    field = panel.get_by_role("textbox", name="what if line 13 were")
    assert field.input_value() == '    return hits[0] if hits else "A"'
    field.fill('    return "D"')
    field.press("Enter")
    panel.locator(".cgr-change", has_text="line 13 were").wait_for()
    assert opened.value("lines.what_if_execution.solver_answer") == "'D'"
    boxes = [panel.locator(".cgr-run").nth(n).bounding_box() for n in (0, 1)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[1]["x"] >= boxes[0]["x"] + boxes[0]["width"] - 1


def test_a_program_is_edited_in_codemirror_whose_keys_are_not_those_of_jupyterlab(opened):
    cell = opened.run(f"edited = w.Stepper(study, {row_id(0)!r}); edited")
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    ran, began = opened.value("len(In)"), opened.value("edited.position")
    assert panel.locator(".cm-editor").count() == 0
    panel.locator(".cgr-edit > summary").click()
    panel.locator(".cgr-edit .cm-editor").wait_for()
    program = panel.get_by_role("textbox", name="program to try")
    program.locator(".cgr-k", has_text="def").wait_for()
    program.click()
    keys = opened.page.keyboard
    keys.press("Control+Home")
    # In a notebook these would delete the cell, cut it, add others, and run it.
    keys.type("ddxzabm")
    keys.press("Shift+Enter")
    keys.press("Control+Home")
    assert program.locator(".cm-line").nth(0).inner_text() == "ddxzabm"
    # Keys of the panel do not fire either: "c" and "p" would step and play.
    assert opened.value("edited.position") == began
    keys.press("Control+a")
    keys.type("def solve(item, ask):")
    keys.press("Enter")
    keys.type('return "D"  # ')  # the editor indents it
    keys.insert_text("zero\u200bwidth")
    program.locator(".cgr-unseen", has_text="U+200B").wait_for()
    keys.press("Control+Enter")
    panel.locator(".cgr-change", has_text="the program were").wait_for()
    assert opened.value("edited.what_if_execution.solver_answer") == "'D'"
    assert opened.value("len(In)") == ran
    assert cell.is_visible()
    # Escape leads out of it, to the panel and its keys.
    program.press("Escape")
    keys.press("Home")
    opened.until("edited.position == 0")
    keys.press("c")
    opened.until("edited.position == edited.run['stops']['call'][0]")


def test_a_plain_field_stays_where_codemirror_can_not_be_loaded(opened):
    cell = opened.run(f"plain = w.Stepper(study, {row_id(0)!r}); plain")
    panel = cell.locator(".cgr-stepper")
    panel.wait_for()
    opened.page.evaluate("""() => {
        window.makesAddresses = URL.createObjectURL;
        URL.createObjectURL = () => "blob:of-nothing";
    }""")
    with opened.page.expect_console_message(lambda told: "editor not loaded" in told.text):
        panel.locator(".cgr-edit > summary").click()
    opened.page.evaluate("() => { URL.createObjectURL = window.makesAddresses; }")
    field = panel.locator(".cgr-edit textarea")
    field.fill('def solve(item, ask):\n    return "C"\n')
    field.press("Control+Enter")
    opened.until("plain.what_if_execution is not None")
    assert opened.value("plain.what_if_execution.solver_answer") == "'C'"


def test_a_trained_rater_judges_by_one_key_a_program(opened, study_folder, tmp_path):
    import shutil

    own = shutil.copytree(study_folder, tmp_path / "own")
    cell = opened.run(f"trained = w.Auditor(Study.open({str(own)!r}), 'eve'); trained")
    panel = cell.locator(".cgr-auditor")
    panel.wait_for()
    for n in range(5):
        # As a rater would: not before the evidence is there.
        panel.locator(".cgr-side").get_by_text("behavioural:").wait_for()
        panel.press("1" if panel.get_by_text("the answer is hard-coded in").count() else "3")
        panel.get_by_text(f"{n + 1} of 5 judged by eve").wait_for()
    assert opened.value("len(trained.verdicts())") == "5"


def test_a_disagreement_is_found_by_a_filter_and_settled_by_keys(opened, study_folder, tmp_path):
    import shutil

    own = shutil.copytree(study_folder, tmp_path / "own")
    with Study.open(own) as study:
        for rater, label in (("ada", "clean"), ("bo", "hard_coded")):
            judging = Auditor(study, rater, probing=False)
            judging.go(3)
            judging.judge(label)
    cell = opened.run(f"cy = w.Auditor(Study.open({str(own)!r}), 'cy', probing=False); cy")
    panel = cell.locator(".cgr-auditor")
    panel.get_by_role("combobox", name="people filter").select_option("apart")
    panel.get_by_text("queue 1 of 1 selected (5 in total)").wait_for()
    assert opened.value("cy.review.place") == "3"
    panel.get_by_text("raters disagree; to settle this").wait_for()
    panel.press("a")
    panel.get_by_text("the next verdict settles the disagreement").wait_for()
    panel.press("2")
    panel.get_by_text("adjudicated: fallback only for program").wait_for()
    panel.get_by_text("nothing matches all filters").wait_for()
    assert opened.value("cy.verdicts()['label'].tolist()[-1]") == "'adjudicated:fallback_only'"
    panel.press("z")
    panel.get_by_text("queue 1 of 1 selected (5 in total)").wait_for()


def test_the_workbench_searches_picks_and_runs_while_the_kernel_stays_free(
    opened, study_folder, tmp_path
):
    import shutil

    own = shutil.copytree(study_folder, tmp_path / "own")
    cell = opened.run(f"bench = w.Workbench(Study.open({str(own)!r})); bench")
    panel = cell.locator(".cgr-workbench")
    panel.wait_for()
    sorts = panel.locator(".cgr-sorts")
    for backwards in (False, True):
        sorts.get_by_role("button", name="question").click()
        opened.until(f"(bench.sort, bench.backwards) == ('question', {backwards})")
    panel.get_by_role("searchbox", name="search items").fill("cart 13")
    opened.until("len(bench.shown) == 1")
    panel.locator(".cgr-item-line .cgr-what").first.click()
    panel.locator(".cgr-answers").wait_for()
    panel.locator(".cgr-item-line input").first.check()
    opened.until("len(bench.chosen) == 1")
    panel.get_by_role("checkbox", name="cot", exact=True).check()
    opened.until("bench.arms == ['cot']")
    panel.locator(".cgr-prompt > summary").click()
    panel.locator(".cgr-prompt .cm-editor").wait_for()
    template = panel.get_by_role("textbox", name="prompt template")
    template.fill("Say the letter.\n{question}\n{options}\n")
    # What it makes of the open item stands beside it, without a click.
    message = panel.locator(".cgr-preview .cgr-message", has_text="Say the letter.")
    message.wait_for()
    left, right = template.bounding_box(), message.bounding_box()
    assert left["width"] > 400
    assert right["x"] >= left["x"] + left["width"]
    panel.get_by_role("button", name="use in runs").click()
    panel.get_by_text("full/direct@").wait_for()
    panel.get_by_role("button", name="run", exact=True).click()
    panel.get_by_text("finished").wait_for()
    result = panel.locator(".cgr-result")
    result.get_by_text("before: the study's rows, on the 2 rows").wait_for()
    assert result.locator("tbody tr").count() == 3
    panel.get_by_role("button", name="as code").click()
    assert (
        "workbench.arms = ['cot']" in panel.get_by_role("textbox", name="as python").input_value()
    )
    assert opened.value("bench.progress['done']") == "2"
    lines = panel.locator(".cgr-answers tbody tr:not(.cgr-others)")
    lines.nth(3).wait_for()
    assert lines.count() == 4
    panel.get_by_role("button", name="show gold").click()
    opened.until("bench.gold == ['B']")
    loaded = panel.locator(".cgr-loaded", has_text="MiB")
    loaded.wait_for()
    loaded.get_by_role("button", name="free").click()
    opened.until("bench.memory['names'] == []")
    loaded.wait_for(state="hidden")
    panel.get_by_role("button", name="edit", exact=True).first.click()
    program = panel.locator(".cgr-program-box")
    program.locator(".cm-editor .cgr-k", has_text="def").first.wait_for()
    assert program.get_by_role("textbox", name="program to run").is_editable()
    panel.get_by_role("button", name="step").first.click()
    panel.locator(".cgr-stepper").wait_for()
