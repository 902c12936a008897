"""Charts as drawings inside a page: SVG made here by Vega, so the page needs no script and fetches
nothing.

Each chart is drawn once for wide and once for narrow screens; the style sheet shows the one that
fits. What a live chart would say in a tooltip is the mark's title, which browsers show when it is
pointed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import altair as alt
import vl_convert

__all__ = ["NARROW", "WIDE", "Drawing", "draw"]

WIDE = 900
NARROW = 360
"""Widths in pixels a chart is drawn for."""

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
    return Drawing(_svg(chart, WIDE), _svg(chart, NARROW))


def _svg(chart: alt.LayerChart, width: int) -> str:
    drawn = vl_convert.vegalite_to_svg(chart.properties(width=width).to_dict())
    root = ElementTree.fromstring(drawn)
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
