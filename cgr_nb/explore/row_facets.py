"""The rows of a study by what can be picked of them: pair, what assistance did, status.

A facet has values, each with a code; a selection is the rows that have, in every facet that is
picked by, one of the values picked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels
from cgr_nb.errors import CgrError
from cgr_nb.words import ASSISTED_STATUS_WORDS, DIRECT_STATUS_WORDS, FLIP_WORDS

__all__ = ["FACETS", "FacetValue", "RowFacets", "flip_codes"]

FACETS = ("pair", "flip", "direct_status", "assisted_status")

Picked = Mapping[str, Sequence[int]]
"""Facet -> codes of the values picked."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet."""

    code: int
    name: str
    meaning: str
    """Empty where the name says it."""
    rows: int
    """Rows that have it."""


class RowFacets:
    """Rows and the codes of their values.

    Args:
        rows: As `analysis.frame.annotate` returns them.
        pairs: The pairs of their summary, in the order of their codes.
    """

    def __init__(self, rows: pd.DataFrame, pairs: pd.DataFrame) -> None:
        self.rows = rows
        self.codes = _codes(rows, pairs)
        """A column a facet; -1 for a pair without a retained row, and for the status of a program
        where there is no generator."""
        named: dict[str, Iterable[tuple[str, str]]] = {
            "pair": [(label, "") for label in pair_labels(pairs)],
            "flip": FLIP_WORDS.items(),
            "direct_status": DIRECT_STATUS_WORDS.items(),
            "assisted_status": ASSISTED_STATUS_WORDS.items(),
        }
        counts = {facet: self.codes[facet].value_counts() for facet in FACETS}
        self.values = {
            facet: [
                FacetValue(code, name, meaning, int(counts[facet].get(code, 0)))
                for code, (name, meaning) in enumerate(named[facet])
            ]
            for facet in FACETS
        }
        """Facet -> its values, by code."""

    def code_list(self, facet: str, values: Iterable[str | int]) -> list[int]:
        """The codes of some values of a facet.

        Args:
            facet: One of `FACETS`.
            values: Names or codes.

        Raises:
            CgrError: No such facet or value.
        """
        if facet not in FACETS:
            raise CgrError("no such facet", got=repr(facet), fix=f"one of {', '.join(FACETS)}")
        return [self._code(facet, value) for value in values]

    def _code(self, facet: str, value: str | int) -> int:
        for entry in self.values[facet]:
            if value in (entry.name, entry.code):
                return entry.code
        names = ", ".join(entry.name for entry in self.values[facet])
        raise CgrError(f"no such {facet}", got=repr(value), fix=f"one of {names}")

    def number(self, row: str | int) -> int:
        """The number of a row, from 0.

        Args:
            row: Its id, or its number.

        Raises:
            CgrError: There is no such row.
        """
        known = self.rows.index[self.rows["id"] == row] if isinstance(row, str) else [row]
        if len(known) != 1 or not 0 <= known[0] < len(self.rows):
            raise CgrError("there is no such row", got=repr(row), fix="ids are in `selection`")
        return int(known[0])

    def known(self, picked: Mapping[str, Any]) -> dict[str, list[int]]:
        """What makes sense of a pick that comes from outside: codes of facets that are there."""
        found = {}
        for facet in FACETS:
            asked = picked.get(facet, [])
            codes = {int(code) for code in (asked if isinstance(asked, list) else [asked])}
            found[facet] = sorted(codes & set(range(len(self.values[facet]))))
        return {facet: codes for facet, codes in found.items() if codes}

    def select(self, picked: Picked) -> pd.DataFrame:
        """The rows that are picked; all when nothing is."""
        chosen = pd.Series(True, index=self.rows.index)
        for facet, codes in picked.items():
            chosen &= self.codes[facet].isin(list(codes))
        return self.rows.loc[chosen]


def flip_codes(rows: pd.DataFrame) -> pd.Series[int]:
    """For every annotated row the place of its flip in `FLIP_WORDS`."""
    flip = 3 - rows["direct_correct"] * 2 - rows["assisted_correct"] * 3
    # 3 both wrong, 1 loss, 0 gain; both right comes out at -2 and is put in its place.
    flip = flip.mask(flip == -2, 2).mask(~rows["retained"], 4)
    alone = (rows["reason"] == "no_generator") & (rows["direct_status"] != "error")
    return flip.mask(alone, 6 - rows["direct_correct"]).astype(int)


def _codes(rows: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    places = pairs[PAIR_KEY].assign(pair=range(len(pairs)))
    pair = rows[PAIR_KEY].merge(places, on=PAIR_KEY, how="left")["pair"].fillna(-1).astype(int)
    statuses = (("direct_status", DIRECT_STATUS_WORDS), ("assisted_status", ASSISTED_STATUS_WORDS))
    return pd.DataFrame(
        {
            "pair": pair.to_numpy(),
            "flip": flip_codes(rows),
            **{
                name: rows[name]
                .map({status: code for code, status in enumerate(words)})
                .fillna(-1)
                .astype(int)
                for name, words in statuses
            },
        },
        index=rows.index,
    )
