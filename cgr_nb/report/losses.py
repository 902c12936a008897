"""Rows that assistance turned from right to wrong: what became of their programs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.pairs import PAIR_KEY

__all__ = ["losses_by_pair"]


def losses_by_pair(frame: pd.DataFrame, pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """Take the losses of some pairs apart.

    Args:
        frame: Rows as `frame.annotate` returns them.
        pairs: The pairs wanted, in order: `PAIR_KEY` and `label`.

    Returns:
        One line each, and one for all rows of the study first: `label`, `losses`, and how many of
        them `wrong` (the program returned another letter), `none` (it returned no letter),
        `stopped` (it failed or was stopped), and `believed` (the generator-side answer was wrong as
        well).
    """
    kept = frame[frame["retained"]]
    lost = kept[kept["direct_correct"] & ~kept["assisted_correct"]]
    by_pair = {key: some for key, some in lost.groupby(PAIR_KEY, observed=True)}
    lines = [_line("all pairs", lost)]
    for *key, label in pairs[[*PAIR_KEY, "label"]].itertuples(index=False):
        lines.append(_line(str(label), by_pair.get(tuple(key), lost.iloc[:0])))
    return lines


def _line(label: str, lost: pd.DataFrame) -> dict[str, Any]:
    status = lost["assisted_status"]
    wrong, none = int((status == "ok").sum()), int((status == "no_answer").sum())
    return {
        "label": label,
        "losses": len(lost),
        "wrong": wrong,
        "none": none,
        "stopped": len(lost) - wrong - none,
        "believed": int((~lost["generator_correct"]).sum()),
    }
