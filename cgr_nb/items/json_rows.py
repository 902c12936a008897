"""Rows of a JSON file, whichever of the usual shapes it has.

One object a line (also in a file called .json), an array of objects, an object of equally long
columns, an object with one array of objects in it, an object of objects (by id, or the columns that
pandas writes), or a single object. A key that stands in an object twice is a problem of its row,
because one of the two values would be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from cgr_nb.errors import ItemError
from cgr_nb.items.raw import RawRow
from cgr_nb.items.rejection import Reject

__all__ = ["json_rows"]


_LOOK_AT = 50
"""Lines that are looked at to tell one object a line from a broken whole."""


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""


def json_rows(data: bytes, name: str) -> Iterator[RawRow]:
    """Give back every row.

    Args:
        data: The file's bytes without byte-order mark.
        name: The file's name, for places and messages.

    Raises:
        ItemError: an array or object that is broken as a whole, or of no known shape.
    """
    if not data.strip():
        raise ItemError("the file holds only white space", where=name)
    try:
        value = _load(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        lines = data.split(b"\n")
        if _is_one_object_a_line(lines):
            return _lines(lines, name)
        raise _broken(data, name, error) from error
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
        fix="mend it, or write one object a line so that single rows can be told apart",
    )


def _rows_of(value: object, name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not value:
        raise ItemError("the JSON holds no rows", where=name, got=type(value).__name__)
    tables: dict[str, list[Any]] = {key: part for key, part in value.items() if _is_rows(part)}
    if len(tables) > 1 and len(tables) == len(value):
        raise ItemError(
            "the JSON holds several lists of rows",
            where=name,
            got=", ".join(tables),
            fix="put each in a file of its own",
        )
    if len(tables) == 1 and "question" not in value:
        return next(iter(tables.values()))
    parts = list(value.values())
    if len(parts) > 1 and all(isinstance(part, list) for part in parts):
        if len({len(part) for part in parts}) > 1:
            raise ItemError("the columns of the JSON are not equally long", where=name)
        return [dict(zip(value, cells, strict=True)) for cells in zip(*parts, strict=True)]
    if all(isinstance(part, dict) for part in parts):
        numbers = [str(number) for number in range(len(parts[0]))]
        if numbers and all(list(part) == numbers for part in parts):
            return [{name: part[number] for name, part in value.items()} for number in numbers]
        return [part if "id" in part else {"id": key, **part} for key, part in value.items()]
    return [value]


def _is_rows(part: object) -> bool:
    return isinstance(part, list) and bool(part) and all(isinstance(row, dict) for row in part)


def _row(where: str, value: object) -> RawRow:
    if not isinstance(value, dict):
        what = f"the row is a {type(value).__name__}, not an object with named fields"
        return RawRow(where, None, Reject("not_an_object", what))
    if _has_repeated(value):
        return RawRow(where, None, Reject("malformed_json", "a key stands in the object twice"))
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
