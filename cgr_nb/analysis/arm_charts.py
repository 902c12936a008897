"""Arms -> accuracy against cost. Draws the tables that stand beside it and computes no number.

An arm is told by its label, its shape and its colour; the colour says only who answers, so nothing
is lost in grey. The scale is logarithmic but holds 0, for arms that call no model at all; those
that call only the generator are not drawn against the solver's cost.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison
from cgr_nb.analysis.arm_marks import (
    COST_SCALES,
    COST_TICK,
    COST_TITLES,
    MANY_ARMS,
    WHO_ANSWERS,
    WHO_COLOURS,
    arm_notes,
    arm_shape,
    cost_ticks,
    who_answers,
)
from cgr_nb.analysis.budget_curves import AXES, pareto_front, spent_on
from cgr_nb.analysis.chart_rows import NOTE, rows_of
from cgr_nb.analysis.chart_style import finished
from cgr_nb.analysis.charts import chance_line
from cgr_nb.analysis.label_places import Box, label_heights
from cgr_nb.analysis.many_arms import accuracy_beside_cost
from cgr_nb.analysis.palette import NEUTRAL
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["accuracy_against_cost", "comparison_charts"]

_HEIGHT = 340
_TITLE_LINE = 46
"""Letters of a line of an axis title that fit under the narrowest drawing."""
_NARROW_AXIS = 280
_WIDE_AXIS = 800
"""Pixels of the axis in the narrowest and the widest drawing of a page."""
_LETTER = 6.6
_FROM_MARK = 15
"""Pixels of a letter of a label, and from a mark to its label."""
_LONGEST = 0.5
"""Share of the axis that a label may take; longer ones are cut."""


def comparison_charts(comparison: ArmComparison) -> dict[str, alt.LayerChart]:
    """The drawings of a comparison, the same in report, panels and notebooks: accuracy against each
    of `budget_curves.AXES`, in one plane, or for more than `MANY_ARMS` in one line an arm.

    Returns:
        Cost -> chart, in that order; costs that are known of no two arms are left out, and where
        the steps of answers are not given, seconds and work are.
    """
    if not comparison.rows:
        return {}
    table, curves = comparison.table, comparison.curves
    ends = curves[curves["end"].astype(bool)].set_index("arm")
    table = table.assign(
        kind=[comparison.kinds.get(arm, arm) for arm in table["arm"]],
        **{cost: table["arm"].map(ends[cost]).astype(float) for cost in ("seconds", "work")},
    )
    known = {cost: int(spent_on(table, cost).notna().sum()) for cost in AXES}
    many = len(table) > MANY_ARMS
    return {
        cost: accuracy_beside_cost(table, cost)
        if many
        else accuracy_against_cost(table, cost, curves)
        for cost, arms in known.items()
        if arms > 1 or (arms and cost not in ("seconds", "work"))
    }


def accuracy_against_cost(
    table: pd.DataFrame, cost: str = "calls", curves: pd.DataFrame | None = None
) -> alt.LayerChart:
    """Macro accuracy of each arm, with its clustered interval, against what it costs.

    Args:
        table: As `arms.ArmComparison.table`, with `seconds` or `work` where that is the cost. Arms
            without a place on the axis (see `budget_curves.spent_on`) are left out.
        cost: Column on the horizontal axis, one of `budget_curves.AXES`.
        curves: As `budget_curves.curve_table` returns them: each arm stopped early is a line that
            ends in the arm, and rings on a thin line are the Pareto front. None: arms alone.
    """
    scale = COST_SCALES.get(cost, 1.0)
    spent = spent_on(table, cost) * scale
    table, spent = table[spent.notna()], spent[spent.notna()]
    steps = _steps(table, cost, curves, scale)
    kinds = table.get("kind", table["arm"])
    drawn = pd.concat([spent, steps["spent"].astype(float)])
    # Below the cheapest arm that costs anything, the scale runs on evenly to 0.
    bend = float(drawn[drawn > 0].min() / 2) if (drawn > 0).any() else 1.0
    most = _domain_end(spent.tolist(), [_wide(arm) for arm in table["arm"]], bend)
    points = table[["arm", "accuracy", "low", "high"]].assign(
        **{cost: spent},
        label=table["arm"].str.replace("_", " "),
        who=[who_answers(kind) for kind in kinds],
        shape=[arm_shape(arm) for arm in table["arm"]],
        height=_heights(table.assign(spent=spent), steps, bend, most),
        note=arm_notes(table),
    )
    x_scale = alt.Scale(type="symlog", constant=bend, domain=[0, most], nice=False)
    x = alt.X(
        f"{cost}:Q",
        title=wrap(f"{COST_TITLES[cost]} (logarithmic, with 0)", _TITLE_LINE),
        scale=x_scale,
        axis=alt.Axis(
            values=cost_ticks(bend, most), labelExpr=COST_TICK, labelOverlap=True, grid=False
        ),
    )
    share = alt.Scale(domain=[0, max([1.0, *points["height"]])], nice=False)
    shares = alt.Axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    y = alt.Y("accuracy:Q", title="macro accuracy", scale=share, axis=shares)
    there = [who for who in WHO_ANSWERS if who in set(points["who"])]
    colour = alt.Color(
        "who:N",
        legend=alt.Legend(
            title=None, orient="top", symbolType="circle", symbolOpacity=1, columnPadding=40
        ),
        scale=alt.Scale(domain=there, range=[WHO_COLOURS[who] for who in there]),
    )
    base = alt.Chart(rows_of(points))
    spans = base.mark_rule(strokeWidth=1.5, aria=False).encode(
        x=x, y=alt.Y("low:Q", scale=share), y2=alt.Y2("high:Q"), color=colour
    )
    marks = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape("shape:N", scale=None, legend=None),
        **NOTE,
    )
    leaders = base.mark_rule(color=NEUTRAL, strokeDash=[1, 2], xOffset=12, aria=False).encode(
        x=x, y=y, y2=alt.Y2("height:Q")
    )
    at_label: dict[str, Any] = {
        "x": x,
        "y": alt.Y("height:Q", scale=share),
        "text": alt.Text("label:N"),
    }
    limit = int(_LONGEST * _NARROW_AXIS)
    text: dict[str, Any] = {"align": "left", "dx": _FROM_MARK, "limit": limit, "aria": False}
    # Lines end before a label; a page gives this stroke its own ground's colour.
    halos = base.mark_text(**text, filled=False, color="white", strokeWidth=4).encode(**at_label)
    labels = base.mark_text(**text, color="currentColor").encode(**at_label)
    known = table["chance"].dropna()
    chance = chance_line(float(known.iloc[0]) if len(known) else None, share)
    paths = _paths(steps, alt.X("spent:Q", scale=x_scale), y, colour)
    return finished(*chance, *paths, spans, leaders, marks, halos, labels, height=_HEIGHT)


def _steps(
    table: pd.DataFrame, cost: str, curves: pd.DataFrame | None, scale: float
) -> pd.DataFrame:
    """The places of the curves: arm, rank (along its line), spent, accuracy, end, front, who,
    note."""
    kinds = dict(zip(table["arm"], table.get("kind", table["arm"]), strict=True))
    columns = ["arm", "stop", "spent", "accuracy", "end", "front", "who", "note"]
    if curves is None or curves.empty:
        return pd.DataFrame(columns=columns)
    ours = curves[curves["arm"].isin(set(table["arm"]))]
    spent = spent_on(ours, cost)
    ours, spent = ours[spent.notna()], spent[spent.notna()]
    found = ours.assign(
        spent=spent * scale,
        # Among what is drawn here.
        front=pareto_front(spent.to_numpy(float), ours["accuracy"].to_numpy(float)),
        end=ours["end"].astype(bool),
        who=[who_answers(kind) for kind in ours["arm"].map(kinds)],
        note=[
            f"{arm.replace('_', ' ')} stopped after {_many(int(stop))}: {accuracy:.1%},"
            f" {calls:.1f} calls and {tokens:,.0f} tokens per item"
            for arm, stop, accuracy, calls, tokens in zip(
                *(ours[name] for name in ("arm", "stop", "accuracy", "calls", "tokens")),
                strict=True,
            )
        ],
    )
    return found[columns].reset_index(drop=True)


def _many(answers: int) -> str:
    return "1 answer" if answers == 1 else f"{answers} answers"


def _paths(steps: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """The lines of arms that could have stopped early, and the Pareto front."""
    if steps.empty:
        return []
    front = rows_of(steps[steps["front"]].sort_values(["spent", "accuracy"]))
    layers = [
        alt.Chart(front)
        .mark_line(color=NEUTRAL, strokeWidth=1, interpolate="step-after", aria=False)
        .encode(x=x, y=y),
        alt.Chart(front)
        .mark_point(filled=False, size=330, color=NEUTRAL, strokeWidth=1.5, aria=False)
        .encode(x=x, y=y),
    ]
    early = steps[~steps["end"]]
    if len(early):
        lines = steps[steps["arm"].isin(set(early["arm"]))]
        layers += [
            alt.Chart(rows_of(lines))
            .mark_line(strokeWidth=2, aria=False)
            .encode(x=x, y=y, color=colour, detail=alt.Detail("arm:N"), order=alt.Order("stop:Q")),
            alt.Chart(rows_of(early))
            .mark_point(filled=True, size=30, opacity=1)
            .encode(x=x, y=y, color=colour, **NOTE),
        ]
    return layers


def _wide(arm: str) -> float:
    """Width of a label in the narrowest drawing, as a share of the axis."""
    return min(_LONGEST, (_FROM_MARK + _LETTER * len(arm)) / _NARROW_AXIS)


def _domain_end(costs: Sequence[float], widths: Sequence[float], bend: float) -> float:
    """The end of a scale that has room to the right of each arm, where its label stands."""
    ends = [
        math.log1p(cost / bend) / (1 - width) for cost, width in zip(costs, widths, strict=True)
    ]
    return bend * math.expm1(max([*ends, math.log1p(6.0)]))


def _heights(table: pd.DataFrame, steps: pd.DataFrame, bend: float, most: float) -> list[float]:
    """Where labels stand: at the arm, or moved off other labels, marks, intervals and curves."""
    whole = math.log1p(most / bend)

    def place(cost: float) -> float:
        return math.log1p(cost / bend) / whole

    arms = table[["arm", "spent", "accuracy", "low", "high"]].to_dict("records")
    marks = [(place(arm["spent"]), float(arm["accuracy"])) for arm in arms]
    reach = [
        (at + _FROM_MARK / _WIDE_AXIS, at + _wide(arm["arm"]))
        for arm, (at, _) in zip(arms, marks, strict=True)
    ]
    lines = [
        Box(at, at, float(arm["low"]), float(arm["high"]))
        for arm, (at, _) in zip(arms, marks, strict=True)
        if pd.notna(arm["low"])
    ]
    for _, ours in steps.sort_values("spent").groupby("arm"):
        dots = [(place(spent), float(at)) for spent, at in ours[["spent", "accuracy"]].to_numpy()]
        for (left, before), (right, after) in itertools.pairwise(dots):
            lines.append(Box(left, right, min(before, after), max(before, after) + 1e-6))
    return label_heights(marks, reach, lines)
