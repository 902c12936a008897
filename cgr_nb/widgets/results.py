"""The results: headline, pairs, flips, cost and statuses, each a way to the rows behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from cgr_nb.analysis import summarise
from cgr_nb.analysis.frame import annotate
from cgr_nb.errors import CgrError
from cgr_nb.report.words import (
    ASSISTED_STATUS_WORDS,
    DIRECT_STATUS_WORDS,
    TINY_MODELS,
    headline,
)
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.panel import Panel
from cgr_nb.widgets.tally import (
    FACETS,
    FLIPS,
    drawn_facts,
    drawn_pairs,
    drawn_rows,
    facet_codes,
)

if TYPE_CHECKING:
    from cgr_nb.handle import Study
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["Results"]


class Results(Panel):
    """Read a study, and pick the rows behind any mark.

    What is picked is one value a facet or none: a pair, a flip, a status. `selection` is the rows
    that have all of them.

    Args:
        study: An open study.
        resamples: Resamples of the pair bootstrap.
        seed: Its seed.

    Raises:
        CgrError: The study has no rows.
    """

    _esm = script("results.js")
    _css = style("results.css")
    commands = ("pick", "clear", "refresh", "dismiss")
    frame_height = 900

    headline = traitlets.Unicode("").tag(sync=True)
    caution = traitlets.Unicode("").tag(sync=True)
    """What a reader must know first; empty when there is nothing."""
    facts: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Partitions as lines of text: name, pairs, rows, direct, assisted, generator-side, change,
    interval."""
    pairs: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a pair, the largest gain first."""
    facets = traitlets.Dict().tag(sync=True)
    """Facet -> its values: code, name, meaning and rows."""
    rows = traitlets.Dict().tag(sync=True)
    """Every row in columns: a code for each facet, its item, letters and asks."""
    picked = traitlets.Dict().tag(sync=True)
    """Facet -> code of the value picked; empty when nothing is."""

    def __init__(self, study: Study, *, resamples: int = 10_000, seed: int = 0) -> None:
        self._study = study
        self._resamples = resamples
        self._seed = seed
        super().__init__()
        self.refresh()

    @traitlets.validate("picked")
    def _known(self, proposal: Any) -> dict[str, int]:  # noqa: ANN401 - as traitlets hands it over
        return {
            name: int(code)
            for name, code in proposal["value"].items()
            if name in FACETS and 0 <= int(code) < len(self.facets[name])
        }

    def refresh(self) -> None:
        """Read the study again: shows what a run has added."""
        rows = self._study.rows()
        if rows.empty:
            raise CgrError(
                "this study has no rows yet", where=str(self._study.folder), fix="run it first"
            )
        summary = summarise(rows, resamples=self._resamples, seed=self._seed)
        self._frame = annotate(rows)
        pairs = summary.pairs.sort_values("difference_pp", ascending=False, ignore_index=True)
        self._codes = facet_codes(self._frame, pairs)
        with self.hold_sync():
            self.picked = {}
            self.headline = headline(summary, None)
            self.caution = TINY_MODELS if _tiny(self._study) else ""
            self.facts = drawn_facts(summary)
            self.pairs = drawn_pairs(pairs)
            self.facets = self._facets()
            self.rows = drawn_rows(self._frame, self._codes, self._study.items())

    def pick(self, facet: str, value: str | int) -> pd.DataFrame:
        """Pick one value of a facet, beside what other facets have picked.

        Args:
            facet: "pair", "flip", "direct_status" or "assisted_status".
            value: Its name, such as "gain", or its code.

        Returns:
            The selection.

        Raises:
            CgrError: No such facet or value.
        """
        if facet not in FACETS:
            raise CgrError("no such facet", got=repr(facet), fix=f"one of {', '.join(FACETS)}")
        known = [
            entry["code"] for entry in self.facets[facet] if value in (entry["name"], entry["code"])
        ]
        if not known:
            names = ", ".join(entry["name"] for entry in self.facets[facet])
            raise CgrError(f"no such {facet}", got=repr(value), fix=f"one of {names}")
        self.picked = {**self.picked, facet: known[0]}
        return self.selection

    def clear(self) -> None:
        """Pick nothing."""
        self.picked = {}

    @property
    def selection(self) -> pd.DataFrame:
        """The rows that are picked, as `analysis.frame.annotate` gives them; all when none is."""
        chosen = pd.Series(True, index=self._frame.index)
        for facet, code in self.picked.items():
            chosen &= self._codes[facet] == code
        return self._frame[chosen]

    def on_select(self, work: Callable[[pd.DataFrame], object]) -> None:
        """Call a function with the selection whenever it changes."""
        self.observe(lambda _: work(self.selection), names="picked")

    def narrow(self, workbench: Workbench) -> None:
        """Show what is picked here, now and from now on, in a workbench."""

        def show(rows: pd.DataFrame) -> None:
            workbench.show_items(rows["item_id"] if self.picked else None)

        self.on_select(show)
        show(self.selection)

    def summary_line(self) -> str:
        """The headline."""
        return f"Results: {self.headline}"

    def _facets(self) -> dict[str, list[dict[str, Any]]]:
        meanings = {"flip": FLIPS, "direct_status": DIRECT_STATUS_WORDS}
        meanings["assisted_status"] = ASSISTED_STATUS_WORDS
        named = {name: list(words.items()) for name, words in meanings.items()}
        named["pair"] = [(pair["label"], "") for pair in self.pairs]
        return {
            facet: [
                {
                    "code": code,
                    "name": name,
                    "meaning": meaning,
                    "rows": int((self._codes[facet] == code).sum()),
                }
                for code, (name, meaning) in enumerate(named[facet])
            ]
            for facet in FACETS
        }


def _tiny(study: Study) -> bool:
    """Whether a bundled tiny model took part."""
    from cgr_nb.handle import TINY_FAMILY

    return any(card.family == TINY_FAMILY for card in study.store.models())
