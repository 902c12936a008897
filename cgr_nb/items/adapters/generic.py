"""Plain rows: a question, options in any usual shape, and an answer. The form to write your own
items in.

    {"id": "q-1", "dataset": "mine", "config": "easy", "question": "...", "options": {"A": "...",
    "B": "..."},
     "gold": "B"}

Only `question` and options are needed. Options may be letter -> text, a list, a list of {label,
text}, their JSON in a table cell, or columns A, B, C ...; without options they are looked for in
the question, and made from the answer when it is a number. The answer may be a letter, letters, an
option's text or truth values in `gold` or `answer`, or a position in `answer_index` (from 0) or
`answer_number` (from 1). All other fields are left out: they may tell the answer.
"""

from __future__ import annotations

import string

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.draft import Draft, Numeric
from cgr_nb.items.embedded import split_out
from cgr_nb.items.fields import Row, is_missing, question, text_or_none
from cgr_nb.items.gold import Gold, by_index, stated
from cgr_nb.items.options import Options, any_shape, mapped, paired
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_QUESTION = ("question", "problem", "query", "prompt")
_OPTIONS = ("options", "choices")
_LABELS = ("option_ids", "option_labels", "labels")
_ANSWER = ("gold", "answer", "answerKey", "answer_letter", "correct", "correct_answer")
_POSITIONS = {"answer_index": 0, "gold_index": 0, "answer_number": 1, "gold_number": 1}
_CONTEXT = ("context", "passage")


def _first(row: Row, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if not is_missing(row.get(name))), None)


def _options(row: Row) -> Options | None:
    field = _first(row, _OPTIONS)
    labels = _first(row, _LABELS)
    if field is not None:
        if labels is not None and isinstance(row[labels], list) and isinstance(row[field], list):
            return paired(row[labels], row[field])
        return any_shape(row[field])
    columns = {letter: row[letter] for letter in string.ascii_uppercase if letter in row}
    filled = {letter: text for letter, text in columns.items() if not is_missing(text)}
    return mapped(filled) if filled else None


def _gold(row: Row, options: Options) -> Gold:
    found = {
        name: by_index(options, row[name], name, base)
        for name, base in _POSITIONS.items()
        if not is_missing(row.get(name))
    }
    field = _first(row, _ANSWER)
    if field is not None:
        found[field] = stated(options, row[field], field)
    if len(set(found.values())) > 1:
        raise Reject("gold_conflict", f"{' and '.join(found)} state different answers")
    return next(iter(found.values()), None)


def _read(row: Row) -> Draft:
    text = question(row, *_QUESTION)
    dataset = text_or_none(row, "dataset")
    config = text_or_none(row, "config") or "default"
    context = text_or_none(row, *_CONTEXT)
    name = text_or_none(row, "id")
    options = _options(row)
    if options is None:
        try:
            text, options = split_out(text)
        except Reject:
            answer = text_or_none(row, *_ANSWER)
            if answer is None:
                raise
            numeric = Numeric(answer)
            return Draft(
                text, numeric=numeric, dataset=dataset, config=config, context=context, id=name
            )
    return Draft(
        question=text,
        options=options,
        gold=_gold(row, options),
        dataset=dataset,
        config=config,
        context=context,
        id=name,
    )


def _looks_right(row: Row) -> bool:
    fields = (*_OPTIONS, *_ANSWER, *_POSITIONS, "A")
    return _first(row, _QUESTION) is not None and any(name in row for name in fields)


ADAPTER = Adapter(
    name="generic",
    about="plain rows: question, options, gold or answer, and id, dataset, config, context",
    signatures=(frozenset(),),
    read=_read,
    looks_right=_looks_right,
)
