"""All arms on the same rows: accuracy, cost, and how the reference arm differs from each.

Accuracies stand on the rows that every compared arm was asked, so that none is flattered by the
rows it was not; the reference and one other arm are compared on the rows that these two were asked.
An answer without a letter is wrong, whatever kept the arm from giving one: no arm's failure changes
the rows of another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cgr_nb.analysis.arm_comparison import ArmComparison, ArmLine, ArmVersus, Matched
from cgr_nb.analysis.arm_frame import ARM_COLUMNS
from cgr_nb.analysis.arm_lines import GROUP, Levels, arm_lines, arm_tests, strata_of_arms
from cgr_nb.analysis.arm_record import ArmRecord
from cgr_nb.analysis.best_arm import BestArm, best_arm
from cgr_nb.analysis.budget_curves import CURVE_COLUMNS, StepsByAnswer, Stopped, curve_table
from cgr_nb.analysis.chance import ChanceLevel, chance_level, constant_answers
from cgr_nb.analysis.clustered import draw_macros
from cgr_nb.analysis.codes import codes_of, codes_together, places_among
from cgr_nb.analysis.complement import complement
from cgr_nb.analysis.matched_spending import Budgeted, matched_spending, within_budgets
from cgr_nb.analysis.mcnemar import holm
from cgr_nb.analysis.pairs import PAIR_KEY, item_means, macro_weights, pair_places
from cgr_nb.analysis.seed_spread import SeedSpread, repeats_of, seed_spread
from cgr_nb.analysis.setup_costs import SetupCost, break_even
from cgr_nb.analysis.strata import Floats, Strata
from cgr_nb.errors import CgrError

__all__ = ["ARM_ORDER", "compare_arms"]

ARM_ORDER = (
    "direct",
    "readout",
    "scored_direct",
    "scored_ensemble",
    "cot",
    "self_consistency",
    "stub_solver",
    "foreign_scaffold",
    "pal",
    "generator_only",
    "cgr",
    "consensus",
    "code_t",
    "csv",
    "cot_program",
    "deductive",
    "chain_of_code",
    "code_plan",
    "think_execute",
    "cogex",
    "cotacs",
    "diagram",
    "steer",
    "code_act",
)
"""Known arms from the plainest prompt to the whole method; others follow by name."""
_OF_ANSWER = ["answer_id", "correct", "calls", "tokens", "generator_calls", "generator_tokens"]


def compare_arms(
    arms: pd.DataFrame,
    *,
    reference: str = "cgr",
    only: Sequence[str] | None = None,
    every_pair: bool = False,
    record: ArmRecord | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> ArmComparison:
    """Compare arms on the rows that all of them were asked.

    Args:
        arms: As `arm_frame.arm_frame` returns it.
        reference: The arm that the others are held against.
        only: Arms to compare, the reference included; None for all that are there.
        every_pair: Compare on all pairs, and not on those with a correct direct answer alone: where
            direct answers are guesses, these are pairs that guessed well.
        record: Spending on the way, setups and what was said beforehand; None: there are no curves,
            nothing is matched, and no comparison is primary.
        resamples: Draws of the clustered intervals.
        seed: Of those draws.

    Raises:
        CgrError: A column is missing, a (row, arm) appears twice, or an arm is not there.
    """
    names, repeats = _chosen(arms, reference, only)
    draws = _Draws(resamples, seed)
    kept, partition = _partition(_with_clusters(arms[arms["asked"]]), every_pair)
    common = _common(kept, names, reference)
    right, answered, names = common.right, common.answered, list(common.answered)
    others = [name for name in names if name != reference]
    tests = arm_tests(right, reference, others)
    lines: tuple[ArmLine, ...] = ()
    matched: dict[str, dict[str, Matched]] = {}
    primary = record.primary if record else None
    stopped = _stopped(right, answered, record)
    if len(right):
        budgeted = Budgeted({}, {})
        if reference == "cgr" and reference in stopped:
            budgeted = within_budgets(stopped, reference)
        beside = _beside(right, budgeted.right)
        strata, macros = draws.of(beside, [*names, *budgeted.right])
        beforehand = primary.arms if primary and primary.holds else ()
        lines, levels = arm_lines(
            right,
            answered,
            tests,
            reference,
            primary=beforehand,
            levels=None,
            macros=macros[:, : len(names)],
            resamples=draws.resamples,
            seed=draws.seed,
        )
        if budgeted.right:
            held = [name for name in stopped if name != reference]
            matched = matched_spending(beside, budgeted, reference, held, (strata, macros))
        if len(names) > 2 and common.rows_of > len(right):
            lines, tests = _each_alone(kept, lines, reference, levels, draws)
    curves = pd.DataFrame(columns=list(CURVE_COLUMNS))
    if stopped:
        curves = curve_table(stopped, macro_weights(right))
    seeds = _seeds(kept, repeats)
    setups = _setups(kept, lines, record, reference)
    return ArmComparison(
        reference=reference,
        partition=partition,
        rows=len(right),
        rows_of=common.rows_of,
        items=int(right["cluster"].nunique()),
        n_pairs=len(right.drop_duplicates(PAIR_KEY)),
        level=_level(right),
        left_out=common.left_out,
        statuses=_statuses(arms, list(common.left_out)),
        lines=tuple(
            replace(
                line,
                seeds=seeds.get(line.arm),
                matched=matched.get(line.arm, {}),
                setup=setups.get(line.arm),
            )
            for line in lines
        ),
        pairs=tests,
        curves=curves,
        best=_best(right, lines, seed),
        complement=complement(right, names),
        primary=primary,
        kinds=record.kinds if record else {},
    )


@dataclass(frozen=True, slots=True)
class _Draws:
    """How intervals are drawn."""

    resamples: int
    seed: int

    def of(self, right: pd.DataFrame, values: Sequence[str]) -> tuple[Strata, Floats]:
        """Rows as matrices, and the draws of all their values at once."""
        strata = strata_of_arms(right, values)
        macros = draw_macros(strata, drawn="items", resamples=self.resamples, seed=self.seed)
        return strata, macros


@dataclass(frozen=True, slots=True)
class _Common:
    """The rows that all of some arms were asked."""

    right: pd.DataFrame
    """One line a row: what tells its pair, item and chance, and whether each arm is right."""
    answered: Mapping[str, pd.DataFrame]
    """Arm -> its lines, in the order of `right`; arms that were asked nothing are left out."""
    left_out: Mapping[str, int]
    rows_of: int
    """Rows that any of them was asked."""


def _common(kept: pd.DataFrame, names: Sequence[str], reference: str) -> _Common:
    arm = places_among(kept["arm"], pd.Index(names))
    row, ids = _numbered(kept["row_id"], arm >= 0)
    line, known = np.full((len(names), ids), -1), np.flatnonzero(arm >= 0)
    line[arm[known], row] = known
    left_out = {name: int((places < 0).sum()) for name, places in zip(names, line, strict=True)}
    # An arm that was asked nothing has no accuracy, and is no reason for the others to have none.
    asked = (line >= 0).any(axis=1) | (np.array(names) == reference)
    names, line = [name for name, one in zip(names, asked, strict=True) if one], line[asked]
    common = (line >= 0).all(axis=0)
    told = kept[[name for name in _OF_ANSWER if name in kept.columns]]
    answered = {
        name: told.take(places[common]).reset_index(drop=True)
        for name, places in zip(names, line, strict=True)
    }
    of_row = kept[["cluster", "chance", "gold_letters", *PAIR_KEY]]
    ours = of_row.take(line[names.index(reference)][common]).reset_index(drop=True)
    correct = {name: of["correct"].astype(bool) for name, of in answered.items()}
    return _Common(_beside(ours, correct), answered, left_out, ids)


def _numbered(ids: pd.Series, ours: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """Numbers of some lines' ids in their order, from 0 without a gap, and how many ids these
    are."""
    code, known = codes_of(ids)
    code = code[ours]
    there = np.zeros(len(known) + 1, dtype=bool)
    there[code] = True
    # A line without an id is at no number; the last place is its.
    numbers = np.cumsum(there[:-1]) - 1
    return np.append(numbers, -1)[code], int(there[:-1].sum())


def _beside(frame: pd.DataFrame, columns: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """A frame with more columns, all at once: pandas warns of a hundred that come one by one."""
    return pd.concat([frame, pd.DataFrame(dict(columns), index=frame.index)], axis=1)


def _each_alone(
    kept: pd.DataFrame,
    lines: Sequence[ArmLine],
    reference: str,
    levels: Levels,
    draws: _Draws,
) -> tuple[tuple[ArmLine, ...], pd.DataFrame]:
    """The reference against each arm on all rows that these two were asked: rows that a third arm
    was not asked say as much about these two as any other. How strictly the intervals are read
    together is told by the rows that all were asked."""
    found: dict[str, ArmVersus] = {}
    tables = []
    for line in lines:
        if line.arm == reference:
            continue
        two = _common(kept, sorted((line.arm, reference), key=_place), reference)
        tests = arm_tests(two.right, reference, [line.arm])
        ours, _ = arm_lines(
            two.right,
            two.answered,
            tests,
            reference,
            primary=(),
            levels=levels,
            resamples=draws.resamples,
            seed=draws.seed,
        )
        tables.append(tests)
        found |= {one.arm: one.versus for one in ours if one.versus is not None}
    p_values = holm([versus.p_value for versus in found.values()])
    corrected = {
        arm: replace(versus, p_holm=p_holm)
        for (arm, versus), p_holm in zip(found.items(), p_values, strict=True)
    }
    pairs = pd.concat(tables, ignore_index=True)
    return tuple(replace(line, versus=corrected.get(line.arm)) for line in lines), pairs


def _stopped(
    right: pd.DataFrame, answered: Mapping[str, pd.DataFrame], record: ArmRecord | None
) -> dict[str, Stopped]:
    """Every place at which arms could have stopped, of those whose steps are on record."""
    if record is None or right.empty:
        return {}
    steps = StepsByAnswer(record.steps)
    found = {
        arm: steps.stopped(lines["answer_id"], right["gold_letters"])
        for arm, lines in answered.items()
    }
    return {arm: one for arm, one in found.items() if one is not None}


def _seeds(kept: pd.DataFrame, repeats: Mapping[str, Sequence[str]]) -> dict[str, SeedSpread]:
    found = {}
    for arm, names in repeats.items():
        lines = {name: kept[kept["arm"] == name] for name in (arm, *names)}
        if (spread := seed_spread(lines, arm, names)) is not None:
            found[arm] = spread
    return found


def _setups(
    kept: pd.DataFrame, lines: Sequence[ArmLine], record: ArmRecord | None, reference: str
) -> dict[str, SetupCost]:
    """What arms cost before their first answer, held against the reference."""
    spent = {one.arm: one for one in record.setups} if record else {}
    each = {line.arm: line.tokens + line.generator_tokens for line in lines}
    found = {}
    for arm in [line.arm for line in lines if line.arm in spent]:
        rows, tokens = int((kept["arm"] == arm).sum()), spent[arm].tokens
        tokens += spent[arm].generator_tokens
        pays = break_even(tokens, each[arm], each[reference])
        found[arm] = SetupCost(spent[arm], rows, tokens / rows, pays)
    return found


def _best(right: pd.DataFrame, lines: Sequence[ArmLine], seed: int) -> BestArm | None:
    if not lines:
        return None
    accuracy = {line.arm: line.accuracy for line in lines}
    strata = strata_of_arms(right, list(accuracy))
    return best_arm(strata, list(accuracy), accuracy, group=GROUP, seed=seed)


def _with_clusters(arms: pd.DataFrame) -> pd.DataFrame:
    """Arms with what tells chance, where the frame lacks it: then each item stands for itself."""
    lacking = dict.fromkeys(("cluster", "chance", "gold_letters"), math.nan)
    found = arms.assign(**{name: of for name, of in lacking.items() if name not in arms.columns})
    others = {"cluster": found["item_id"], "gold_letters": ""}
    gaps = {name: found[name].notna() for name in others}
    return found.assign(
        **{
            name: found[name].astype(object).where(there, others[name])
            for name, there in gaps.items()
            if not there.all()
        }
    )


def _level(right: pd.DataFrame) -> ChanceLevel | None:
    if right.empty:
        return None
    pairs = item_means(right, ["chance"])
    return chance_level(pairs["chance"], constant_answers(right, pairs), [True] * len(pairs))


def _statuses(arms: pd.DataFrame, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Arm -> status -> rows."""
    # By codes: to look for each name among all lines takes ten times as long.
    arm = places_among(arms["arm"], pd.Index(names))
    status, told = codes_of(arms["status"])
    ours = (arm >= 0) & (status >= 0)
    shape = (len(names), len(told))
    counts = np.bincount(arm[ours] * shape[1] + status[ours], minlength=shape[0] * shape[1])
    found = {}
    for name, of_arm in zip(names, counts.reshape(shape).tolist(), strict=True):
        there = [(str(one), count) for one, count in zip(told, of_arm, strict=True) if count]
        found[name] = dict(sorted(there, key=lambda pair: (-pair[1], pair[0])))
    return found


