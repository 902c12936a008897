"""How every chart is made and finished: a Vega-Lite specification of plain dictionaries, with
fonts, lines and room the same everywhere.

Text and lines take the colour of the page (`currentColor`), so one drawing serves light, dark and
print, where it stands in the page. Elsewhere, as in a notebook's output, it is an image, whose
page has no colour to give: it is black then, on a ground of its own.

A report draws specifications as they are. Altair, which copies and checks each part of a chart
whenever it is put into another, takes longer than drawing them; it is there for notebooks alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from cgr_nb.analysis.palette import GRID
from cgr_nb.extras import needed

if TYPE_CHECKING:
    import altair as alt

__all__ = ["NOTE", "Spec", "as_chart", "field", "finished", "layer"]

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

_FONT = "system-ui, sans-serif"
# As wide as a notebook's cell on a small screen: "container" is no width where charts are drawn as
# SVG, as in executed notebooks. A report sets its own.
_WIDTH = 760
# Pixels of a name beside a line; a report sets its own here, too.
_LABEL = 260
# Labels grow to the left where the reader's font is wider than the renderer's.
_PADDING = {"left": 30, "right": 12, "top": 8, "bottom": 8}
_TYPES = {"N": "nominal", "Q": "quantitative"}


def field(shorthand: str, **more: object) -> Spec:
    """What a channel of a mark shows.

    Args:
        shorthand: Column and type, as in Altair: "accuracy:Q".
        more: Its title, scale, axis and the like.
    """
    name, _, kind = shorthand.partition(":")
    return {"field": name, "type": _TYPES[kind], **more}


NOTE: Mapping[str, Spec] = {"tooltip": field("note:N"), "description": field("note:N")}
"""The channels of a mark that can be pointed at."""


def layer(data: pd.DataFrame, mark: str, encoding: Mapping[str, Spec], **look: object) -> Spec:
    """Marks of one kind.

    Args:
        data: One line a mark.
        mark: Their kind: "point", "rule" ...
        encoding: Channel -> what it shows.
        look: Properties of the marks.
    """
    return {"data": data, "mark": {"type": mark, **look}, "encoding": dict(encoding)}


def finished(*layers: Spec, height: int, **more: object) -> Spec:
    """Layers as one chart, `height` pixels high; tables that several share stand in it once.

    Args:
        layers: As `layer` returns them, or groups of them: `{"layer": [...]}`.
        height: In pixels, without axes and padding.
        more: Further properties of the chart.
    """
    tables: dict[int, tuple[str, pd.DataFrame]] = {}
    named = [_with_names(one, tables) for one in layers]
    text = {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    lines = {"gridColor": GRID, "domainColor": GRID, "tickColor": GRID}
    return {
        "config": {
            "view": {"stroke": None},
            "autosize": {"contains": "padding", "type": "fit-x"},
            "axis": {**text, **lines},
            "axisY": {"labelLimit": _LABEL},
            "font": _FONT,
            "legend": {"labelColor": "currentColor", "labelFontSize": 11, "columnPadding": 6},
        },
        "background": "white",
        "layer": named,
        "height": height,
        "padding": dict(_PADDING),
        "width": _WIDTH,
        **more,
        "datasets": {name: _plain(table) for name, table in tables.values()},
    }


def as_chart(spec: Spec) -> alt.LayerChart:
    """A specification as what a notebook shows and changes.

    Raises:
        ExtraError: Altair is missing or broken.
    """
    with needed("altair", where="charts"):
        import altair as alt

    # Unchecked: it is this package's own. Altair checks it when it is shown.
    chart: alt.LayerChart = alt.LayerChart.from_dict(spec, validate=False)
    return chart


def _with_names(part: Spec, tables: dict[int, tuple[str, pd.DataFrame]]) -> Spec:
    """Layers that name their table, which is put among the tables."""
    if "layer" in part:
        return {**part, "layer": [_with_names(one, tables) for one in part["layer"]]}
    name, _ = tables.setdefault(id(part["data"]), (f"data-{len(tables) + 1}", part["data"]))
    return {**part, "data": {"name": name}}


def _plain(table: pd.DataFrame) -> list[Spec]:
    """A table as JSON has it, None where a value is missing."""
    columns = [
        [None if isinstance(one, float) and not math.isfinite(one) else one for one in of.tolist()]
        for _, of in table.items()
    ]
    names = [str(name) for name in table.columns]
    return [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=True)]
