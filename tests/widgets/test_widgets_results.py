from __future__ import annotations

import gzip
import json
import re
import threading

import pytest
from small_study import make_alone

from cgr_nb.analysis.frame import annotate
from cgr_nb.api import Study
from cgr_nb.arms import channel_summaries
from cgr_nb.errors import CgrError
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.report.comparison import comparison_text
from cgr_nb.store import Store
from cgr_nb.widgets import Results, Workbench


@pytest.fixture
def panel(study):
    return Results(study, resamples=200)


def test_the_headline_stands_first_and_in_words(panel):
    assert panel.headline[0].startswith("Effect: ")
    assert any("CI" in sentence for sentence in panel.headline)
    assert panel.summary_line().endswith(panel.headline[-1])


def test_what_is_picked_comes_back_as_rows(panel, study):
    rows = annotate(study.rows())
    gains = rows[rows["retained"] & rows["assisted_correct"] & ~rows["direct_correct"]]
    assert panel.pick("flip", "gain")["id"].tolist() == gains["id"].tolist()
    both = panel.pick("assisted_status", "ok")
    assert len(both) == len(gains)
    panel.clear()
    assert len(panel.selection) == len(rows)


def test_every_row_is_in_exactly_one_flip_and_counts_add_up(panel, study):
    entries = panel.facets["flip"]
    assert sum(entry["rows"] for entry in entries) == len(study.rows())
    assert sum(len(panel.pick("flip", entry["name"])) for entry in entries) == len(study.rows())


def test_a_pair_is_picked_by_its_label_with_its_own_rows(panel):
    for code, pair in enumerate(panel.pairs):
        panel.clear()
        rows = panel.pick("pair", pair["label"])
        assert int(rows["retained"].sum()) == pair["n"]
        assert panel.picked == {"pair": [code]}


def test_an_unknown_facet_or_value_is_an_error_with_the_known_ones(panel):
    with pytest.raises(CgrError, match="one of pair, flip"):
        panel.pick("colour", "red")
    with pytest.raises(CgrError, match="one of gain, loss"):
        panel.pick("flip", "sideways")


def test_picks_from_the_page_that_make_no_sense_are_dropped(panel):
    panel.picked = {"flip": [0, 77], "pair": [999], "colour": [1]}
    assert panel.picked == {"flip": [0]}


def test_a_listener_gets_each_selection(panel):
    heard = []
    panel.on_select(lambda rows: heard.append(len(rows)))
    panel.pick("flip", "both wrong")
    panel.clear()
    assert len(heard) == 2
    assert heard[0] < heard[1]


def test_a_study_without_rows_says_what_to_do(tmp_path):
    Store.create(tmp_path).close()
    with Study.open(tmp_path) as empty, pytest.raises(CgrError, match="run it first"):
        Results(empty)


def test_several_values_of_a_facet_are_picked_together_and_taken_away(panel):
    both = len(panel.pick("flip", "gain")) + len(panel.pick("flip", "loss"))
    assert len(panel.pick("flip", "gain", add=True)) == both
    assert panel.picked == {"flip": [0, 1]}
    panel.pick("flip")
    assert panel.picked == {}


def test_a_row_that_is_clicked_opens_its_item_in_a_workbench_that_follows(study):
    panel, bench = Results(study, resamples=50), Workbench(study)
    panel.narrow(bench)
    row = panel.pick("flip", "gain").iloc[0]
    panel.handle({"do": "open_row", "with": {"row": row["id"]}})
    assert panel.opened == row["id"]
    assert bench.item["id"] == row["item_id"]
    number = study.rows()["id"].tolist().index(row["id"])
    assert panel.open_row(number) == row["item_id"]
    with pytest.raises(CgrError, match="no such row"):
        panel.open_row(99)


def test_a_row_opens_in_the_step_view(panel):
    stepper = panel.step(0)
    assert panel.step_state["run"] == stepper.run
    panel.close_step()
    assert panel.step_state == {}


