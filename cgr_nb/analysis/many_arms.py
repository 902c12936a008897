"""Many arms -> one line an arm: accuracy with its interval, and beside it the cost.

More arms than have room for their names in a plane of accuracy against cost. The lines stand in the
order of accuracy, the one of fewer tokens first where that is equal, so that charts against several
costs are read beside each other. Computes no number.
"""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Any

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
from cgr_nb.analysis.chart_rows import NOTE, rows_of
from cgr_nb.analysis.chart_style import finished
from cgr_nb.analysis.palette import NEUTRAL
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["accuracy_beside_cost"]

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
    y = alt.Y(
        "label:N",
        sort=list(points["label"]),
        title=None,
        scale=alt.Scale(paddingOuter=0.3),
        axis=alt.Axis(grid=True, ticks=False, domain=False, labelPadding=10),
    )
    shares = alt.Scale(domain=[0, 1], nice=False, range=[0, _at(_ACCURACY_ENDS)])
    accuracy: dict[str, Any] = {
        "title": "macro accuracy",
        "scale": shares,
        "axis": alt.Axis(
            format="%", values=[0, 0.25, 0.5, 0.75, 1], orient="top", titleAnchor="start"
        ),
    }
    there = [who for who in WHO_ANSWERS if who in set(points["who"])]
    legend = alt.Legend(
        title=None, orient="top", symbolOpacity=1, symbolStrokeWidth=0, columnPadding=40
    )
    colour = alt.Color(
        "who:N",
        legend=legend,
        scale=alt.Scale(domain=there, range=[WHO_COLOURS[who] for who in there]),
    )
    shape = alt.Shape(
        "who:N",
        legend=legend,
        scale=alt.Scale(domain=there, range=[WHO_SHAPES[who] for who in there]),
    )
    mark: dict[str, Any] = {
        "y": y,
        "color": colour,
        "shape": shape,
        **NOTE,
    }
    base = alt.Chart(rows_of(points))
    spans = base.mark_rule(strokeWidth=1.5, aria=False).encode(
        x=alt.X("low:Q", **accuracy), x2=alt.X2("high:Q"), y=y, color=colour
    )
    chance = base.mark_rule(strokeDash=[2, 3], color="currentColor", aria=False).encode(
        x=alt.X("min(chance):Q", **accuracy)
    )
    marks = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("accuracy:Q", **accuracy), **mark
    )
    costs = alt.X(
        "spent:Q",
        title=wrap(f"{COST_TITLES[cost]} (logarithmic, with 0)", _TITLE_LINE),
        scale=alt.Scale(
            type="symlog",
            constant=bend,
            domain=[0, most],
            nice=False,
            range=[_at(_COST_BEGINS), _at(1.0)],
        ),
        axis=alt.Axis(
            values=_ticks(bend, most),
            labelExpr=COST_TICK,
            labelOverlap="greedy",
            labelSeparation=10,
            orient="top",
            titleAnchor="end",
            titleAlign="right",
            grid=True,
        ),
    )
    known = base.transform_filter("isValid(datum.spent)")
    rings = (
        base.transform_filter("datum.front")
        .mark_point(filled=False, size=230, color=NEUTRAL, strokeWidth=1.5, aria=False)
        .encode(x=costs, y=y)
    )
    spendings = known.mark_point(filled=True, size=80, opacity=1).encode(x=costs, **mark)
    # Each part has a scale of its own and is one layer.
    left = alt.LayerChart(layer=[chance, spans, marks])
    right = alt.LayerChart(layer=[rings, spendings])
    return finished(
        left,
        right,
        height=_LINE * max(1, len(points)),
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(x="independent")),
    )


def _ticks(bend: float, most: float) -> list[float]:
    """Those of `cost_ticks` that have room."""
    every = cost_ticks(bend, most)
    tens = [tick for tick in every if tick == 0 or math.log10(tick).is_integer()]
    return every if len(every) <= _TICKS or len(tens) < 3 else tens


def _at(share: float) -> alt.ExprRef:
    """A place in the width of the chart, whatever that is."""
    return alt.ExprRef(f"{share} * width")
