"""Two runs side by side: what differs, in which slices, and the replies of each pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import traitlets

from cgr_nb.analysis.run_comparison import RunComparison
from cgr_nb.errors import CgrError
from cgr_nb.store import Store
from cgr_nb.store.thread_local import ThreadLocalStore
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.comparison_view import (
    FLIPS,
    PairFacets,
    fact_lines,
    headline,
    item_view,
    packed_pairs,
    side_views,
)
from cgr_nb.widgets.panel import REPLY_COMMANDS, Panel
from cgr_nb.widgets.replies import Replies

__all__ = ["Comparison"]

ORDERS = ("as listed", "difference", "p", "items")


class Comparison(Panel):
    """Look at two runs side by side; `selection` is the pairs that are picked.

    Args:
        found: As `cgr_nb.compare` gives it.

    Raises:
        CgrError: A study is not where it was compared.
    """

    _esm = script("compare.js")
    _css = style("stepper.css", "replies.css", "results.css", "compare.css")
    commands = (
        "pick",
        "clear",
        "send_rows",
        "open_pair",
        "show_pair_reply",
        "dismiss",
        *REPLY_COMMANDS,
    )
    reading = ("send_rows", "open_pair", "show_pair_reply", *REPLY_COMMANDS)
    frame_height = 900

    headline: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One sentence each."""
    sides: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """A and B: letter, label, what it is, arm."""
    facts: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """A, B and their difference as lines of text."""
    notes: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """What is left out, and why."""
    settings: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """What the studies set otherwise: name, A's value, B's value."""
    flips: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Flips with their rows."""
    slices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a slice."""
    size = traitlets.Int(0).tag(sync=True)
    """Pairs, those that are not scored among them."""
    rows = traitlets.Bytes(b"").tag(sync=True)
    """Every pair (see `packed_pairs`); empty until the page has drawn the rest and asks for it."""
    picked = traitlets.Dict().tag(sync=True)
    """"flip", or a kind of slice -> codes of the values picked; empty when nothing is."""
    kind = traitlets.Unicode("").tag(sync=True)
    """The kind of slices that is shown; empty for all."""
    order = traitlets.Enum(ORDERS, default_value="as listed").tag(sync=True)
    """How slices are sorted."""
    search = traitlets.Unicode("").tag(sync=True)
    """Slices are shown whose name holds this."""
    fewest = traitlets.Int(0).tag(sync=True)
    """Slices are shown that have so many items."""
    opened = traitlets.Int(-1).tag(sync=True)
    """Number of the pair that was opened last; -1 before that."""
    item = traitlets.Dict().tag(sync=True)
    """Question and options of that pair; empty before one is opened."""
    reply_b = traitlets.Dict().tag(sync=True)
    """As `reply`, of side B."""
    found_b = traitlets.Dict().tag(sync=True)
    """As `found`, of side B."""

    def __init__(self, found: RunComparison) -> None:
        self.comparison = found
        """What is drawn here."""
        self._facets = PairFacets(found)
        stores = {
            folder: ThreadLocalStore(Store.open(Path(folder)))
            for folder in dict.fromkeys((found.a.folder, found.b.folder))
        }
        self._store = stores[found.a.folder]
        self._sides = {
            side: _replies(stores[told.folder]) for side, told in (("a", found.a), ("b", found.b))
        }
        super().__init__(self._sides["a"])
        with self.hold_sync():
            self.headline = headline(found)
            self.sides = side_views(found)
            self.facts = fact_lines(found)
            self.notes = found.notes()
            self.settings = [list(line) for line in found.settings]
            self.flips = self._facets.flip_views()
            self.slices = self._facets.slice_views()
            self.size = len(found.pairs)

    @traitlets.validate("picked")
    def _known(self, proposal: Any) -> dict[str, list[int]]:  # noqa: ANN401 - as traitlets hands it over
        return self._facets.known(proposal["value"])

    def send_rows(self) -> None:
        """Send every pair to the page, which draws numbers and slices without."""
        self.rows = self.rows or packed_pairs(self._facets)

    # ---- picking -------------------------------------------------------------------------------

    def pick(self, facet: str, *values: str, add: bool = False) -> pd.DataFrame:
        """Pick values of a facet, beside what other facets have picked.

        Args:
            facet: "flip", or a kind of slice such as "position".
            values: Names, such as "gain" or "3rd"; none takes the facet's pick away.
            add: Keep what this facet has picked already.

        Returns:
            The selection.

        Raises:
            CgrError: No such facet or value.
        """
        codes = [self._code(facet, value) for value in values]
        before = self.picked.get(facet, []) if add else []
        self.picked = {**self.picked, facet: [*before, *codes]}
        return self.selection

    def clear(self) -> None:
        """Pick nothing."""
        self.picked = {}

    @property
    def selection(self) -> pd.DataFrame:
        """The pairs that are picked, as `RunComparison.pairs`; all when none is."""
        return self._facets.select(self.picked).reset_index(drop=True)

    def _code(self, facet: str, value: str) -> int:
        for what, known, got in (
            ("facet", list(self._facets.names), facet),
            (facet, self._facets.names.get(facet, []), value),
        ):
            if got not in known:
                raise CgrError(f"no such {what}", got=repr(got), fix=f"one of {', '.join(known)}")
        return self._facets.names[facet].index(value)

    # ---- replies -------------------------------------------------------------------------------

    def open_pair(self, pair: int) -> None:
        """Show what was asked and said on both sides of a pair.

        Args:
            pair: Its number in `RunComparison.pairs`.

        Raises:
            CgrError: There is no such pair.
        """
        views = {side: self._view(pair, side) for side in self._sides}
        self.show(opened=pair, item=self._item(pair), reply=views["a"], reply_b=views["b"])

    def show_pair_reply(self, row: int, arm: str, side: str = "a") -> dict[str, Any]:
        """As `show_reply`, of a pair's number.

        Raises:
            CgrError: There is no such pair or answer.
        """
        return self.show_reply(self._row_id(row, side), arm, side)

    def show_reply(self, row: str, arm: str = "direct", side: str = "a") -> dict[str, Any]:
        """Show what models were asked and said behind one answer of a row of side "a" or "b".

        Raises:
            CgrError: There is no such side or answer.
        """
        view = self._of(side).of(row, arm)
        self.show(**{_trait("reply", side): view})
        return view

    def search_replies(
        self, text: str, pattern: bool = False, after: str = "", side: str = "a"
    ) -> list[dict[str, Any]]:
        """Show the replies of one side's study that hold a text, a page at a time.

        Args:
            text: The text, whatever its case; or a pattern for whole replies.
            pattern: "*", "?" and "[AB]" have their meaning in `text`, and case counts.
            after: Id of the last call of the page before.
            side: "a" or "b".

        Raises:
            CgrError: There is nothing to look for, or too much.
        """
        found = self._of(side).search(text, pattern=pattern, after=after)
        self.show(**{_trait("found", side): found})
        hits: list[dict[str, Any]] = found["hits"]
        return hits

    def close_reply(self) -> None:
        """Put the calls of both sides, and what was found, away."""
        self.show(reply={}, reply_b={}, found={}, found_b={})

    def _of(self, side: str) -> Replies:
        if side not in self._sides:
            raise CgrError("no such side", got=repr(side), fix='"a" or "b"')
        return self._sides[side]

    def _row_id(self, pair: int, side: str) -> str:
        self._of(side)
        if not 0 <= pair < len(self.comparison.pairs):
            raise CgrError(
                "there is no such pair", got=repr(pair), fix="numbers are those of `selection`"
            )
        return str(self.comparison.pairs[f"row_id_{side}"].iloc[pair])

    def _arm(self, side: str) -> str:
        return (self.comparison.a if side == "a" else self.comparison.b).arm

    def _view(self, pair: int, side: str) -> dict[str, Any]:
        return self._of(side).of(self._row_id(pair, side), self._arm(side))

    def _item(self, pair: int) -> dict[str, Any]:
        item = self._store.here.item(str(self.comparison.pairs["item_id"].iloc[pair]))
        return {} if item is None else item_view(item)

    # ---- views ---------------------------------------------------------------------------------

    def summary_line(self) -> str:
        """The headline."""
        return f"Comparison: {' '.join(self.headline)}"

    def shown_state(self) -> dict[str, Any]:
        """The panel's traits, with every pair."""
        return {**super().shown_state(), "rows": self.rows or packed_pairs(self._facets)}

    def saved_state(self) -> dict[str, Any]:
        """The panel's traits, with every pair, and the replies of those that matter most: the open
        one, then flips before the rest of what is picked."""
        chosen = self._facets.select(self.picked)
        places = {name: place for place, name in enumerate(FLIPS)}
        rank = chosen["flip"].map(places).fillna(len(places)).sort_values(kind="stable")
        numbers = [*([self.opened] if self.opened >= 0 else []), *map(int, rank.index)]
        saved = self.shown_state()
        held: set[int] = set()
        for side, replies in self._sides.items():
            rows = self.comparison.pairs[f"row_id_{side}"].tolist()
            ids = dict.fromkeys(rows[number] for number in numbers)
            arm = self._arm(side)
            kept = replies.to_save(ids, self.size, arm=arm, room=self.saved_room)
            known = {n: id for n, id in enumerate(rows) if id in kept["answers"]}
            saved[_trait("kept", side)] = {**kept, "numbers": known}
            held |= set(known)
        return {**saved, "kept_items": {number: self._item(number) for number in sorted(held)}}


def _replies(stores: ThreadLocalStore) -> Replies:
    return Replies(lambda _: stores.here, lambda: stores.here)


def _trait(name: str, side: str) -> str:
    return f"{name}_b" if side == "b" else name