def test_the_study_is_read_when_somebody_looks_and_once(study, monkeypatch):
    read = []

    def counted(store, **options):
        read.append(store)
        return counted_rows(store, **options)

    monkeypatch.setattr("cgr_nb.widgets.results.counted_rows", counted)
    panel = Results(study, resamples=100)
    assert panel.get_state("view") == {"view": "dumbbells"}
    assert not read
    assert panel.headline
    assert panel.pairs
    assert panel.size == 30
    panel.pick("flip", "gain")
    assert len(read) == 1
    panel.refresh()
    assert len(read) == 2


def test_a_thread_that_looks_meanwhile_waits_for_the_whole_look(study, monkeypatch):
    begun, seen = threading.Event(), []

    def slow(store, **options):
        begun.set()
        other.join(0.2)  # it can't end before this does
        return counted_rows(store, **options)

    monkeypatch.setattr("cgr_nb.widgets.results.counted_rows", slow)
    panel = Results(study, resamples=100)

    def look():
        begun.wait()
        seen.append(panel.headline)

    other = threading.Thread(target=look)
    other.start()
    ours = panel.headline
    other.join()
    assert seen == [ours]


def test_rows_are_sent_when_the_page_asks_and_not_before(panel):
    assert panel.rows == b""
    panel.handle({"do": "send_rows"})
    sent = json.loads(gzip.decompress(panel.rows))
    assert len(sent["pair"]) == len(sent["direct"]) == panel.size == 30
    panel.refresh()
    assert panel.rows == b""


def test_what_is_counted_is_what_the_study_says(study):
    ours, theirs = counted_rows(study.store), study.rows()
    # Texts are objects in the one, which is read often, and pandas' strings in the other.
    for name in ours.columns:
        told = theirs[name].astype(object).where(theirs[name].notna(), None)
        assert ours[name].tolist() == told.tolist(), name


def test_arms_on_record_are_compared_with_their_intervals(own_study, pages):
    bench = Workbench(own_study)
    bench.choose_items([id for id in bench.shown if id in bench.shown[:6]])
    bench.arms = ["cot", "stub_solver"]
    pick = bench.run()
    assert bench.wait(60)
    assert bench.error == ""
    with Study.open(pick.folder) as study:
        panel = Results(study, resamples=100)
        quick = {arm["arm"]: arm for arm in panel.arms}
        assert set(quick) == {"direct", "cgr"}
        page = pages.open(panel)
        comparison = study.summary(resamples=100).comparison
        assert comparison is not None
        lines = comparison.table.set_index("arm")
        meanings = {**study.arm_summaries(), **channel_summaries()}
    assert set(lines.index) == {arm["arm"] for arm in panel.arms} >= {"cot", "stub_solver", "cgr"}
    for arm in panel.arms:
        assert arm["accuracy"] == pytest.approx(lines.loc[arm["arm"], "accuracy"])
        assert arm["meaning"]
    drawn = page.locator(".cgr-drawing svg text")
    drawn.first.wait_for()
    assert {"cot", "stub solver", "direct", "cgr"} <= set(drawn.all_text_contents())
    notes = page.locator(".cgr-notes").inner_text()
    assert "not an arm" in notes
    assert panel.comparison["rows"] == list(comparison_text(comparison, meanings).rows)


