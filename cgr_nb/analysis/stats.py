"""Rows -> every number of the headline, in one call: see `summary.Summary`.

All of it is descriptive of the rows at hand; each interval says what it draws anew.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison
from cgr_nb.analysis.arm_frame import first_seeds
from cgr_nb.analysis.arm_record import ArmRecord
from cgr_nb.analysis.arms import compare_arms
from cgr_nb.analysis.band import BAND_VARIANTS, extraction_band, rescue_note
from cgr_nb.analysis.bootstrap import pair_bootstrap
from cgr_nb.analysis.chance import OverChance, chance_level, constant_answers, over_chance
from cgr_nb.analysis.clustered import clustered_intervals
from cgr_nb.analysis.frame import (
    ANNOTATED,
    ASSISTED_STATUSES,
    DIRECT_STATUSES,
    REASONS,
    all_channels_attempted,
    annotate,
)
from cgr_nb.analysis.letters import answer_lines, letter_shares
from cgr_nb.analysis.mcnemar import holm, mcnemar_exact
from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels, pair_table
from cgr_nb.analysis.positions import position_bias
from cgr_nb.analysis.power import detectable_by_mcnemar, detectable_pp
from cgr_nb.analysis.retention import retention_table
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import strata_of
from cgr_nb.analysis.summary import MAIN_PARTITION, BandLine, Partition, Rates, Summary
from cgr_nb.answer_record import CHANNELS
from cgr_nb.util.content_memo import kept_by_content

__all__ = ["MAIN_PARTITION", "BandLine", "Partition", "Rates", "Summary", "summarise"]

DIFFERENCE = {"assisted_correct": 1.0, "direct_correct": -1.0}
"""What the clustered intervals are of."""
MOST_KEPT = 5_000
"""Rows and answers of which a summary is kept: to read through so many takes a hundredth of it."""


def _is_small(rows: pd.DataFrame, *, arms: pd.DataFrame | None = None, **others: object) -> bool:
    """Whether the time of a summary is that of its calls, not that of its rows."""
    return len(rows) + (0 if arms is None else len(arms)) < MOST_KEPT


@kept_by_content(_is_small)
def summarise(
    rows: pd.DataFrame,
    *,
    arms: pd.DataFrame | None = None,
    record: ArmRecord | None = None,
    resamples: int = 10_000,
    seed: int = 0,
    gate: float = 0.30,
    whole: bool = True,
) -> Summary:
    """Compute the headline of a study.

    Args:
        rows: One line a row, the columns of `store.row_view.RowView` (see `frame.ROW_COLUMNS`), or
            the same as `frame.annotate` returns them. Order does not matter.
        arms: One line for each row and arm, as `arm_frame.arm_frame` returns it, with the answers
            of every seed where there are several; None when no other arms were run: then nothing
            is compared and the band has no rescued variant.
        record: What the comparison of arms rests on beside them (see `arms.compare_arms`).
        resamples: Resamples of each bootstrap.
        seed: Seed of each bootstrap.
        gate: Direct accuracy that a pair must exceed to be in the gated partition.
        whole: False leaves out what a first look does without, which is half of the work: band,
            retention, empty pairs, minimum detectable differences, and letters and positions of
            answers that are not direct. What is left out is empty, None, or no column.

    Raises:
        CgrError: A frame is not what it should be; see `frame.annotate` and `arms.compare_arms`.
    """
    frame = rows if set(ANNOTATED) <= set(rows.columns) else annotate(rows)
    kept = frame[frame["retained"]]
    pairs = _tested(pair_table(frame, gate=gate), power=whole)
    constants = constant_answers(kept, pairs)
    pairs = _with_constants(pairs, constants)
    masks = {
        "all": ~pairs["multi_select"],
        **{name: pairs[name] for name in ("non_zero_baseline", "zero_baseline", "gated")},
    }
    if pairs["multi_select"].any():
        masks["multi_select"] = pairs["multi_select"]
    strata = strata_of(kept, pairs, list(DIFFERENCE), masks)
    [clustered] = clustered_intervals(strata, [DIFFERENCE], resamples=resamples, seed=seed)
    [across] = clustered_intervals(
        strata, [DIFFERENCE], drawn="datasets", resamples=resamples, seed=seed
    )
    direct, assisted = _over_chance(kept, pairs, masks["all"])
    # Seeds are compared with each other, and are in no other number.
    own = None if arms is None else first_seeds(arms)
    lines = answer_lines(frame, own, CHANNELS if whole else ("direct",))
    return Summary(
        pairs=pairs,
        constants=constants,
        partitions={
            name: Partition(
                name=name,
                n_pairs=int(mask.sum()),
                n_rows=int(pairs["n"][mask].sum()),
                macro=_macro(pairs[mask]),
                micro=_micro(pairs[mask]),
                interval=pair_bootstrap(
                    pairs["difference_pp"][mask].to_numpy(), resamples=resamples, seed=seed
                ),
                clustered=clustered[name],
                across_datasets=across[name],
                detectable_pp=detectable_pp(spread_of(strata, DIFFERENCE, group=name))
                if whole
                else None,
                level=chance_level(pairs["chance"], constants, mask.to_numpy()),
            )
            for name, mask in masks.items()
        },
        rows=len(frame),
        retained=len(kept),
        not_retained=_counts(frame["reason"], tuple(REASONS)),
        retention=retention_table(frame) if whole else pd.DataFrame(),
        rule=all_channels_attempted.__name__,
        empty_pairs=_empty_pairs(frame) if whole else (),
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
        band=_band(frame, pairs, own) if whole else (),
        comparison=None
        if arms is None
        else _comparison(
            frame,
            arms,
            record,
            resamples,
            seed,
            # Where nothing is assisted, there is no headline over pairs with a right direct answer.
            every_pair=kept.empty or (direct is not None and not direct.above),
        ),
        direct_over_chance=direct,
        assisted_over_chance=assisted,
        letters=letter_shares(lines if whole else lines.iloc[:0]),
        letters_overall=letter_shares(lines, ("arm", "solver")),
        positions=position_bias(lines),
    )


def _with_constants(pairs: pd.DataFrame, constants: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the constant answer that is right oftenest in each."""
    levels = [
        chance_level(pairs["chance"], constants, [other == place for other in range(len(pairs))])
        for place in range(len(pairs))
    ]
    return pairs.assign(
        constant=pd.Series([level and level.constant for level in levels], dtype=object),
        constant_accuracy=pd.Series(
            [level.constant_accuracy if level else None for level in levels], dtype=float
        ),
    )


