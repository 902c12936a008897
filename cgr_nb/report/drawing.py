"""Charts as drawings inside a page: SVG made here by Vega, so the page needs no script.

Each chart is drawn once for wide and once for narrow screens; the style sheet shows the one that
fits. What a live chart would say in a tooltip is the mark's title, which browsers show when it is
pointed at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from cgr_nb.extras import needed

with needed("vl_convert", where="charts of a report"):
    import vl_convert

if TYPE_CHECKING:
    import altair as alt

from cgr_nb.report.signs import with_escapes

__all__ = ["NARROW", "WIDE", "Drawing", "draw"]

WIDE = 900
NARROW = 360
"""Widths in pixels a chart is drawn for."""

_UNDRAWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Characters a name may hold that no XML text can; the renderer ends the process on some."""

_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True)
class Drawing:
    """One chart as two pieces of SVG."""

    wide: str
    narrow: str


def draw(chart: alt.LayerChart) -> Drawing:
    """Draw a chart for wide and for narrow screens.

    The texts in it (names of datasets and models) end up escaped: the SVG is parsed and written
    again as XML.
    """
    # Unchecked: Altair's check of its own output takes longer than Vega's drawing.
    spec = _drawable(chart.to_dict(validate=False))
    return Drawing(_svg(spec, WIDE, 230), _svg(spec, NARROW, 130))


def _svg(spec: dict[str, Any], width: int, label_width: int) -> str:
    config = spec.get("config", {})
    axis = {**config.get("axisY", {}), "labelLimit": label_width}
    # Side by side, what explains the colours would be cut off where there is little room.
    legend = config.get("legend", {}) | ({"columns": 1} if width == NARROW else {})
    # The page is its ground.
    sized = {
        **spec,
        "background": "transparent",
        "width": width,
        "config": {**config, "axisY": axis, "legend": legend},
    }
    root = ElementTree.fromstring(_drawn(json.dumps(sized)))
    for element in list(root.iter()):
        note = element.attrib.pop("aria-label", None)
        for name in [name for name in element.attrib if name == "role" or name.startswith("aria-")]:
            del element.attrib[name]
        # Vega describes axes and legends too; only marks (paths) are worth pointing at.
        if note and element.tag == f"{{{_SVG}}}path":
            ElementTree.SubElement(element, f"{{{_SVG}}}title").text = note
    # The figure around it carries one label; for a screen reader the table beside it is the chart.
    root.set("aria-hidden", "true")
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


@lru_cache(maxsize=64)
def _drawn(spec: str) -> str:
    # Kept, as many as two reports hold: a panel and a report draw the same charts, and a report
    # that is written again mostly draws what it drew before.
    return vl_convert.vegalite_to_svg(spec)


def _drawable(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, the same kind out
    if isinstance(value, str):
        return with_escapes(_UNDRAWABLE.sub("\N{REPLACEMENT CHARACTER}", value))
    if isinstance(value, dict):
        return {name: _drawable(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_drawable(entry) for entry in value]
    return value
