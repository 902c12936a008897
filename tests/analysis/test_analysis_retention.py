"""Retained and not, by reason: the counts add up."""

from __future__ import annotations

from published_shape import NOT_RETAINED, RETAINED, shaped_rows
from synthetic_rows import frame, row

from cgr_nb.analysis.frame import REASONS, annotate
from cgr_nb.analysis.retention import ALL, retention_table


def test_the_table_by_hand():
    rows = frame(
        row(0),
        row(1, gold=None),
        row(2, solver="s2"),
        row(3, dataset="medqa", direct_status="error", direct_letter=None),
    )
    table = retention_table(annotate(rows))
    shown = table[["dataset", "solver", "rows", "retained", "no_gold", "direct_error"]]
    assert shown.values.tolist() == [
        ["aime", "s1", 2, 1, 1, 0],
        ["aime", "s2", 1, 1, 0, 0],
        ["medqa", "s1", 1, 0, 0, 1],
        [ALL, ALL, 4, 2, 1, 1],
    ]


def test_every_line_and_every_column_adds_up():
    table = retention_table(annotate(shaped_rows()))
    kinds = ["retained", *REASONS]
    assert (table[kinds].sum(axis=1) == table["rows"]).all()
    lines, total = table.iloc[:-1], table.iloc[-1]
    assert len(lines) == 54
    assert (lines[["rows", *kinds]].sum() == total[["rows", *kinds]]).all()
    assert (total["rows"], total["retained"]) == (RETAINED + NOT_RETAINED, RETAINED)


def test_the_columns_to_count_by_can_be_chosen():
    table = retention_table(annotate(shaped_rows((9, 4))), by=["solver"])
    assert table["rows"].tolist() == [13] * 6 + [78]


def test_no_rows_are_counted_as_none():
    table = retention_table(annotate(frame()))
    assert table[["dataset", "rows", "retained"]].values.tolist() == [[ALL, 0, 0]]
