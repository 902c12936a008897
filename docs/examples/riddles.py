"""Riddles of a trail, in a list or by number: `ask`, `ways` between slashes, `right`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cgr_nb.items import Adapter, ParsedRow, Reject
from cgr_nb.items.fields import question, text_or_none
from cgr_nb.items.gold import by_index
from cgr_nb.items.options import listed


def unfold(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One row of the file -> a row per riddle, with what they share."""
    riddles = row.get("riddles")
    if isinstance(riddles, list):
        riddles = dict(enumerate(riddles, 1))
    if not isinstance(riddles, dict) or not all(isinstance(one, dict) for one in riddles.values()):
        raise Reject("no_riddles", "'riddles' is neither a list nor a mapping of riddles")
    for number, riddle in riddles.items():
        yield {**riddle, "trail": row.get("trail"), "number": number}


def read(row: Mapping[str, Any]) -> ParsedRow:
    """One riddle -> what it holds."""
    options = listed([way.strip() for way in (text_or_none(row, "ways") or "").split("/")])
    return ParsedRow(
        question=question(row, "ask"),
        options=options,
        gold=by_index(options, row.get("right"), "right", base=1),
        config=text_or_none(row, "trail") or "default",
        id=text_or_none(row, "number"),
    )


ADAPTER = Adapter(
    name="riddles",
    about="trails of riddles: trail, riddles (ask, ways, right)",
    signatures=(frozenset({"trail", "riddles"}),),
    read=read,
    unfold=unfold,
)
