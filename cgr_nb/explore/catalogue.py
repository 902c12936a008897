"""The items of a study as columns that can be searched, filtered and sorted at once, in memory.

Built once from items and rows; 20,000 items take a fraction of a second. A view is the places of
the items that match, in order; it never copies items.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cgr_nb.errors import CgrError
from cgr_nb.explore.row_facets import flip_codes
from cgr_nb.store import Store
from cgr_nb.store.row_columns import item_columns
from cgr_nb.util.surrogates import escape_surrogates
from cgr_nb.words import FLIP_WORDS

__all__ = ["FACETS", "Catalogue"]

FACETS = ("dataset", "config", "status")
NOT_RUN = "not run"
SEVERAL = "differs by solver"
ID_CHARS = 6
"""A search of so many characters or more may be the beginning of an id; shorter ones hit by chance.
"""
EXCERPT = 110
"""Characters of a question that stand for it in the list."""

View = npt.NDArray[np.uint32]


class Catalogue:
    """Items in columns.

    Args:
        items: Id, dataset, config, question and options (JSON) of each item.
        rows: Annotated rows (`analysis.frame.annotate`), or an empty frame.
    """

    def __init__(self, items: Sequence[tuple[str, str, str, str, str]], rows: pd.DataFrame) -> None:
        self.ids = [item[0] for item in items]
        self._places = {id: place for place, id in enumerate(self.ids)}
        self._questions = [item[3] for item in items]
        self._options = [item[4] for item in items]
        status = _statuses(rows)
        values = {
            "dataset": [item[1] for item in items],
            "config": [item[2] for item in items],
            "status": [status.get(id, NOT_RUN) for id in self.ids],
        }
        self.names = {facet: _names(facet, values[facet]) for facet in FACETS}
        self._codes = {facet: _codes(self.names[facet], values[facet]) for facet in FACETS}
        disagreement = _disagreement(rows)
        self._disagreement = np.array([disagreement.get(id, 0) for id in self.ids], dtype=np.int64)

    @classmethod
    def of(cls, store: Store, rows: pd.DataFrame) -> Catalogue:
        """The items of a store that its study asks.

        Reads five columns: making 20,000 records takes far longer.

        Args:
            store: The store.
            rows: Annotated rows of it, or an empty frame.
        """
        names = ("id", "dataset", "config", "question", "options")
        lines = item_columns(store, names)
        return cls([(line[0], line[1], line[2], line[3], line[4]) for line in lines], rows)

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, item_id: str | None = None, place: int | None = None) -> int:
        """Where an item stands.

        Args:
            item_id: Its id; None: it is named by its place.
            place: Its place.

        Raises:
            CgrError: There is no such item.
        """
        at = self._places.get(item_id) if item_id is not None else place
        if at is None or not 0 <= at < len(self):
            raise CgrError("no such item", got=repr(item_id or place))
        return at

    def codes(self, facet: str, names: Sequence[str]) -> list[int]:
        """The codes of values of a facet.

        Args:
            facet: One of `FACETS`.
            names: Its values.

        Raises:
            CgrError: No such facet or value.
        """
        if facet not in FACETS:
            raise CgrError("no such facet", got=repr(facet), fix=f"one of {', '.join(FACETS)}")
        known = self.names[facet]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise CgrError(
                f"no such {facet}", got=repr(unknown[0]), fix=f"one of {', '.join(known)}"
            )
        return [known.index(name) for name in names]

    @cached_property
    def _texts(self) -> list[str]:
        """What a search looks through; made when somebody searches."""
        return [
            f"{question} {' '.join(json.loads(options).values())}".casefold()
            for question, options in zip(self._questions, self._options, strict=True)
        ]

    def columns(self, places: Sequence[int] | None = None) -> dict[str, Any]:
        """What a page needs to draw any line of the list: a code a facet, and the question's
        beginning.

        Args:
            places: The items in question; None takes all, in order.
        """
        wanted = range(len(self)) if places is None else places
        codes = {facet: self._codes[facet][wanted].tolist() for facet in FACETS}
        excerpts = [
            escape_surrogates(self._questions[n].replace("\n", " ")[:EXCERPT]) for n in wanted
        ]
        return {
            **codes,
            "question": excerpts,
            "disagreement": self._disagreement[wanted].tolist(),
        }

    def view(
        self,
        query: str = "",
        filters: Mapping[str, Sequence[int]] | None = None,
        sort: str = "file order",
        only: Iterable[str] | None = None,
        *,
        backwards: bool = False,
    ) -> tuple[View, dict[str, list[int]]]:
        """The items that match.

        Args:
            query: Words that must all occur in question or options, in any order and case; or the
                beginning of an id.
            filters: Facet -> codes of which one must apply; an empty list does not filter.
            sort: One of `words.SORTS`; "disagreement" puts items with the most different answers
                first; "status" puts those first that assistance moved.
            only: Ids to look among; None looks among all.
            backwards: Turn the order round.

        Returns:
            Places in order, and for each facet how many items each code has among those that match
            everything but this facet's own filter.
        """
        found = np.ones(len(self), dtype=bool)
        words = query.casefold().split()
        if words:
            found &= np.array(
                [all(word in text for word in words) for text in self._texts], dtype=bool
            )
            if len(words) == 1 and len(words[0]) >= ID_CHARS:
                found |= np.array([id.startswith(words[0]) for id in self.ids], dtype=bool)
        if only is not None:
            among = np.zeros(len(self), dtype=bool)
            among[[self._places[id] for id in only if id in self._places]] = True
            found &= among
        chosen = {facet: list((filters or {}).get(facet, ())) for facet in FACETS}
        kept = {
            facet: np.isin(self._codes[facet], codes) if codes else np.ones_like(found)
            for facet, codes in chosen.items()
        }
        counts = {}
        for facet in FACETS:
            others = found.copy()
            for other in FACETS:
                if other != facet:
                    others &= kept[other]
            counts[facet] = np.bincount(
                self._codes[facet][others], minlength=len(self.names[facet])
            ).tolist()
        for mask in kept.values():
            found &= mask
        places = np.flatnonzero(found)
        if sort == "disagreement":
            places = places[np.argsort(-self._disagreement[places], kind="stable")]
        elif sort == "question":
            places = np.array(sorted(places, key=lambda place: self._texts[place]), dtype=np.int64)
        elif sort in FACETS:
            places = places[np.argsort(self._codes[sort][places], kind="stable")]
        if backwards:
            places = places[::-1]
        return places.astype("<u4"), counts


def _names(facet: str, values: list[str]) -> list[str]:
    if facet == "status":
        return [*FLIP_WORDS, SEVERAL, NOT_RUN]
    return sorted(set(values))


def _codes(names: list[str], values: list[str]) -> npt.NDArray[np.int64]:
    places = {name: code for code, name in enumerate(names)}
    return np.array([places[value] for value in values], dtype=np.int64)


def _statuses(rows: pd.DataFrame) -> dict[str, str]:
    """Item id -> the flip of its rows, or that its rows differ."""
    if rows.empty:
        return {}
    names = list(FLIP_WORDS)
    found: dict[str, str] = {}
    for item, code in zip(rows["item_id"], flip_codes(rows), strict=True):
        name = names[code]
        found[item] = name if found.setdefault(item, name) == name else SEVERAL
    return found


def _disagreement(rows: pd.DataFrame) -> dict[str, int]:
    """Item id -> how many different letters its channels and solvers gave, less one."""
    if rows.empty:
        return {}
    channels = ("direct", "assisted", "generator")
    given = np.concatenate([rows[f"{channel}_letter"].to_numpy(object) for channel in channels])
    letter, letters = pd.factorize(given)
    item, items = pd.factorize(rows["item_id"].to_numpy(object))
    of_answers = np.tile(item, len(channels)) * len(letters) + letter
    different = np.unique(of_answers[letter >= 0]) // max(len(letters), 1)
    counts = np.bincount(different, minlength=len(items)).tolist()
    return {id: count - 1 for id, count in zip(items, counts, strict=True) if count}
