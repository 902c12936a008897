"""Rows -> every number of the headline, in one call.

Accuracies are shares (0 to 1), differences percentage points (pp). Macro is the unweighted mean
over pairs, micro is over rows. All of it is descriptive of the rows at hand; the interval covers
the choice of pairs only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from cgr_nb.analysis.band import BAND_VARIANTS, extraction_band
from cgr_nb.analysis.bootstrap import Interval, pair_bootstrap
from cgr_nb.analysis.frame import (
    ASSISTED_STATUSES,
    DIRECT_STATUSES,
    REASONS,
    all_channels_attempted,
    annotate,
)
from cgr_nb.analysis.mcnemar import holm, mcnemar_exact
from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels, pair_table

__all__ = ["MAIN_PARTITION", "BandLine", "Partition", "Rates", "Summary", "summarise"]

MAIN_PARTITION = "non_zero_baseline"


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


@dataclass(frozen=True, slots=True)
class BandLine:
    """The main partition under one treatment of answers that could not be read."""

    name: str
    """A key of `band.BAND_VARIANTS`."""
    meaning: str
    n_pairs: int
    n_rows: int
    macro: Rates | None


@dataclass(frozen=True)
class Summary:
    """Every number of a study's headline. Computed once, never changed."""

    pairs: pd.DataFrame
    """One line a pair: see `pairs.pair_table`, and `p_value`, `p_holm` (exact McNemar, Holm over
    all pairs)."""
    partitions: Mapping[str, Partition]
    """"all", "non_zero_baseline" (the main one), "zero_baseline", "gated"."""
    rows: int
    """Rows given."""
    retained: int
    """Rows that the numbers are computed from."""
    not_retained: Mapping[str, int]
    """Reason (every key of `frame.REASONS`) -> rows."""
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

    @property
    def main(self) -> Partition:
        """The partition that the headline speaks of: pairs with at least one correct direct
        answer."""
        return self.partitions[MAIN_PARTITION]

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

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy: plain types only, None where a number is undefined."""
        plain = {name: value for name, value in vars(self).items() if name != "pairs"}
        plain["partitions"] = {name: asdict(part) for name, part in self.partitions.items()}
        plain["band"] = [asdict(line) for line in self.band]
        for name, value in plain.items():
            if isinstance(value, Mapping):
                plain[name] = dict(value)
        # tolist() turns numpy scalars into Python ones, which json can write.
        columns = {str(name): self.pairs[name].tolist() for name in self.pairs.columns}
        plain["pairs"] = [
            dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)
        ]
        return plain


def summarise(
    rows: pd.DataFrame, *, resamples: int = 10_000, seed: int = 0, gate: float = 0.30
) -> Summary:
    """Compute the headline of a study.

    Args:
        rows: One line a row, the columns of `records.Row` (see `frame.ROW_COLUMNS`). Order does not
            matter.
        resamples: Resamples of each pair bootstrap.
        seed: Seed of each pair bootstrap.
        gate: Direct accuracy that a pair must exceed to be in the gated partition.

    Raises:
        CgrError: The frame is not a frame of rows; see `frame.annotate`.
    """
    frame = annotate(rows)
    kept = frame[frame["retained"]]
    pairs = pair_table(frame, gate=gate)
    pairs["p_value"] = [
        mcnemar_exact(int(gains), int(losses))
        for gains, losses in zip(pairs["gains"], pairs["losses"], strict=True)
    ]
    pairs["p_holm"] = holm(pairs["p_value"].tolist())

    chosen = {
        "all": pairs,
        "non_zero_baseline": pairs[pairs["non_zero_baseline"]],
        "zero_baseline": pairs[pairs["zero_baseline"]],
        "gated": pairs[pairs["gated"]],
    }
    return Summary(
        pairs=pairs,
        partitions={name: _partition(name, part, resamples, seed) for name, part in chosen.items()},
        rows=len(frame),
        retained=len(kept),
        not_retained=_counts(frame["reason"], tuple(REASONS)),
        rule=all_channels_attempted.__name__,
        empty_pairs=_empty_pairs(frame),
        gate=gate,
        calls_per_item={
            "direct": _mean(kept["direct_retries"] + 1),
            "assisted": _mean(kept["asks"]),
        },
        tokens={
            "direct": int(kept["direct_tokens"].sum()),
            "assisted": int(kept["assisted_tokens"].sum()),
        },
        flips={
            "both_right": int((kept["direct_correct"] & kept["assisted_correct"]).sum()),
            "gains": int(pairs["gains"].sum()),
            "losses": int(pairs["losses"].sum()),
            "both_wrong": int((~kept["direct_correct"] & ~kept["assisted_correct"]).sum()),
        },
        direct_statuses=_counts(frame["direct_status"], DIRECT_STATUSES),
        assisted_statuses=_counts(frame["assisted_status"], ASSISTED_STATUSES),
        band=tuple(
            BandLine(name, BAND_VARIANTS[name], len(table), int(table["n"].sum()), _macro(table))
            for name, table in extraction_band(frame, pairs).items()
        ),
    )


def _partition(name: str, pairs: pd.DataFrame, resamples: int, seed: int) -> Partition:
    return Partition(
        name=name,
        n_pairs=len(pairs),
        n_rows=int(pairs["n"].sum()),
        macro=_macro(pairs),
        micro=_micro(pairs),
        interval=pair_bootstrap(pairs["difference_pp"].to_numpy(), resamples=resamples, seed=seed),
    )


def _macro(pairs: pd.DataFrame) -> Rates | None:
    if pairs.empty:
        return None
    means = pairs[["A_b", "A_a", "A_g", "difference_pp"]].mean()
    return Rates(*(float(value) for value in means))


def _micro(pairs: pd.DataFrame) -> Rates | None:
    if pairs.empty:
        return None
    rows = float(pairs["n"].sum())
    direct, assisted, generator = (
        # Counts are whole numbers; rounding undoes the division that made the share.
        float((pairs[name] * pairs["n"]).round().sum()) / rows
        for name in ("A_b", "A_a", "A_g")
    )
    flips = float((pairs["gains"] - pairs["losses"]).sum())
    return Rates(direct, assisted, generator, 100.0 * flips / rows)


def _empty_pairs(frame: pd.DataFrame) -> tuple[str, ...]:
    kept = frame.groupby(PAIR_KEY, observed=True)["retained"].any().reset_index()
    labels = pd.Series(pair_labels(kept), dtype="str")
    return tuple(labels[~kept["retained"].astype(bool)])


def _counts(values: pd.Series[Any], names: tuple[str, ...]) -> dict[str, int]:
    counts = values.value_counts()
    return {name: int(counts.get(name, 0)) for name in names}


def _mean(values: pd.Series[Any]) -> float | None:
    return float(values.mean()) if len(values) else None
