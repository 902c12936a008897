"""Redos of the stores of a merge. What a redo took out of one store is out of date in every other
one that does not know it, the study among them: there it goes too, with what was built on it, and
what was made in its place comes.

A record that was made again just as it was is not out of date. Nothing is written before `apply`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.errors import StoreError
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.left_out import leave_out
from cgr_nb.store.merge_notes import MergeNotes, digest, seen_line
from cgr_nb.store.record_shapes import SHAPES, SUPERSEDED

if TYPE_CHECKING:
    from cgr_nb.store.database import Store
    from cgr_nb.store.record_tables import RecordTables

__all__ = ["BUILT_ON", "MergeRedos", "known_redos"]

BUILT_ON = "built on records that a redo in a merged shard superseded"
"""Reason of the redo that takes out what was built on them: records that are not wrong themselves,
so that a store is not held to it."""

_STUDY = -1
_SUM = 1 << 128

Line = Mapping[str, Any]
RedoKey = tuple[str, int]
"""What is said of a redo, and a sum over what it took out: shards may be done again at one moment
and for one reason."""


def known_redos(folders: Iterable[Path]) -> list[str]:
    """What is said of each redo that some study knows, once, whichever knows it; folders without a
    study that can be read have none."""
    found = set()
    for folder in folders:
        with suppress(StoreError), ForeignStore(folder) as store:
            for redo in store.lines("redos"):
                if redo["reason"] != BUILT_ON:
                    found.add(_said(redo))
    return sorted(found)


class MergeRedos:
    """The redos that the study and the stores know; see `add`.

    Args:
        tables: Of the study.
        notes: Of the merge.
    """

    def __init__(self, tables: RecordTables, notes: MergeNotes) -> None:
        self._tables, self._notes = tables, notes
        self._numbers: dict[RedoKey, int] = {}
        self._known: dict[int, set[int]] = {_STUDY: set()}
        self._created: list[str] = []
        """Of the redos that are new to the study."""
        self.replaced: dict[int, Counter[str]] = {}
        """Store -> table -> records of the study that its redos took out."""
        self.built_on: Counter[str] = Counter()
        """Table -> records of the study that were built on those."""
        self.any = False
        """Whether any record is out of date somewhere."""
        for redo in tables.all("redos", "number"):
            number = self._number(redo, self._ids_in_study(redo["number"]))
            self._known[_STUDY].add(number)
            if redo["reason"] != BUILT_ON:
                for table in SUPERSEDED:
                    for line in tables.superseded(table, redo["number"]):
                        self._keep_gone(table, line, number, tables.one(table, *_key(table, line)))

    def add(self, source: ForeignStore, place: int) -> None:
        """Take the redos that a store knows.

        Args:
            source: The store.
            place: Its number in the merge.
        """
        known = self._known.setdefault(place, set())
        replaced = self.replaced.setdefault(place, Counter())
        for redo in source.lines("redos"):
            count = len(self._numbers)
            number = self._number(redo, self._ids_in(source, redo["number"]))
            known.add(number)
            if number < count:
                continue
            self._created.append(redo["created"])
            if redo["reason"] == BUILT_ON:
                continue
            for table in SUPERSEDED:
                for line in source.lines(table, redo["number"]):
                    id = line[SHAPES[table].key[0]]
                    is_gone = self._keep_gone(table, line, number, source.one(table, id))
                    if not self._is_in_study(table, line):
                        continue
                    if not is_gone:
                        self._notes.keep_alike(table, id)
                    elif self._notes.retire(table, id, False):
                        replaced[table] += 1

    def look_at_study(
        self, study: ForeignStore, given: Mapping[str, frozenset[str]] | None
    ) -> None:
        """Find what the study has that was built on what is out of date in it.

        Args:
            study: The study, once all stores were added.
            given: See `leave_out`.
        """
        notes = self._notes
        for table, id in notes.retired(built_on=False):
            notes.put_out(table, id)
        retire = partial(notes.retire, built_on=True)
        self.built_on = leave_out(notes, study, retire, given, notes.is_alike)
        for line in study.lines("executions"):
            # An audit replays what a run of its program was told.
            if notes.is_out("executions", line["id"]):
                audit = study.one("dependence", line["program_id"])
                if (
                    audit is not None
                    and audit["item_id"] == line["item_id"]
                    and retire("dependence", line["program_id"])
                ):
                    self.built_on["dependence"] += 1
        notes.end_store()

    @property
    def retires(self) -> bool:
        """Whether a record of the study is out of date."""
        return any(map(bool, self.replaced.values()))

    @property
    def is_new(self) -> bool:
        """Whether a store knows a redo that the study does not."""
        return bool(self._created)

    def is_gone(self, table: str, id: str, digest: bytes, place: int) -> bool:
        """Whether a record of a store was taken out by a redo that the store does not know.

        Args:
            table: The record's table.
            id: Its id.
            digest: Of its content.
            place: The store's number.
        """
        known = self._known.get(place, set())
        return any(redo not in known for redo in self._notes.gone_by(table, id, digest))

    def to_write(self, source: ForeignStore) -> list[Line]:
        """The redos of a store that the study does not know; it knows them from now on."""
        found: list[Line] = []
        for redo in source.lines("redos"):
            number = self._number(redo, self._ids_in(source, redo["number"]))
            if number not in self._known[_STUDY]:
                self._known[_STUDY].add(number)
                found.append(redo)
        return found

    def apply(self, store: Store) -> None:
        """Take out of the study what is out of date in it: those records themselves stand among the
        superseded ones of the redo that came with its store; what was built on them follows in a
        redo of its own."""
        from cgr_nb.store.superseding import Chosen, supersede

        gone: dict[str, set[str]] = {table: set() for table in SUPERSEDED}
        connection = self._tables.connection
        with self._tables.transaction():
            for table, id in self._notes.retired(built_on=True):
                gone[table].add(id)
            if any(gone.values()):
                channels = f"arm IN ({', '.join('?' * len(CHANNELS))})"
                rows, arms = set(), 0
                for id in gone["answers"]:
                    found = connection.execute(
                        f"SELECT row_id, {channels} FROM expected WHERE answer_id = ?",
                        (*CHANNELS, id),
                    ).fetchall()
                    rows |= {row for row, is_channel in found if is_channel}
                    arms += not any(is_channel for _, is_channel in found)
                chosen = Chosen(
                    **{_CHOSEN.get(table, table): frozenset(ids) for table, ids in gone.items()},
                    rows=len(rows),
                    of_arms=arms,
                )
                supersede(store, chosen, max(self._created), BUILT_ON)
            for table, id in self._notes.retired(built_on=False):
                connection.execute(f"DELETE FROM {table} WHERE {SHAPES[table].key[0]} = ?", (id,))

    def _number(self, redo: Line, ids: Iterable[tuple[str, str]]) -> int:
        total = sum(int.from_bytes(digest(list(one)), "big") for one in ids) % _SUM
        return self._numbers.setdefault((_said(redo), total), len(self._numbers))

    def _ids_in_study(self, number: int) -> Iterable[tuple[str, str]]:
        for table in SUPERSEDED:
            for line in self._tables.superseded(table, number):
                yield table, line[SHAPES[table].key[0]]

    def _ids_in(self, source: ForeignStore, number: int) -> Iterable[tuple[str, str]]:
        for table in SUPERSEDED:
            for line in source.lines(table, number):
                yield table, line[SHAPES[table].key[0]]

    def _keep_gone(self, table: str, line: Line, redo: int, now: Line | None) -> bool:
        """Note that a redo took out a record, unless the store that knows it has the same again."""
        seen = seen_line(table, line, {}, _STUDY)
        if now is not None and seen_line(table, now, {}, _STUDY).digest == seen.digest:
            return False
        self._notes.keep_gone(table, line[SHAPES[table].key[0]], seen.digest, redo)
        self.any = True
        return True

    def _is_in_study(self, table: str, line: Line) -> bool:
        """Whether the study holds a record that a redo took out of a store."""
        here = self._tables.one(table, *_key(table, line))
        return here is not None and (
            seen_line(table, here, {}, _STUDY).digest == seen_line(table, line, {}, _STUDY).digest
        )


_CHOSEN = {"dependence": "audits"}
"""Table -> what `Chosen` calls its records."""


def _said(redo: Line) -> str:
    """All that is said of a redo, but its number."""
    return json.dumps(
        {name: value for name, value in redo.items() if name != "number"}, sort_keys=True
    )


def _key(table: str, line: Line) -> tuple[str, str]:
    name = SHAPES[table].key[0]
    return line[name], name
