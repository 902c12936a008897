"""Rows within rows: harness logs, nested questions, and several questions below one passage.

What comes out are rows of one question each, with the fields of the outer row that it needs. A row
that is flat already stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cgr_nb.items.fields import is_missing
from cgr_nb.items.names import CONTEXT, GOLD, LABELS, OPTIONS, QUESTION, bare
from cgr_nb.items.raw import RawRow

__all__ = ["context_text", "flat_rows", "unnested"]

_HARNESS = ("docid", "resps", "filteredresps", "arguments", "dochash", "prompthash")
_WRAPPERS = ("row", "doc", "item", "example", "data", "content", "problem", "fields")
_LISTS = ("questions", "qas", "paragraphs", "items", "quiz", "examples", "questionlist")
_ASKS = frozenset({*QUESTION, "stem"} - {"text", "premise", "sentence", "body"})
_CHOOSES = frozenset(OPTIONS)
_REPLIES = ("assistant", "gpt", "model", "bot")
_SAMPLE = ("id", "input", "choices", "target")
_APART = "attachment://"
_DEEPEST = 4


def flat_rows(row: RawRow) -> Iterator[RawRow]:
    """Give back the rows of one question each that a row holds, at least one."""
    if row.fields is None:
        yield row
        return
    found = list(_questions(dict(row.fields), _DEEPEST))
    if len(found) == 1:
        yield RawRow(row.where, found[0])
        return
    for number, fields in enumerate(found, 1):
        yield RawRow(f"{row.where} question {number}", fields)


def _questions(row: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    row = _lifted(row)
    if depth:
        for name, value in row.items():
            if bare(name) not in _LISTS or not isinstance(value, list) or not value:
                continue
            outer = {other: part for other, part in row.items() if other != name}
            if all(isinstance(part, Mapping) and _is_row(part) for part in value):
                for part in value:
                    yield from _questions({**outer, **part}, depth - 1)
                return
            if bare(name) == "questions" and all(isinstance(part, str) for part in value):
                yield from _parallel(outer, value)
                return
    yield row


def _lifted(row: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of a wrapped row out: `doc` of a harness log, `question` {stem, choices}."""
    short = {bare(name): name for name in row}
    if "doc" in short and isinstance(row[short["doc"]], Mapping) and short.keys() & set(_HARNESS):
        target = short.get("target")
        inner = dict(row[short["doc"]])
        if target is not None and not {bare(name) for name in inner} & set(GOLD):
            inner["target"] = row[target]
        return _lifted(inner)
    if {"epoch", "input", "target"} <= short.keys() and {"scores", "output"} & short.keys():
        kept = {name: row[short[name]] for name in _SAMPLE if name in short}
        apart = row.get(short.get("attachments", ""))
        return {name: _attached(value, apart) for name, value in kept.items()}
    for turns in ("messages", "conversations"):
        said = row.get(short.get(turns, ""))
        if isinstance(said, list) and not short.keys() & set(GOLD) and len(said) > 1:
            *before, last = said
            if isinstance(last, Mapping) and last.get("role", last.get("from")) in _REPLIES:
                reply = last.get("content", last.get("value"))
                return {**row, short[turns]: before, "answer": reply}
    for wrapper in _WRAPPERS:
        name = short.get(wrapper)
        inner_row = row.get(name) if name is not None else None
        if not isinstance(inner_row, Mapping):
            continue
        keys = {bare(key) for key in inner_row}
        if not keys & (_ASKS | _CHOOSES):
            continue
        outer = {other: value for other, value in row.items() if other != name}
        return _lifted({**outer, **inner_row})
    return row


def _attached(value: Any, attachments: object) -> Any:  # noqa: ANN401 - JSON
    """Put long texts back that an Inspect sample keeps apart."""
    if isinstance(value, dict):
        return {name: _attached(part, attachments) for name, part in value.items()}
    if isinstance(value, list):
        return [_attached(part, attachments) for part in value]
    if isinstance(value, str) and value.startswith(_APART) and isinstance(attachments, Mapping):
        return attachments.get(value.removeprefix(_APART), value)
    return value


def unnested(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with the fields of its nested question, {"stem": ..., "choices": ...}, beside
    the others; a row without one as it is."""
    name = next((name for name, value in row.items() if _is_nested(name, value)), None)
    if name is None:
        return row
    inner = {("question" if bare(key) == "text" else key): v for key, v in row[name].items()}
    return {**{other: value for other, value in row.items() if other != name}, **inner}


def _is_nested(name: object, value: object) -> bool:
    return bare(name) == "question" and isinstance(value, Mapping)


def _is_row(part: Mapping[str, Any]) -> bool:
    keys = {bare(key) for key in part}
    return bool(keys & (_ASKS | set(_LISTS))) and len(keys) > 1


def _parallel(outer: dict[str, Any], questions: list[str]) -> Iterator[dict[str, Any]]:
    """One passage with a list of questions and lists of their options and answers beside it."""
    beside = {
        name: value
        for name, value in outer.items()
        if isinstance(value, list)
        and len(value) == len(questions)
        and bare(name) in {*OPTIONS, *GOLD, *LABELS, "id", "ids", "questionids"}
    }
    for number, text in enumerate(questions):
        here = {name: value[number] for name, value in beside.items()}
        yield {**outer, **here, "question": text}


def context_text(value: object) -> str | None:
    """Return a context as text: lists are joined by line, mappings by their context fields."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [context_text(part) for part in value]
        return "\n".join(part for part in parts if part) or None
    if isinstance(value, Mapping):
        inner = [context_text(part) for key, part in value.items() if bare(key) in CONTEXT]
        return "\n".join(part for part in inner if part) or None
    return str(value)
