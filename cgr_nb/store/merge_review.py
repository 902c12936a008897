"""What a merge would bring, found out before anything is written: records that are new, that are
there, that clash, and that rest on a reply which does not stand.

What has been seen is kept in a database that SQLite makes for this and the system drops, on disk
once it is large: memory does not grow with the number of records.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from cgr_nb.answer_record import repeat_name, split_repeat
from cgr_nb.errors import StoreError
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.merged import Clash, Merged, MergedStore, Overlap
from cgr_nb.store.record_shapes import COUNTED, SHAPES, SUPERSEDED

if TYPE_CHECKING:
    from cgr_nb.store.record_tables import RecordTables

__all__ = ["MergeReview", "RunKey"]

RunKey = tuple[str, str]
"""When a run was started and its facts: what two stores know the same run by."""

_CACHE_KIB = 16 << 10
_LISTED = 100
_ASKED_BY_RUN = re.compile(r"(?:(.+)/)?ask/\d+", re.ASCII | re.DOTALL)
"""What a trail calls a question of a program: the key of its run stands before (see
`arms.context.ArmContext.run`)."""
_SCRIPT = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{cache};
CREATE TABLE seen (
    kind TEXT, id TEXT, digest BLOB, scores BLOB, run INTEGER, source INTEGER,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE gone (kind TEXT, id TEXT, digest BLOB, PRIMARY KEY (kind, id, digest)) WITHOUT ROWID;
CREATE TABLE compared (id TEXT, run INTEGER, PRIMARY KEY (id, run)) WITHOUT ROWID;
CREATE TABLE out (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE units (item TEXT, solver TEXT, generator TEXT, arm TEXT);
CREATE INDEX items_of_units ON units (item);
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A record as far as it is compared."""

    digest: bytes
    scores: bytes
    """Of a call's scores of choices; of anything else, of nothing."""
    run: int | None
    source: int
    """Number of the store that it is of; -1: of the study that is merged into."""


