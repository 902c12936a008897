"""Rows as matrices: for each dataset configuration, its items against its pairs.

An item is answered by every solver, so its rows stand or fall together: they are one cluster. A
stratum is a dataset configuration: its items are drawn from one pool, apart from those of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cgr_nb.analysis.pairs import PAIR_KEY

__all__ = ["Floats", "Strata", "Stratum", "strata_of"]

Floats = NDArray[np.float64]

_PRODUCT = 250_000
"""Multiplications in one matrix product. Larger ones are split over threads by the usual linear
algebra libraries, which on busy or few cores takes ten times as long as it saves; and so memory
stays at a few megabytes."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Several matrices of 0 and 1 in one of whole numbers, each in bits of its own: their products
    are told by one product, to the last digit, in a quarter of the time."""

    words: Floats
    """(words, items, pairs)."""
    shifts: NDArray[np.int64]
    """Where each matrix of a word begins, in bits."""
    bits: int
    matrices: int

    @classmethod
    def of(cls, matrices: Floats) -> _Words | None:
        """Put matrices together, (matrices, items, pairs); None where a value is neither 0 nor 1,
        as the mean of an item that was asked in several orders."""
        if not ((matrices == 0) | (matrices == 1)).all():
            return None
        bits = matrices.shape[1].bit_length()
        # Floats hold whole numbers of 53 bits.
        shifts = np.arange(53 // bits) * bits
        weights = 2.0**shifts
        words = [
            np.tensordot(weights[: len(some)], some, axes=1)
            for start in range(0, len(matrices), len(shifts))
            for some in [matrices[start : start + len(shifts)]]
        ]
        return cls(np.stack(words), shifts, bits, len(matrices))

    def totals(self, counts: Floats) -> Floats:
        """(draws, matrices, pairs): `counts`, (draws, items), times each matrix."""
        words = np.stack([counts @ word for word in self.words], axis=1).astype(np.int64)
        parts = (words[:, :, None] >> self.shifts[:, None]) & ((1 << self.bits) - 1)
        draws, *_, pairs = parts.shape
        return parts.reshape(draws, -1, pairs)[:, : self.matrices].astype(float)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One dataset configuration: items x pairs."""

    rows: Floats
    """(items, pairs): whether the item has a row in the pair, 1 or 0."""
    sums: Floats
    """(values, items, pairs): mean of each value over the item's rows, 0 where there are none."""
    member: Floats
    """(pairs, groups): 1 where the pair belongs to the group, else 0."""
    _words: _Words | None = field(init=False, repr=False, compare=False)
    """Rows and sums side by side; None where they can't stand so."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", _Words.of(np.concatenate([[self.rows], self.sums])))

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.rows)

    @property
    def at_once(self) -> int:
        """Draws that `macro_parts` should be asked for at once."""
        return max(16, _PRODUCT // self.rows.size)

    def macro_parts(self, counts: Floats) -> tuple[Floats, Floats]:
        """What this stratum adds to macro means when its items count several times or not at all.

        Args:
            counts: (draws, items), how often each item counts: whole numbers, in all no more than
                there are items.

        Returns:
            For each draw the sum of the means of its pairs, (draws, values, groups), and the number
            of pairs that have one, (draws, 1, groups).
        """
        if self._words is None:
            rows = counts @ self.rows
            means = np.stack([counts @ value for value in self.sums], axis=1)
        else:
            both = self._words.totals(counts)
            rows, means = both[:, 0], both[:, 1:]
        there = rows > 0
        np.divide(means, rows[:, None, :], out=means, where=there[:, None, :])
        return means @ self.member, (there.astype(float) @ self.member)[:, None, :]


@dataclass(frozen=True, slots=True)
class Strata:
    """A study as matrices."""

    values: tuple[str, ...]
    """What is averaged within a pair, in the order of `Stratum.sums`."""
    groups: tuple[str, ...]
    """Sets of pairs that a macro mean is taken over, in the order of `Stratum.member`."""
    parts: tuple[Stratum, ...]
    """Dataset configurations by name; those without rows are left out."""

    def only(self, values: Sequence[str]) -> Strata:
        """The same with some of the values."""
        places = [self.values.index(name) for name in values]
        parts = [replace(part, sums=part.sums[places]) for part in self.parts]
        return Strata(tuple(values), self.groups, tuple(parts))

    def weights(self, contrast: Mapping[str, float]) -> Floats:
        """Weights by value as a vector: {"assisted": 1, "direct": -1} is their difference."""
        return np.array([contrast.get(name, 0.0) for name in self.values])


def strata_of(
    frame: pd.DataFrame,
    pairs: pd.DataFrame,
    values: Sequence[str],
    groups: Mapping[str, ArrayLike],
) -> Strata:
    """Sort rows into matrices.

    Args:
        frame: One line a row, with `PAIR_KEY`, `cluster` (the item, in whatever order of its
            options) and the columns `values` (numbers or bool). Rows of pairs that `pairs` does not
            hold are left out.
        pairs: One line a pair, with `PAIR_KEY`.
        values: What is averaged within a pair.
        groups: Name -> mask over the lines of `pairs`.

    Returns:
        Dataset configurations and items sorted by name, so the order of rows does not matter.
    """
    pair = pd.MultiIndex.from_frame(pairs[PAIR_KEY]).get_indexer(
        pd.MultiIndex.from_frame(frame[PAIR_KEY])
    )
    known = pair >= 0
    pair = pair[known]
    item = frame["cluster"].to_numpy()[known].astype(str)
    numbers = [frame[name].to_numpy(dtype=float)[known] for name in values]
    member = np.column_stack([np.asarray(mask, dtype=float) for mask in groups.values()])
    home = pairs.groupby(["dataset", "config"], sort=True, observed=True).ngroup().to_numpy()
    parts = []
    for number in np.unique(home[pair]):
        columns = np.flatnonzero(home == number)
        ours = home[pair] == number
        names, place = np.unique(item[ours], return_inverse=True)
        shape = (len(names), len(columns))
        cell = place * len(columns) + np.searchsorted(columns, pair[ours])
        rows, *sums = (
            np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
            for weights in (None, *(column[ours] for column in numbers))
        )
        # An item that was asked in several orders of its options counts once, by its mean.
        often = np.maximum(rows, 1.0)
        parts.append(
            Stratum(np.minimum(rows, 1.0), np.stack([of / often for of in sums]), member[columns])
        )
    return Strata(tuple(values), tuple(groups), tuple(parts))
