"""Pairs and counts -> charts. A chart computes nothing: each draws a table that stands
beside it.

Every mark that can be pointed at carries its numbers in words (`note`), as tooltip where a chart is
live and as description where it is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from cgr_nb.analysis.chart_style import NOTE, Spec, as_chart, field, finished, layer
from cgr_nb.analysis.pairs import pair_labels
from cgr_nb.analysis.palette import CHANNEL_COLOURS, CHANNEL_SHAPES, CHANNELS, NEUTRAL

if TYPE_CHECKING:
    import altair as alt

__all__ = [
    "accuracy_by_calls",
    "accuracy_by_calls_spec",
    "chance_line",
    "dumbbells",
    "dumbbells_spec",
    "status_bars",
    "status_bars_spec",
]

_ROW_HEIGHT = 20
# A list of names to sort by would be compiled into code; names are untrusted and stay data.
_BY_RANK = {"field": "rank", "op": "min"}
_SHARE = {"domain": [0, 1]}


def dumbbells(pairs: pd.DataFrame) -> alt.LayerChart:
    """Every pair as a line from direct to assisted accuracy, the largest gain on top.

    Args:
        pairs: As `pairs.pair_table` returns them.
    """
    return as_chart(dumbbells_spec(pairs))


def dumbbells_spec(pairs: pd.DataFrame) -> Spec:
    """The specification of `dumbbells`."""
    table = pairs.assign(pair=pair_labels(pairs)).sort_values(
        ["difference_pp", "pair"], ascending=[False, True]
    )
    table["rank"] = range(len(table))
    y = field("pair:N", sort=_BY_RANK, title=None)
    x = field(
        "accuracy:Q",
        title="accuracy",
        scale=_SHARE,
        axis={"format": "%", "orient": "top", "tickCount": 5},
    )
    # The first to be drawn is the largest: channels that agree show one inside the other.
    nested = field(
        "channel:N", legend=None, scale={"domain": list(CHANNELS), "range": [140, 60, 40]}
    )
    spans = layer(
        table[["pair", "rank", "A_b", "A_a"]],
        "rule",
        {"x": field("A_b:Q"), "x2": {"field": "A_a"}, "y": y},
        **{"strokeWidth": 2, "color": NEUTRAL, "opacity": 0.6, "aria": False},
    )
    shown = {**_channel_encoding(CHANNELS), "size": nested, "x": x, "y": y}
    points = layer(_by_channel(table), "point", shown, filled=True, opacity=1)
    chance = _chance_ticks(table, y)
    return finished(spans, *chance, points, height=_ROW_HEIGHT * max(1, len(table)))


def _chance_ticks(table: pd.DataFrame, y: Spec) -> list[Spec]:
    """A stroke at the chance level of each pair; nothing where it is not known."""
    known = table[table["chance"].notna()]
    if known.empty:
        return []
    told = zip(known["pair"], known["chance"], strict=True)
    notes = [f"{pair}: chance {chance:.1%}" for pair, chance in told]
    look = {"thickness": 2, "size": 13, "color": "currentColor", "opacity": 0.7}
    ticks = known[["pair", "rank", "chance"]].assign(note=notes)
    return [layer(ticks, "tick", {**NOTE, "x": field("chance:Q"), "y": y}, **look)]


def chance_line(chance: float | None, scale: Spec) -> list[Spec]:
    """A dashed line at a chance level, up which accuracy goes; nothing where it is not known."""
    if chance is None or math.isnan(chance):
        return []
    table = pd.DataFrame({"chance": [chance], "note": [f"chance: {chance:.1%}"]})
    look = {"strokeDash": [2, 4], "strokeWidth": 1.5, "color": "currentColor", "opacity": 0.7}
    return [layer(table, "rule", {**NOTE, "y": field("chance:Q", scale=scale)}, **look)]


def accuracy_by_calls(pairs: pd.DataFrame) -> alt.LayerChart:
    """Accuracy against solver calls per item: each pair faint, the mean over pairs large.

    Args:
        pairs: As `pairs.pair_table` returns them.
    """
    return as_chart(accuracy_by_calls_spec(pairs))


def accuracy_by_calls_spec(pairs: pd.DataFrame) -> Spec:
    """The specification of `accuracy_by_calls`."""
    solver_side = CHANNELS[:2]
    table = pairs.assign(pair=pair_labels(pairs), rank=0)
    points = _by_channel(table)
    points = points[points["channel"].isin(solver_side)]
    means = points.groupby("channel", as_index=False)[["calls", "accuracy"]].mean()
    means = _with_notes(means.assign(pair="mean over pairs"))

    x = field(
        "calls:Q",
        title="solver calls per item",
        scale={"domainMin": 0, "nice": True},
        axis={"tickCount": 6},
    )
    y = field("accuracy:Q", title="accuracy", scale=_SHARE, axis={"format": "%"})
    shown = {**_channel_encoding(solver_side), "x": x, "y": y}
    faint = layer(points, "point", shown, filled=True, size=45, opacity=0.45)
    path = layer(
        means,
        "line",
        {"order": field("calls:Q"), "x": x, "y": y},
        **{"color": NEUTRAL, "strokeWidth": 2, "strokeDash": [4, 3], "aria": False},
    )
    edge = {"stroke": "currentColor", "strokeWidth": 1.5}
    large = layer(means, "point", shown, filled=True, size=220, opacity=1, **edge)
    chance = chance_line(float(pairs["chance"].mean(skipna=False)), _SHARE)
    return finished(*chance, faint, path, large, height=260)


def status_bars(counts: Mapping[str, int], *, unit: str = "rows") -> alt.LayerChart:
    """One bar a status, most frequent first, each with its count and share; statuses at zero left
    out.

    Args:
        counts: Status -> number of them.
        unit: What is counted, for the axis.
    """
    return as_chart(status_bars_spec(counts, unit=unit))


def status_bars_spec(counts: Mapping[str, int], *, unit: str = "rows") -> Spec:
    """The specification of `status_bars`."""
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
    y = field("status:N", sort=_BY_RANK, title=None)
    # Room to the right of the longest bar, where its label stands.
    room = {"domain": [0, max(1, max(counts.values(), default=1)) * 1.3]}
    x = field("count:Q", title=unit, scale=room, axis={"tickCount": 4, "format": ",d"})
    bars = layer(table, "bar", {"x": x, "y": y}, color=NEUTRAL, height=12, aria=False)
    labels = layer(
        table,
        "text",
        {"text": field("label:N"), "x": x, "y": y},
        **{"align": "left", "dx": 5, "color": "currentColor", "aria": False},
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


def _channel_encoding(channels: Sequence[str]) -> dict[str, Spec]:
    legend = {"title": None, "orient": "top", "symbolOpacity": 1}
    colours = [CHANNEL_COLOURS[name] for name in channels]
    shapes = [CHANNEL_SHAPES[name] for name in channels]
    domain = list(channels)
    return {
        "color": field("channel:N", legend=legend, scale={"domain": domain, "range": colours}),
        "shape": field("channel:N", legend=legend, scale={"domain": domain, "range": shapes}),
        **NOTE,
    }