def _chosen(
    arms: pd.DataFrame, reference: str, only: Sequence[str] | None
) -> tuple[list[str], dict[str, list[str]]]:
    """The arms to compare, in their order, and of those with several seeds the names of the further
    ones, which are no arms of their own."""
    may_lack = ("cluster", "chance", "gold_letters", "answer_id")
    missing = [name for name in ARM_COLUMNS if name not in arms.columns and name not in may_lack]
    if missing:
        raise CgrError(f"columns are missing: {', '.join(missing)}", where="arms frame")
    again = pd.Series(codes_together(arms, ["row_id", "arm"])).duplicated().to_numpy()
    twice = arms.loc[again, ["row_id", "arm"]]
    if len(twice):
        raise CgrError(
            f"arm {twice['arm'].iloc[0]!r} appears twice", where=f"row {twice['row_id'].iloc[0]!r}"
        )
    there = set(arms["arm"].unique()) or {reference}
    names = there if only is None else {*only, reference}
    strange = sorted({*names, reference} - there)
    if strange:
        raise CgrError(
            f"no answers of arm {strange[0]!r}",
            where="arms frame",
            got=", ".join(sorted(there)),
            fix="compare arms that were run",
        )
    repeats = repeats_of(sorted(there))
    further = {name for some in repeats.values() for name in some}
    ours = sorted(set(names) - further, key=_place)
    return ours, {arm: some for arm, some in repeats.items() if arm in ours}


def _place(name: str) -> tuple[int, str]:
    return (ARM_ORDER.index(name) if name in ARM_ORDER else len(ARM_ORDER), name)


def _partition(kept: pd.DataFrame, every_pair: bool) -> tuple[pd.DataFrame, str]:
    """The lines of the pairs that are compared, and what those pairs are called."""
    direct = kept[kept["arm"] == "direct"]
    baseline = direct.loc[direct["correct"].astype(bool), PAIR_KEY].drop_duplicates()
    if every_pair or baseline.empty:
        return kept, "all"
    ours = pair_places(kept, baseline) >= 0
    return kept[ours].reset_index(drop=True), "non_zero_baseline"
