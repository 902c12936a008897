"""The comparison of arms for a page: the report's drawings and the report's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgr_nb.analysis.arm_comparison import ArmComparison
from cgr_nb.arms import channel_summaries
from cgr_nb.extras import complaint
from cgr_nb.report.comparison import comparison_text, figure_caption
from cgr_nb.widgets.text import packed

__all__ = ["drawn_comparison"]


def drawn_comparison(
    comparison: ArmComparison, meanings: Mapping[str, str]
) -> tuple[dict[str, Any], bytes]:
    """Text and drawings of a comparison.

    Args:
        comparison: The arms.
        meanings: Arm -> what it is, of those beside the channels.

    Returns:
        `notes`, `rows` (see `report.comparison`), `reference`, `costs` (against which the arms are
        drawn), `captions` (cost -> text) and `absence` (why there is no drawing; empty where there
        are some), and gzipped JSON: cost -> the drawing for wide and for narrow screens, as SVG.
    """
    absence = complaint("altair", "vl_convert")
    drawings: dict[str, list[str]] = {}
    if absence is None and comparison.rows:
        # Only here: both take their time, and a panel without arms needs neither.
        from cgr_nb.analysis.arm_charts import comparison_charts
        from cgr_nb.report.drawing import draw

        for cost, chart in comparison_charts(comparison).items():
            drawn = draw(chart)
            drawings[cost] = [drawn.wide, drawn.narrow]
    text = comparison_text(comparison, {**meanings, **channel_summaries()})
    found = {
        "notes": list(text.notes),
        "rows": list(text.rows),
        "reference": comparison.reference,
        "costs": list(drawings),
        "captions": {cost: figure_caption(comparison, cost) for cost in drawings},
        "absence": absence or "",
    }
    return found, packed(drawings) if drawings else b""
