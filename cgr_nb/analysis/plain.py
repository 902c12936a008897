"""Frames as plain values, which JSON can hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["plain_lines"]


def plain_lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary a line: Python's own types, None where a value is missing."""
    # tolist() turns numpy scalars into Python ones.
    columns = {
        str(name): table[name].astype(object).where(table[name].notna(), None).tolist()
        for name in table.columns
    }
    return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]
