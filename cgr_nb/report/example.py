"""One item of a study with its direct reply, for a reader who has not met any."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cgr_nb.analysis.frame import annotate
from cgr_nb.store import Store

__all__ = ["Example", "example_of"]

_SHOWN = 300
"""Characters of a question or reply; what is longer is cut."""


@dataclass(frozen=True)
class Example:
    """An item as a reader meets it."""

    question: str
    options: tuple[tuple[str, str], ...]
    """Letter and text."""
    solver: str
    reply: str
    """What the solver said, asked directly."""
    letter: str | None
    """What was read in it."""
    gold: str


def example_of(store: Store, rows: pd.DataFrame) -> Example | None:
    """The first retained row, in order of row id; None where there is none with a direct call.

    Args:
        store: Of the study.
        rows: Its rows, as `store.frames.rows` returns them.
    """
    frame = annotate(rows)
    for place in frame[frame["retained"]].sort_values("id").index:
        row = frame.loc[place]
        item = store.item(row["item_id"])
        calls = row["direct_call_ids"]
        call = store.call(calls[-1]) if calls else None
        if item is None or call is None or call.reply is None:
            continue
        letter = row["direct_letter"]
        return Example(
            question=_cut(item.question),
            options=tuple((name, _cut(text)) for name, text in item.options.items()),
            solver=row["solver"],
            reply=_cut(call.reply.text.strip()),
            letter=letter if isinstance(letter, str) else None,
            gold=", ".join(row["gold"]),
        )
    return None


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
