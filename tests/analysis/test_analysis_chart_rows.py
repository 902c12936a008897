"""Rows of a chart are the values that Altair makes of the table, and are not made again."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from cgr_nb.analysis.chart_rows import NOTE, rows_of

TABLE = pd.DataFrame(
    {
        "pair": ["sums · small", "a.b", "yes/no · Größe"],
        "rank": [0, 1, 2],
        "accuracy": [0.5, np.nan, 1.0],
        "front": [True, False, True],
        "chance": [None, None, None],
        "label": pd.array(["a", None, "c"], dtype="string"),
        "calls": pd.array([3, None, 5], dtype="Int64"),
    },
    index=[7, 3, 5],
)


def chart_of(data):
    return alt.Chart(data).mark_point().encode(x=alt.X("accuracy:Q"), **NOTE)


def test_a_chart_of_rows_is_the_chart_of_their_table():
    assert chart_of(rows_of(TABLE)).to_dict() == chart_of(TABLE).to_dict()
    assert chart_of(rows_of(TABLE[:0])).to_dict() == chart_of(TABLE[:0]).to_dict()


def test_values_are_pythons_own_types():
    [values] = chart_of(rows_of(TABLE)).to_dict()["datasets"].values()
    kinds = {name: {type(line[name]) for line in values} - {type(None)} for name in TABLE}
    assert kinds == {
        "pair": {str},
        "rank": {int},
        "accuracy": {float},
        "front": {bool},
        "chance": set(),
        "label": {str},
        "calls": {int},
    }


def test_copies_of_a_chart_share_its_rows():
    rows = rows_of(TABLE)
    assert chart_of(rows).copy().data is rows
    layered = chart_of(rows) + chart_of(rows)
    assert layered.data is rows
