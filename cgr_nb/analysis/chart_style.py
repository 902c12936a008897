"""How every chart is finished: fonts, lines and room, the same everywhere.

Text and lines take the colour of the page (`currentColor`), so one drawing serves light, dark and
print, where it stands in the page. Elsewhere, as in a notebook's output, it is an image, whose
page has no colour to give: it is black then, on a ground of its own.
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


def finished(*layers: alt.Chart | alt.LayerChart, height: int) -> alt.LayerChart:
    """Layers as one chart, `height` pixels high."""
    text = {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    lines = {"gridColor": GRID, "domainColor": GRID, "tickColor": GRID}
    chart: alt.LayerChart = (
        alt.LayerChart(layer=list(layers))
        .properties(width=_WIDTH, height=height, background="white", padding=_PADDING)
        .configure(font=_FONT, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
        .configure_view(stroke=None)
        .configure_axis(**text, **lines, titleFontWeight="normal")
        .configure_axisY(labelLimit=_LABEL)
        .configure_legend(labelColor="currentColor", labelFontSize=11, columnPadding=6)
    )
    return chart
