"""Questions in a list within a row, under a name that only the user or the adapter knows.

`flatten` unfolds the usual names by itself; here it is said: `questions = "asked"` in
`[[items.file]]`, or the adapter's `unfold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from cgr_nb.errors import ItemError
from cgr_nb.items.fields import Row
from cgr_nb.items.raw import RawRow
from cgr_nb.items.rejection import Reject

__all__ = ["MOST_PARTS", "nested_field", "unfolded", "unfolded_by"]

MOST_PARTS = 100_000
"""Rows of one question each that an adapter may make of one row: a generator that never ends would
fill the memory."""


def unfolded(rows: Sequence[RawRow], field: str, where: str) -> list[RawRow]:
    """Return a row for each entry of a list that the rows hold, with the fields beside the list.

    A row without the list, or with an entry that is no object, is a row with a problem.

    Args:
        rows: Rows of a file.
        field: Name of the list; "rounds.asked" is a list within each entry of a list.
        where: Name of the file, for the message.

    Raises:
        ItemError: no row has that field.
    """
    known = {str(name) for row in rows if row.fields is not None for name in row.fields}
    # A name that holds a dot itself is taken as it is.
    names = [field] if field in known else field.split(".")
    if known and names[0] not in known:
        raise ItemError(
            f"there is no field {names[0]!r} with questions",
            where=where,
            got=", ".join(sorted(known)[:20]),
            fix="name the field that holds the list, or leave it out if each row is one question",
        )
    found = list(rows)
    for name in names:
        found = [part for row in found for part in _entries(row, name)]
    return found


def unfolded_by(unfold: Callable[[Row], Iterable[Row]], rows: Iterable[RawRow]) -> list[RawRow]:
    """Return the rows that an adapter makes of each row of a file; its mistakes are problems of the
    row that it made them on."""
    return [part for row in rows for part in _made(unfold, row)]


def nested_field(rows: Sequence[Row]) -> str | None:
    """Return the field that holds a list of objects in most of these rows, if there is one."""
    for name in dict.fromkeys(name for row in rows for name in row):
        held = [row.get(name) for row in rows]
        if 2 * sum(map(_holds_objects, held)) > len(rows):
            return str(name)
    return None


def _holds_objects(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(entry, Mapping) and len(entry) > 1 for entry in value)
    )


def _entries(row: RawRow, name: str) -> Iterator[RawRow]:
    if row.fields is None:
        yield row
        return
    held = row.fields.get(name)
    if not isinstance(held, list) or not held:
        problem = f"{name!r} holds no list of questions"
        yield RawRow(row.where, None, Reject("no_question", problem))
        return
    outer = {other: value for other, value in row.fields.items() if other != name}
    for number, entry in enumerate(held, 1):
        place = f"{row.where} question {number}"
        if isinstance(entry, Mapping):
            yield RawRow(place, {**outer, **entry})
        else:
            problem = f"an entry of {name!r} is no object with fields"
            yield RawRow(place, None, Reject("not_an_object", problem))


def _made(unfold: Callable[[Row], Iterable[Row]], row: RawRow) -> Iterator[RawRow]:
    if row.fields is None:
        yield row
        return
    try:
        parts = list(islice(unfold(row.fields), MOST_PARTS + 1))
    except Reject as reject:
        yield RawRow(row.where, None, reject)
        return
    except Exception as error:
        # An adapter's own mistake must not lose the other rows, nor this one silently.
        problem = f"its unfold stopped: {type(error).__name__}: {error}"
        yield RawRow(row.where, None, Reject("adapter_failed", problem))
        return
    if len(parts) > MOST_PARTS:
        problem = f"its unfold made more than {MOST_PARTS:,} rows of this one: does it end?"
        yield RawRow(row.where, None, Reject("adapter_failed", problem))
        return
    if not parts:
        yield RawRow(row.where, None, Reject("no_question", "the adapter finds no question in it"))
    for number, part in enumerate(parts, 1):
        place = row.where if len(parts) == 1 else f"{row.where} question {number}"
        if isinstance(part, Mapping):
            yield RawRow(place, part)
        else:
            problem = "the adapter's unfold returned no mapping"
            yield RawRow(place, None, Reject("adapter_failed", problem))
