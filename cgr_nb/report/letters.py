"""Letters chosen against gold's, and position bias, as lines of a page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.stats import Summary

__all__ = ["letter_lines", "position_lines"]

_MOST = 45
"""Lines of a chart that can still be read; of more, the chart shows arms and solvers alone."""


def letter_lines(summary: Summary) -> dict[str, Any]:
    """See `content.Content.letters`. Where answers are farthest from gold's letters comes first."""
    lines, totals = _lines(summary.letters), _lines(summary.letters_overall)
    letters = {letter for line in lines for letter in line["shares"]}
    whole = len(lines) <= _MOST
    several = summary.letters["solver"].nunique() > 1
    drawn = [
        {
            "label": " · ".join(
                part
                for part in (
                    line["arm"],
                    line["solver"] if several else "",
                    line["name"] if whole else "",
                )
                if part
            ),
            "letters": line["letters"],
        }
        for line in (lines if whole else totals)
        if line["distance"] is not None
    ]
    by = "arm, solver and dataset" if whole else "arm and solver, over all datasets"
    return {
        "columns": sorted(letters),
        "lines": lines,
        "totals": totals,
        "drawn": drawn,
        "caption": f"Letters by {by}. Bars: a letter's share of the answers; strokes: its share of"
        " gold. Sorted by distance from gold.",
    }


def position_lines(summary: Summary) -> list[dict[str, Any]]:
    """See `content.Content.positions`."""
    return [_named(line) for line in _plain(summary.positions)]


def _lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    lines = [
        {
            **_named(line),
            "shares": {letter: (chosen, gold) for letter, chosen, gold in line["letters"]},
        }
        for line in _plain(table)
    ]
    return sorted(lines, key=lambda line: -(line["distance"] or 0.0))


def _named(line: dict[str, Any]) -> dict[str, Any]:
    """With the dataset's name as pairs have it."""
    dataset, config = line.get("dataset", ""), line.get("config", "default")
    return {**line, "name": dataset if config == "default" else f"{dataset}/{config}"}


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in line.items()} for line in plain.to_dict("records")]
