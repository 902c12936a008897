"""The records of a table in a file without a name: as many as a study has, a few in memory.

What is kept there was read and checked before, and nobody else can write to it: so it stands in
Python's own form for plain values, which reads back ten times as fast as JSON. Iteration follows
the order in which records came; a record is found by its key through sorted hashes, which take 20
bytes a record. Its key, where that is a content id, and what few fields are told to keep stay in
memory beside (see `kept_columns`).
"""

from __future__ import annotations

import marshal
import os
import tempfile
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar, get_args

from cgr_nb.bundle.kept_columns import FewValues, Ids
from cgr_nb.bundle.plain_values import hints_of, packer, unpacker

__all__ = [
    "RecordFile",
    "by_key",
    "columns",
    "has_equal",
    "plain_by_key",
    "record_at",
    "value_at",
    "value_by_key",
]

T = TypeVar("T")
_VERSION = 2
"""Of the form: the newest one without references, which would only be looked for in vain."""
_CAN_PREAD = hasattr(os, "pread")
"""Not on Windows."""
_AT_ONCE = 1 << 20
"""Bytes that are written, or read in a row, in one go."""


class RecordFile(Collection[T], Generic[T]):
    """Records of one kind.

    Args:
        kind: Dataclass of the records.
        key: Field that a record is found by, a text; of several with one the last is. None: they
            are found by nothing.
        few: Fields, of texts or None, with few values: they stay in memory.
    """

    def __init__(self, kind: type[T], key: str | None = None, few: Sequence[str] = ()) -> None:
        anything: Any = kind
        self._pack, self._unpack = packer(anything), unpacker(anything)
        self._kind = kind
        names = list(hints_of(anything))
        self._key = None if key is None else names.index(key)
        self._kept: dict[str, Ids | FewValues] = {name: FewValues() for name in few}
        if key is not None:
            self._kept[key] = Ids()
        self._keeping = [(names.index(name), kept.add) for name, kept in self._kept.items()]
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as this
        # Records may stand in a cycle, where the file would be closed with a warning or late.
        weakref.finalize(self, self._file.close)
        self._number = self._file.fileno()
        self._unwritten = bytearray()
        self._written = 0
        self._starts = array("Q", [0])
        self._hashes = array("q")
        self._sorted: tuple[array[int], array[int]] | None = None
        self._key_name = key

    def add(self, record: T) -> None:
        """Keep one record behind the others."""
        self.add_values(self._pack(record))

    def add_values(self, values: Any) -> None:  # noqa: ANN401 - see there
        """As `add`, of the record's plain values (see `plain_values`)."""
        if self._key is not None:
            if self._sorted is not None:
                self._unsort()
            self._hashes.append(hash(values[self._key]))
        for place, keep in self._keeping:
            keep(values[place])
        self._unwritten += marshal.dumps(values, _VERSION)
        self._starts.append(self._written + len(self._unwritten))
        if len(self._unwritten) >= _AT_ONCE:
            self.flush()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[T]:
        return map(self._made, self._values())

    def __contains__(self, record: object) -> bool:
        return any(record == one for one in self)

    def columns(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """See `columns`."""
        kept = [self._kept.get(name) for name in names]
        if names and all(column is not None and column.kept for column in kept):
            return zip(*(column for column in kept if column is not None), strict=True)
        readers = [_reader_of(self._kind, name) for name in names]
        return (tuple([read(values) for read in readers]) for values in self._values())

    def value_at(self, place: int, name: str) -> Any:  # noqa: ANN401 - of any field
        """A field of the record of a place, counted from 0, as plain values."""
        kept = self._kept.get(name)
        if kept is not None and kept.kept:
            return kept.at(place)
        return _reader_of(self._kind, name)(self._values_at(place))

    def value_of(self, key: str, name: str) -> Any:  # noqa: ANN401 - see there
        """As `value_at`, of the record of a key; None where there is none."""
        found = [place for place in self._places(key) if self._key_at(place) == key]
        return self.value_at(found[-1], name) if found else None

    def at(self, place: int) -> T:
        """The record of a place, counted from 0."""
        return self._made(self._values_at(place))

    def find(self, key: str) -> T | None:
        """The record of a key; None where there is none."""
        found = self.find_values(key)
        return None if found is None else self._made(found)

    def find_values(self, key: str) -> Any:  # noqa: ANN401 - see there
        """As `find`, the record's plain values (see `plain_values`)."""
        found = None
        for place in self._places(key):
            values = self._values_at(place)
            if values[self._key] == key:
                found = values
        return found

    def has(self, key: str) -> bool:
        """Whether there is a record of a key; two texts of one 64-bit hash are taken for one."""
        return bool(self._places(key))

    def holds(self, key: str, record: T) -> bool:
        """Whether the record of a key is there and equal to this one, value by value and type by
        type; False too where that can't be told by bytes, as of mappings in another order."""
        places = self._places(key)
        if len(places) != 1:
            return False
        try:
            due = marshal.dumps(self._pack(record), _VERSION)
        except ValueError:  # something that no JSON holds
            return False
        start, end = self._starts[places[0]], self._starts[places[0] + 1]
        if end - start != len(due):
            return False
        if self._unwritten:
            self.flush()
        return self._read(start, end) == due

    def keys(self) -> Iterator[str]:
        """The key of each record in their order, those of several once."""
        hashes, _ = self._index()
        assert self._key_name is not None
        found = (key for (key,) in self.columns(self._key_name))
        several = any(hashes[at] == hashes[at - 1] for at in range(1, len(hashes)))
        return iter(dict.fromkeys(found)) if several else found

    def _places(self, key: str) -> list[int]:
        """Where records of a key may be, in their order."""
        hashes, places = self._index()
        wanted = hash(key)
        first = at = bisect_left(hashes, wanted)
        while at < len(hashes) and hashes[at] == wanted:
            at += 1
        return list(places[first:at])

    def _key_at(self, place: int) -> Any:  # noqa: ANN401 - see `value_at`
        assert self._key_name is not None
        return self.value_at(place, self._key_name)

    def _index(self) -> tuple[array[int], array[int]]:
        """Hashes of keys in order, and the place of each; of equal ones the first that came."""
        if self._sorted is None:
            import numpy as np

            hashes = np.array(self._hashes, dtype=np.int64)
            order = np.argsort(hashes, kind="stable").astype(np.uint32)
            self._sorted = array("q", hashes[order].tobytes()), array("I", order.tobytes())
            self._hashes = array("q")
        return self._sorted

    def _unsort(self) -> None:
        """Hashes in the order of their records again: one more is coming."""
        assert self._sorted is not None
        hashes, places = self._sorted
        self._hashes = array("q", bytes(8 * len(hashes)))
        for value, place in zip(hashes, places, strict=True):
            self._hashes[place] = value
        self._sorted = None

    def flush(self) -> None:
        """Write what was not written yet: copies of this process see it from then on."""
        if self._unwritten:
            self._file.seek(self._written)
            written = 0
            while written < len(self._unwritten):
                written += self._file.write(bytes(self._unwritten[written:]))
            self._written += written
            self._unwritten = bytearray()

    def _read(self, start: int, end: int) -> bytes:
        data = self._piece(start, end)
        while len(data) < end - start:
            more = self._piece(start + len(data), end)
            assert more  # nobody else can cut the file
            data += more
        return data

    def _piece(self, start: int, end: int) -> bytes:
        if _CAN_PREAD:
            return os.pread(self._number, end - start, start)
        self._file.seek(start)
        return bytes(self._file.read(end - start))

    def _values(self) -> Iterator[Any]:
        """The plain values of every record."""
        self.flush()
        first, count = 0, len(self)
        while first < count:
            start = self._starts[first]
            last = max(bisect_left(self._starts, start + _AT_ONCE, first, count), first + 1)
            data = self._read(start, self._starts[last])
            for place in range(first, last):
                # A record behind the others is added by nobody while they are read.
                yield marshal.loads(
                    data[self._starts[place] - start : self._starts[place + 1] - start]
                )
            first = last

    def _values_at(self, place: int) -> Any:  # noqa: ANN401
        if self._unwritten:
            self.flush()
        return marshal.loads(self._read(self._starts[place], self._starts[place + 1]))

    def _made(self, values: Any) -> T:  # noqa: ANN401
        made: T = self._unpack(values)
        return made


class _ByKey(Mapping[str, T]):
    """The records of a file by their keys."""

    def __init__(self, records: RecordFile[T]) -> None:
        self._records = records

    def __getitem__(self, key: str) -> T:
        found = self._records.find(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as of a mapping
        found = self._records.find(key)
        return default if found is None else found

    def holds(self, key: str, record: T) -> bool:
        """See `RecordFile.holds`."""
        return self._records.holds(key, record)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._records.has(key)

    def __iter__(self) -> Iterator[str]:
        return self._records.keys()

    def __len__(self) -> int:
        return len(self._records)


def by_key(records: Collection[T], key: str = "id") -> Mapping[str, T]:
    """Records by a field, of several with one value the last: a mapping over a file, a dictionary
    of others.

    Args:
        records: The records; a file of them must have been made with this key.
        key: Field that they are found by.
    """
    if isinstance(records, RecordFile):
        return _ByKey(records)
    return {getattr(record, key): record for record in records}


def has_equal(records: Mapping[str, T], key: str, record: T) -> bool:
    """Whether the record of a key is equal to this one, told without making it; False too where
    that can't be told so.

    Args:
        records: What `by_key` gave.
        key: Of the record.
        record: The other one.
    """
    return isinstance(records, _ByKey) and records.holds(key, record)


def plain_by_key(records: Collection[T], key: str = "id") -> Callable[[str], Any]:
    """Finds the plain values of a record, or None: values of one's own, to be changed as one likes.

    Args:
        records: As `by_key`.
        key: As there.
    """
    if isinstance(records, RecordFile):
        return records.find_values
    held = by_key(records, key)

    def find(id: str) -> Any:  # noqa: ANN401 - see there
        record = held.get(id)
        kind: Any = type(record)
        return None if record is None else packer(kind)(record)

    return find


def value_by_key(records: Collection[T], name: str, key: str = "id") -> Callable[[str], Any]:
    """Finds a field of a record as plain values, or None.

    Args:
        records: As `by_key`.
        name: The field.
        key: As there.
    """
    if isinstance(records, RecordFile):
        return lambda id: records.value_of(id, name)
    held = by_key(records, key)
    return lambda id: getattr(held[id], name) if id in held else None


def columns(records: Collection[T], *names: str) -> Iterator[tuple[Any, ...]]:
    """Some fields of records as plain values (see `plain_values`): of a file without making the
    records.

    Args:
        records: The records.
        names: Fields, as "reply.text" those of a record in a field; None where that record is
            None.
    """
    if isinstance(records, RecordFile):
        return records.columns(*names)
    return _columns_of(records, names)


def _columns_of(records: Collection[Any], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """As `columns`, of records in memory."""
    readers: list[Callable[[Any], Any]] = []
    for record in records:
        kind: Any = type(record)
        readers = readers or [_reader_of(kind, name) for name in names]
        values = packer(kind)(record)
        yield tuple([read(values) for read in readers])


def record_at(records: Collection[T], place: int) -> T:
    """The record of a place, counted from 0.

    Args:
        records: The records: a file of them, or a sequence.
        place: Which.
    """
    assert isinstance(records, RecordFile | Sequence)  # the tables are one or the other
    found: T = records.at(place) if isinstance(records, RecordFile) else records[place]
    return found


def value_at(records: Collection[T], place: int, name: str) -> Any:  # noqa: ANN401 - see there
    """A field of the record of a place, as plain values: of a file that keeps it without reading.

    Args:
        records: As `record_at`.
        place: As there.
        name: The field.
    """
    if isinstance(records, RecordFile):
        return records.value_at(place, name)
    return getattr(record_at(records, place), name)


def _reader_of(kind: Any, name: str) -> Callable[[Any], Any]:  # noqa: ANN401 - a dataclass
    """Reads a field, or a field of a record in a field, of plain values."""
    outer, _, inner = name.partition(".")
    place = list(hints_of(kind)).index(outer)
    if not inner:
        return itemgetter(place)
    hint = hints_of(kind)[outer]
    of = next(one for one in (hint, *get_args(hint)) if is_dataclass(one))
    below = _reader_of(of, inner)
    return lambda values: None if values[place] is None else below(values[place])
