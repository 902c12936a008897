"""What each arm of a study without a generator scores: nothing is assisted there, so there is no
change to tell, and no pair is left out for its baseline.

Each arm stands for itself, over all rows that it was asked and that can be scored; differences
between arms are `arms.compare_arms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cgr_nb.analysis.chance import ChanceLevel, chance_level, constant_answers
from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.macro_means import MacroMeans
from cgr_nb.analysis.pairs import PAIR_KEY, item_means

__all__ = ["ArmAlone", "PairAlone", "arms_alone"]


@dataclass(frozen=True, slots=True)
class PairAlone:
    """One dataset configuration with one solver."""

    dataset: str
    config: str
    solver: str
    rows: int
    accuracy: float
    """Share of its items, 0 to 1."""
    chance: float | None
    """The same of guesses; None where the number of options is not known."""


@dataclass(frozen=True, slots=True)
class ArmAlone:
    """One arm in a few numbers."""

    arm: str
    accuracy: float
    """Macro over pairs, 0 to 1."""
    interval: ClusteredInterval
    """Of the accuracy, in percent."""
    rows: int
    """Rows that it is over."""
    items: int
    level: ChanceLevel | None
    """What can be had on them without knowing anything; None where that is not known."""
    statuses: Mapping[str, int]
    """Status -> rows that ended in it, of all on record, the most frequent first."""
    pairs: tuple[PairAlone, ...]
    """In order of their names."""


def arms_alone(
    rows: pd.DataFrame,
    arms: pd.DataFrame | None = None,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[ArmAlone, ...]:
    """Sum up the arms of a study without a generator; of any other study, nothing.

    Args:
        rows: As `frame.annotate` returns them.
        arms: As `arm_frame.arm_frame` returns them, one seed each; None: direct answers are all.
        resamples: Draws of items for an interval.
        seed: Of the draws.

    Returns:
        One an arm of which any row can be scored, direct first.
    """
    if not len(rows) or rows["assisted_status"].notna().any():
        return ()
    lines = _direct(rows) if arms is None else arms
    found = [
        _alone(str(arm), lines[lines["arm"] == arm], resamples, seed)
        for arm in dict.fromkeys(lines["arm"])
    ]
    return tuple(one for one in found if one is not None)


def _direct(rows: pd.DataFrame) -> pd.DataFrame:
    """Direct answers as lines of an arm."""
    return rows.assign(
        arm="direct",
        status=rows["direct_status"],
        correct=rows["direct_correct"],
        asked=(rows["gold_letters"] != "") & (rows["direct_status"] != "error"),
    )


def _alone(arm: str, lines: pd.DataFrame, resamples: int, seed: int) -> ArmAlone | None:
    kept = lines[lines["asked"]]
    if kept.empty:
        return None
    means = MacroMeans(kept, ["correct"], resamples, seed)
    accuracy, interval = means.of({"correct": 1.0})
    by_pair = means.pairs.merge(item_means(kept, ["correct", "chance"]), on=PAIR_KEY, how="left")
    counts = kept.groupby(PAIR_KEY, observed=True).size()
    statuses = lines["status"].astype(str).value_counts()
    constants = constant_answers(kept, means.pairs)
    return ArmAlone(
        arm=arm,
        accuracy=accuracy,
        interval=interval,
        rows=len(kept),
        items=int(kept["cluster"].nunique()),
        level=chance_level(by_pair["chance"], constants, [True] * len(by_pair)),
        statuses={str(status): int(count) for status, count in statuses.items()},
        pairs=tuple(
            PairAlone(
                dataset=str(line["dataset"]),
                config=str(line["config"]),
                solver=str(line["solver"]),
                rows=int(counts[tuple(line[name] for name in PAIR_KEY)]),
                accuracy=float(line["correct"]),
                chance=None if pd.isna(line["chance"]) else float(line["chance"]),
            )
            for line in by_pair.to_dict("records")
        ),
    )
