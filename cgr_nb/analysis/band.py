"""The extraction band: the same headline under other treatments of answers that could not be read.

A reply without a letter is not a wrong answer, yet the main numbers must count it somehow. Each
variant below recounts the pairs of the main partition; pairs are chosen once, by the main numbers,
so that all variants compare the same pairs. A variant under which a pair has no row left says so by
a smaller pair count.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cgr_nb.analysis.pairs import PAIR_KEY, pair_places, pair_table
from cgr_nb.answer_record import READ_OUT
from cgr_nb.errors import CgrError

__all__ = ["BAND_VARIANTS", "NOT_RUN", "READOUT", "extraction_band", "rescue_note"]

READOUT = "readout"
"""The arm that has the solver choose a letter where the direct reply gave none."""

BAND_VARIANTS: Mapping[str, str] = {
    "failures_wrong": "answers that could not be extracted count as wrong (default)",
    "direct_failures_dropped": "rows without a direct answer are excluded",
    "all_failures_dropped": "rows without a direct or an assisted answer are excluded",
    "direct_failures_rescued": "missing direct answers are replaced by a constrained letter "
    "read-out; the rest count as wrong",
}

_COLUMNS = (
    *("id", *PAIR_KEY, "cluster", "chance", "retained", "asks", "direct_retries"),
    *("direct_status", "assisted_status"),
    *("direct_correct", "assisted_correct", "generator_correct"),
)
_MAY_LACK = ("multi", "direct_rule")

NOT_RUN = "not available: the study has no read-out arm"


def extraction_band(
    frame: pd.DataFrame, pairs: pd.DataFrame, arms: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """The pair table of the main partition under each variant.

    Args:
        frame: Rows as `frame.annotate` returns them.
        pairs: Their pair table; its `non_zero_baseline` pairs are recounted.
        arms: One line for each row and arm (see `arms`); its read-outs make the rescued variant.

    Returns:
        Variant name (a key of `BAND_VARIANTS`) -> pair table; the rescued one only where the
        read-out was run.

    Raises:
        CgrError: A row has more than one read-out.
    """
    ours = _counted(frame, pairs)
    # A letter that was read out was in no reply.
    direct_read = ours["direct_status"] == "answered"
    if "direct_rule" in ours:
        direct_read &= ours["direct_rule"] != READ_OUT
    assisted_read = ours["assisted_status"] == "ok"
    band = {
        "failures_wrong": pair_table(ours),
        "direct_failures_dropped": pair_table(ours[direct_read]),
        "all_failures_dropped": pair_table(ours[direct_read & assisted_read]),
    }
    readouts = _readouts(arms)
    if readouts is not None:
        rescued = ours["id"].map(readouts["correct"]).eq(True)
        right = ours["direct_correct"].where(direct_read, rescued)
        band["direct_failures_rescued"] = pair_table(ours.assign(direct_correct=right.astype(bool)))
    return band


def rescue_note(frame: pd.DataFrame, pairs: pd.DataFrame, arms: pd.DataFrame | None) -> str:
    """What the read-out did, in words: how many unread direct replies it gave a letter, or
    `NOT_RUN`. Takes what `extraction_band` takes."""
    readouts = _readouts(arms)
    if readouts is None:
        return NOT_RUN
    ours = _counted(frame, pairs)
    unread = ours.loc[ours["direct_status"] != "answered", "id"]
    tried = unread[unread.isin(readouts.index)]
    given = int(readouts.loc[tried, "letter"].notna().sum())
    note = f"read-out gave a letter for {given:,} of {len(unread):,} missing direct answers"
    missing = len(unread) - len(tried)
    return f"{note}; {missing:,} were not run" if missing else note


def _counted(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Retained rows of the main partition, with what counts in it."""
    main = pair_places(frame, pairs[pairs["non_zero_baseline"]]) >= 0
    names = [name for name in (*_COLUMNS, *_MAY_LACK) if name in frame.columns]
    return frame.loc[frame["retained"] & main, names].reset_index(drop=True)


def _readouts(arms: pd.DataFrame | None) -> pd.DataFrame | None:
    """Read-outs by row id; None where none was run."""
    if arms is None:
        return None
    readouts = arms[(arms["arm"] == READOUT) & arms["retained"]].set_index("row_id")
    if readouts.index.has_duplicates:
        twice = readouts.index[readouts.index.duplicated()][0]
        raise CgrError("a row has more than one read-out", where=f"row {twice!r}")
    return None if readouts.empty else readouts
