"""TimeSeriesExam: two to four `options` as a list, gold as option text, series outside the
question.

The series become the context, number for number as in the file. Hints, concepts and the prompt
fragment in `format_hint` are left out.
"""

from __future__ import annotations

import json

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, is_missing, keep, required, text_or_none
from cgr_nb.items.gold import by_text
from cgr_nb.items.options import listed
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]

_SERIES = {"ts": "Time series", "ts1": "Time series 1", "ts2": "Time series 2"}


def _read(row: Row) -> ParsedRow:
    options = listed(row.get("options"))
    series = [
        f"{title}: {json.dumps(row[name])}"
        for name, title in _SERIES.items()
        if not is_missing(row.get(name))
    ]
    return ParsedRow(
        question=required(row, "question"),
        options=options,
        gold=by_text(options, row.get("answer"), "answer"),
        config=text_or_none(row, "category") or "default",
        context="\n".join(series) or None,
        id=text_or_none(row, "id"),
        meta=keep(row, "subcategory", "difficulty", "question_type", "tid"),
    )


ADAPTER = Adapter(
    name="timeseriesexam",
    about="TimeSeriesExam: question, options, answer (text), ts or ts1 and ts2",
    signatures=(
        frozenset({"question", "options", "answer", "ts"}),
        frozenset({"question", "options", "answer", "ts1", "ts2"}),
    ),
    read=_read,
    is_own=lambda row: "question_hint" in row or "format_hint" in row or "ts1" in row,
)
