"""Letters chosen against gold's, a line of bars for each arm: draws the table beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cgr_nb.analysis.chart_style import NOTE, Spec, as_chart, field, finished, layer
from cgr_nb.analysis.palette import CHANNEL_COLOURS, NEUTRAL

if TYPE_CHECKING:
    import altair as alt

__all__ = ["letter_bars", "letter_bars_spec"]

_ROW_HEIGHT = 20
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BAND = 0.88
"""Of the room of a letter, what a share of 100 % takes."""
_BY_RANK = {"field": "rank", "op": "min"}


def letter_bars(table: pd.DataFrame) -> alt.LayerChart:
    """A bar for each letter, as long as its share of the answers, and a stroke at gold's share.

    Args:
        table: `label` and `letters`, as `letters.letter_shares` makes them; drawn in its order.
    """
    return as_chart(letter_bars_spec(table))


def letter_bars_spec(table: pd.DataFrame) -> Spec:
    """The specification of `letter_bars`."""
    seen = {letter for letters in table["letters"] for letter, _, _ in letters}
    shown = [letter for letter in _LETTERS if letter in seen]
    marks = [
        {
            "label": label,
            "rank": rank,
            "from": shown.index(letter),
            "to": shown.index(letter) + _BAND * chosen,
            "gold": shown.index(letter) + _BAND * gold,
            "note": f"{label}: {letter} {chosen:.0%} of the answers, {gold:.0%} of gold",
        }
        for rank, (label, letters) in enumerate(zip(table["label"], table["letters"], strict=True))
        for letter, chosen, gold in letters
        if letter in shown
    ]
    columns = ["label", "rank", "from", "to", "gold", "note"]
    drawn = pd.DataFrame(marks, columns=columns)
    y = field("label:N", sort=_BY_RANK, title=None)
    scale = {"domain": [0, max(1, len(shown))], "nice": False}
    axis = {
        "values": list(range(len(shown))),
        # Letters of a fixed alphabet: nothing of the data is put into code.
        "labelExpr": f"substring('{''.join(shown)}', datum.value, datum.value + 1)",
        "orient": "top",
        "labelAlign": "left",
        "labelFlush": False,
    }
    x = field(
        "from:Q", title="share of the answers, 0 to 100 % for each letter", scale=scale, axis=axis
    )
    bars = layer(
        drawn,
        "bar",
        {**NOTE, "x": x, "x2": {"field": "to"}, "y": y},
        **{"height": 11, "color": NEUTRAL, "opacity": 0.75},
    )
    gold = layer(
        drawn,
        "tick",
        {"x": field("gold:Q", scale=scale), "y": y},
        **{"thickness": 2.5, "size": 16, "color": CHANNEL_COLOURS["direct"], "opacity": 1},
        aria=False,
    )
    return finished(bars, gold, height=_ROW_HEIGHT * max(1, len(table)))
