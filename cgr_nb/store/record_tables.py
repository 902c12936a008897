"""The tables of one open study file: records in and out, by table and id, and what holds several
statements together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from cgr_nb.store.place import Place

__all__ = ["RecordTables"]


class RecordTables:
    """Reads and writes lines of the tables of a study.

    Args:
        path: The file.
        connection: To it; closed by whoever opened it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._place = Place(path)
        self._has_parts = False
        """Whether others were begun within the transaction that is open, or was last."""

    def insert(self, table: str, values: dict[str, Any]) -> None:
        """Keep one line; one that is there already stays as it is."""
        self._keep(table, tuple(values), [tuple(values.values())])

    def insert_all(self, table: str, records: Iterable[dict[str, Any]]) -> None:
        """Keep lines, all in one transaction; those that are there already stay as they are.

        Args:
            table: Its name.
            records: Column -> value, the same columns in each.
        """
        records = list(records)
        if records:
            names = tuple(records[0])
            self._keep(table, names, [tuple([one[name] for name in names]) for one in records])

    def _keep(self, table: str, names: tuple[str, ...], lines: list[tuple[Any, ...]]) -> None:
        """Keep lines with values of these columns."""
        with self.transaction():
            try:
                self.connection.executemany(_statement(table, names), lines)
            except UnicodeEncodeError:
                # Those before the one that can't be bound are there already, and stay.
                texts = frozenset(
                    name
                    for line in lines
                    for name, value in zip(names, line, strict=True)
                    if isinstance(value, str)
                )
                statement = _statement(table, names, texts)
                self.connection.executemany(statement, map(_as_bytes, lines))

    def append(self, table: str, values: dict[str, Any]) -> int:
        """Keep one line in a table that numbers its lines; gives its number.

        Args:
            table: Its name.
            values: Column -> value, of all columns but the number.
        """
        marks = ", ".join(_mark(name, value) for name, value in values.items())
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
        with self.transaction():
            number = self.connection.execute(statement, _bindable(values)).lastrowid
        assert number is not None  # it was inserted a moment ago
        return number

    def has(self, table: str, values: dict[str, Any]) -> bool:
        """Whether a table has a line with these values.

        Args:
            table: Its name.
            values: Column -> value.
        """
        alike = " AND ".join(f"{name} IS {_mark(name, value)}" for name, value in values.items())
        statement = f"SELECT 1 FROM {table} WHERE {alike}"
        return self.connection.execute(statement, _bindable(values)).fetchone() is not None

    def expected_answer(self, row_id: str, arm: str) -> str | None:
        """Id of the answer of an arm that a row is made of; None where the study has no such."""
        found = self.connection.execute(
            "SELECT answer_id FROM expected WHERE row_id = :row_id AND arm = :arm",
            {"row_id": row_id, "arm": arm},
        ).fetchone()
        return None if found is None else str(found[0])

    def one(self, table: str, id: str, key: str = "id") -> dict[str, Any] | None:
        """The line of an id; None where there is none.

        Args:
            table: Its name.
            id: What is looked for.
            key: The column that holds it.
        """
        statement = f"SELECT * FROM {table} WHERE {key} = ?"
        found = self.connection.execute(statement, (id,)).fetchone()
        return dict(found) if found else None

    def superseded(self, table: str, redo: int) -> Iterator[dict[str, Any]]:
        """Every line that a redo took out of a table.

        Args:
            table: Its name.
            redo: Number of the redo.
        """
        statement = f"SELECT * FROM superseded_{table} WHERE redo = ?"
        for found in self.connection.execute(statement, (redo,)):
            yield dict(found)

    def all(self, table: str, order: str) -> Iterator[dict[str, Any]]:
        """Every line of a table or view, in the order of some columns."""
        for found in self.connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            yield dict(found)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that the block writes, or nothing of it. Inside another one it is a part of that."""
        if self.connection.in_transaction:
            self._has_parts = True
            yield
            return
        self._place.check()
        self._has_parts = False
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            if self._has_parts:
                # It may have taken long, and the file may be gone by now.
                self._place.check()
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that the block reads is of one moment, whoever writes meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")


@lru_cache(maxsize=256)
def _statement(
    table: str, names: tuple[str, ...], texts_in_bytes: frozenset[str] = frozenset()
) -> str:
    """How a line of these columns is kept."""
    marks = ", ".join("CAST(? AS TEXT)" if name in texts_in_bytes else "?" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"


def _as_bytes(line: Iterable[Any]) -> list[Any]:
    """Texts as bytes: item files may hold lone surrogates, which SQLite's own binding refuses."""
    return [
        value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for value in line
    ]


def _mark(name: str, value: object) -> str:
    return f"CAST(:{name} AS TEXT)" if isinstance(value, str) else f":{name}"


def _bindable(values: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(values, _as_bytes(values.values()), strict=True))
