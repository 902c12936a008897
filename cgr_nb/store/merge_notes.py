"""What a merge has seen, by table and id, kept in a database that SQLite makes for this and the
system drops: on disk once it is large, so that memory does not grow with the number of records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cgr_nb.store.record_shapes import SHAPES

__all__ = ["MergeNotes", "Seen", "digest", "seen_line"]

_CACHE_KIB = 16 << 10
_SCRIPT = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{cache};
CREATE TABLE seen (
    kind TEXT, id TEXT, digest BLOB, scores BLOB, run INTEGER, source INTEGER,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE gone (
    kind TEXT, id TEXT, digest BLOB, redo INTEGER, PRIMARY KEY (kind, id, digest, redo)
) WITHOUT ROWID;
CREATE TABLE retired (
    kind TEXT, id TEXT, built_on INTEGER, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE alike (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE compared (id TEXT, run INTEGER, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE TABLE out (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE named (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE answers_out (item TEXT, solver TEXT, generator TEXT, arm TEXT);
CREATE INDEX answers_out_of_items ON answers_out (item);
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as far as it is compared."""

    digest: bytes
    scores: bytes
    """Of a call's scores of choices; of anything else, of nothing."""
    run: int | None
    """Of a call: the run that made it."""
    source: int
    """Number of the store that it is of; -1: of the study that is merged into."""


def seen_line(table: str, line: Mapping[str, Any], runs: Mapping[int, int], source: int) -> Seen:
    """A line of a table as far as it is compared.

    Args:
        table: Its name.
        line: Column -> value.
        runs: Number of a run in its store -> number that all stores share.
        source: Number of its store.
    """
    scores = line.get("scores") if table == "calls" else None
    content = [line[name] for name in SHAPES[table].content if name != "scores"]
    run = runs.get(line["run"]) if table == "calls" and line["run"] is not None else None
    return Seen(digest(content), digest([scores]), run, source)


