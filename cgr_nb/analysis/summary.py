"""The records that `stats.summarise` fills: every number of a study's headline.

Accuracies are shares (0 to 1), differences percentage points (pp). Macro is the unweighted mean
over pairs, micro is over rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison
from cgr_nb.analysis.bootstrap import Interval
from cgr_nb.analysis.chance import GAIN, GAIN_OVER_CHANCE, ChanceLevel, OverChance
from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.plain import plain_lines

__all__ = ["ENOUGH_PAIRS", "MAIN_PARTITION", "BandLine", "Partition", "Rates", "Summary"]

MAIN_PARTITION = "non_zero_baseline"
ENOUGH_PAIRS = 10
"""Pairs from which on a bootstrap over pairs is not likely too narrow."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The three accuracies of some pairs or rows, and what assistance changed."""

    A_b: float
    """Direct accuracy, 0 to 1."""
    A_a: float
    """Assisted accuracy, 0 to 1."""
    A_g: float
    """Generator-side accuracy, 0 to 1."""
    difference_pp: float
    """A_a - A_b in percentage points."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Some of the pairs, and their numbers."""

    name: str
    n_pairs: int
    n_rows: int
    macro: Rates | None
    """Unweighted mean over pairs; None when there are no pairs."""
    micro: Rates | None
    """Over all rows of the pairs; None when there are none."""
    interval: Interval
    """Pair bootstrap of the macro difference."""
    clustered: ClusteredInterval
    """The same difference when items are drawn, each with all its solvers: how sure it is of these
    datasets and solvers."""
    across_datasets: ClusteredInterval
    """The same difference when whole dataset configurations are drawn: how sure it is of other
    datasets."""
    detectable_pp: float | None
    """Minimum detectable macro difference, from the clustered standard error (power 0.8, two-sided
    5 %); None when undefined, or where no difference could be detected (`power.possible_pp`)."""
    level: ChanceLevel | None
    """What can be had without knowing anything; None where the rows do not tell the options."""

    @property
    def headline_interval(self) -> Interval:
        """The interval that a headline takes: over pairs, as in the paper; with fewer than ten of
        them, where that is likely too narrow, over items."""
        return self.interval if self.n_pairs >= ENOUGH_PAIRS else self.clustered


