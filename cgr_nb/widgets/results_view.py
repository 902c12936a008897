"""A study's rows as codes and columns: small enough to send once, complete enough to pick from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cgr_nb.analysis import Summary
from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels
from cgr_nb.report.words import (
    ASSISTED_STATUS_WORDS,
    DIRECT_STATUS_WORDS,
    PARTITION_WORDS,
    constant_text,
    interval_text,
    percent,
    points,
)
from cgr_nb.widgets.text import clip, packed

__all__ = [
    "FACETS",
    "FLIPS",
    "drawn_facts",
    "drawn_pairs",
    "facet_codes",
    "flip_codes",
    "packed_rows",
]

FACETS = ("pair", "flip", "direct_status", "assisted_status")
FLIPS: Mapping[str, str] = {
    "gain": "direct wrong, assisted right",
    "loss": "direct right, assisted wrong",
    "both right": "direct and assisted right",
    "both wrong": "direct and assisted wrong",
    "not retained": "in no number: no single gold letter, or a call failed for an outside reason",
}
EXCERPT = 110
"""Characters of a question that stand for it in a list."""


def flip_codes(frame: pd.DataFrame) -> pd.Series[int]:
    """For every annotated row the place of its flip in `FLIPS`."""
    flip = 3 - frame["direct_correct"] * 2 - frame["assisted_correct"] * 3
    # 3 both wrong, 1 loss, 0 gain; both right comes out at -2 and is put in its place.
    return flip.mask(flip == -2, 2).mask(~frame["retained"], 4).astype(int)


def facet_codes(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """For every row the code of its value in each facet; -1 for a pair without a retained row."""
    places = pairs[PAIR_KEY].assign(pair=range(len(pairs)))
    pair = frame[PAIR_KEY].merge(places, on=PAIR_KEY, how="left")["pair"].fillna(-1).astype(int)
    statuses = (("direct_status", DIRECT_STATUS_WORDS), ("assisted_status", ASSISTED_STATUS_WORDS))
    return pd.DataFrame(
        {
            "pair": pair.to_numpy(),
            "flip": flip_codes(frame),
            **{
                name: frame[name].map({status: code for code, status in enumerate(words)})
                for name, words in statuses
            },
        },
        index=frame.index,
    )


def drawn_facts(summary: Summary, *, clustered: bool = True) -> list[dict[str, str]]:
    """The partitions, the main one first, as text.

    Args:
        summary: The numbers.
        clustered: Whether its item-clustered intervals are there yet.
    """
    facts = []
    for name, words in PARTITION_WORDS.items():
        part = summary.partitions.get(name)
        if part is None:
            continue
        macro = part.macro
        facts.append(
            {
                "name": words,
                "term": name,
                "pairs": f"{part.n_pairs:,}",
                "rows": f"{part.n_rows:,}",
                "direct": percent(macro.A_b if macro else None),
                "assisted": percent(macro.A_a if macro else None),
                "generator": percent(macro.A_g if macro else None),
                "change": points(macro.difference_pp if macro else None),
                "interval": interval_text(part.interval),
                "clustered": interval_text(part.clustered) if clustered else "…",
                "chance": percent(part.level.chance if part.level else None),
                "constant": constant_text(part.level),
            }
        )
    return facts


def drawn_pairs(pairs: pd.DataFrame, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary a pair, in the order given: its label, `of` (dataset and configuration) and
    `by` (solver and generator) for a table of them, and plain numbers; tokens are means over the
    pair's retained rows of `frame`."""
    spent = (
        frame[frame["retained"]]
        .groupby(PAIR_KEY)[["direct_tokens", "assisted_tokens"]]
        .mean()
        .set_axis(["direct_tokens_per_item", "asks_tokens_per_item"], axis=1)
    )
    pairs = pairs.join(spent, on=PAIR_KEY)
    names = [
        "n",
        "A_b",
        "A_a",
        "A_g",
        "chance",
        "above_chance",
        "difference_pp",
        "gains",
        "losses",
        "p_holm",
    ]
    names += ["direct_calls_per_item", "asks_per_item", "non_zero_baseline", *spent.columns]
    plain = pairs.astype(object).where(pairs.notna(), None)
    columns = {name: plain[name].tolist() for name in names}
    several = pairs["generator"].nunique() > 1
    keys = pairs[PAIR_KEY].itertuples(index=False, name=None)
    sides = [
        {
            "of": dataset if config == "default" else f"{dataset}/{config}",
            "by": f"{solver} · {generator}" if several else solver,
        }
        for dataset, config, solver, generator in keys
    ]
    return [
        {"label": label, **side, **{name: column[place] for name, column in columns.items()}}
        for place, (label, side) in enumerate(zip(pair_labels(pairs), sides, strict=True))
    ]


def packed_rows(
    frame: pd.DataFrame, codes: pd.DataFrame, items: Sequence[tuple[str, str]]
) -> bytes:
    """Every row in columns, and each item's question once, as gzipped JSON: 20,000 rows are a
    twentieth of the size that one object a row would have.

    Returns:
        `pair`, `flip`, `direct_status`, `assisted_status` (codes), `item` (place in `questions`),
        `direct`, `assisted`, `generator` (one character a row, "-" for no letter), `asks`,
        `steps` (whether a run is on record), `questions`.
    """
    places = {id: place for place, (id, _) in enumerate(items)}
    table = {
        **{facet: codes[facet].tolist() for facet in FACETS},
        **{
            name: "".join(frame[f"{name}_letter"].astype(object).fillna("-"))
            for name in ("direct", "assisted", "generator")
        },
        "item": frame["item_id"].map(places).fillna(-1).astype(int).tolist(),
        "asks": frame["asks"].tolist(),
        "steps": frame["execution_id"].notna().astype(int).tolist(),
        "questions": [clip(question, EXCERPT)[0] for _, question in items],
    }
    return packed(table)
