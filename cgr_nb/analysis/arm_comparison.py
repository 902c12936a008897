"""What a comparison of arms came to: a line an arm, and how the reference differs from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from cgr_nb.analysis.answer_steps import MEASURED
from cgr_nb.analysis.best_arm import BestArm
from cgr_nb.analysis.chance import ChanceLevel, OverChance
from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.complement import Complement
from cgr_nb.analysis.plain import plain_lines
from cgr_nb.analysis.primary import Primary
from cgr_nb.analysis.seed_spread import SeedSpread
from cgr_nb.analysis.setup_costs import SetupCost
from cgr_nb.analysis.simultaneous import SimultaneousInterval

__all__ = ["ENOUGH_ROWS", "ArmComparison", "ArmLine", "ArmVersus", "Matched"]

ENOUGH_ROWS = 0.95
"""Share of its rows that a table of all arms must hold to be told in a headline."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One arm where each row may spend as much as the scaffold of that row spent, and no more."""

    accuracy: float
    """Macro, 0 to 1; an arm that is cheaper is as it ran."""
    finished: float
    """Share of the rows on which it has an answer within that budget; on the others it is wrong."""
    difference_pp: float
    """Macro accuracy of the reference minus this, in percentage points."""
    interval: SimultaneousInterval
    """Of that difference, over all arms."""


@dataclass(frozen=True, slots=True)
class ArmVersus:
    """The reference arm against one other, on the same rows."""

    rows: int
    """Rows that both were asked: what the numbers below are computed from."""
    difference_pp: float
    """Macro accuracy of the reference minus that of the arm, in percentage points."""
    interval: ClusteredInterval
    """Of that difference alone, items drawn with all their solvers."""
    simultaneous: SimultaneousInterval
    """The same, wide enough to hold together with those of the other arms: over all arms; for a
    primary comparison that was named beforehand, over the primary ones."""
    gains: int
    """Rows that the reference has right and the arm wrong."""
    losses: int
    """Rows that the arm has right and the reference wrong."""
    p_value: float
    """Exact McNemar over all rows, those of one item in other orders of its options taken as one.
    It takes rows to be independent, which they are not where solvers share items: read it
    as a description and the interval as the evidence."""
    p_holm: float
    """The same, Holm over the arms compared."""
    pairs_better: int
    """Pairs in which the reference is better by their own exact McNemar test at 5 %, Holm over the
    pairs of this arm."""
    pairs_worse: int


@dataclass(frozen=True, slots=True)
class ArmLine:
    """One arm over the common rows."""

    arm: str
    accuracy: float
    """Macro: unweighted mean over pairs, 0 to 1; of an arm with several seeds, under the first."""
    interval: ClusteredInterval
    """Of the accuracy, in percent; items drawn with all their solvers."""
    micro: float
    """Over rows, 0 to 1."""
    calls: float
    """Solver calls an item, mean over rows."""
    tokens: float
    """Solver tokens an item, prompt and reply."""
    generator_calls: float
    """Generator calls an item, as if the arm had been run alone."""
    generator_tokens: float
    over_chance: OverChance | None
    """Its accuracy against chance on these rows; None where chance is not known."""
    versus: ArmVersus | None
    """The reference arm against this one; None for the reference itself."""
    primary: bool = False
    """Whether the comparison with it was named as the study's question before the first answer."""
    seeds: SeedSpread | None = None
    """Its accuracy under several seeds; None where it has one."""
    matched: Mapping[str, Matched] = field(default_factory=dict)
    """"calls" and "tokens" -> the arm at the scaffold's own spending; empty where the reference is
    no scaffold, and for the reference itself."""
    setup: SetupCost | None = None
    """What it cost before its first answer; None where nothing was prepared."""