@dataclass(frozen=True, slots=True)
class BandLine:
    """The main partition under one treatment of answers that could not be read."""

    name: str
    """A key of `band.BAND_VARIANTS`."""
    meaning: str
    n_pairs: int
    n_rows: int
    macro: Rates | None
    """None when there are no pairs, or when the treatment was not run."""
    note: str
    """What a reader must know of this treatment ("not run: ..."); empty otherwise."""


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Every number of a study's headline. Computed once, never changed. Printed, it is the few that
    matter most; two are equal where all their numbers are."""

    pairs: pd.DataFrame
    """One line a pair: see `pairs.pair_table`, and `constant` with `constant_accuracy` (the answer
    that is right oftenest when it is always given, and how often; None and NaN where options are
    not told), `p_value`, `p_holm` (exact McNemar, Holm over
    all pairs), `detectable_pp` (minimum detectable difference of that test before Holm, see
    `power`; NaN where no difference could be detected)."""
    constants: pd.DataFrame
    """How often each constant answer is right, one line a pair, in the order of `pairs`: see
    `chance.constant_answers`."""
    partitions: Mapping[str, Partition]
    """"all", "non_zero_baseline" (the main one), "zero_baseline", "gated"."""
    rows: int
    """Rows given."""
    retained: int
    """Rows that the numbers are computed from."""
    not_retained: Mapping[str, int]
    """Reason (every key of `frame.REASONS`) -> rows."""
    retention: pd.DataFrame
    """Rows retained and not, by reason, for each dataset configuration and solver: see
    `retention.retention_table`."""
    rule: str
    """Name of the retention rule."""
    empty_pairs: tuple[str, ...]
    """Labels of pairs of which no row is retained: they are in no number."""
    gate: float
    """Direct accuracy that a gated pair exceeds."""
    calls_per_item: Mapping[str, float | None]
    """Channel -> mean solver calls per retained row: "direct" counts re-asks, "assisted" is asks
    only."""
    tokens: Mapping[str, int]
    """Channel ("direct", "assisted") -> prompt and reply tokens of the solver over retained
    rows."""
    flips: Mapping[str, int]
    """Retained rows by what assistance did: "both_right", "gains", "losses", "both_wrong"."""
    direct_statuses: Mapping[str, int]
    """Extraction status of the direct reply (every one) -> rows given."""
    assisted_statuses: Mapping[str, int]
    """Execution status of the program (every one) -> rows given."""
    band: tuple[BandLine, ...]
    """The headline under other treatments of unread answers."""
    comparison: ArmComparison | None
    """All arms on the same rows; None when no arms were given."""
    direct_over_chance: OverChance | None
    """Direct accuracy over all pairs (those of multi-select items apart) against chance; None where
    the rows do not tell the options."""
    assisted_over_chance: OverChance | None
    """The same of the assisted accuracy."""
    letters: pd.DataFrame
    """See `letters.letter_shares`."""
    letters_overall: pd.DataFrame
    """The same by arm and solver, over all datasets."""
    positions: pd.DataFrame
    """See `positions.position_bias`; no lines where each item was asked in one order."""

    @property
    def at_chance(self) -> bool:
        """Whether direct answers are not above chance: then what assistance adds to them is no gain
        over what the solver knew, and is told as a gain over chance."""
        return self.direct_over_chance is not None and not self.direct_over_chance.above

    @property
    def gain(self) -> str:
        """What a change for the better is called: "gain", or "gain over chance"."""
        return GAIN_OVER_CHANCE if self.at_chance else GAIN

    @property
    def main(self) -> Partition:
        """The partition that the headline speaks of: pairs with at least one correct direct
        answer."""
        return self.partitions[MAIN_PARTITION]

    @property
    def told(self) -> Partition:
        """The partition that a headline tells: the main one; all pairs where direct answers are not
        above chance, as pairs with a correct one are then those that guessed well."""
        return self.partitions["all"] if self.at_chance and self.macro else self.main

    @property
    def macro(self) -> Rates | None:
        """Macro rates of the main partition."""
        return self.main.macro

    @property
    def micro(self) -> Rates | None:
        """Micro rates of the main partition."""
        return self.main.micro

    @property
    def interval(self) -> Interval:
        """Pair-bootstrap interval of the main partition's macro difference."""
        return self.main.interval

    @property
    def clustered(self) -> ClusteredInterval:
        """Item-clustered interval of the main partition's macro difference."""
        return self.main.clustered

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Summary) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # frames have none

    def __repr__(self) -> str:
        told = self.told
        lines = [
            f"Summary: {self.retained:,} of {self.rows:,} rows retained, {told.n_pairs} of "
            f"{len(self.pairs)} dataset-solver pairs ({told.name})"
        ]
        if told.macro is not None:
            lines.append(
                f"  macro accuracy: direct {told.macro.A_b:.1%}, assisted {told.macro.A_a:.1%}, "
                f"generator-side {told.macro.A_g:.1%}"
                + (f", chance {told.level.chance:.1%}" if told.level else "")
            )
            interval = told.headline_interval
            range_ = interval.absence or "no interval"
            if interval.low_pp is not None and interval.high_pp is not None:
                range_ = (
                    f"{interval.level:.0%} CI {interval.low_pp:+.1f} to {interval.high_pp:+.1f}"
                )
            lines.append(f"  {self.gain}: {told.macro.difference_pp:+.1f} pp ({range_})")
        flips = (f"{count:,} {name.replace('_', ' ')}" for name, count in self.flips.items())
        lines.append(f"  rows: {', '.join(flips)}")
        lost = {name: count for name, count in self.not_retained.items() if count}
        if lost:
            told_lost = (f"{name} {count:,}" for name, count in lost.items())
            lines.append(f"  not retained: {', '.join(told_lost)}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy: plain types only, None where a number is undefined."""
        plain = dict(vars(self))
        plain["partitions"] = {name: asdict(part) for name, part in self.partitions.items()}
        plain["band"] = [asdict(line) for line in self.band]
        plain["comparison"] = self.comparison.to_dict() if self.comparison else None
        for name in ("direct_over_chance", "assisted_over_chance"):
            plain[name] = asdict(plain[name]) if plain[name] else None
        plain["gain"] = self.gain
        for name, value in plain.items():
            if isinstance(value, pd.DataFrame):
                plain[name] = plain_lines(value)
            elif isinstance(value, Mapping):
                plain[name] = dict(value)
        return plain
