"""Table `expected`: the rows that a study is made of, done or not, and the answers of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cgr_nb.answer_record import CHANNELS
from cgr_nb.store.record_tables import RecordTables

__all__ = ["ExpectedRows", "RowCounts"]

_CHANNEL_MARKS = ", ".join("?" * len(CHANNELS))


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How far a study is."""

    expected: int
    """Rows that the last run asked for."""
    done: int
    """Those of them whose channels are all on record."""
    unasked: int
    """Answers on record that the study no longer asks for: of other items, models or prompts."""


class ExpectedRows:
    """What the last run of a study asked for."""

    def __init__(self, tables: RecordTables) -> None:
        self._tables = tables
        self._connection = tables.connection

    def set(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """See `Store.set_expected`."""
        with self._tables.transaction():
            self._connection.execute("DELETE FROM expected")
            lines = ((row, arm, id) for row, ids in rows for arm, id in ids.items())
            self._connection.executemany("INSERT INTO expected VALUES (?, ?, ?)", lines)

    def by_row(self) -> dict[str, dict[str, str]]:
        """Row id -> arm -> id of its answer."""
        found: dict[str, dict[str, str]] = {}
        for row, arm, id in self._connection.execute("SELECT row_id, arm, answer_id FROM expected"):
            found.setdefault(row, {})[arm] = id
        return found

    def lacks_answers(self, row_id: str) -> bool:
        """Whether a row is asked for and an answer that it is made of is not on record."""
        found = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM expected e LEFT JOIN answers a ON a.id = e.answer_id"
            " WHERE e.row_id = ? AND a.id IS NULL)",
            (row_id,),
        ).fetchone()
        return bool(found[0])

    def has_arms(self) -> bool:
        """Whether the study is made of more than the three channels."""
        found = self._connection.execute(
            f"SELECT EXISTS (SELECT 1 FROM expected WHERE arm NOT IN ({_CHANNEL_MARKS}))", CHANNELS
        ).fetchone()
        return bool(found[0])

    def size(self) -> int:
        """How many rows there are, done or not."""
        found = self._connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT row_id FROM expected"
            f" WHERE arm IN ({_CHANNEL_MARKS}))",
            CHANNELS,
        ).fetchone()
        return int(found[0])

    def counts(self) -> RowCounts:
        """How many rows there are, and how many are done."""
        expected, done = self._connection.execute(
            "SELECT count(*), coalesce(sum(done), 0) FROM (SELECT min(a.id IS NOT NULL) AS done"
            " FROM expected e LEFT JOIN answers a ON a.id = e.answer_id"
            f" WHERE e.arm IN ({_CHANNEL_MARKS}) GROUP BY e.row_id)",
            CHANNELS,
        ).fetchone()
        (unasked,) = self._connection.execute(
            "SELECT count(*) FROM answers WHERE id NOT IN (SELECT answer_id FROM expected)"
        ).fetchone()
        return RowCounts(expected, done, unasked)