@dataclass(frozen=True)
class ArmComparison:
    """All arms on the same rows."""

    reference: str
    partition: str
    """"non_zero_baseline" (pairs with a correct direct answer among all rows asked), or
    "all": where that was asked for, where no pair has one, or where the direct arm is not there."""
    rows: int
    """Common rows of those pairs: what every number but `versus` is computed from."""
    rows_of: int
    """Rows of those pairs that any arm was asked."""
    items: int
    n_pairs: int
    level: ChanceLevel | None
    """What can be had on these rows without knowing anything; None where it is not known."""
    left_out: Mapping[str, int]
    """Arm -> rows of the partition that others were asked and it was not: not run, or not tried for
    an outside reason. They are in no accuracy; the other arms are compared on them all the same."""
    statuses: Mapping[str, Mapping[str, int]]
    """Arm -> status -> rows that it ended in so, of all rows on record, the most frequent first."""
    lines: tuple[ArmLine, ...]
    """In the order of `ARM_ORDER`, without arms that were asked nothing; empty when there are no
    common rows."""
    pairs: pd.DataFrame
    """One line for each arm other than the reference and pair: `arm`, `PAIR_KEY`, `n`, `accuracy`,
    `reference_accuracy`, `difference_pp`, `gains`, `losses`, `items`, `item_gains`, `item_losses`
    (see `pairs.count_flips`), `p_value`, `p_holm` (exact McNemar over items, Holm over the pairs of
    the arm)."""
    curves: pd.DataFrame
    """See `budget_curves.curve_table`; no lines where the steps of answers are not given."""
    best: BestArm | None
    """What choosing the best arm is worth; None where there is nothing to choose."""
    complement: Complement | None
    """What arms have right that others have not; None for a single arm."""
    primary: Primary | None
    """The comparisons that the study named as its question; None where it named none."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Arm -> its kind, where the study gives it a name of its own; for drawings, no result."""

    @property
    def is_whole(self) -> bool:
        """Whether the common rows are nearly all: else no headline is made of them."""
        return self.rows >= ENOUGH_ROWS * self.rows_of

    @property
    def comparisons(self) -> int:
        """Arms that the reference is held against."""
        return sum(line.versus is not None for line in self.lines)

    @property
    def table(self) -> pd.DataFrame:
        """One line an arm, for tables and charts: `arm`, `accuracy`, `low`, `high` (interval, as
        shares), `micro`, costs, `chance`, `above_chance`, `primary`, and against the reference
        `difference_pp`, `low_pp`, `high_pp` (of this difference alone), `joint_low_pp`,
        `joint_high_pp`, `detectable_pp` (simultaneous), `gains`, `losses`, `p_value`, `p_holm`,
        `pairs_better`, `pairs_worse`."""
        lines = []
        for line in self.lines:
            versus = asdict(line.versus) if line.versus else {}
            over = line.over_chance
            interval, joint = versus.pop("interval", {}), versus.pop("simultaneous", {})
            versus.pop("rows", None)
            lines.append(
                {
                    "arm": line.arm,
                    "accuracy": line.accuracy,
                    "low": _share(line.interval.low_pp),
                    "high": _share(line.interval.high_pp),
                    "micro": line.micro,
                    "calls": line.calls,
                    "tokens": line.tokens,
                    "generator_calls": line.generator_calls,
                    "generator_tokens": line.generator_tokens,
                    "chance": self.level.chance if self.level else None,
                    "above_chance": over.above if over else None,
                    "primary": line.primary,
                    "low_pp": interval.get("low_pp"),
                    "high_pp": interval.get("high_pp"),
                    "joint_low_pp": joint.get("low_pp"),
                    "joint_high_pp": joint.get("high_pp"),
                    "detectable_pp": joint.get("detectable_pp"),
                    **versus,
                }
            )
        return pd.DataFrame(lines)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy: plain types only, None where a number is undefined. Without what a
        machine measured (`answer_steps.MEASURED`), so that the same answers give the same."""
        measured = [*MEASURED, *(f"front_{cost}" for cost in MEASURED)]
        curves = self.curves.drop(columns=measured)
        return {
            **{name: value for name, value in vars(self).items() if name != "kinds"},
            "left_out": dict(self.left_out),
            "statuses": {arm: dict(counts) for arm, counts in self.statuses.items()},
            "lines": [asdict(line) for line in self.lines],
            "level": _plain(self.level),
            "pairs": plain_lines(self.pairs),
            "curves": plain_lines(curves),
            "best": _plain(self.best),
            "complement": _plain(self.complement),
            "primary": _plain(self.primary),
        }


def _plain(record: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any dataclass
    return None if record is None else asdict(record)


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
