"""The chart of arms shows the table it is made from, legibly and without colour."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from cgr_nb.analysis.arm_charts import accuracy_against_cost
from cgr_nb.analysis.arm_marks import ARM_SHAPES, WHO_ANSWERS
from cgr_nb.analysis.arms import ARM_ORDER
from cgr_nb.analysis.many_arms import accuracy_beside_cost
from cgr_nb.report.drawing import NARROW, WIDE, draw


def table(generator_tokens=0.0, **accuracy_and_calls):
    return pd.DataFrame(
        [
            {
                "arm": arm,
                "accuracy": accuracy,
                "low": accuracy - 0.02,
                "high": accuracy + 0.02,
                "calls": calls,
                "tokens": 100 * calls,
                "generator_tokens": generator_tokens,
                "chance": None,
            }
            for arm, (accuracy, calls) in accuracy_and_calls.items()
        ],
        columns=["arm", "accuracy", "low", "high", "calls", "tokens", "generator_tokens", "chance"],
    )


def marks(chart):
    spec = chart.to_dict()
    return spec["datasets"][{**spec, **spec["layer"][0]}["data"]["name"]]


MANY_KINDS = table(
    generator_tokens=50.0, direct=(0.4, 1.0), cgr=(0.66, 4.5), generator_only=(0.8, 0.0)
)
THREE = table(direct=(0.4, 1.0), cgr=(0.66, 4.5), generator_only=(0.8, 0.0))


@pytest.mark.parametrize("cost", ["calls", "tokens"])
def test_every_arm_is_a_mark_with_its_numbers(cost):
    shown = {mark["arm"]: mark for mark in marks(accuracy_against_cost(THREE, cost))}
    assert set(shown) == {"direct", "cgr", "generator_only"}
    assert shown["cgr"]["accuracy"] == 0.66
    assert shown["cgr"][cost] == THREE.set_index("arm").loc["cgr", cost]
    assert shown["cgr"]["note"] == "cgr: 66.0%, 4.5 calls and 450 tokens per item"


def test_an_arm_that_calls_the_generator_alone_has_no_place_at_zero():
    written = table(generator_tokens=50.0, cgr=(0.66, 4.5), pal=(0.5, 0.0))
    for cost in ("calls", "tokens"):
        assert [mark["arm"] for mark in marks(accuracy_against_cost(written, cost))] == ["cgr"]
    drawn = {mark["arm"]: mark for mark in marks(accuracy_against_cost(written, "total_tokens"))}
    assert (drawn["cgr"]["total_tokens"], drawn["pal"]["total_tokens"]) == (500, 50)


def test_an_arm_is_told_by_label_and_shape_too():
    shown = marks(accuracy_against_cost(THREE))
    assert {mark["label"] for mark in shown} == {"direct", "cgr", "generator only"}
    assert len({mark["shape"] for mark in shown}) == 3
    assert len(set(ARM_SHAPES.values())) == len(ARM_SHAPES)


def test_every_known_arm_has_a_shape_and_says_who_answers():
    named = {arm for arms in WHO_ANSWERS.values() for arm in arms}
    assert set(ARM_ORDER) == set(ARM_SHAPES) == named


def test_an_arm_of_somebody_else_is_drawn_as_other():
    [mark] = marks(accuracy_against_cost(table(mine=(0.5, 2.0))))
    assert mark["who"] == "other"
    assert mark["shape"] not in ARM_SHAPES.values()


def test_the_scale_is_logarithmic_and_holds_arms_at_no_cost():
    scale = accuracy_against_cost(THREE).to_dict()["layer"][0]["encoding"]["x"]["scale"]
    assert scale["type"] == "symlog"
    assert scale["domain"][0] == 0


def test_labels_of_neighbours_do_not_lie_on_each_other():
    close = table(cgr=(0.50, 4.0), self_consistency=(0.51, 4.0), foreign_scaffold=(0.505, 4.2))
    heights = sorted(mark["height"] for mark in marks(accuracy_against_cost(close)))
    gaps = [above - below for below, above in itertools.pairwise(heights)]
    assert min(gaps) > 0.05


def test_labels_far_apart_stand_at_their_marks():
    for mark in marks(accuracy_against_cost(THREE)):
        assert mark["height"] == mark["accuracy"]


def test_a_label_moves_off_the_interval_of_the_arm_beside_it():
    near = table(cot=(0.50, 1.0), self_consistency=(0.56, 1.5))
    free = table(cot=(0.50, 1.0))
    near.loc[1, ["low", "high"]] = [0.49, 0.63]
    (alone,), (moved, _) = (marks(accuracy_against_cost(given)) for given in (free, near))
    assert alone["height"] == 0.50
    assert moved["height"] + 0.026 <= 0.49


def test_an_arm_without_an_interval_is_drawn_with_its_label():
    few = THREE.assign(low=None, high=None)
    assert [mark["height"] for mark in marks(accuracy_against_cost(few))] == [0.4, 0.66, 0.8]


def test_the_scale_leaves_room_for_the_name_of_the_dearest_arm():
    ends = [
        accuracy_against_cost(table(direct=(0.4, 1.0), **{arm: (0.5, 50.0)})).to_dict()["layer"][0][
            "encoding"
        ]["x"]["scale"]["domain"][1]
        for arm in ("pal", "self_consistency")
    ]
    assert 50 < ends[0] < ends[1]


def test_nothing_to_draw_is_no_error():
    assert marks(accuracy_against_cost(table())) == []


def one_line_each(count, cost="calls", **columns):
    arms = {f"arm_{number}": (number / count, float(1 + number % 5)) for number in range(count)}
    chart = accuracy_beside_cost(table(**arms).assign(**columns), cost).to_dict()
    return chart, next(iter(chart["datasets"].values()))


def test_many_arms_have_a_line_each_from_the_best_to_the_worst():
    chart, lines = one_line_each(30)
    assert [line["label"] for line in lines] == [f"arm {number}" for number in reversed(range(30))]
    assert chart["height"] / 30 >= 16
    accuracy, spent = (part["layer"][-1]["encoding"]["x"]["scale"] for part in chart["layer"])
    assert accuracy["domain"] == [0, 1]
    assert spent["type"] == "symlog"


def test_an_arm_of_many_that_calls_the_generator_alone_has_a_line_without_a_cost():
    written = table(generator_tokens=50.0, cgr=(0.66, 4.5), pal=(0.7, 0.0))
    chart = accuracy_beside_cost(written, "calls").to_dict()
    lines = {line["arm"]: line for line in next(iter(chart["datasets"].values()))}
    assert (lines["cgr"]["spent"], lines["pal"]["spent"]) == (4.5, None)
    assert (lines["cgr"]["front"], lines["pal"]["front"]) == (True, False)


def test_an_arm_with_a_name_of_its_own_has_the_colour_of_its_kind():
    _, [line] = one_line_each(1, kind="pal")
    assert line["who"] == "no solver"


def legend(svg):
    """Text -> where it begins, in pixels from the left, of each entry of a drawing's legend."""
    found = {}

    def walk(node, left, inside):
        moved = re.match(r"translate\(([-\d.]+)", node.get("transform", ""))
        left += float(moved[1]) if moved else 0.0
        inside = inside or "role-legend" in node.get("class", "")
        if inside and node.text:
            found[node.text] = left
        for child in node:
            walk(child, left, inside)

    walk(ElementTree.fromstring(svg), 0.0, False)
    return found


def test_a_legend_is_not_cut_off_on_any_screen():
    drawn = draw(accuracy_against_cost(MANY_KINDS, "total_tokens"))
    for svg, width in ((drawn.wide, WIDE), (drawn.narrow, NARROW)):
        entries = legend(svg)
        assert len(entries) == 3
        # A letter of the legend is at most 7 pixels wide, on average.
        assert max(left + 7 * len(text) for text, left in entries.items()) <= width
