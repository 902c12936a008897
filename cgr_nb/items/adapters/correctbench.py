"""CorrectBench: put together from public sets; those with options, or a number as answer, are read.

CommonsenseQA and AQuA come in their own schemas, or AQuA as one `text` ("... #### B"); GPQA as a
right and three wrong answers, which are shuffled, seeded; GSM8K as "... #### 42". HotpotQA, MATH
and HumanEval ask for free text and are rejected. Config is the set of origin. Rows in the schemas
of the parts are guessed to be those sets; name `adapter="correctbench"`.
"""

from __future__ import annotations

from dataclasses import replace

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.adapters import aqua_rat, commonsenseqa
from cgr_nb.items.embedded import split_out
from cgr_nb.items.fields import Row, required, text_or_none
from cgr_nb.items.gold import by_letter
from cgr_nb.items.options import listed
from cgr_nb.items.parsed_row import Numeric, ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_ANSWER = "####"
_SOLUTION = "\nSOLUTION:"
_GPQA = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def _aqua_text(row: Row) -> ParsedRow:
    text, mark, answer = required(row, "text").rpartition(_ANSWER)
    if not mark:
        raise Reject("not_multiple_choice", f"no {_ANSWER!r} before an answer in 'text'")
    problem, mark, _ = text.partition(_SOLUTION)
    if not mark:
        raise Reject(
            "no_options", f"no {_SOLUTION.strip()!r} between the options and the reasoning"
        )
    stem, options = split_out(problem)
    gold = by_letter(options, answer, "text")
    return ParsedRow(stem.removeprefix("QUESTION:").strip(), options, gold, config="aqua_rat")


def _gpqa(row: Row) -> ParsedRow:
    options = listed([row.get(name) for name in _GPQA])
    name = text_or_none(row, "Record ID")
    stem = required(row, "Question")
    return ParsedRow(stem, options, gold=(0,), config="gpqa", shuffle=True, id=name)


def _gsm8k(row: Row) -> ParsedRow:
    answer = (text_or_none(row, "answer") or "").rpartition(_ANSWER)[2].strip()
    return ParsedRow(required(row, "question"), numeric=Numeric(answer), config="gsm8k")


def _read(row: Row) -> ParsedRow:
    if "answerKey" in row:
        draft = replace(commonsenseqa.ADAPTER.read(row), config="commonsenseqa")
    elif "correct" in row and "options" in row:
        draft = replace(aqua_rat.ADAPTER.read(row), config="aqua_rat")
    elif "Correct Answer" in row:
        draft = _gpqa(row)
    elif _ANSWER in str(row.get("answer", "")):
        draft = _gsm8k(row)
    elif "text" in row:
        draft = _aqua_text(row)
    else:
        raise Reject(
            "not_multiple_choice", f"no options among the fields {', '.join(sorted(map(str, row)))}"
        )
    return replace(draft, dataset="correctbench")


def _looks_right(row: Row) -> bool:
    return _ANSWER in str(row.get("text", ""))


ADAPTER = Adapter(
    name="correctbench",
    about="CorrectBench: rows of CommonsenseQA, AQuA, GPQA and GSM8K in their schemas",
    signatures=(frozenset({"text"}),),
    read=_read,
    looks_right=_looks_right,
    is_own=lambda row: False,  # nothing tells a row of the parts from one of this set
)
