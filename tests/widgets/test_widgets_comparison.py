"""Two runs side by side, in Python and in a saved page."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from told_study import ROW, tell

from cgr_nb import compare
from cgr_nb.errors import CgrError
from cgr_nb.widgets import Comparison
from cgr_nb.widgets.comparison_view import headline


@pytest.fixture
def panel(study):
    return Comparison(compare(study, resamples=200))


def ready(pages, panel, **options):
    page = pages.open(panel, **options)
    page.locator("[data-rows=here]").wait_for()
    return page


def test_what_is_picked_comes_back_as_pairs(panel):
    found = panel.comparison
    assert len(panel.pick("flip", "gain")) == found.flips["gain"]
    both = panel.pick("position", "2nd")
    assert 0 < len(both) <= found.flips["gain"]
    assert set(both["gold_letters"]) == {"B"}
    panel.clear()
    assert len(panel.selection) == panel.size == len(found.pairs)


def test_an_unknown_facet_value_pair_or_side_is_an_error_with_the_known_ones(panel):
    with pytest.raises(CgrError, match="one of flip, dataset"):
        panel.pick("colour", "red")
    with pytest.raises(CgrError, match="one of loss, gain"):
        panel.pick("flip", "sideways")
    with pytest.raises(CgrError, match="no such pair"):
        panel.open_pair(10_000)
    with pytest.raises(CgrError, match="no such side"):
        panel.show_pair_reply(0, "direct", "c")


def test_a_comparison_of_too_few_items_says_that_nothing_could_be_detected(panel):
    found = panel.comparison
    open_ended = replace(found.interval, low_pp=-5.0, high_pp=5.0, error_pp=60.0)
    told = headline(replace(found, interval=open_ended, detectable_pp=12.0))[0]
    assert told.endswith("Minimum detectable effect: 12.0 pp (80 % power).")
    told = headline(replace(found, interval=open_ended, detectable_pp=None))[0]
    assert told.endswith("Too few items to detect any effect with 80 % power.")


def test_picks_from_the_page_that_make_no_sense_are_dropped(panel):
    panel.picked = {"flip": [0, 77], "position": [999], "colour": [1]}
    assert panel.picked == {"flip": [0]}


def test_the_columns_sent_are_the_pairs(panel):
    panel.send_rows()
    table = json.loads(gzip.decompress(panel.rows))
    pairs = panel.comparison.pairs
    assert {len(table[name]) for name in ("flip", "item", "a", "b", "who")} == {len(pairs)}
    letters = [
        one for one, is_letter in zip(table["a"], table["letter_a"], strict=True) if is_letter
    ]
    assert letters == pairs["letter_a"].dropna().tolist()


def test_a_pair_opens_both_replies_side_by_side(own_study, pages):
    tell(own_study)
    found = compare(own_study, resamples=50)
    panel = Comparison(found)
    number = found.pairs.index[found.pairs["row_id_b"] == ROW][0]
    panel.open_pair(int(number))
    page = ready(pages, panel)
    a, b = page.locator(".cgr-replies").all()
    assert "I would rather not." in b.inner_text()
    assert "I would rather not." not in a.inner_text()
    left, right = a.bounding_box(), b.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"] + 1


def test_in_a_saved_page_another_pair_is_one_click_away(panel, pages):
    page = ready(pages, panel)
    page.locator(".cgr-rows tbody tr").nth(2).click()
    page.locator(".cgr-reply-head").nth(1).wait_for()
    shown = [box.inner_text() for box in page.locator(".cgr-reply-head [aria-pressed=true]").all()]
    assert shown[0].startswith("direct")
    assert shown[1].startswith("assisted")
    assert page.locator(".cgr-run-item").is_visible()
    assert page.locator("tr.cgr-opened").count() == 1


def test_a_flip_and_a_slice_narrow_the_list_together(panel, pages):
    page = ready(pages, panel)
    gains = panel.comparison.flips["gain"]
    page.locator(".cgr-bars").get_by_role("button", name="correct only in B").click()
    assert page.locator(".cgr-rows tbody tr").count() == gains
    page.get_by_role("button", name="position of the correct option: 2nd").click()
    assert page.locator(".cgr-rows tbody tr").count() == len(
        panel.pick("flip", "gain").pipe(lambda pairs: pairs[pairs["gold_letters"] == "B"])
    )
    page.keyboard.press("Escape")
    assert page.locator(".cgr-list-head b").first.inner_text() == str(panel.size)


def test_slices_are_filtered_by_kind_name_and_size_and_multiplicity_stays_said(panel, pages):
    page = ready(pages, panel)
    slices = panel.comparison.slices
    rows = page.locator(".cgr-run-table tbody tr")
    assert rows.count() == len(slices)
    page.get_by_label("kind of slice").select_option("dataset")
    assert rows.count() == 3
    page.get_by_label("filter slices by name").fill("phys")
    assert rows.count() == 1
    page.get_by_label("minimum items").fill("99")
    assert page.get_by_text("No slice matches the filter.").is_visible()
    assert f"coverage over all {len(slices)} slices" in page.locator(".cgr-run-small").inner_text()


def test_slices_are_sorted_by_how_much_differs(panel, pages):
    page = ready(pages, panel)
    page.get_by_label("order of slices").select_option("difference")
    first = page.locator(".cgr-run-slice b").first.inner_text()
    slices = panel.comparison.slices
    assert first == slices.loc[slices["difference_pp"].abs().idxmax(), "value"]


def test_a_saved_page_holds_the_replies_that_are_compared_of_as_many_pairs_as_fit(panel):
    state = panel.saved_state()
    for name, arm in (("kept", panel.comparison.a.arm), ("kept_b", panel.comparison.b.arm)):
        assert {held for views in state[name]["answers"].values() for held in views} == {arm}
        assert state[name]["rows"] == panel.size


def test_replies_never_bring_gold_into_a_saved_page(panel):
    state = panel.saved_state()
    kept = json.dumps([state[name] for name in ("kept", "kept_b", "kept_items")])
    assert "gold" not in kept
