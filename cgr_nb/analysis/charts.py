"""Pairs and counts -> Altair charts. A chart computes nothing: each draws a table that stands
beside it.

Every mark that can be pointed at carries its numbers in words (`note`), as tooltip where a chart is
live and as description where it is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cgr_nb.analysis.chart_rows import NOTE, rows_of
from cgr_nb.analysis.chart_style import finished
from cgr_nb.analysis.pairs import pair_labels
from cgr_nb.analysis.palette import CHANNEL_COLOURS, CHANNEL_SHAPES, CHANNELS, NEUTRAL
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["accuracy_by_calls", "chance_line", "dumbbells", "status_bars"]

_ROW_HEIGHT = 20
# A list of names to sort by would be compiled into code; names are untrusted and stay data.
_BY_RANK = alt.EncodingSortField(field="rank", op="min")


def dumbbells(pairs: pd.DataFrame) -> alt.LayerChart:
    """Every pair as a line from direct to assisted accuracy, the largest gain on top.

    Args:
        pairs: As `pairs.pair_table` returns them.
    """
    table = pairs.assign(pair=pair_labels(pairs)).sort_values(
        ["difference_pp", "pair"], ascending=[False, True]
    )
    table["rank"] = range(len(table))
    y = alt.Y("pair:N", sort=_BY_RANK, title=None)
    x = alt.X(
        "accuracy:Q",
        title="accuracy",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", orient="top", tickCount=5),
    )
    # The first to be drawn is the largest: channels that agree show one inside the other.
    nested = alt.Size(
        "channel:N", legend=None, scale=alt.Scale(domain=CHANNELS, range=[140, 60, 40])
    )
    spans = (
        alt.Chart(rows_of(table[["pair", "rank", "A_b", "A_a"]]))
        .mark_rule(strokeWidth=2, color=NEUTRAL, opacity=0.6, aria=False)
        .encode(y=y, x=alt.X("A_b:Q"), x2=alt.X2("A_a:Q"))
    )
    points = (
        alt.Chart(rows_of(_by_channel(table)))
        .mark_point(filled=True, opacity=1)
        .encode(y=y, x=x, size=nested, **_channel_encoding(CHANNELS))
    )
    chance = _chance_ticks(table, y)
    return finished(spans, *chance, points, height=_ROW_HEIGHT * max(1, len(table)))


def _chance_ticks(table: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """A stroke at the chance level of each pair; nothing where it is not known."""
    known = table[table["chance"].notna()]
    if known.empty:
        return []
    told = zip(known["pair"], known["chance"], strict=True)
    notes = [f"{pair}: chance {chance:.1%}" for pair, chance in told]
    ticks = alt.Chart(rows_of(known[["pair", "rank", "chance"]].assign(note=notes))).mark_tick(
        thickness=2, size=13, color="currentColor", opacity=0.7
    )
    return [ticks.encode(y=y, x=alt.X("chance:Q"), **NOTE)]


def chance_line(chance: float | None, scale: alt.Scale) -> list[alt.Chart]:
    """A dashed line at a chance level, up which accuracy goes; nothing where it is not known."""
    if chance is None or math.isnan(chance):
        return []
    table = pd.DataFrame({"chance": [chance], "note": [f"chance: {chance:.1%}"]})
    line = alt.Chart(rows_of(table)).mark_rule(
        strokeDash=[2, 4], strokeWidth=1.5, color="currentColor", opacity=0.7
    )
    return [line.encode(y=alt.Y("chance:Q", scale=scale), **NOTE)]


def accuracy_by_calls(pairs: pd.DataFrame) -> alt.LayerChart:
    """Accuracy against solver calls per item: each pair faint, the mean over pairs large.

    Args:
        pairs: As `pairs.pair_table` returns them.
    """
    solver_side = CHANNELS[:2]
    table = pairs.assign(pair=pair_labels(pairs), rank=0)
    points = _by_channel(table)
    points = points[points["channel"].isin(solver_side)]
    means = points.groupby("channel", as_index=False)[["calls", "accuracy"]].mean()
    mean_rows = rows_of(_with_notes(means.assign(pair="mean over pairs")))

    x = alt.X(
        "calls:Q",
        title="solver calls per item",
        scale=alt.Scale(domainMin=0, nice=True),
        axis=alt.Axis(tickCount=6),
    )
    y = alt.Y(
        "accuracy:Q", title="accuracy", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
    )
    faint = (
        alt.Chart(rows_of(points))
        .mark_point(filled=True, size=45, opacity=0.45)
        .encode(x=x, y=y, **_channel_encoding(solver_side))
    )
    path = (
        alt.Chart(mean_rows)
        .mark_line(color=NEUTRAL, strokeWidth=2, strokeDash=[4, 3], aria=False)
        .encode(x=x, y=y, order=alt.Order("calls:Q"))
    )
    large = (
        alt.Chart(mean_rows)
        .mark_point(filled=True, size=220, opacity=1, stroke="currentColor", strokeWidth=1.5)
        .encode(x=x, y=y, **_channel_encoding(solver_side))
    )
    share = alt.Scale(domain=[0, 1])
    chance = chance_line(float(pairs["chance"].mean(skipna=False)), share)
    return finished(*chance, faint, path, large, height=260)


def status_bars(counts: Mapping[str, int], *, unit: str = "rows") -> alt.LayerChart:
    """One bar a status, most frequent first, each with its count and share; statuses at zero left
    out.

    Args:
        counts: Status -> number of them.
        unit: What is counted, for the axis.
    """
    total = sum(counts.values())
    table = pd.DataFrame(
        [
            {
                "status": name,
                "rank": rank,
                "count": count,
                "label": f"{count:,} ({count / total:.1%})",
            }
            for rank, (name, count) in enumerate(
                sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            )
            if count
        ],
        columns=["status", "rank", "count", "label"],
    )
    y = alt.Y("status:N", sort=_BY_RANK, title=None)
    # Room to the right of the longest bar, where its label stands.
    room = alt.Scale(domain=[0, max(1, max(counts.values(), default=1)) * 1.3])
    x = alt.X("count:Q", title=unit, scale=room, axis=alt.Axis(tickCount=4, format=",d"))
    base = alt.Chart(rows_of(table))
    bars = base.mark_bar(color=NEUTRAL, height=12, aria=False).encode(x=x, y=y)
    labels = base.mark_text(align="left", dx=5, color="currentColor", aria=False).encode(
        x=x, y=y, text=alt.Text("label:N")
    )
    return finished(bars, labels, height=_ROW_HEIGHT * max(1, len(table)))


def _by_channel(table: pd.DataFrame) -> pd.DataFrame:
    """One line a (pair, channel): pair, rank, channel, accuracy, calls (per item), note."""
    # The generator-side answer stands in the program: it costs the solver no call.
    table = table.assign(no_calls=0.0)
    columns = zip(
        CHANNELS,
        ("A_b", "A_a", "A_g"),
        ("direct_calls_per_item", "asks_per_item", "no_calls"),
        strict=True,
    )
    parts = [
        table[["pair", "rank", accuracy, calls]]
        .set_axis(["pair", "rank", "accuracy", "calls"], axis="columns")
        .assign(channel=channel)
        for channel, accuracy, calls in columns
    ]
    return _with_notes(pd.concat(parts))


def _with_notes(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table[["pair", "channel", "accuracy", "calls"]].itertuples(index=False)
    return table.assign(
        note=[
            f"{pair}: {channel} {accuracy:.1%}, {calls:.1f} calls per item"
            for pair, channel, accuracy, calls in numbers
        ]
    )


def _channel_encoding(channels: Sequence[str]) -> dict[str, Any]:
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1)
    colours = alt.Scale(domain=channels, range=[CHANNEL_COLOURS[name] for name in channels])
    shapes = alt.Scale(domain=channels, range=[CHANNEL_SHAPES[name] for name in channels])
    return {
        "color": alt.Color("channel:N", legend=legend, scale=colours),
        "shape": alt.Shape("channel:N", legend=legend, scale=shapes),
        **NOTE,
    }
