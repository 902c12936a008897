"""FailureSensorIQ: parallel `options` and `option_ids`, gold as one truth value an option in
`correct`.

The perturbed set has ten options labelled "P)" ... "Y)"; the labels stay. The multi-correct set
marks two or more options. A third encoding (`choices` as letter -> text, `answer`) comes from its
uncertainty benchmark.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_flags, by_letter
from cgr_nb.items.options import mapped, paired
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_OWN = ("asset_name", "text_type", "trigger_statement", "supcategory")
_META = ("subject", "asset_name", "relevancy", "question_type")


def _read(row: Row) -> ParsedRow:
    stem = required(row, "question")
    name = text_or_none(row, "id")
    if "choices" in row:
        options = mapped(row["choices"])
        gold = by_letter(options, row.get("answer"), "answer")
        return ParsedRow(stem, options, gold, config="uncertainty", id=name, meta=keep(row, *_META))
    labels, texts = unpacked(row.get("option_ids")), unpacked(row.get("options"))
    if not isinstance(labels, list) or not isinstance(texts, list):
        raise Reject("bad_options", "'options' and 'option_ids' are not both lists")
    options = paired(labels, texts)
    gold = by_flags(options, row.get("correct"), "correct")
    if len(options) == 10:
        config = "ten_options"
    else:
        config = "multi_correct" if gold is not None and len(gold) > 1 else "single_correct"
    return ParsedRow(
        question=stem,
        options=options,
        gold=gold,
        config=config,
        context=text_or_none(row, "context"),
        id=name,
        meta=keep(row, *_META),
    )


ADAPTER = Adapter(
    name="failuresensoriq",
    about="FailureSensorIQ: question, options, option_ids, correct (booleans)",
    signatures=(
        frozenset({"question", "options", "option_ids", "correct"}),
        frozenset({"question", "choices", "answer", "supcategory"}),
    ),
    read=_read,
    is_own=lambda row: any(name in row for name in _OWN),
)
