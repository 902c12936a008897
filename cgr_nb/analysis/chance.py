"""What no knowledge gives: the chance level, the best constant answer, and whether an accuracy is
above chance.

Chance is the mean over items of one by the number of options. Whether something is above it is
decided here and nowhere else: reports, panels and the terminal take the verdict and its words.

It is decided over all pairs. Pairs with a right direct answer are chosen by the very answers in
question, so in them a solver that guesses looks better than chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.analysis.binomial import ALPHA
from cgr_nb.analysis.bootstrap import fewest
from cgr_nb.analysis.pairs import PAIR_KEY, item_weights
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import Strata
from cgr_nb.analysis.student import t_quantile

__all__ = [
    "GAIN",
    "GAIN_OVER_CHANCE",
    "ChanceLevel",
    "OverChance",
    "chance_level",
    "constant_answers",
    "over_chance",
]

_TIE = 1e-9
GAIN = "gain"
GAIN_OVER_CHANCE = "gain over chance"
"""What a change is called where the direct answers are not above chance."""


@dataclass(frozen=True, slots=True)
class ChanceLevel:
    """What can be had without knowing anything, macro over some pairs."""

    chance: float
    """Mean over items of one by the number of options, 0 to 1."""
    constant: str
    """The answer that is right oftenest when it is always given: a letter, or a set of letters;
    those that tie stand together, as "A/C"."""
    constant_accuracy: float
    """How often it is right, 0 to 1."""


@dataclass(frozen=True, slots=True)
class OverChance:
    """A macro accuracy held against chance, over all pairs."""

    accuracy: float
    """0 to 1."""
    chance: float
    """0 to 1."""
    difference_pp: float
    low_pp: float | None
    """95 % interval of the difference when items are drawn, each with all its solvers: Student's t
    around the linearised standard error, so nothing is drawn; None where there is none
    (`absence`)."""
    high_pp: float | None
    items: int
    absence: str
    """Why there is no interval, in few words; empty where there is one."""
    above: bool
    """Whether the whole interval is above chance; where there is none, whether all answers are
    right and so many guesses would hardly all be (2.5 %)."""


def constant_answers(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """How often each answer would be right, were it always given.

    Args:
        frame: `PAIR_KEY`, `cluster` and `gold_letters`.
        pairs: One line a pair, with `PAIR_KEY`.

    Returns:
        One line a pair, in the order of `pairs`, one column an answer, in alphabetical order;
        shares of the pair's items.
    """
    work = frame[[*PAIR_KEY, "gold_letters"]].assign(weight=item_weights(frame))
    table = work.pivot_table(
        index=PAIR_KEY, columns="gold_letters", values="weight", aggfunc="sum", observed=True
    )
    ours = table.reindex(pd.MultiIndex.from_frame(pairs[PAIR_KEY])).fillna(0.0)
    items = ours.sum(axis="columns").to_numpy()
    # Thirds that were added up must tie with wholes.
    shares = (ours.to_numpy() / items[:, None]).round(12) if len(ours) else ours.to_numpy()
    return pd.DataFrame(shares, columns=list(map(str, ours.columns)))


def chance_level(
    chances: pd.Series[float], constants: pd.DataFrame, mask: Sequence[bool] | np.ndarray
) -> ChanceLevel | None:
    """The level of some pairs; None where there are none, or the number of options is not known.

    Args:
        chances: Of each pair.
        constants: As `constant_answers` returns them.
        mask: Which pairs.
    """
    chosen = np.asarray(mask, dtype=bool)
    chance = float(np.mean(chances.to_numpy()[chosen])) if chosen.any() else math.nan
    if math.isnan(chance) or constants.empty:
        return None
    shares = constants.to_numpy()[chosen].mean(axis=0)
    most = float(shares.max())
    # None of those that tie is the one: a solver may always give another of them.
    best = [
        str(name)
        for name, share in zip(constants.columns, shares, strict=True)
        if share > most - _TIE
    ]
    return ChanceLevel(chance, "/".join(best), most)


def over_chance(
    strata: Strata, value: str, accuracy: float, chance: float, *, group: str
) -> OverChance | None:
    """Hold an accuracy against chance; None where chance is not known.

    Args:
        strata: With the values `value` and "chance".
        value: The accuracy among its values.
        accuracy: Macro, over the pairs of the group.
        chance: The same of chance.
        group: Group of the strata.
    """
    if math.isnan(chance) or math.isnan(accuracy):
        return None
    contrast: Mapping[str, float] = {value: 1.0, "chance": -1.0}
    spread = spread_of(strata, contrast, group=group)
    difference = 100 * (accuracy - chance)
    alike, few = spread.error < 1e-12, spread.items < fewest(1 - 2 * ALPHA)
    if not spread.df or alike or few:
        # Where each dataset has one item, none differs from another of its own.
        few = few or not alike or spread.lone == spread.datasets > 1
        # Only of items that are all right is it known how seldom guesses come out so.
        right, lucky = accuracy > 1 - _TIE, chance**spread.items
        return OverChance(
            accuracy,
            chance,
            difference,
            None,
            None,
            spread.items,
            f"too few items ({spread.items})" if few else "all items of a dataset came out alike",
            right and difference > 0 and lucky <= ALPHA,
        )
    reach = 100 * t_quantile(1 - ALPHA, spread.df) * spread.error
    low, high = difference - reach, difference + reach
    return OverChance(accuracy, chance, difference, low, high, spread.items, "", low > 0)
