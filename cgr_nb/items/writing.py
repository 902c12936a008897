"""Items -> a JSON Lines file in the plain form, which is read back to the same items."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cgr_nb.records import Item
from cgr_nb.util.atomic_write import write_text

__all__ = ["write_items"]


def write_items(items: Iterable[Item], path: str | Path) -> int:
    """Write items as plain rows; the file is there whole or not at all.

    Returns:
        How many were written.
    """
    # Plain ASCII: half a character, which some files hold, survives only as an escape.
    lines = [json.dumps(_row(item)) + "\n" for item in items]
    write_text(Path(path), "".join(lines))
    return len(lines)


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": str(item.meta.get("id", item.id)),
        "dataset": item.dataset,
        "config": item.config,
        "question": item.question,
        "options": dict(item.options),
    }
    if item.context is not None:
        row["context"] = item.context
    if item.gold is not None:
        # A list is read as letters, also where an option's text is another one's letter.
        row["gold"] = list(item.gold)
    return row
