from __future__ import annotations

import pytest

from cgr_nb.analysis.frame import annotate
from cgr_nb.errors import CgrError
from cgr_nb.handle import Study
from cgr_nb.store import Store
from cgr_nb.widgets import Results


@pytest.fixture
def panel(study):
    return Results(study, resamples=200)


def test_the_headline_stands_first_and_in_words(panel):
    assert "macro accuracy" in panel.headline.lower()
    assert "interval" in panel.headline
    assert panel.summary_line().endswith(panel.headline)


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
        assert panel.picked == {"pair": code}


def test_an_unknown_facet_or_value_is_an_error_with_the_known_ones(panel):
    with pytest.raises(CgrError, match="one of pair, flip"):
        panel.pick("colour", "red")
    with pytest.raises(CgrError, match="one of gain, loss"):
        panel.pick("flip", "sideways")


def test_picks_from_the_page_that_make_no_sense_are_dropped(panel):
    panel.picked = {"flip": 0, "pair": 999, "colour": 1}
    assert panel.picked == {"flip": 0}


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


def test_the_saved_page_picks_rows_without_a_kernel(panel, pages):
    page = pages.open(panel)
    assert page.locator(".cgr-list-head b").first.inner_text() == "30"
    page.locator(".cgr-bar-row", has_text="gain").click()
    picked = int(page.locator(".cgr-list-head b").first.inner_text())
    assert picked == len(panel.pick("flip", "gain"))
    page.locator(".cgr-chart .cgr-pair").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".cgr-list-head .cgr-chip").count() == 2
    assert page.locator(".cgr-pair[aria-pressed=true]").count() == 2  # in both charts
    page.keyboard.press("Escape")
    assert page.locator(".cgr-list-head b").first.inner_text() == "30"


def test_marks_are_named_for_readers_who_do_not_see_them(panel, pages):
    page = pages.open(panel)
    label = page.locator(".cgr-chart .cgr-pair").first.get_attribute("aria-label")
    assert "direct" in label
    assert "pp" in label


def test_the_page_is_redrawn_for_a_narrow_column(panel, pages):
    page = pages.open(panel, width=460, dark=True)
    page.locator(".cgr-chart svg").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 460
