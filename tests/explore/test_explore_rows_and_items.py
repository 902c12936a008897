"""Items and rows of a study in columns: searched, filtered, picked and counted without a panel."""

from __future__ import annotations

import pandas as pd
import pytest
from small_study import items as small_items

from cgr_nb.analysis import summarise
from cgr_nb.analysis.frame import annotate
from cgr_nb.errors import CgrError
from cgr_nb.explore.arm_points import own_arms
from cgr_nb.explore.catalogue import Catalogue
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.quick_summary import quick_summary
from cgr_nb.explore.row_facets import FACETS, RowFacets

IDS = [item.id for item in small_items()]


@pytest.fixture
def rows(study):
    return annotate(counted_rows(study.store))


@pytest.fixture
def catalogue(study, rows):
    return Catalogue.of(study.store, rows)


@pytest.fixture
def facets(rows):
    return RowFacets(rows, summarise(rows, resamples=10).pairs)


def shown(catalogue: Catalogue, *args, **options) -> list[str]:
    places, _ = catalogue.view(*args, **options)
    return [catalogue.ids[place] for place in places]


def test_words_of_a_search_may_stand_anywhere(catalogue):
    assert len(shown(catalogue, "M/S cart")) == 15
    assert IDS[7] in shown(catalogue, "cart 7")
    assert shown(catalogue, IDS[5][:8]) == [IDS[5]]
    assert shown(catalogue, "no such words") == []


def test_a_facet_counts_what_the_others_leave(catalogue):
    filters = {"dataset": catalogue.codes("dataset", ["physics"])}
    places, counts = catalogue.view(filters=filters)
    assert len(places) == sum(counts["status"]) == 5
    assert sum(counts["dataset"]) == 15


def test_items_can_be_looked_for_among_some(catalogue):
    assert set(shown(catalogue, only=[IDS[2], IDS[4], "unknown"])) == {IDS[2], IDS[4]}


def test_an_item_is_named_by_id_or_by_place(catalogue):
    place = catalogue.find(IDS[3])
    assert catalogue.find(place=place) == place
    for name in ({"item_id": "nothing"}, {"place": 15}, {"place": -1}, {}):
        with pytest.raises(CgrError, match="no such item"):
            catalogue.find(**name)


def test_an_unknown_facet_or_value_of_items_is_an_error_with_the_known_ones(catalogue):
    with pytest.raises(CgrError, match="one of dataset, config, status"):
        catalogue.codes("colour", ["red"])
    with pytest.raises(CgrError, match="one of medicine, physics, series"):
        catalogue.codes("dataset", ["alchemy"])


def test_every_row_has_one_value_of_each_facet_and_counts_add_up(facets, rows):
    assert sum(value.rows for value in facets.values["flip"]) == len(rows)
    for facet in ("flip", "direct_status", "assisted_status"):
        picked = [len(facets.select({facet: [value.code]})) for value in facets.values[facet]]
        assert picked == [value.rows for value in facets.values[facet]]


def test_picks_of_two_facets_must_both_hold(facets, rows):
    codes = {
        "flip": facets.code_list("flip", ["gain"]),
        "assisted_status": facets.code_list("assisted_status", ["ok"]),
    }
    found = facets.select(codes)
    gains = rows["retained"] & rows["assisted_correct"] & ~rows["direct_correct"]
    assert found["id"].tolist() == rows.loc[gains, "id"].tolist()
    assert len(facets.select({})) == len(rows)


def test_a_pick_that_makes_no_sense_is_dropped(facets):
    assert facets.known({"flip": [0, 77], "pair": [999], "colour": [1]}) == {"flip": [0]}
    assert set(facets.values) == set(FACETS)


def test_an_unknown_facet_or_value_of_rows_is_an_error_with_the_known_ones(facets):
    with pytest.raises(CgrError, match="one of pair, flip"):
        facets.code_list("colour", ["red"])
    with pytest.raises(CgrError, match="one of gain, loss"):
        facets.code_list("flip", ["sideways"])


def test_a_row_is_named_by_id_or_by_number(facets, rows):
    assert facets.number(str(rows["id"].iloc[4])) == facets.number(4) == 4
    with pytest.raises(CgrError, match="no such row"):
        facets.number(len(rows))


def test_a_quick_summary_is_the_whole_one_but_for_what_takes_long(study, rows):
    quick = quick_summary(counted_rows(study.store), resamples=50, seed=3)
    whole = summarise(study.rows(), resamples=50, seed=3)
    assert quick.macro == whole.macro
    for name, part in whole.partitions.items():
        assert quick.partitions[name].interval == part.interval
    # What a first look tells is what the whole summary tells.
    assert quick.flips == whole.flips
    assert quick.direct_over_chance == whole.direct_over_chance
    pd.testing.assert_frame_equal(quick.pairs, whole.pairs[quick.pairs.columns])
    direct = whole.letters_overall[whole.letters_overall["arm"] == "direct"]
    pd.testing.assert_frame_equal(quick.letters_overall, direct.reset_index(drop=True))


def test_the_channels_are_points_beside_their_costs(rows):
    direct, assisted = own_arms(rows)
    assert (direct["arm"], assisted["arm"]) == ("direct", "cgr")
    assert direct["calls"] >= 1
    assert assisted["accuracy"] is not None
