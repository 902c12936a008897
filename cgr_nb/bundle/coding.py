"""Records to lines of JSON and back. A record has one line and no other: keys in field order, no
white space, nothing left out; so a changed byte is a changed record.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import (
    Any,
    Literal,
    NoReturn,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson

from cgr_nb.bundle.plain_values import json_reader, packer

__all__ = [
    "FormatError",
    "dump",
    "lines_in_pieces",
    "parse",
    "read_line",
    "read_lines",
    "read_records",
    "read_values",
    "record_from",
    "write_lines",
]

T = TypeVar("T")
_LINES_AT_ONCE = 256
_SURROGATE = re.compile("[\ud800-\udfff]")


class FormatError(ValueError):
    """A text is not what a package would hold here. Its message says why, in words."""


def _shallow(value: object) -> dict[str, Any]:
    """A dataclass instance as JSON has it; what stands in its fields is the encoder's own task."""
    kind: Any = type(value)
    names, values = _fields_of(kind)
    return dict(zip(names, values(value), strict=True))


@cache
def _fields_of(
    kind: Any,  # noqa: ANN401 - a dataclass
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    if not is_dataclass(kind):
        raise TypeError(f"no JSON: {kind.__name__}")
    names = tuple(field.name for field in fields(kind))
    if len(names) == 1:
        return names, lambda value: (getattr(value, names[0]),)
    return names, attrgetter(*names)


@cache
def _encoder(escaped: bool, indent: int | None) -> json.JSONEncoder:
    marks = (",", ":") if indent is None else (",", ": ")
    return json.JSONEncoder(
        ensure_ascii=escaped, separators=marks, indent=indent, allow_nan=False, default=_shallow
    )


def dump(value: object, indent: int | None = None) -> str:
    """JSON of values and dataclass instances, on one line unless it is indented. Lone surrogates,
    which UTF-8 has no bytes for, become escapes."""
    for escaped in (False, True):
        text = _encoder(escaped, indent).encode(value)
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
    return b"".join(lines_in_pieces(records))


def lines_in_pieces(records: Iterable[Any]) -> Iterator[bytes]:
    """As `write_lines`, some hundred lines at a time."""
    some: list[str] = []
    for record in records:
        some.append(dump(record))
        if len(some) == _LINES_AT_ONCE:
            yield ("\n".join(some) + "\n").encode()
            some = []
    if some:
        yield ("\n".join(some) + "\n").encode()


def read_lines(kind: type[T], data: bytes, on_bad: Callable[[int, str], None]) -> list[T]:
    """The records of a table.

    Args:
        kind: Dataclass of the records.
        data: What `write_lines` wrote.
        on_bad: Told the number (from 1) of a line that is no such record, and why; it is left out.
    """
    return list(read_records(kind, data.split(b"\n"), on_bad))


def read_records(
    kind: type[T], lines: Iterable[bytes], on_bad: Callable[[int, str], None]
) -> Iterator[T]:
    """The records of a table, one after the other.

    Args:
        kind: Dataclass of the records.
        lines: Its lines without their ends, and what follows the last end.
        on_bad: As of `read_lines`.
    """
    return _each(lambda line: read_line(kind, line), lines, on_bad)


def _each(
    read: Callable[[bytes], T], lines: Iterable[bytes], on_bad: Callable[[int, str], None]
) -> Iterator[T]:
    """What is read of each line, and of what follows the last end nothing."""
    number, before = 0, None
    for number, line in enumerate(lines):
        if before is not None:
            try:
                record = read(before)
            except (ValueError, RecursionError) as error:
                on_bad(number, str(error))
            else:
                yield record
        before = line
    if before:
        on_bad(number + 1, "the last line has no end")


def read_values(
    kind: type[Any], lines: Iterable[bytes], on_bad: Callable[[int, str], None]
) -> Iterator[Any]:
    """As `read_records`, each record as plain values (see `plain_values`): a table of hundreds of
    thousands of lines is read in a third of the time.

    Args:
        kind: Dataclass of the records.
        lines: Its lines without their ends, and what follows the last end.
        on_bad: See `read_lines`.
    """
    anything: Any = kind
    read, pack = json_reader(anything), packer(anything)

    def values_of(line: bytes) -> Any:  # noqa: ANN401
        try:
            value = orjson.loads(line)
            values = read(value)
            # One form a record: so this sees to keys that are there twice too.
            if orjson.dumps(value) == line:
                return values
        except (ValueError, TypeError, RecursionError):
            pass
        # Something is wrong, or it holds what the quick way does not take: half a character, a
        # whole number of more than 64 bits, or some number where a record may hold anything.
        return pack(read_line(kind, line))

    return _each(values_of, lines, on_bad)


def read_line(kind: type[T], line: bytes) -> T:
    """The record of one line, its end left out.

    Args:
        kind: Dataclass of the record.
        line: What `write_lines` wrote of it.

    Raises:
        ValueError: It is no such record, or written otherwise; its words say why.
        RecursionError: It is nested too deeply.
    """
    text = line.decode("utf-8")
    try:
        anything: Any = kind
        record = cast(T, _reader(anything)(json.loads(text)))
        # One form a record: so this sees to keys that are there twice or in another order too.
        if dump(record) == text:
            return record
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    # Something is wrong: once more, slowly, for the words that say what.
    record = record_from(kind, parse(text))
    if dump(record) != text:
        raise FormatError("not written as a package writes it")
    return record


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    """As `_typed`, made once for an annotation: values of another type raise a `FormatError`
    without words."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return _as_it_is
    if origin in (Union, types.UnionType):
        some = _reader(next(part for part in inner if part is not type(None)))
        if type(None) not in inner:
            return some
        return lambda value: None if value is None else some(value)
    if origin is Literal:
        return lambda value: value if value in inner else _refused()
    if origin is tuple:
        each = _reader(inner[0])
        return lambda value: tuple(map(each, value)) if type(value) is list else _refused()
    if origin is Mapping:
        if inner[1] is Any:
            return lambda value: value if type(value) is dict else _refused()
        of = _reader(inner[1])
        return lambda value: (
            {key: of(part) for key, part in value.items()} if type(value) is dict else _refused()
        )
    if is_dataclass(hint) and isinstance(hint, type):
        parts = [(name, _reader(of)) for name, of in _hints(hint).items()]
        count = len(parts)

        def read(value: Any) -> Any:  # noqa: ANN401
            if type(value) is not dict or len(value) != count:
                return _refused()
            return hint(*[of(value[name]) for name, of in parts])

        return read
    if hint is float:
        return lambda value: value if type(value) in (int, float) else _refused()
    return lambda value: value if type(value) is hint else _refused()


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


def _refused() -> NoReturn:
    raise FormatError


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
        raise FormatError("a key appears twice")
    return found


def _constant(name: str) -> None:
    raise FormatError(f"{name} is no number")
