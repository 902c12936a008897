"""Charts show the numbers of the tables they are made from."""

from __future__ import annotations

import re

import pytest
import vl_convert
from synthetic_rows import frame, row, study_rows

from cgr_nb.analysis.charts import accuracy_by_calls, dumbbells, status_bars
from cgr_nb.analysis.pairs import pair_labels
from cgr_nb.analysis.palette import CHANNEL_COLOURS, CHANNEL_SHAPES, CHANNELS
from cgr_nb.analysis.stats import summarise
from cgr_nb.report.drawing import draw


def data_of(chart, layer):
    spec = chart.to_dict()
    # Layers that share their data have it once, above them.
    return spec["datasets"][{**spec, **spec["layer"][layer]}["data"]["name"]]


@pytest.fixture(scope="module")
def pairs():
    return summarise(study_rows(per_pair=10), resamples=10).pairs


def test_every_pair_has_a_mark_for_each_channel(pairs):
    marks = data_of(dumbbells(pairs), 1)
    assert len(marks) == 3 * len(pairs)
    assert {mark["channel"] for mark in marks} == set(CHANNELS)


def test_pairs_are_sorted_by_change(pairs):
    chart = dumbbells(pairs)
    ranks = {line["pair"]: line["rank"] for line in data_of(chart, 0)}
    order = sorted(ranks, key=ranks.get)
    change = dict(zip(pair_labels(pairs), pairs["difference_pp"], strict=True))
    assert chart.to_dict()["layer"][1]["encoding"]["y"]["sort"] == {"field": "rank", "op": "min"}
    assert len(order) == len(pairs)
    assert [change[label] for label in order] == sorted(change.values(), reverse=True)


def test_a_channel_keeps_its_colour_and_shape_in_every_chart(pairs):
    for chart in (dumbbells(pairs), accuracy_by_calls(pairs)):
        encoding = chart.to_dict()["layer"][-1]["encoding"]
        domain = encoding["color"]["scale"]["domain"]
        assert encoding["color"]["scale"]["range"] == [CHANNEL_COLOURS[name] for name in domain]
        assert encoding["shape"]["scale"]["range"] == [CHANNEL_SHAPES[name] for name in domain]


def test_colours_and_shapes_are_distinct():
    assert len(set(CHANNEL_COLOURS.values())) == len(set(CHANNEL_SHAPES.values())) == len(CHANNELS)


def test_a_mark_says_its_numbers_in_words():
    chart = dumbbells(summarise(frame(row(0), row(1, direct_letter="B")), resamples=10).pairs)
    notes = {mark["note"] for mark in data_of(chart, 1)}
    assert "aime · s1: direct 50.0%, 1.0 calls per item" in notes
    assert "aime · s1: assisted 100.0%, 3.0 calls per item" in notes


def test_the_large_marks_are_the_means_over_pairs(pairs):
    means = {mark["channel"]: mark for mark in data_of(accuracy_by_calls(pairs), 2)}
    assert means["direct"]["accuracy"] == pytest.approx(pairs["A_b"].mean())
    assert means["assisted"]["calls"] == pytest.approx(pairs["asks_per_item"].mean())


def test_statuses_at_zero_are_left_out_and_the_rest_sorted():
    bars = data_of(status_bars({"timeout": 1, "ok": 3, "killed": 0}), 0)
    assert [(bar["status"], bar["label"]) for bar in bars] == [
        ("ok", "3 (75.0%)"),
        ("timeout", "1 (25.0%)"),
    ]


def test_a_chart_drawn_without_a_page_is_wide_enough_to_be_read():
    # As in an executed notebook, where no container gives it a width.
    drawn = vl_convert.vegalite_to_svg(status_bars({"ok": 3, "timeout": 1}).to_dict())
    width = re.match(r'<svg[^>]* width="(\d+)', drawn)
    assert width is not None
    assert 700 <= int(width[1]) <= 900


def test_a_chart_has_a_ground_of_its_own_unless_a_report_is_its_page():
    # In a dark notebook its black text would stand on black.
    chart = status_bars({"ok": 3, "timeout": 1})
    assert '<rect width="760"' in vl_convert.vegalite_to_svg(chart.to_dict())
    assert 'fill="white"' in vl_convert.vegalite_to_svg(chart.to_dict())
    assert 'fill="white"' not in draw(chart).wide
