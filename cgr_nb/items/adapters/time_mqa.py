"""Time-MQA: `QA_list` is a JSON fragment without braces, "question": "...", "answer": "...".

The set is gated; this follows its card and public loaders. Options A-I stand in the question,
series stay there too. Some fragments hold unescaped quotes and are then cut at the field names.
True/false questions get the options True and False; open-ended, forecasting and imputation rows are
no multiple choice.
"""

from __future__ import annotations

import json
import re

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.embedded import split_out
from cgr_nb.items.fields import Row, as_text, is_missing, keep, text_or_none
from cgr_nb.items.gold import Gold, by_letter, by_text
from cgr_nb.items.options import Options, listed
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_QUESTION = re.compile(r'\s*\{?\s*"question"\s*:\s*"')
_FIELD = re.compile(r'"question"\s*:')
_ANSWER = re.compile(r'"\s*,\s*"answer"\s*:\s*"')
_STATED = re.compile(r"(?:\banswer\s+is\b|\banswer\s*:)\s*:?\s*", re.IGNORECASE)
_LETTER = re.compile(r"\(?([A-Z])(?:[).:]|\s*$)")


def _pair(row: Row) -> tuple[str, str, bool]:
    """Return question, answer, and whether the fragment had to be cut by hand."""
    raw = row.get("QA_list")
    if is_missing(raw):
        raise Reject("no_question", "'QA_list' is empty")
    fragment = as_text(raw).strip()
    if len(_FIELD.findall(fragment)) > 1:
        raise Reject("no_question", "'QA_list' holds several questions", "give each its own row")
    try:
        pair = json.loads(fragment if fragment.startswith(("{", "[")) else "{" + fragment + "}")
    except (ValueError, RecursionError):
        return _cut(fragment)
    if isinstance(pair, list) and len(pair) == 1:
        pair = pair[0]
    if not isinstance(pair, dict) or not isinstance(pair.get("question"), str):
        raise Reject("no_question", "'QA_list' does not hold one question")
    return pair["question"], as_text(pair.get("answer") or ""), False


def _cut(fragment: str) -> tuple[str, str, bool]:
    """Take a fragment that is not valid JSON apart at its field names."""
    start, middle = _QUESTION.match(fragment), _ANSWER.search(fragment)
    if start is None or middle is None:
        raise Reject("no_question", f"'QA_list' has no question and answer: {fragment[:60]!r}")
    answer = fragment[middle.end() :].rstrip().removesuffix("}").rstrip().removesuffix('"')
    texts = (fragment[start.end() : middle.start()], answer)
    question, answer = (text.replace('\\"', '"').replace("\\n", "\n") for text in texts)
    return question, answer, True


def _gold(options: Options, answer: str) -> Gold:
    match = _STATED.search(answer)
    rest = (answer[match.end() :] if match else answer).strip()
    letter = _LETTER.match(rest)
    if letter:
        return by_letter(options, letter[1], "answer")
    return by_text(options, rest.removesuffix("."), "answer")


def _read(row: Row) -> ParsedRow:
    text, answer, cut = _pair(row)
    form = (text_or_none(row, "question_format") or "").lower()
    task = text_or_none(row, "task_type") or "default"
    meta = keep(row, "application_domain", "question_format")
    if cut:
        meta["qa_list"] = "not valid JSON; cut at its field names"
    if "true" in form:
        options = listed(["True", "False"])
        match = re.match(r"(?:answer\s*:\s*)?(true|false)\b", answer.strip(), re.IGNORECASE)
        verdict = match[1].capitalize() if match else answer
        gold = by_letter(options, "AB"[verdict == "False"], "answer") if match else None
        if not match and not is_missing(answer):
            gold = _gold(options, answer)
        meta["options_from"] = "true/false"
        return ParsedRow(text.strip(), options, gold, config=task, meta=meta)
    if form and not form.startswith("multiple"):
        raise Reject("not_multiple_choice", f"question_format is {form!r}")
    try:
        stem, options = split_out(text)
    except Reject:
        raise Reject("not_multiple_choice", f"no options in the question (task {task!r})") from None
    gold = None if is_missing(answer) else _gold(options, answer)
    return ParsedRow(stem, options, gold, config=task, meta=meta)


ADAPTER = Adapter(
    name="time_mqa",
    about="Time-MQA (gated): QA_list fragment, task_type, question_format",
    signatures=(frozenset({"QA_list"}),),
    read=_read,
)