def test_the_drawing_of_arms_is_the_reports_own(own_study, pages):
    bench = Workbench(own_study)
    bench.choose_items([id for id in bench.shown if id in bench.shown[:6]])
    bench.arms = ["cot", "self_consistency"]
    pick = bench.run()
    assert bench.wait(60)
    with Study.open(pick.folder) as study:
        panel = Results(study, resamples=100)
        assert panel.drawings == b""
        page = pages.open(panel)
        drawn = json.loads(gzip.decompress(panel.drawings))
        report = study.report(pick.folder / "report.html").read_text("utf-8")
    assert list(drawn) == panel.comparison["costs"]
    assert {"calls", "tokens", "total_tokens"} <= set(drawn)
    marks = re.findall(r'<path[^>]* d="[^"]*"', drawn["calls"][0])
    assert marks
    # Its intervals are of other draws: marks are the same, whiskers are not.
    assert all(mark in report for mark in marks)
    texts = page.locator(".cgr-drawing svg text")
    texts.first.wait_for()
    assert any("solver and generator tokens per item" in text for text in texts.all_text_contents())
    page.locator(".cgr-compared").get_by_role("button", name="tokens", exact=True).click()
    page.wait_for_function(
        "[...document.querySelectorAll('.cgr-drawing text')]"
        ".some((node) => node.textContent.includes('solver tokens per item'))"
    )
    assert page.locator(".cgr-drawing [style], .cgr-drawing script, .cgr-drawing a").count() == 0


def test_every_number_of_the_page_is_the_statistics_own(panel, study):
    summary = study.summary(resamples=200)
    known = {(pair["of"], pair["by"]): pair for pair in panel.pairs}
    for pair in summary.pairs.itertuples():
        drawn = known[pair.dataset, pair.solver]
        assert (drawn["A_b"], drawn["A_a"], drawn["n"]) == (pair.A_b, pair.A_a, pair.n)


def test_a_study_of_20000_rows_is_summed_up_in_what_the_eye_can_take_in(big_study):
    panel = Results(big_study)
    assert panel.size == 20_000
    # Without the rows, what is sent is what the eye can take in.
    assert (
        len(
            json.dumps(
                {name: v for name, v in panel.get_state().items() if name[0] != "_"}, default=len
            )
        )
        < 60_000
    )
    assert len(panel.to_html()) < 500_000


def test_the_saved_page_picks_rows_without_a_kernel(panel, pages):
    page = pages.open(panel)
    total = page.locator(".cgr-list-head b").first
    page.locator(".cgr-rows").wait_for()
    assert total.inner_text() == "30"
    page.locator(".cgr-bar-row", has_text="gain").click()
    assert int(total.inner_text()) == len(panel.pick("flip", "gain"))
    page.locator(".cgr-chart .cgr-pair").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".cgr-list-head .cgr-chip").count() == 2
    assert page.locator(".cgr-pair[aria-pressed=true]").count() == 2  # in both charts
    page.keyboard.press("Escape")
    assert total.inner_text() == "30"


def test_shift_ctrl_and_a_drag_pick_several_pairs(panel, pages):
    page = pages.open(panel)
    page.locator(".cgr-rows").wait_for()
    marks = page.locator(".cgr-pairs .cgr-pair")
    pressed = page.locator(".cgr-pairs [aria-pressed=true]")
    marks.nth(1).click()
    marks.nth(3).click(modifiers=["Shift"])
    assert pressed.count() == 3
    marks.nth(2).click(modifiers=["Control"])
    assert pressed.count() == 2
    marks.nth(0).click()
    assert pressed.count() == 1
    first, last = (marks.nth(n).bounding_box() for n in (2, 5))
    page.mouse.move(first["x"] + 40, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + 90, last["y"] + 12, steps=4)
    assert page.locator(".cgr-brush").count() == 1
    page.mouse.up()
    assert pressed.count() == 4
    assert page.locator(".cgr-brush").count() == 0


def test_the_heat_map_shows_the_same_pairs_and_picks_whole_rows(panel, pages):
    page = pages.open(panel)
    page.get_by_role("button", name="heat map").click()
    cells = page.locator(".cgr-pairs .cgr-cell")
    assert cells.count() == len(panel.pairs)
    best = panel.pairs[0]["label"]
    cells.and_(page.locator(f'[aria-label^="{best}:"]')).click()
    assert page.locator(".cgr-list-head .cgr-chip").first.inner_text() == f"{best} ×"
    page.get_by_role("button", name="select all pairs of physics").press("Enter")
    assert page.locator(".cgr-cell[aria-pressed=true]").count() == 2
    page.get_by_role("button", name="assisted", exact=True).click()
    assert "%" in cells.first.locator("text").text_content()


