"""Records as plain values: a list or tuple of what is in their fields, records in them alike. They
are made of records, and of what JSON holds, and become records again.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import starmap
from operator import attrgetter
from typing import (
    Any,
    Literal,
    NoReturn,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson

__all__ = ["NotPlain", "hints_of", "json_reader", "packer", "unpacker"]


_LEAST, _MOST = 1e-4, 1e16
"""Fractions from the first and below the second orjson writes as Python's `json` does."""
_WRITTEN_ALIKE = frozenset({str, int, bool, type(None)})
_MOST_KNOWN = 1_000
"""Combinations of types of one record's fields."""


class NotPlain(ValueError):
    """A value is of another type than its field, or its keys stand otherwise."""


@cache
def hints_of(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    """Field -> its type."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def packer(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a dataclass
    """Makes plain values of a record."""
    return _packer(kind) or _same


def unpacker(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a dataclass
    """Makes a record of plain values, which it may change."""
    return _unpacker(kind) or _same


@cache
def json_reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a dataclass
    """Makes plain values of what was read from JSON by orjson; raises `NotPlain` where it is no
    record of that kind with its keys in the order of the fields, or holds what orjson may write
    otherwise than a package has it. Some numbers it writes otherwise too: in what was read they
    are replaced by what a package has."""
    hints = hints_of(kind)
    names = tuple(hints)
    allowed = [_types(hint) for hint in hints.values()]
    parts = [
        (place, part)
        for place, hint in enumerate(hints.values())
        if (part := _part(hint)) is not None
    ]
    numbers = [(place, name) for place, (name, hint) in enumerate(hints.items()) if _is_float(hint)]
    known: set[tuple[type, ...]] = set()
    is_flat = not any(map(_packer, hints.values()))

    def read(value: Any) -> Any:  # noqa: ANN401
        if type(value) is not dict or tuple(value) != names:
            _refuse()
        values = list(value.values())
        found = tuple(map(type, values))
        if found not in known:
            if not all(
                one is None or kind in one for kind, one in zip(found, allowed, strict=True)
            ):
                _refuse()
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known.add(found)
        for place, name in numbers:
            number = values[place]
            if number and type(number) is float and not _LEAST <= abs(number) < _MOST:
                value[name] = orjson.Fragment(repr(number))
        for place, part in parts:
            if values[place] is not None:
                values[place] = part(values[place])
        # As a packer has them, so that equal records have equal bytes.
        return tuple(values) if is_flat else values

    return read


def _types(hint: Any) -> frozenset[type] | None:  # noqa: ANN401
    """Types that a value in JSON may have; None: any."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return None
    if origin in (Union, types.UnionType):
        parts = [_types(part) for part in inner]
        return None if None in parts else frozenset().union(*(part or () for part in parts))
    if origin is Literal:
        return frozenset(map(type, inner))
    if origin is tuple:
        return frozenset({list})
    if origin is Mapping or is_dataclass(hint):
        return frozenset({dict})
    return frozenset({int, float}) if hint is float else frozenset({hint})


def _part(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401
    """Reads a value of the right type; None where it stands as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _part(next(part for part in inner if part is not type(None)))
    if origin is Literal:
        return lambda value: value if value in inner else _refuse()
    if origin is tuple:
        return _tuple_reader(inner[0])
    if origin is Mapping:
        return _anything if inner[1] is Any else _mapping_reader(inner[1])
    if is_dataclass(hint) and isinstance(hint, type):
        return json_reader(hint)
    return _anything if hint is Any else None


def _is_float(hint: Any) -> bool:  # noqa: ANN401
    return hint is float or float in get_args(hint)


def _anything(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A value of any type, where orjson writes all in it as a package has it."""
    kind = type(value)
    if kind is dict or kind is list:
        for part in value.values() if kind is dict else value:
            if type(part) not in _WRITTEN_ALIKE:
                _anything(part)
    elif kind is float:
        if value and not _LEAST <= abs(value) < _MOST:
            _refuse()
    elif kind not in _WRITTEN_ALIKE:
        _refuse()
    return value


def _tuple_reader(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    types_of, part = _types(hint), _part(hint)
    # Of anything, and of fractions, a series is read the slow way.
    allowed = frozenset() if types_of is None or float in types_of else types_of

    def read(values: Any) -> Any:  # noqa: ANN401
        for value in values:
            if type(value) not in allowed:
                _refuse()
        return tuple(values if part is None else [part(value) for value in values])

    return read


def _mapping_reader(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    read_values = _tuple_reader(hint)
    return lambda value: dict(zip(value, read_values(value.values()), strict=True))


def _refuse() -> NoReturn:
    raise NotPlain


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


@cache
def _packer(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401
    """Makes plain values of a value of an annotation; None where it is one."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some = _packer(next(part for part in inner if part is not type(None)))
        return some and (lambda value: None if value is None else some(value))
    if origin is tuple:
        each = _packer(inner[0])
        return each and (lambda value: tuple(map(each, value)))
    if is_dataclass(hint) and isinstance(hint, type):
        hints = hints_of(hint)
        of_fields = attrgetter(*hints)
        parts = [
            (place, packer)
            for place, part in enumerate(hints.values())
            if (packer := _packer(part)) is not None
        ]
        if not parts:
            return of_fields

        def pack(value: Any) -> Any:  # noqa: ANN401
            values = list(of_fields(value))
            for place, packer in parts:
                values[place] = packer(values[place])
            return values

        return pack
    return None


def _is_flat(hint: Any) -> bool:  # noqa: ANN401
    """Whether values are records whose fields hold plain values alone."""
    anything: Any = hint
    return is_dataclass(hint) and not any(map(_unpacker, hints_of(anything).values()))


@cache
def _unpacker(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401
    """The way back; None where a value stands as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some = _unpacker(next(part for part in inner if part is not type(None)))
        return some and (lambda value: None if value is None else some(value))
    if origin is tuple:
        of: Any = inner[0]
        each = _unpacker(of)
        if _is_flat(of):
            return lambda value: tuple(starmap(of, value))
        return each and (lambda value: tuple([each(one) for one in value]))
    if is_dataclass(hint) and isinstance(hint, type):
        parts = [
            (place, unpacker)
            for place, part in enumerate(hints_of(hint).values())
            if (unpacker := _unpacker(part)) is not None
        ]
        if not parts:
            return lambda values: hint(*values)

        def unpack(values: Any) -> Any:  # noqa: ANN401
            for place, unpacker in parts:
                values[place] = unpacker(values[place])
            return hint(*values)

        return unpack
    return None