class MergeReview:
    """What a merge would do; see `add`.

    Args:
        tables: Of the study that is merged into.
        given: Arm -> arms whose answers to the same item it is given; None: not known, so that any
            may be given any.
    """

    def __init__(
        self, tables: RecordTables, given: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._tables, self._given = tables, given
        self._known = sqlite3.connect("", isolation_level=None)
        self._known.executescript(_SCRIPT.format(cache=_CACHE_KIB))
        self._known.execute("BEGIN")  # to the end: nobody else reads it
        self._empty = {table for table in COUNTED if not _has_lines(tables, table)}
        self.runs: dict[RunKey, int] = {}
        """Each run that some store knows -> a number of this review."""
        self.study_runs = self.runs_of(tables.all("provenance", "run"))
        """Number of a run in the study -> its number here."""
        self._superseded = self._note_superseded()
        self._stores: list[MergedStore] = []
        self._clashes: list[Clash] = []
        self._pairs: dict[tuple[str, int, int], list[int]] = {}

    def close(self) -> None:
        """Forget all of it."""
        self._known.close()

    def merged(self, numbers: Mapping[int, int] | None = None) -> Merged:
        """What was found.

        Args:
            numbers: Number of this review -> number of the run in the study; None: they are not
                there yet.
        """
        overlaps = (
            Overlap(model, (numbers[one], numbers[two]) if numbers else (one, two), *counts)
            for (model, one, two), counts in sorted(self._pairs.items())
        )
        return Merged(tuple(self._stores), tuple(overlaps), tuple(self._clashes))

    def is_new(self, number: int, table: str, id: str) -> bool:
        """Whether a record is to be taken, and from this store."""
        found = self._known.execute(
            "SELECT source FROM seen WHERE kind = ? AND id = ?", (table, _bytes(id))
        ).fetchone()
        return found is not None and found[0] == number

    def add(self, source: ForeignStore, *, is_renewed: bool = False) -> None:
        """Look at every record of a store.

        Args:
            source: The store.
            is_renewed: The rows of the study are those of the stores, whatever they were.

        Raises:
            StoreError: It is damaged, or it says something else of an item than another one.
        """
        number, told = len(self._stores), MergedStore(source.name)
        self._stores.append(told)
        runs = self.runs_of(source.lines("provenance"))
        try:
            for table in COUNTED:
                self._add_table(source, table, number, runs)
            self._add_expected(source, number, is_renewed)
        except StoreError:
            # What it holds says nothing against the others.
            self._known.execute("DELETE FROM seen WHERE source = ?", (number,))
            raise
        if any(told.clashes.values()):
            self._leave_out(source, number)
        self._known.execute("DELETE FROM out")
        self._known.execute("DELETE FROM units")

    def runs_of(self, lines: Iterator[dict[str, Any]]) -> dict[int, int]:
        """Number of a run in a store -> its number here."""
        found = {}
        for line in lines:
            key = line["started"], json.dumps(json.loads(line["facts"]), sort_keys=True)
            found[int(line["run"])] = self.runs.setdefault(key, len(self.runs))
        return found

    def _add_table(
        self, source: ForeignStore, table: str, number: int, runs: Mapping[int, int]
    ) -> None:
        told, shape = self._stores[number], SHAPES[table]
        lines, new, clashes, gone = 0, 0, 0, 0
        for line in source.lines(table):
            lines += 1
            id = line[shape.key[0]]
            here = _seen(table, line, runs, number)
            if self._superseded and self._is_gone(table, id, here):
                gone += 1
                continue
            there = self._there(table, id)
            if there is None:
                new += 1
                self._keep(table, id, here)
                continue
            if table == "calls":
                self._compare_calls(id, line["model"], there, here)
            if (there.digest, there.scores) != (here.digest, here.scores):
                clashes += 1
                self._clash(table, id, there, here)
        found = {"lines": lines, "new": new, "clashes": clashes, "superseded": gone}
        for name, count in found.items():
            if count:
                getattr(told, name)[table] = count

    def _add_expected(self, source: ForeignStore, number: int, is_renewed: bool) -> None:
        """See that each row is made of the same answers wherever it is asked for."""
        for line in source.lines("expected"):
            id = f"{line['row_id']}\n{line['arm']}"
            here = _Seen(_digest([line["answer_id"]]), b"", None, number)
            found = self._known.execute(
                "SELECT digest FROM seen WHERE kind = 'expected' AND id = ?", (_bytes(id),)
            ).fetchone()
            there = found[0] if found else None
            if there is None and not is_renewed:
                known = self._tables.expected_answer(line["row_id"], line["arm"])
                there = None if known is None else _digest([known])
            if there is None:
                self._keep("expected", id, here)
            elif there != here.digest:
                raise StoreError(
                    f"arm '{line['arm']}' of row {line['row_id']} is asked otherwise than in a"
                    " store before it",
                    where=source.name,
                    fix=f"merge shards of one study: its [arm.{line['arm']}] was another one",
                )

    def _note_superseded(self) -> bool:
        """Whether a redo took records out of the study, which no store is to bring back."""
        noted = False
        for table in SUPERSEDED:
            for line in self._tables.all(f"superseded_{table}", "redo"):
                noted = True
                seen = _seen(table, line, {}, -1)
                self._known.execute(
                    "INSERT OR IGNORE INTO gone VALUES (?, ?, ?)",
                    (table, _bytes(line[SHAPES[table].key[0]]), seen.digest),
                )
        return noted

    def _is_gone(self, table: str, id: str, seen: _Seen) -> bool:
        found = self._known.execute(
            "SELECT 1 FROM gone WHERE kind = ? AND id = ? AND digest = ?",
            (table, _bytes(id), seen.digest),
        ).fetchone()
        return found is not None

    def _there(self, table: str, id: str) -> _Seen | None:
        """The record that stands under an id; None where there is none."""
        if table not in self._empty:
            line = self._tables.one(table, id, SHAPES[table].key[0])
            if line is not None:
                return _seen(table, line, self.study_runs, -1)
        found = self._known.execute(
            "SELECT digest, scores, run, source FROM seen WHERE kind = ? AND id = ?",
            (table, _bytes(id)),
        ).fetchone()
        return None if found is None else _Seen(*found)

    def _keep(self, table: str, id: str, seen: _Seen) -> None:
        self._known.execute(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)",
            (table, _bytes(id), seen.digest, seen.scores, seen.run, seen.source),
        )

    def _compare_calls(self, id: str, model: str, there: _Seen, here: _Seen) -> None:
        """Count a call that two runs made, each for itself; one that was handed on is one call."""
        if there.run is None or here.run is None or there.run == here.run:
            return
        noted = self._known.execute(
            "INSERT OR IGNORE INTO compared VALUES (?, ?)", (_bytes(id), here.run)
        )
        if not noted.rowcount:
            return  # another store has the same record
        counts = self._pairs.setdefault((model, there.run, here.run), [0, 0, 0])
        counts[0] += 1
        if there.digest != here.digest:
            counts[1] += 1
        elif there.scores != here.scores:
            counts[2] += 1

    def _clash(self, table: str, id: str, there: _Seen, here: _Seen) -> None:
        told = self._stores[here.source]
        if table == "items":
            raise StoreError(
                f"item {id} is another one than in"
                f" {self._stores[there.source].name if there.source >= 0 else 'the study'}",
                where=told.name,
                fix="merge shards of one study: they have the same item files and [items] settings",
            )
        self._known.execute("INSERT OR IGNORE INTO out VALUES (?, ?)", (table, _bytes(id)))
        if len(self._clashes) < _LISTED:
            what: Literal["reply", "scores", "record"] = "record"
            if table == "calls":
                what = "scores" if there.digest == here.digest else "reply"
            self._clashes.append(Clash(table, id, told.name, what))

    # ---- what rests on a reply that does not stand -----------------------------------------------

    def _leave_out(self, source: ForeignStore, number: int) -> None:
        """Leave out what this store would bring and what rests on a record that does not stand.
        What was given its answer is left out with it; it is made again from the calls on
        record."""
        left_out: Counter[str] = Counter()
        while True:
            before = self._out_count()
            for table in ("setups", "answers"):
                for line in source.lines(table):
                    if table == "answers":
                        if self._rests_on_out(line) or self._is_given_out(line):
                            self._note_out(line)
                            self._drop(number, table, line["id"], left_out)
                            self._drop_runs(number, line, left_out)
                    elif self._rests_on_out(line):
                        self._drop(number, table, line["id"], left_out)
                        self._drop_runs(number, line, left_out)
            if self._out_count() == before:
                break
        self._drop_orphans(source, number, left_out)
        self._stores[number].left_out.update(left_out)
        for table, count in left_out.items():
            self._stores[number].new[table] -= count

    def _out_count(self) -> int:
        found = self._known.execute(
            "SELECT (SELECT count(*) FROM out) + (SELECT count(*) FROM units)"
        ).fetchone()
        return int(found[0])

    def _is_out(self, table: str, id: str) -> bool:
        found = self._known.execute(
            "SELECT 1 FROM out WHERE kind = ? AND id = ?", (table, _bytes(id))
        ).fetchone()
        return found is not None

    def _rests_on_out(self, line: Mapping[str, Any]) -> bool:
        table = "answers" if "item_id" in line else "setups"
        return (
            self._is_out(table, line["id"])
            or any(self._is_out("calls", entry[2]) for entry in json.loads(line["trail"]))
            or any(self._is_out("executions", run) for _, run in json.loads(line["runs"]))
            or (line.get("setup") is not None and self._is_out("setups", line["setup"]))
        )

    def _is_given_out(self, answer: Mapping[str, Any]) -> bool:
        """Whether an answer may have been given one that is out."""
        found = self._known.execute(
            "SELECT DISTINCT arm FROM units WHERE item = :item_id"
            " AND (solver IS NULL OR :solver IS NULL OR solver = :solver)"
            " AND (generator IS NULL OR :generator IS NULL OR generator = :generator)",
            _unit(answer),
        )
        arms = {arm.decode("utf-8", "surrogatepass") for (arm,) in found}
        if self._given is None:
            return bool(arms)
        arm, seed = split_repeat(answer["arm"])
        # The generator-side answer is read off the run of the assisted one.
        own = {repeat_name("cgr", seed)} if arm == "generator_only" else set()
        return bool(arms & (self._given.get(answer["arm"], frozenset()) | own))

    def _note_out(self, answer: Mapping[str, Any]) -> None:
        values = _unit(answer)
        known = self._known.execute(
            "SELECT 1 FROM units WHERE item = :item_id AND solver IS :solver"
            " AND generator IS :generator AND arm = :arm",
            values,
        ).fetchone()
        if known is None:
            self._known.execute(
                "INSERT INTO units VALUES (:item_id, :solver, :generator, :arm)", values
            )

    def _drop(self, number: int, table: str, id: str, left_out: Counter[str]) -> None:
        """Leave a record out, where it would come from this store."""
        if self.is_new(number, table, id):
            self._known.execute("DELETE FROM seen WHERE kind = ? AND id = ?", (table, _bytes(id)))
            self._known.execute("INSERT OR IGNORE INTO out VALUES (?, ?)", (table, _bytes(id)))
            left_out[table] += 1

    def _drop_runs(self, number: int, line: Mapping[str, Any], left_out: Counter[str]) -> None:
        """Leave out the runs of an answer whose questions got another reply."""
        keys = set()
        for key, _, call, _ in json.loads(line["trail"]):
            asked = _ASKED_BY_RUN.fullmatch(key)
            if asked and self._is_out("calls", call):
                keys.add(asked[1] or "program")
        for key, run in json.loads(line["runs"]):
            if key in keys:
                self._drop(number, "executions", run, left_out)

    def _drop_orphans(self, source: ForeignStore, number: int, left_out: Counter[str]) -> None:
        """Runs that no answer names were made by one that was not finished: which replies they
        rest on is not on record."""
        self._known.execute("CREATE TEMP TABLE named (id TEXT PRIMARY KEY) WITHOUT ROWID")
        for table in ("setups", "answers"):
            for line in source.lines(table):
                self._known.executemany(
                    "INSERT OR IGNORE INTO named VALUES (?)",
                    ((_bytes(run),) for _, run in json.loads(line["runs"])),
                )
        for line in source.lines("executions"):
            found = self._known.execute(
                "SELECT 1 FROM named WHERE id = ?", (_bytes(line["id"]),)
            ).fetchone()
            if found is None:
                self._drop(number, "executions", line["id"], left_out)
        self._known.execute("DROP TABLE named")


def _has_lines(tables: RecordTables, table: str) -> bool:
    found = tables.connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()
    return bool(found[0])


def _seen(table: str, line: Mapping[str, Any], runs: Mapping[int, int], source: int) -> _Seen:
    columns = SHAPES[table].content
    scores = line.get("scores") if table == "calls" else None
    content = [line[name] for name in columns if name != "scores"]
    run = runs.get(line["run"]) if table == "calls" and line["run"] is not None else None
    return _Seen(_digest(content), _digest([scores]), run, source)


def _digest(values: list[Any]) -> bytes:
    # Escapes of `repr` make a text of what is none.
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _unit(answer: Mapping[str, Any]) -> dict[str, bytes | None]:
    return {
        name: None if answer[name] is None else _bytes(answer[name])
        for name in ("item_id", "solver", "generator", "arm")
    }


def _bytes(text: str) -> bytes:
    """A text as a key: SQLite's own binding refuses lone surrogates."""
    return text.encode("utf-8", "surrogatepass")
