"""A study's rows as codes and columns: small enough to send once, complete enough to pick from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from cgr_nb.analysis import Summary
from cgr_nb.analysis.arms_alone import ArmAlone
from cgr_nb.analysis.pairs import PAIR_KEY, pair_labels
from cgr_nb.errors import CgrError
from cgr_nb.explore.row_facets import FACETS, RowFacets
from cgr_nb.report.headline import TINY_MODELS, unfinished
from cgr_nb.report.number_text import constant_text, interval_text, percent, points
from cgr_nb.store.row_columns import has_rows
from cgr_nb.widgets.text import clip, packed
from cgr_nb.words import PARTITION_WORDS

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = [
    "arms_alone",
    "caution",
    "check_rows",
    "facet_views",
    "packed_rows",
    "pair_views",
    "partition_views",
]

EXCERPT = 110
"""Characters of a question that stand for it in a list."""


def check_rows(study: Study) -> None:
    """See that there is something to show.

    Raises:
        CgrError: The study has no rows.
    """
    if not has_rows(study.store):
        where = str(study.folder)
        raise CgrError("this study has no rows yet", where=where, fix="run it first")


def arms_alone(
    study: Study, frame: pd.DataFrame, *, resamples: int, seed: int
) -> Sequence[ArmAlone]:
    """As `Study.arms_alone`: what each arm of a study without a generator scores.

    Args:
        study: The study.
        frame: Its rows, as `analysis.frame.annotate` returns them.
        resamples: As there.
        seed: As there.
    """
    # Known without the study's settings, which take a while to read.
    if (frame["generator"] != "").any():
        return ()
    return study.arms_alone(resamples=resamples, seed=seed)


def caution(study: Study, done: int) -> str:
    """What a reader must know first; empty when there is nothing.

    Args:
        study: The study.
        done: Its rows that are done.
    """
    tiny = TINY_MODELS if study.has_tiny_models else ""
    return " ".join(filter(None, (tiny, unfinished(done, study.store.expected_rows()))))


def facet_views(facets: RowFacets) -> dict[str, list[dict[str, Any]]]:
    """Facet -> its values as a page lists them."""
    return {facet: [asdict(value) for value in facets.values[facet]] for facet in FACETS}


def partition_views(summary: Summary, *, clustered: bool = True) -> list[dict[str, Any]]:
    """The partitions as text, and `told`: whether the headline speaks of this one.

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
                "told": part is summary.told,
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


def pair_views(pairs: pd.DataFrame, frame: pd.DataFrame) -> list[dict[str, Any]]:
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


def packed_rows(facets: RowFacets, items: Sequence[tuple[str, ...]]) -> bytes:
    """Every row in columns, and each item's question once, as gzipped JSON: 20,000 rows are a
    twentieth of the size that one object a row would have.

    Args:
        facets: The rows.
        items: Id and question of each item.

    Returns:
        `pair`, `flip`, `direct_status`, `assisted_status` (codes), `item` (place in `questions`),
        `direct`, `assisted`, `generator` (one character a row, "-" for no letter), `asks`,
        `steps` (whether a run is on record), `questions`.
    """
    frame = facets.rows
    places = {id: place for place, (id, _) in enumerate(items)}
    table = {
        **{facet: facets.codes[facet].tolist() for facet in FACETS},
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
