"""Many arms -> one line an arm: accuracy with its interval, and beside it the cost.

More arms than have room for their names in a plane of accuracy against cost. The lines stand in the
order of accuracy, the one of fewer tokens first where that is equal, so that charts against several
costs are read beside each other. Computes no number.
"""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from cgr_nb.analysis.arm_marks import (
    COST_SCALES,
    COST_TICK,
    COST_TITLES,
    WHO_ANSWERS,
    WHO_COLOURS,
    WHO_SHAPES,
    arm_notes,
    cost_ticks,
    who_answers,
)
from cgr_nb.analysis.budget_curves import pareto_front, spent_on
from cgr_nb.analysis.chart_style import NOTE, Spec, as_chart, field, finished, layer
from cgr_nb.analysis.palette import NEUTRAL

if TYPE_CHECKING:
    import altair as alt

__all__ = ["accuracy_beside_cost", "beside_cost_spec"]

_LINE = 19
"""Pixels from one arm to the next."""
_TITLE_LINE = 15
"""Letters of a line of the cost's title: as wide as its part of the narrowest drawing."""
_TICKS = 6
"""Most labels under the cost."""
_ACCURACY_ENDS, _COST_BEGINS = 0.62, 0.68
"""Shares of the width; between them nothing is drawn."""


def accuracy_beside_cost(table: pd.DataFrame, cost: str = "calls") -> alt.LayerChart:
    """Macro accuracy of each arm with its clustered interval, and what it costs, in one line.

    Args:
        table: As `arms.ArmComparison.table`, with `seconds` or `work` where that is the cost, and
            `kind` where that may not be the name. Arms without a place on the axis (see
            `budget_curves.spent_on`) have no mark there.
        cost: One of `budget_curves.AXES`.
    """
    return as_chart(beside_cost_spec(table, cost))


def beside_cost_spec(table: pd.DataFrame, cost: str = "calls") -> Spec:
    """The specification of `accuracy_beside_cost`."""
    scale = COST_SCALES.get(cost, 1.0)
    spent = spent_on(table, cost) * scale
    bend = float(spent[spent > 0].min() / 2) if (spent > 0).any() else 1.0
    most = max([1.1 * float(spent.max()) if spent.notna().any() else 0.0, 6 * bend])
    points = (
        table[["arm", "accuracy", "low", "high"]]
        .assign(
            spent=spent,
            whole=table["tokens"] + table["generator_tokens"],
            label=table["arm"].str.replace("_", " "),
            who=[who_answers(kind) for kind in table.get("kind", table["arm"])],
            front=pareto_front(spent.to_numpy(float), table["accuracy"].to_numpy(float)),
            chance=table["chance"],
            note=arm_notes(table),
        )
        .sort_values(["accuracy", "whole", "arm"], ascending=[False, True, True])
    )
    # Lines go on from one part to the other, so that an eye finds the cost of an arm.
    y = field(
        "label:N",
        sort=list(points["label"]),
        title=None,
        scale={"paddingOuter": 0.3},
        axis={"grid": True, "ticks": False, "domain": False, "labelPadding": 10},
    )
    accuracy: Spec = {
        "title": "macro accuracy",
        "scale": {"domain": [0, 1], "nice": False, "range": [0, _at(_ACCURACY_ENDS)]},
        "axis": {
            "format": "%",
            "values": [0, 0.25, 0.5, 0.75, 1],
            "orient": "top",
            "titleAnchor": "start",
        },
    }
    there = [who for who in WHO_ANSWERS if who in set(points["who"])]
    legend = {
        "title": None,
        "orient": "top",
        "symbolOpacity": 1,
        "symbolStrokeWidth": 0,
        "columnPadding": 40,
    }
    colours, shapes = ([of[who] for who in there] for of in (WHO_COLOURS, WHO_SHAPES))
    colour = field("who:N", legend=legend, scale={"domain": there, "range": colours})
    shape = field("who:N", legend=legend, scale={"domain": there, "range": shapes})
    mark = {"color": colour, "shape": shape, **NOTE, "y": y}
    spans = layer(
        points,
        "rule",
        {"color": colour, "x": field("low:Q", **accuracy), "x2": {"field": "high"}, "y": y},
        strokeWidth=1.5,
        aria=False,
    )
    chance = layer(
        points,
        "rule",
        {"x": field("chance:Q", aggregate="min", **accuracy)},
        **{"strokeDash": [2, 3], "color": "currentColor", "aria": False},
    )
    right_place = {**mark, "x": field("accuracy:Q", **accuracy)}
    marks = layer(points, "point", right_place, filled=True, size=80, opacity=1)
    costs = field(
        "spent:Q",
        title=wrap(f"{COST_TITLES[cost]} (logarithmic, with 0)", _TITLE_LINE),
        scale={
            "type": "symlog",
            "constant": bend,
            "domain": [0, most],
            "nice": False,
            "range": [_at(_COST_BEGINS), _at(1.0)],
        },
        axis={
            "values": _ticks(bend, most),
            "labelExpr": COST_TICK,
            "labelOverlap": "greedy",
            "labelSeparation": 10,
            "orient": "top",
            "titleAnchor": "end",
            "titleAlign": "right",
            "grid": True,
        },
    )
    rings = layer(
        points,
        "point",
        {"x": costs, "y": y},
        **{"filled": False, "size": 230, "color": NEUTRAL, "strokeWidth": 1.5, "aria": False},
    )
    spendings = layer(points, "point", {**mark, "x": costs}, filled=True, size=80, opacity=1)
    # Each part has a scale of its own and is one layer.
    left = {"layer": [chance, spans, marks]}
    right = {
        "layer": [
            {**rings, "transform": [{"filter": "datum.front"}]},
            {**spendings, "transform": [{"filter": "isValid(datum.spent)"}]},
        ]
    }
    height = _LINE * max(1, len(points))
    return finished(left, right, height=height, resolve={"scale": {"x": "independent"}})


def _ticks(bend: float, most: float) -> list[float]:
    """Those of `cost_ticks` that have room."""
    every = cost_ticks(bend, most)
    tens = [tick for tick in every if tick == 0 or math.log10(tick).is_integer()]
    return every if len(every) <= _TICKS or len(tens) < 3 else tens


def _at(share: float) -> Spec:
    """A place in the width of the chart, whatever that is."""
    return {"expr": f"{share} * width"}
