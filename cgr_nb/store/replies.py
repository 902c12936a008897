"""Replies on record: which answers a row is made of, and a search through all that models said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from cgr_nb.errors import CgrError
from cgr_nb.store.database import Store
from cgr_nb.store.quick_lines import line_batches

__all__ = ["MOST_FOUND", "Found", "answer_ids_of_row", "search_replies", "uses_of_calls"]

MOST_FOUND = 200
"""Most replies of one page of a search."""
_MOST_CHARS = 200
_MOST_STARS = 4
"""A pattern with many of them takes time that grows with the power of their number."""


class Found(NamedTuple):
    """A reply that a search found."""

    call: str
    """Id of the call."""
    model: str
    reply: str
    thoughts: str
    """Empty where there are none."""


def answer_ids_of_row(store: Store, row_id: str) -> dict[str, str]:
    """Arm -> id of its answer, of one row; the three channels come first.

    Args:
        store: The store.
        row_id: The row.
    """
    found = store._connection.execute(
        "SELECT arm, answer_id FROM expected WHERE row_id = ? ORDER BY"
        " CASE arm WHEN 'direct' THEN 0 WHEN 'cgr' THEN 1 WHEN 'generator_only' THEN 2 ELSE 3 END,"
        " arm",
        (row_id,),
    )
    return {line["arm"]: line["answer_id"] for line in found}


def search_replies(
    store: Store, text: str, *, pattern: bool = False, after: str = "", most: int = 50
) -> list[Found]:
    """Replies that hold a text, in the answer or in the thought, by id of the call.

    Args:
        store: The store.
        text: What is looked for, whatever the case of its ASCII letters; or a pattern.
        pattern: `text` is a pattern for whole replies, in which case counts: "*" stands for any
            text, "?" for one character, "[AB]" for one of several.
        after: Id of the last call of the page before; empty: from the beginning.
        most: Most replies that are given, up to `MOST_FOUND`.

    Raises:
        CgrError: There is nothing to look for, or too much.
    """
    if not text or len(text) > _MOST_CHARS or (pattern and text.count("*") > _MOST_STARS):
        raise CgrError(
            "invalid search",
            got=f"{len(text)} characters" + (f", {text.count('*')} stars" if pattern else ""),
            fix=f"use 1 to {_MOST_CHARS} characters, in a pattern at most {_MOST_STARS} stars",
        )
    test, wanted = "GLOB ?", text
    if not pattern:
        for special in "\\%_":
            text = text.replace(special, f"\\{special}")
        test, wanted = "LIKE ? ESCAPE '\\'", f"%{text}%"
    # As bytes: a lone surrogate can't be bound as text.
    bound = wanted.encode("utf-8", "surrogatepass")
    test = test.replace("?", "CAST(? AS TEXT)")
    found = store._connection.execute(
        "SELECT id, model, reply, coalesce(thoughts, '') AS thoughts FROM calls"
        f" WHERE id > ? AND reply IS NOT NULL AND (reply {test} OR thoughts {test})"
        " ORDER BY id LIMIT ?",
        (after, bound, bound, max(1, min(most, MOST_FOUND))),
    )
    return [Found(*line) for line in found]


def uses_of_calls(store: Store, calls: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Call -> (row id, arm) of the first answer of a row of the study that it stands behind; calls
    that stand behind none are left out.

    Args:
        store: The store.
        calls: Ids, at most `MOST_FOUND`.
    """
    # SQLite takes ten times as long to take every trail apart as its text takes to be looked at.
    wanted = set(calls)
    naming = [
        id
        for batch in line_batches(store._connection, "SELECT id, trail FROM answers")
        for id, trail in batch
        if not wanted.isdisjoint(trail.split('"'))
    ]
    found = store._connection.execute(
        "SELECT json_extract(t.value, '$[2]') AS call, min(e.row_id || ' ' || e.arm) AS used"
        " FROM json_each(?) n CROSS JOIN answers a ON a.id = n.value"
        " JOIN expected e ON e.answer_id = a.id, json_each(a.trail) t"
        " WHERE EXISTS (SELECT 1 FROM done_rows r WHERE r.row_id = e.row_id)"
        " AND json_extract(t.value, '$[2]') IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (json.dumps(naming), json.dumps(list(calls))),
    )
    return {line["call"]: tuple(line["used"].split(" ", 1)) for line in found}
