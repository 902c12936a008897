"""Records to lines of JSON and back. A record has one line and no other: keys in field order, no
white space, nothing left out; so a changed byte is a changed record.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["FormatError", "dump", "parse", "read_lines", "record_from", "write_lines"]

T = TypeVar("T")
_SURROGATE = re.compile("[\ud800-\udfff]")


class FormatError(ValueError):
    """A text is not what a package would hold here. Its message says why, in words."""


def dump(value: object, indent: int | None = None) -> str:
    """JSON, on one line unless it is indented. Lone surrogates, which UTF-8 has no bytes for,
    become escapes."""
    marks = (",", ":") if indent is None else (",", ": ")
    for escaped in (False, True):
        text = json.dumps(
            value, ensure_ascii=escaped, separators=marks, indent=indent, allow_nan=False
        )
        if text.isascii() or not _SURROGATE.search(text):
            break
    return text


def parse(text: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    """Read JSON as strictly as it can be read.

    Raises:
        FormatError: Not JSON, a key twice, NaN or infinity, or nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}") from error


def write_lines(records: Iterable[Any]) -> bytes:
    """One line a record (a dataclass instance)."""
    return "".join(dump(asdict(record)) + "\n" for record in records).encode()


def read_lines(kind: type[T], data: bytes, on_bad: Callable[[int, str], None]) -> list[T]:
    """The records of a table.

    Args:
        kind: Dataclass of the records.
        data: What `write_lines` wrote.
        on_bad: Told the number (from 1) of a line that is no such record, and why; it is left out.
    """
    records = []
    *lines, last = data.split(b"\n")
    if last:
        on_bad(len(lines) + 1, "the last line has no end")
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8")
            record = record_from(kind, parse(text))
            if dump(asdict(record)) != text:  # type: ignore[call-overload]
                raise FormatError("not written as a package writes it")
        except (ValueError, RecursionError) as error:
            on_bad(number, str(error))
        else:
            records.append(record)
    return records


def record_from(kind: type[T], value: object) -> T:
    """Build a dataclass from parsed JSON, seeing to every type.

    Raises:
        FormatError: A field is missing, unknown or of the wrong type.
    """
    if not isinstance(value, dict):
        raise FormatError("not an object")
    anything: Any = kind
    hints = _hints(anything)
    for name in value:
        if name not in hints:
            raise FormatError(f"unknown field {name[:60]!r}")
    for name in hints:
        if name not in value:
            raise FormatError(f"field {name!r} is missing")
    return kind(**{name: _typed(hint, value[name], name) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _typed(hint: Any, value: Any, name: str) -> Any:  # noqa: ANN401
    """A value as its annotation has it: lists become tuples, objects dataclasses."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _typed(next(part for part in inner if part is not type(None)), value, name)
    if origin is Literal and value in inner:
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(inner[0], part, name) for part in value)
    if origin is Mapping and isinstance(value, dict):
        return {key: _typed(inner[1], part, name) for key, part in value.items()}
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return record_from(hint, value)
    if hint in (str, int, bool) and type(value) is hint:
        return value
    if hint is float and type(value) in (int, float):
        return value
    raise FormatError(f"field {name!r} is of the wrong type")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FormatError("a key is there twice")
    return found


def _constant(name: str) -> None:
    raise FormatError(f"{name} is no number")
