"""What a comparison of two runs came to: numbers, flips with their test, slices, and what does not
pair.

A is held against B: a gain is a row that B has right and A wrong. Macro is the unweighted mean over
dataset configurations with their solvers and generators, as in a study's headline; "items" is over
items, each once.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.paired_runs import UNPAIRED_REASONS
from cgr_nb.analysis.plain import plain_lines
from cgr_nb.words import RUN_WORDS

__all__ = ["RunComparison", "RunSide", "SideNumbers"]

_STATUSES = 3
"""Statuses of a side that its printed line names."""


@dataclass(frozen=True, slots=True)
class RunSide:
    """What stands on one side of a comparison."""

    label: str
    """What tells it from the other side, in few words."""
    study: str
    """Name of the study."""
    folder: str
    """Where it lies."""
    arm: str
    solvers: tuple[str, ...]
    """Those that its answers depend on; empty where they depend on none."""
    generators: tuple[str, ...]
    answers: int
    """Answers on record, each once."""
    missing: int
    """Rows of the study that are not done yet: they are in nothing here."""


@dataclass(frozen=True, slots=True)
class SideNumbers:
    """How one side did on the pairs that can be scored."""

    macro: float
    """Accuracy, 0 to 1."""
    interval: ClusteredInterval
    """Of it, in percent; items drawn with all their solvers."""
    over_items: float
    """Accuracy over items."""
    calls: float
    """Solver calls an answer, mean over rows."""
    tokens: float
    """Solver tokens an answer, prompt and reply."""
    generator_calls: float
    generator_tokens: float
    statuses: Mapping[str, int]
    """Status -> rows, the most frequent first."""


@dataclass(frozen=True, eq=False, repr=False)
class RunComparison:
    """Two runs on the same items. Printed, it is the few lines that matter most."""

    a: RunSide
    b: RunSide
    within: tuple[str, ...]
    """What had to be equal beside the item: some of "solver" and "generator"."""
    settings: tuple[tuple[str, str, str], ...]
    """What the two studies set otherwise: name, A's value, B's value; empty within one study."""
    pairs: pd.DataFrame
    """One line a pair, scored or not: see `paired_runs.Pairing.pairs`; and `flip`: "gain" (B right,
    A wrong), "loss", "both_right", "both_wrong"; "" where it can't be scored."""
    unpaired: pd.DataFrame
    """One line an answer without a partner: see `paired_runs.Pairing.unpaired`."""
    rows: int
    """Pairs that can be scored: what every number is computed from."""
    items: int
    """Their items, whatever the order of options."""
    cells: int
    """Dataset configurations with their solvers and generators."""
    numbers: Mapping[str, SideNumbers]
    """"a" and "b" -> how it did."""
    difference_pp: float
    """Macro accuracy of B minus that of A, in percentage points."""
    interval: ClusteredInterval
    """Of it; items drawn with all their solvers."""
    difference_over_items_pp: float
    """The same over items."""
    detectable_pp: float | None
    """Minimum detectable macro difference (power 0.8, two-sided 5 %); None when undefined, or
    where no difference could be detected (`power.possible_pp`)."""
    flips: Mapping[str, int]
    """"both_right", "gain", "loss", "both_wrong" -> rows."""
    item_gains: int
    """Items of a pair with more rows gained than lost: what the test counts."""
    item_losses: int
    p_value: float
    """Exact McNemar over those. It takes them to be independent, which they are not where solvers
    share items: read it as a description and the interval as the evidence."""
    same_letter: int
    """Rows in which both gave the same letters."""
    not_scored: Mapping[str, int]
    """Why a pair can't be scored ("no_gold", "error_a", "error_b") -> pairs."""
    slices: pd.DataFrame
    """See `run_slices.SliceTable.lines`."""
    slice_values: pd.DataFrame
    """A column a kind of slice, a line a pair that can be scored, by the index of `pairs`."""
    slice_level: float
    """Level at which each interval of the slices is read for all to hold at 95 %."""

    @property
    def not_paired(self) -> dict[str, dict[str, int]]:
        """Side -> reason (of `UNPAIRED_REASONS`) -> answers without a partner."""
        counts = self.unpaired.groupby(["side", "reason"]).size()
        return {
            side: {reason: int(counts.get((side, reason), 0)) for reason in UNPAIRED_REASONS}
            for side in ("a", "b")
        }

    def notes(self) -> list[str]:
        """What is left out, and why, a sentence each; empty where nothing is."""
        words = RUN_WORDS["notes"]
        found = []
        for side, other in (("a", "b"), ("b", "a")):
            names = {"side": side.upper(), "other": other.upper()}
            for reason, count in self.not_paired[side].items():
                if count:
                    found.append(words[f"unpaired_{reason}"].format(count=f"{count:,}", **names))
            missing = self._side(side).missing
            # Two sides of one study lack the same rows.
            if missing and (side == "a" or self.a.folder != self.b.folder):
                both = "A and B" if self.a.folder == self.b.folder else side.upper()
                found.append(words["missing"].format(count=f"{missing:,}", side=both))
        for reason, count in self.not_scored.items():
            if count:
                found.append(words[reason].format(count=f"{count:,}"))
        if self.rows and self.pairs["gold_letters"].str.len().gt(1).any():
            found.append(words["multi"])
        return found

    def lines(self) -> list[str]:
        """The comparison in a few lines of text."""
        told = [
            f"  {side.upper()}  {self._side(side).label}: "
            f"{numbers.macro:.1%}{_within(numbers.interval)}"
            for side, numbers in self.numbers.items()
        ]
        span = _ends(self.interval)
        interval = f"95 % CI {span}" if span else self.interval.absence or "no interval"
        gains, losses = self.flips["gain"], self.flips["loss"]
        return [
            *told,
            f"  B - A: {self.difference_pp:+.1f} pp ({interval}; macro, items resampled)",
            f"  flips: {gains:,} rows correct only in B, {losses:,} only in A; exact McNemar over"
            f" items {_p_text(self.p_value)}; same answer in {self.same_letter:,} of {self.rows:,}",
            "  statuses: "
            + "; ".join(
                f"{side.upper()} {_shares(numbers.statuses)}"
                for side, numbers in self.numbers.items()
            ),
            f"  paired: {self.rows:,} rows on {self.items:,} items"
            + "".join(f"; within the same {name}" for name in self.within),
            *(f"  {note}" for note in self.notes()),
        ]

    def _side(self, side: str) -> RunSide:
        return self.a if side == "a" else self.b

    def __repr__(self) -> str:
        return "\n".join(["Comparison of two runs", *self.lines()])

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{html.escape(line.strip())}</li>" for line in self.lines())
        table = self.slices.to_html(index=False, max_rows=30, float_format="{:.3f}".format)
        return f"<div><ul>{lines}</ul>{table if len(self.slices) else ''}</div>"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy: plain types only, None where a number is undefined."""
        plain = {
            **vars(self),
            "a": asdict(self.a),
            "b": asdict(self.b),
            "within": list(self.within),
            "settings": [
                {"name": name, "a": first, "b": second} for name, first, second in self.settings
            ],
            "numbers": {side: asdict(numbers) for side, numbers in self.numbers.items()},
            "interval": asdict(self.interval),
            "flips": dict(self.flips),
            "not_scored": dict(self.not_scored),
            "not_paired": self.not_paired,
            "notes": self.notes(),
            "pairs": plain_lines(self.pairs.drop(columns="cluster")),
            "unpaired": plain_lines(self.unpaired[["side", "reason", "row_id", "item_id"]]),
            "slices": plain_lines(self.slices),
        }
        del plain["slice_values"]
        return plain


def _ends(interval: ClusteredInterval) -> str:
    if interval.low_pp is None or interval.high_pp is None:
        return ""
    return f"{interval.low_pp:+.1f} to {interval.high_pp:+.1f}"


def _within(interval: ClusteredInterval) -> str:
    if interval.low_pp is None or interval.high_pp is None:
        return ""
    return f" (95 % CI {interval.low_pp:.1f} to {interval.high_pp:.1f})"


def _shares(statuses: Mapping[str, int]) -> str:
    """The most frequent statuses as shares of the rows, and how many are left out."""
    rows, shown = sum(statuses.values()), list(statuses.items())[:_STATUSES]
    told = [f"{status} {count / rows:.1%}" for status, count in shown]
    if (more := len(statuses) - len(shown)) > 0:
        told.append(f"{more} more")
    return ", ".join(told)


def _p_text(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
