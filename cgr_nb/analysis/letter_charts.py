"""Letters chosen against gold's, a line of bars for each arm: draws the table beside it."""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.chart_rows import NOTE, rows_of
from cgr_nb.analysis.chart_style import finished
from cgr_nb.analysis.palette import CHANNEL_COLOURS, NEUTRAL
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["letter_bars"]

_ROW_HEIGHT = 20
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BAND = 0.88
"""Of the room of a letter, what a share of 100 % takes."""
_BY_RANK = alt.EncodingSortField(field="rank", op="min")


def letter_bars(table: pd.DataFrame) -> alt.LayerChart:
    """A bar for each letter, as long as its share of the answers, and a stroke at gold's share.

    Args:
        table: `label` and `letters`, as `letters.letter_shares` makes them; drawn in its order.
    """
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
    base = alt.Chart(rows_of(pd.DataFrame(marks, columns=columns)))
    y = alt.Y("label:N", sort=_BY_RANK, title=None)
    scale = alt.Scale(domain=[0, max(1, len(shown))], nice=False)
    axis = alt.Axis(
        values=list(range(len(shown))),
        # Letters of a fixed alphabet: nothing of the data is put into code.
        labelExpr=f"substring('{''.join(shown)}', datum.value, datum.value + 1)",
        orient="top",
        labelAlign="left",
        labelFlush=False,
    )
    x = alt.X(
        "from:Q", title="share of the answers, 0 to 100 % for each letter", scale=scale, axis=axis
    )
    bars = base.mark_bar(height=11, color=NEUTRAL, opacity=0.75).encode(
        x=x, x2=alt.X2("to:Q"), y=y, **NOTE
    )
    gold = base.mark_tick(
        thickness=2.5, size=16, color=CHANNEL_COLOURS["direct"], opacity=1, aria=False
    ).encode(x=alt.X("gold:Q", scale=scale), y=y)
    return finished(bars, gold, height=_ROW_HEIGHT * max(1, len(table)))
