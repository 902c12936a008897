"""The rows that a chart draws: a table's values, made plain once for all layers that show it.

Altair makes the values of a table plain for each layer anew, and copies what a chart holds with
nearly every method of it; rows are neither made again nor copied. `NOTE` is how their marks say
their numbers in words.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.plain import plain_lines
from cgr_nb.extras import needed

with needed("altair", where="charts"):
    import altair as alt

__all__ = ["NOTE", "rows_of"]

NOTE: dict[str, Any] = {
    "tooltip": alt.Tooltip("note:N"),
    "description": alt.Description("note:N"),
}
"""Encodings of a mark that says the column `note`: as tooltip where a chart is live and as
description where it is drawn once."""


class _Rows(alt.InlineData):
    # The values are plain already: checking each against the schema would find nothing.
    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> _Rows:
        return self


def rows_of(table: pd.DataFrame) -> alt.InlineData:
    """A table as the data of one or more layers.

    Args:
        table: Texts, truth values and finite numbers; what is missing becomes null.
    """
    return _Rows(values=plain_lines(table))
