"""The extraction band: the same headline under other treatments of answers that could not be read.

A reply without a letter is not a wrong answer, yet the main numbers must count it somehow. Each
variant below recounts the pairs of the main partition; pairs are chosen once, by the main numbers,
so that all variants compare the same pairs. A variant under which a pair has no row left says so by
a smaller pair count.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cgr_nb.analysis.pairs import PAIR_KEY, pair_table

__all__ = ["BAND_VARIANTS", "extraction_band"]

BAND_VARIANTS: Mapping[str, str] = {
    "failures_wrong": "an answer that could not be read counts as wrong (the headline)",
    "direct_failures_dropped": "rows whose direct reply gave no letter are left out",
    "all_failures_dropped": "rows whose direct reply or whose program gave no letter are left out",
}


def extraction_band(frame: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The pair table of the main partition under each variant.

    Args:
        frame: Rows as `frame.annotate` returns them.
        pairs: Their pair table; its `non_zero_baseline` pairs are recounted.

    Returns:
        Variant name (a key of `BAND_VARIANTS`) -> pair table.
    """
    main = pairs.loc[pairs["non_zero_baseline"], PAIR_KEY]
    ours = frame[frame["retained"]].merge(main, on=PAIR_KEY, how="inner")
    direct_read = ours["direct_status"] == "answered"
    assisted_read = ours["assisted_status"] == "ok"
    return {
        "failures_wrong": pair_table(ours),
        "direct_failures_dropped": pair_table(ours[direct_read]),
        "all_failures_dropped": pair_table(ours[direct_read & assisted_read]),
    }
