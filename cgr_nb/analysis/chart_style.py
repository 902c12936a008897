"""How every chart is finished: fonts, lines and room, the same everywhere.

Text and lines take the colour of the page (`currentColor`), so one drawing serves light, dark and
print, where it stands in the page. Elsewhere, as in a notebook's output, it is an image, whose
page has no colour to give: it is black then, on a ground of its own.

Charts are given to Altair whole, with channels as its own objects (`alt.X2("to:Q")`): each method
that adds to a chart copies it, and a channel given as text is looked up among all of its classes.
"""

from __future__ import annotations

from cgr_nb.analysis.palette import GRID
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["finished"]

_FONT = "system-ui, sans-serif"
# As wide as a notebook's cell on a small screen: "container" is no width where charts are drawn as
# SVG, as in executed notebooks. A report sets its own.
_WIDTH = 760
# Pixels of a name beside a line; a report sets its own here, too.
_LABEL = 260
# Labels grow to the left where the reader's font is wider than the renderer's.
_PADDING = {"left": 30, "right": 12, "top": 8, "bottom": 8}


def finished(
    *layers: alt.Chart | alt.LayerChart, height: int, resolve: alt.Resolve | None = None
) -> alt.LayerChart:
    """Layers as one chart.

    Args:
        layers: From the lowest to the topmost.
        height: In pixels.
        resolve: What layers do not share; None: they share all scales.
    """
    text = {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    lines = {"gridColor": GRID, "domainColor": GRID, "tickColor": GRID}
    return alt.LayerChart(
        layer=list(layers),
        width=_WIDTH,
        height=height,
        background="white",
        padding=_PADDING,
        config={
            "font": _FONT,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "view": {"stroke": None},
            "axis": {**text, **lines, "titleFontWeight": "normal"},
            "axisY": {"labelLimit": _LABEL},
            "legend": {"labelColor": "currentColor", "labelFontSize": 11, "columnPadding": 6},
        },
        resolve=resolve or alt.Undefined,
    )
