"""A comparison of two runs as a page draws it: sentences, tables as text, pairs in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cgr_nb.analysis.plain import plain_lines
from cgr_nb.analysis.run_comparison import RunComparison, RunSide
from cgr_nb.records import Item
from cgr_nb.report.number_text import ci_text, interval_text, percent, points
from cgr_nb.widgets.text import clip, packed
from cgr_nb.words import RUN_WORDS

__all__ = [
    "FLIP",
    "FLIPS",
    "PairFacets",
    "fact_lines",
    "headline",
    "item_view",
    "packed_pairs",
    "side_views",
]

FLIP = "flip"
"""The facet that is no kind of slice."""
FLIPS = ("loss", "gain", "both_right", "both_wrong", "not scored")
"""Values of that facet, by code."""
EXCERPT = 110
"""Characters of a question that stand for it in a list."""
ITEM_CHARS = 4_000
"""Most characters of each text of an item."""


def side_views(found: RunComparison) -> list[dict[str, str]]:
    """Both sides: `letter`, `label`, and what it is in one line (`about`)."""
    return [
        {"letter": letter, "label": side.label, "about": _about(side), "arm": side.arm}
        for letter, side in (("A", found.a), ("B", found.b))
    ]


def _about(side: RunSide) -> str:
    parts = [side.study, side.arm, ", ".join(side.solvers), ", ".join(side.generators)]
    return " · ".join(part for part in parts if part)


def headline(found: RunComparison) -> list[str]:
    """What came out, a sentence each."""
    words = RUN_WORDS["headline"]
    interval = found.interval
    way = "better" if found.difference_pp > 0 else "worse"
    first = words[way if interval.one_sided else "open"].format(
        a=percent(found.numbers["a"].macro),
        b=percent(found.numbers["b"].macro),
        difference=points(found.difference_pp),
        interval=ci_text(interval),
    )
    if not interval.one_sided and found.detectable_pp is not None:
        first += " " + words["detectable"].format(detectable=f"{found.detectable_pp:.1f}")
    elif not interval.one_sided and interval.error_pp:
        first += " " + words["undetectable"]
    flips = words["flips"].format(
        gains=f"{found.flips['gain']:,}",
        losses=f"{found.flips['loss']:,}",
        p="p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}",
        same=f"{found.same_letter:,}",
        rows=f"{found.rows:,}",
    )
    within = "".join(words["within"].format(name=name) for name in found.within)
    paired = words["paired"].format(rows=f"{found.rows:,}", items=f"{found.items:,}", within=within)
    return [first, flips, paired]


def fact_lines(found: RunComparison) -> list[dict[str, str]]:
    """A, B and their difference as lines of text."""
    lines = [
        {
            "name": letter.upper(),
            "macro": percent(numbers.macro),
            "interval": interval_text(numbers.interval).replace("+", ""),
            "items": percent(numbers.over_items),
            "calls": f"{numbers.calls:.1f}",
            "tokens": f"{numbers.tokens:,.0f}",
            "generator": f"{numbers.generator_tokens:,.0f}",
        }
        for letter, numbers in found.numbers.items()
    ]
    a, b = found.numbers["a"], found.numbers["b"]
    change = {
        "name": "B − A",
        "macro": f"{points(found.difference_pp)} pp",
        "interval": interval_text(found.interval),
        "items": f"{points(found.difference_over_items_pp)} pp",
        "calls": points(b.calls - a.calls),
        "tokens": f"{b.tokens - a.tokens:+,.0f}".replace("-", "−"),
        "generator": f"{b.generator_tokens - a.generator_tokens:+,.0f}".replace("-", "−"),
    }
    return [*lines, change]


def item_view(item: Item) -> dict[str, Any]:
    """An item without its gold."""
    return {
        "question": clip(item.question, ITEM_CHARS),
        "context": clip(item.context, ITEM_CHARS) if item.context else None,
        "options": [[letter, clip(text, ITEM_CHARS)] for letter, text in item.options.items()],
    }


class PairFacets:
    """The pairs of a comparison by what can be picked of them: flips and slices.

    Args:
        found: The comparison.
    """

    def __init__(self, found: RunComparison) -> None:
        self._found = found
        self.pairs = found.pairs
        self.names: dict[str, list[str]] = {FLIP: list(FLIPS)}
        """Facet -> its values, by code."""
        for kind, lines in found.slices.groupby("kind", sort=False):
            self.names[str(kind)] = [str(value) for value in lines["value"]]
        self.codes = pd.DataFrame({FLIP: self._codes(FLIP)}, index=self.pairs.index)
        """A column a facet; -1 where a pair that is not scored has no value."""
        for kind in found.slice_values.columns:
            self.codes[kind] = self._codes(kind)

    def _codes(self, facet: str) -> pd.Series[int]:
        places = {name: code for code, name in enumerate(self.names[facet])}
        if facet == FLIP:
            told = self.pairs["flip"].replace("", "not scored")
        else:
            told = self._found.slice_values[facet].reindex(self.pairs.index)
        return told.map(places).fillna(-1).astype(int)

    def known(self, picked: Mapping[str, Any]) -> dict[str, list[int]]:
        """What makes sense of a pick that comes from outside."""
        found = {}
        for facet, names in self.names.items():
            asked = picked.get(facet, [])
            codes = {int(code) for code in (asked if isinstance(asked, list) else [asked])}
            found[facet] = sorted(codes & set(range(len(names))))
        return {facet: codes for facet, codes in found.items() if codes}

    def select(self, picked: Mapping[str, Sequence[int]]) -> pd.DataFrame:
        """The pairs that are picked; all when nothing is."""
        chosen = pd.Series(True, index=self.pairs.index)
        for facet, codes in picked.items():
            chosen &= self.codes[facet].isin(list(codes))
        return self.pairs.loc[chosen]

    def flip_views(self) -> list[dict[str, Any]]:
        """Flips with their meaning and rows."""
        counts = self.codes[FLIP].value_counts()
        return [
            {
                "code": code,
                "name": name,
                "meaning": RUN_WORDS["flips"][name],
                "rows": int(counts.get(code, 0)),
            }
            for code, name in enumerate(FLIPS)
        ]

    def slice_views(self) -> list[dict[str, Any]]:
        """Slices in their order, with what a page draws of each."""
        return [
            {
                "kind": line["kind"],
                "name": line["value"],
                "code": self.names[line["kind"]].index(line["value"]),
                "rows": line["rows"],
                "items": line["items"],
                "a": [line["accuracy_a"], line["low_a"], line["high_a"]],
                "b": [line["accuracy_b"], line["low_b"], line["high_b"]],
                "change": line["difference_pp"],
                "span": None if line["low_pp"] is None else [line["low_pp"], line["high_pp"]],
                "gains": line["gains"],
                "losses": line["losses"],
                "p": line["p_holm"],
            }
            for line in plain_lines(self._found.slices)
        ]


def packed_pairs(facets: PairFacets) -> bytes:
    """Every pair in columns, and each question once, as gzipped JSON.

    Returns:
        A column of codes a facet; `item` (place in `questions`), `a` and `b` (letters, or the
        status where there are none), `letter_a` and `letter_b` (whether it is letters), `who`
        (place in `names`: solver and generator), `questions`, `names`.
    """
    pairs = facets.pairs
    places, ids = pd.factorize(pairs["item_id"])
    first = pairs.drop_duplicates("item_id").set_index("item_id")["question"]
    who, names = pd.factorize(_who(pairs))
    table: dict[str, Any] = {
        **{facet: facets.codes[facet].tolist() for facet in facets.codes.columns},
        "item": places.tolist(),
        "who": who.tolist(),
        "names": [str(name) for name in names],
        "questions": [clip(str(first[id]).replace("\n", " "), EXCERPT)[0] for id in ids],
    }
    for side in ("a", "b"):
        letters = pairs[f"letter_{side}"].astype(object)
        there = letters.notna()
        table[side] = letters.where(there, pairs[f"status_{side}"].astype(object)).tolist()
        table[f"letter_{side}"] = there.astype(int).tolist()
    return packed(table)


def _who(pairs: pd.DataFrame) -> pd.Series[str]:
    """Solver and generator of each pair, as far as they tell pairs apart; else its dataset."""
    several = [name for name in ("solver", "generator") if pairs[name].nunique() > 1]
    told: pd.Series[str] = pairs["dataset"].astype(object)
    for name in several:
        told = told + " · " + pairs[name].astype(object)
    return told