def _over_chance(
    kept: pd.DataFrame, pairs: pd.DataFrame, mask: pd.Series[bool]
) -> tuple[OverChance | None, OverChance | None]:
    """The direct and the assisted accuracy of some pairs against chance."""
    ours = pairs[mask]
    values = {"direct_correct": "A_b", "assisted_correct": "A_a"}
    strata = strata_of(kept, ours, [*values, "chance"], {"all": [True] * len(ours)})
    chance = float(ours["chance"].mean(skipna=False))
    direct, assisted = (
        over_chance(strata, value, float(ours[name].mean()), chance, group="all")
        for value, name in values.items()
    )
    return direct, assisted


def _tested(pairs: pd.DataFrame, *, power: bool) -> pd.DataFrame:
    """Pairs with their tests, and on demand what the tests could have seen."""
    # Orders of one item are not independent: an item counts once, by what it does on the whole.
    items = pairs[["item_gains", "item_losses"]].to_numpy()
    flips = [(int(gains), int(losses)) for gains, losses in items]
    p_values = [mcnemar_exact(gains, losses) for gains, losses in flips]
    pairs = pairs.assign(p_value=p_values, p_holm=holm(p_values))
    if not power:
        return pairs
    smallest = [
        detectable_by_mcnemar(int(n), min(pair))
        for n, pair in zip(pairs["items"], flips, strict=True)
    ]
    return pairs.assign(detectable_pp=100.0 * pd.Series(smallest, index=pairs.index, dtype=float))


def _comparison(
    frame: pd.DataFrame,
    arms: pd.DataFrame,
    record: ArmRecord | None,
    resamples: int,
    seed: int,
    *,
    every_pair: bool,
) -> ArmComparison:
    """All arms against the assisted answer; against the direct one where there is no scaffold. Sets
    of letters are compared where a study asks for nothing else."""
    if "multi" in frame.columns and not frame["multi"].all():
        arms = arms[~arms["row_id"].isin(frame.loc[frame["multi"].astype(bool), "id"])]
    reference = "cgr" if (arms["arm"] == "cgr").any() or arms.empty else "direct"
    return compare_arms(
        arms,
        reference=reference,
        every_pair=every_pair,
        record=record,
        resamples=resamples,
        seed=seed,
    )


def _band(
    frame: pd.DataFrame, pairs: pd.DataFrame, arms: pd.DataFrame | None
) -> tuple[BandLine, ...]:
    tables = extraction_band(frame, pairs, arms)
    notes = {"direct_failures_rescued": rescue_note(frame, pairs, arms)}
    nothing = pairs.iloc[:0]
    return tuple(
        BandLine(
            name=name,
            meaning=meaning,
            n_pairs=len(tables.get(name, nothing)),
            n_rows=int(tables.get(name, nothing)["n"].sum()),
            macro=_macro(tables.get(name, nothing)),
            note=notes.get(name, ""),
        )
        for name, meaning in BAND_VARIANTS.items()
    )


def _macro(pairs: pd.DataFrame) -> Rates | None:
    if pairs.empty:
        return None
    means = pairs[["A_b", "A_a", "A_g", "difference_pp"]].mean()
    return Rates(*(float(value) for value in means))


def _micro(pairs: pd.DataFrame) -> Rates | None:
    if pairs.empty:
        return None
    items = float(pairs["items"].sum())
    direct, assisted, generator, change = (
        # Counts are whole numbers, or parts of them where an item was asked in several orders;
        # rounding undoes the division that made the share.
        float((pairs[name] * pairs["items"]).round(9).sum()) / items
        for name in ("A_b", "A_a", "A_g", "difference_pp")
    )
    return Rates(direct, assisted, generator, change)


def _empty_pairs(frame: pd.DataFrame) -> tuple[str, ...]:
    kept = frame.groupby(PAIR_KEY, observed=True)["retained"].any().reset_index()
    labels = pd.Series(pair_labels(kept), dtype="str")
    return tuple(labels[~kept["retained"].astype(bool)])


def _counts(values: pd.Series[Any], names: tuple[str, ...]) -> dict[str, int]:
    counts = values.value_counts()
    return {name: int(counts.get(name, 0)) for name in names}


def _mean(values: pd.Series[Any]) -> float | None:
    return float(values.mean()) if len(values) else None
