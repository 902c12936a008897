"""One colour, one shape and one name for each channel, in every chart and panel.

The three colours differ in hue and lightness under the common forms of colour blindness and reach a
contrast of 3:1 on white and on the dark page; the shapes say the same without colour.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CHANNELS", "CHANNEL_COLOURS", "CHANNEL_SHAPES", "GRID", "NEUTRAL"]

CHANNELS = ("direct", "assisted", "generator-side")

CHANNEL_COLOURS: Mapping[str, str] = {
    "direct": "#d07c00",
    "assisted": "#2f7fd0",
    "generator-side": "#8a8a8a",
}

CHANNEL_SHAPES: Mapping[str, str] = {
    "direct": "circle",
    "assisted": "square",
    "generator-side": "triangle-up",
}
"""Vega symbol names."""

NEUTRAL = "#7a8794"
"""Marks that belong to no channel."""

GRID = "#88888844"
"""Grid and domain lines: visible on white and on dark."""
