"""A study's rows as codes and columns: small enough to send once, complete enough to pick from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cgr_nb.analysis import Summary
from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels
from cgr_nb.report.words import (
    ASSISTED_STATUS_WORDS,
    DIRECT_STATUS_WORDS,
    PARTITION_WORDS,
    interval_text,
    percent,
    points,
)
from cgr_nb.widgets.text import clip

__all__ = ["FACETS", "FLIPS", "drawn_facts", "drawn_pairs", "drawn_rows", "facet_codes"]

FACETS = ("pair", "flip", "direct_status", "assisted_status")
FLIPS: Mapping[str, str] = {
    "gain": "direct wrong, assisted right",
    "loss": "direct right, assisted wrong",
    "both right": "direct and assisted right",
    "both wrong": "direct and assisted wrong",
    "not retained": "in no number: no single gold letter, or a call failed for an outside reason",
}
EXCERPT = 140
"""Characters of a question that stand for it in a list."""


def facet_codes(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """For every row the code of its value in each facet; -1 for a pair without a retained row."""
    places = {
        key: code for code, key in enumerate(pairs[PAIR_KEY].itertuples(index=False, name=None))
    }
    keys = frame[PAIR_KEY].itertuples(index=False, name=None)
    flip = pd.Series(3, index=frame.index)
    flip = flip.mask(frame["direct_correct"] & frame["assisted_correct"], 2)
    flip = flip.mask(frame["direct_correct"] & ~frame["assisted_correct"], 1)
    flip = flip.mask(~frame["direct_correct"] & frame["assisted_correct"], 0)
    direct, assisted = list(DIRECT_STATUS_WORDS), list(ASSISTED_STATUS_WORDS)
    return pd.DataFrame(
        {
            "pair": [places.get(key, -1) for key in keys],
            "flip": flip.mask(~frame["retained"], 4),
            "direct_status": [direct.index(status) for status in frame["direct_status"]],
            "assisted_status": [assisted.index(status) for status in frame["assisted_status"]],
        },
        index=frame.index,
    )


def drawn_facts(summary: Summary) -> list[dict[str, str]]:
    """The partitions, the main one first, as text."""
    facts = []
    for name, words in PARTITION_WORDS.items():
        part = summary.partitions[name]
        macro = part.macro
        facts.append(
            {
                "name": words,
                "pairs": f"{part.n_pairs:,}",
                "rows": f"{part.n_rows:,}",
                "direct": percent(macro.A_b if macro else None),
                "assisted": percent(macro.A_a if macro else None),
                "generator": percent(macro.A_g if macro else None),
                "change": points(macro.difference_pp if macro else None),
                "interval": interval_text(part.interval),
            }
        )
    return facts


def drawn_pairs(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary a pair, in the order given, with its label and plain numbers."""
    names = ["n", "A_b", "A_a", "A_g", "difference_pp", "gains", "losses", "p_holm"]
    names += ["direct_calls_per_item", "asks_per_item", "non_zero_baseline"]
    columns = {name: pairs[name].tolist() for name in names}
    return [
        {"label": label, **{name: column[place] for name, column in columns.items()}}
        for place, label in enumerate(pair_labels(pairs))
    ]


def drawn_rows(frame: pd.DataFrame, codes: pd.DataFrame, items: pd.DataFrame) -> dict[str, Any]:
    """Every row in columns, and each item's question once.

    Returns:
        `pair`, `flip`, `direct_status`, `assisted_status` (codes), `item` (place in `questions`),
        `direct`, `assisted`, `generator` (letters), `asks`, `questions`.
    """
    places = {id: place for place, id in enumerate(items["id"])}
    letters = {
        name: frame[f"{name}_letter"]
        .astype(object)
        .where(frame[f"{name}_letter"].notna(), "")
        .tolist()
        for name in ("direct", "assisted", "generator")
    }
    return {
        **{facet: codes[facet].tolist() for facet in FACETS},
        **letters,
        "id": frame["id"].tolist(),
        "item": [places.get(id, -1) for id in frame["item_id"]],
        "asks": frame["asks"].tolist(),
        "questions": [clip(question, EXCERPT)[0] for question in items["question"]],
    }