def digest(values: list[Any]) -> bytes:
    """What stands for values of a line."""
    # Escapes of `repr` make a text of what is none.
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class MergeNotes:
    """Records that were seen; and, of the store that is being looked at, those that are out: that
    do not stand, or rest on what does not."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCRIPT.format(cache=_CACHE_KIB))
        self._database.execute("BEGIN")  # to the end: nobody else reads it

    def close(self) -> None:
        """Forget all of it."""
        self._database.close()

    def keep(self, table: str, id: str, seen: Seen) -> None:
        """Note a record that is the first of its id."""
        self._database.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)",
            (table, _bytes(id), seen.digest, seen.scores, seen.run, seen.source),
        )

    def seen(self, table: str, id: str) -> Seen | None:
        """The record that was noted under an id; None where there is none."""
        found = self._database.execute(
            "SELECT digest, scores, run, source FROM seen WHERE kind = ? AND id = ?",
            (table, _bytes(id)),
        ).fetchone()
        return None if found is None else Seen(*found)

    def is_new(self, number: int, table: str, id: str) -> bool:
        """Whether a record is to be taken, and from this store."""
        found = self._database.execute(
            "SELECT source FROM seen WHERE kind = ? AND id = ?", (table, _bytes(id))
        ).fetchone()
        return found is not None and found[0] == number

    def forget(self, number: int) -> None:
        """Note nothing of a store any more."""
        self._database.execute("DELETE FROM seen WHERE source = ?", (number,))

    def keep_gone(self, table: str, id: str, digest: bytes, redo: int) -> None:
        """Note a record that a redo took out of some store.

        Args:
            table: The record's table.
            id: Its id.
            digest: Of its content.
            redo: The redo's number among all that were met.
        """
        self._database.execute(
            "INSERT OR IGNORE INTO gone VALUES (?, ?, ?, ?)", (table, _bytes(id), digest, redo)
        )

    def gone_by(self, table: str, id: str, digest: bytes) -> list[int]:
        """The redos that took this record out of some store."""
        found = self._database.execute(
            "SELECT redo FROM gone WHERE kind = ? AND id = ? AND digest = ?",
            (table, _bytes(id), digest),
        )
        return [redo for (redo,) in found]

    def retire(self, table: str, id: str, built_on: bool) -> bool:
        """Note that a record of the study goes; False: that is noted, or it was made again alike.

        Args:
            table: Its table.
            id: Its id.
            built_on: It was built on what a redo took out, and is not wrong itself.
        """
        noted = self._database.execute(
            "INSERT OR IGNORE INTO retired SELECT :kind, :id, :built_on WHERE NOT (:built_on AND"
            " EXISTS (SELECT 1 FROM alike WHERE kind = :kind AND id = :id))",
            {"kind": table, "id": _bytes(id), "built_on": built_on},
        )
        if noted.rowcount:
            self.put_out(table, id)
        return bool(noted.rowcount)

    def keep_alike(self, table: str, id: str) -> None:
        """Note a record of the study that was made again elsewhere, just as it was."""
        self._database.execute("INSERT OR IGNORE INTO alike VALUES (?, ?)", (table, _bytes(id)))

    def is_alike(self, table: str, id: str) -> bool:
        """Whether a record of the study was made again elsewhere, just as it was."""
        return self._has("SELECT 1 FROM alike WHERE kind = ? AND id = ?", (table, _bytes(id)))

    def is_retired(self, table: str, id: str) -> bool:
        """Whether a record of the study goes."""
        return self._has("SELECT 1 FROM retired WHERE kind = ? AND id = ?", (table, _bytes(id)))

    def retired(self, *, built_on: bool) -> Iterator[tuple[str, str]]:
        """Table and id of the records of the study that go.

        Args:
            built_on: Those that were built on the others, or these.
        """
        for table, id in self._database.execute(
            "SELECT kind, id FROM retired WHERE built_on = ?", (built_on,)
        ):
            yield table, id.decode("utf-8", "surrogatepass")

    def compare(self, id: str, run: int) -> bool:
        """Whether a call of a run is compared for the first time: other stores may have it too."""
        noted = self._database.execute(
            "INSERT OR IGNORE INTO compared VALUES (?, ?)", (_bytes(id), run)
        )
        return bool(noted.rowcount)

    # ---- of the store that is being looked at ----------------------------------------------------

    def put_out(self, table: str, id: str) -> None:
        """Note that a record of the store does not stand."""
        self._database.execute("INSERT OR IGNORE INTO out VALUES (?, ?)", (table, _bytes(id)))

    def drop(self, number: int, table: str, id: str) -> bool:
        """Put a record out that would come from this store; False: it would not."""
        if not self.is_new(number, table, id):
            return False
        self._database.execute("DELETE FROM seen WHERE kind = ? AND id = ?", (table, _bytes(id)))
        self.put_out(table, id)
        return True

    def is_out(self, table: str, id: str) -> bool:
        """Whether a record of the store is out."""
        return self._has("SELECT 1 FROM out WHERE kind = ? AND id = ?", (table, _bytes(id)))

    def put_answer_out(self, answer: Mapping[str, Any]) -> None:
        """Note that an answer is out, whether it would come from this store or not."""
        values = _answer(answer)
        if not self._has(
            "SELECT 1 FROM answers_out WHERE item = :item_id AND solver IS :solver"
            " AND generator IS :generator AND arm = :arm",
            values,
        ):
            self._database.execute(
                "INSERT INTO answers_out VALUES (:item_id, :solver, :generator, :arm)", values
            )

    def arms_out(self, answer: Mapping[str, Any]) -> set[str]:
        """Arms whose answers are out, of the item, solver and generator of another answer."""
        found = self._database.execute(
            "SELECT DISTINCT arm FROM answers_out WHERE item = :item_id"
            " AND (solver IS NULL OR :solver IS NULL OR solver = :solver)"
            " AND (generator IS NULL OR :generator IS NULL OR generator = :generator)",
            _answer(answer),
        )
        return {arm.decode("utf-8", "surrogatepass") for (arm,) in found}

    def out_count(self) -> int:
        """How much is out."""
        found = self._database.execute(
            "SELECT (SELECT count(*) FROM out) + (SELECT count(*) FROM answers_out)"
        ).fetchone()
        return int(found[0])

    def name(self, ids: Iterable[str]) -> None:
        """Note runs that some answer names."""
        self._database.executemany(
            "INSERT OR IGNORE INTO named VALUES (?)", ((_bytes(id),) for id in ids)
        )

    def is_named(self, id: str) -> bool:
        """Whether some answer names a run."""
        return self._has("SELECT 1 FROM named WHERE id = ?", (_bytes(id),))

    def end_store(self) -> None:
        """The next store is looked at."""
        for table in ("out", "answers_out", "named"):
            self._database.execute(f"DELETE FROM {table}")

    def _has(self, statement: str, values: tuple[Any, ...] | dict[str, Any]) -> bool:
        return self._database.execute(statement, values).fetchone() is not None


def _answer(answer: Mapping[str, Any]) -> dict[str, bytes | None]:
    return {
        name: None if answer[name] is None else _bytes(answer[name])
        for name in ("item_id", "solver", "generator", "arm")
    }


def _bytes(text: str) -> bytes:
    """A text as a key: SQLite's own binding refuses lone surrogates."""
    return text.encode("utf-8", "surrogatepass")