def test_accuracy_stands_against_calls_and_against_tokens_with_the_table_behind(panel, pages):
    page = pages.open(panel)
    for cost in ("calls", "tokens"):
        page.get_by_role("button", name=cost, exact=True).click()
        labels = page.locator(".cgr-arm").evaluate_all(
            "all => all.map(n => n.getAttribute('aria-label'))"
        )
        assert len(labels) == len(panel.arms) >= 2
        assert all(f"{cost} per item" in label for label in labels)
    page.get_by_text("as a table").click()
    assert page.locator(".cgr-arms tbody tr").count() == len(panel.arms)
    calls = page.locator(".cgr-arms thead th", has_text="calls")
    for order in ("descending", "ascending"):
        calls.get_by_role("button").click()
        shown = page.locator(".cgr-arms tbody tr td:nth-child(6)").all_inner_texts()
        spent = [float(text.replace(",", "")) for text in shown]
        assert spent == sorted(spent, reverse=order == "descending")
        assert calls.get_attribute("aria-sort") == order


def test_a_word_tells_its_meaning_on_focus(panel, pages):
    page = pages.open(panel)
    page.locator("dfn", has_text="macro over").focus()
    assert "unweighted mean over pairs" in page.locator(".cgr-tip").inner_text()
    page.keyboard.press("Escape")
    page.locator(".cgr-tip").wait_for(state="hidden")


def test_marks_are_named_for_readers_who_do_not_see_them(panel, pages):
    page = pages.open(panel)
    label = page.locator(".cgr-chart .cgr-pair").first.get_attribute("aria-label")
    assert "direct" in label
    assert "pp" in label


def test_the_page_is_redrawn_for_a_narrow_column(panel, pages):
    page = pages.open(panel, width=460, dark=True)
    page.locator(".cgr-chart svg").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 460
    page.get_by_role("button", name="heat map").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 460


def test_at_700_pixels_every_column_of_the_partitions_is_in_sight(panel, pages):
    page = pages.open(panel, width=700)
    facts = page.locator(".cgr-facts")
    facts.locator("td").first.wait_for()
    assert facts.evaluate("node => node.scrollWidth <= node.clientWidth")
    rows = page.locator(".cgr-rows")
    rows.locator("td").first.wait_for()
    assert rows.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert rows.locator(".cgr-question").first.evaluate("node => node.clientWidth") > 120


def test_rows_are_sorted_by_a_click_on_a_column_and_back_by_another(panel, pages):
    page = pages.open(panel)
    head = page.locator(".cgr-rows thead")
    found = []
    for mark in ("ascending", "descending"):
        head.get_by_role("button", name="sort by direct").click()
        assert head.locator("th[aria-sort]").get_attribute("aria-sort") == mark
        found.append(page.locator(".cgr-rows tbody tr td:nth-child(3)").all_inner_texts())
    letters = [[text.split()[0] for text in texts] for texts in found]
    assert letters[0] == sorted(letters[0])
    assert letters[1] == sorted(letters[0], reverse=True)
    assert len(set(letters[0])) > 1


def test_a_study_without_a_generator_shows_its_arms_and_every_direct_answer(tmp_path, pages):
    with Study.open(make_alone(tmp_path)) as study:
        panel = Results(study, resamples=50)
        right = len(panel.pick("flip", "direct correct"))
        wrong = len(panel.pick("flip", "direct wrong"))
        panel.clear()
        page = pages.open(panel)
    assert [line["arm"] for line in panel.alone] == ["direct"]
    assert (right, wrong) == (10, 4)  # the gold of one item is not known
    page.locator(".cgr-results[data-rows=here]").wait_for()
    assert page.locator(".cgr-facts tbody tr").inner_text().startswith("direct")
    assert not page.locator(".cgr-chart.cgr-pairs").is_visible()
    assert page.locator(".cgr-list tbody .cgr-right").count() == right
    assert page.locator(".cgr-list tbody .cgr-wrong").count() == wrong
