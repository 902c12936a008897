"""Frames as plain values, which JSON can hold."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["plain_lines"]


def plain_lines(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary a line: Python's own types, None where a value is missing."""
    columns = {str(name): _plain(table[name]) for name in table.columns}
    return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any]:
    # tolist() turns numpy scalars into Python ones.
    values = column.tolist()
    missing = column.isna().to_numpy()
    if not missing.any():
        return values
    return [None if gone else value for gone, value in zip(missing, values, strict=True)]
