"""Rows of a JSON file, whichever of the usual shapes it has.

One object a line (also in a file called .json), an array of objects, an object of equally long
columns, an object with one array of objects in it at any depth, an object of objects (by id, or the
columns that pandas writes), the rows of the hub's viewer, an Inspect log, or a single object. A key
that stands in an object twice is a problem of its row, because one of the two values would be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from cgr_nb.errors import ItemError
from cgr_nb.items.names import GOLD, OPTIONS, QUESTION, bare
from cgr_nb.items.raw import RawRow, ReaderNotes
from cgr_nb.items.rejection import Reject

__all__ = ["json_rows"]


_LOOK_AT = 50
"""Lines that are looked at to tell one object a line from a broken whole."""
_DEEPEST = 6
"""Levels of a JSON that are searched for rows."""
_ROWS = ("data", "rows", "questions", "examples", "example", "items", "samples", "instances")
_ASKS = frozenset({*QUESTION, "questions"})
_ANSWERS = frozenset({*OPTIONS, *GOLD, "questions", "paragraphs"})


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""


def json_rows(data: bytes, name: str, told: ReaderNotes | None = None) -> Iterator[RawRow]:
    """Give back every row.

    Args:
        data: The file's bytes without byte-order mark.
        name: The file's name, for places and messages.
        told: What the file calls itself is added here.

    Raises:
        ItemError: an array or object that is broken as a whole, or of no known shape.
    """
    if not data.strip():
        raise ItemError("the file contains only white space", where=name)
    try:
        value = _load(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        lines = data.split(b"\n")
        if _is_one_object_a_line(lines):
            return _lines(lines, name)
        raise _broken(data, name, error) from error
    if told is not None:
        told.dataset = _own_name(value)
    return _whole(value, name)


def _is_one_object_a_line(lines: list[bytes]) -> bool:
    filled = (line for line in lines if line.strip())
    first = next(filled)
    if _parses_alone(first):
        return True
    # A broken array over many lines may have a line that parses: its last row has no comma.
    opens_array = first.lstrip().startswith(b"[")
    return not opens_array and any(map(_parses_alone, islice(filled, _LOOK_AT)))


def _lines(lines: list[bytes], name: str) -> Iterator[RawRow]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name} line {number}"
            try:
                value = _load(line.decode("utf-8"))
            except UnicodeDecodeError as error:
                what = f"byte 0x{line[error.start]:02x} is not UTF-8"
                yield RawRow(where, None, Reject("bad_encoding", what, "save the file as UTF-8"))
            except (ValueError, RecursionError) as error:
                yield RawRow(where, None, Reject("malformed_json", _told(error)))
            else:
                yield _row(where, value)


def _whole(value: object, name: str) -> Iterator[RawRow]:
    rows = _rows_of(value, name)
    unit = "line" if rows == [value] else "row"
    for number, row in enumerate(rows, 1):
        yield _row(f"{name} {unit} {number}", row)


def _broken(data: bytes, name: str, error: Exception) -> ItemError:
    if isinstance(error, UnicodeDecodeError):
        line = data.count(b"\n", 0, error.start) + 1
        return ItemError(
            "the file is not UTF-8",
            where=f"{name} line {line}",
            got=f"byte 0x{data[error.start]:02x}",
            fix="save it as UTF-8",
        )
    return ItemError(
        f"the file is not valid JSON: {_told(error)}",
        where=name,
        fix="fix it, or write one object per line so that single rows can be rejected",
    )


def _rows_of(value: object, name: str) -> list[Any]:
    if isinstance(value, list):
        return [_dialogue(row) for row in value]
    if not isinstance(value, dict) or not value:
        raise ItemError("the JSON contains no rows", where=name, got=type(value).__name__)
    if isinstance(value.get("samples"), list) and isinstance(value.get("eval"), dict):
        return list(value["samples"])
    table = _table(value, name)
    if table is not None:
        return table
    parts = list(value.values())
    if all(isinstance(part, dict) for part in parts):
        numbers = [str(number) for number in range(len(parts[0]))]
        if numbers and all(list(part) == numbers for part in parts):
            return [{name: part[number] for name, part in value.items()} for number in numbers]
        if not any(_is_question(part) for part in parts) and (deep := _deep_rows(value, 0)):
            return deep
        return [part if "id" in part else {"id": key, **part} for key, part in value.items()]
    if not _is_question(value) and (deep := _deep_rows(value, 0)):
        return deep
    return [value]


def _table(value: dict[str, Any], name: str) -> list[Any] | None:
    """Return the rows of an object that is a table; None when it is none."""
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        columns = [str(column) for column in value["columns"]]
        cells = value["data"]
        if all(isinstance(row, list) and len(row) == len(columns) for row in cells):
            return [dict(zip(columns, row, strict=True)) for row in cells]
    tables: dict[str, list[Any]] = {key: part for key, part in value.items() if _is_rows(part)}
    if "rows" in tables and all(isinstance(row.get("row"), dict) for row in tables["rows"]):
        return [row["row"] for row in tables["rows"]]
    if len(tables) > 1 and len(tables) == len(value):
        raise ItemError(
            "the JSON contains several lists of rows",
            where=name,
            got=", ".join(tables),
            fix="put each into a separate file",
        )
    if tables and not _is_question(value):
        known = [key for key in _ROWS if key in tables and any(map(_is_question, tables[key]))]
        if len(tables) == 1 or known:
            return tables[known[0]] if known else next(iter(tables.values()))
    parts = list(value.values())
    if len(parts) > 1 and all(isinstance(part, list) for part in parts):
        if len({len(part) for part in parts}) > 1:
            raise ItemError("the columns of the JSON differ in length", where=name)
        return [dict(zip(value, cells, strict=True)) for cells in zip(*parts, strict=True)]
    return None


def _is_question(part: object) -> bool:
    """Tell whether an object has a question and something to answer it with."""
    if not isinstance(part, dict):
        return False
    keys = {bare(key) for key in part}
    return bool(keys & _ASKS and keys & _ANSWERS) or "question" in keys or "doc" in keys


def _deep_rows(value: object, depth: int) -> list[Any]:
    """Return the rows of all lists of questions that lie deeper in an object, with the short texts
    that stand beside a list."""
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return value if _is_rows(value) and any(map(_is_question, value)) else []
    if not isinstance(value, dict):
        return []
    found: list[Any] = []
    for part in value.values():
        for row in _deep_rows(part, depth + 1):
            beside = {key: text for key, text in value.items() if isinstance(text, str | int)}
            found.append({**beside, **row} if isinstance(part, list) and depth else row)
    return found


def _dialogue(row: object) -> object:
    """Return [lines, questions, id], the rows of DREAM, as an object."""
    if (
        isinstance(row, list)
        and len(row) == 3
        and isinstance(row[0], list)
        and all(isinstance(line, str) for line in row[0])
        and _is_rows(row[1])
    ):
        return {"id": row[2], "dialogue": row[0], "questions": row[1]}
    return row


def _own_name(value: object) -> str | None:
    """Return what a log or a task calls itself."""
    if not isinstance(value, dict):
        return None
    run = value.get("eval")
    if isinstance(run, dict) and isinstance(value.get("samples"), list):
        task = run.get("task")
        return str(task).rpartition("/")[2] if task else None
    own = value.get("name")
    is_task = isinstance(value.get("examples"), list) and isinstance(own, str)
    return own if is_task and own else None


def _is_rows(part: object) -> bool:
    return isinstance(part, list) and bool(part) and all(isinstance(row, dict) for row in part)


def _row(where: str, value: object) -> RawRow:
    if not isinstance(value, dict):
        what = f"the row is a {type(value).__name__}, not an object with named fields"
        return RawRow(where, None, Reject("not_an_object", what))
    if _has_repeated(value):
        return RawRow(where, None, Reject("malformed_json", "the object has a key twice"))
    return RawRow(where, value)


def _load(text: str) -> object:
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    return value if len(value) == len(pairs) else _Repeated(value)


def _has_repeated(value: object) -> bool:
    if isinstance(value, dict):
        return isinstance(value, _Repeated) or any(map(_has_repeated, value.values()))
    # Long series of numbers are common in items and can't hide an object.
    return isinstance(value, list) and any(
        _has_repeated(part) for part in value if isinstance(part, dict | list)
    )


def _parses_alone(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return "nested too deep" if isinstance(error, RecursionError) else str(error)
