"""Tables `programs`, `scaffolds` and `executions`: what generators wrote, and what it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cgr_nb.records import Execution, Scaffold, SessionCell
from cgr_nb.store import encode
from cgr_nb.store.record_tables import RecordTables

__all__ = ["Programs", "RecordedRun", "WrittenProgram"]


class WrittenProgram(NamedTuple):
    """A program of the study."""

    id: str
    source: str
    item_id: str
    """The first item that it was written for."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run of a program and what it was of."""

    id: str
    program_id: str
    item_id: str
    solver: str
    execution: Execution


class Programs:
    """The programs of a study, the scaffolds that hold them, and their runs."""

    def __init__(self, tables: RecordTables) -> None:
        self._tables = tables
        self._connection = tables.connection

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """See `Store.add_scaffold`."""
        if scaffold.program_id is not None:
            program = {"id": scaffold.program_id, "source": scaffold.source}
            self._tables.insert("programs", program)
        self._tables.insert("scaffolds", encode.scaffold_values(scaffold))

    def add_cell(self, cell: SessionCell) -> None:
        """Keep a cell of a session, and the text of the session up to it."""
        self._tables.insert("programs", {"id": cell.program_id, "source": cell.source})
        of = (cell.program_id, cell.item_id, cell.solver)
        self.add_run(RecordedRun(cell.id, *of, cell.execution))

    def scaffold(self, id: str) -> Scaffold | None:
        """One scaffold with its source."""
        found = self._tables.one("scaffolds", id)
        if found is None:
            return None
        return Scaffold(**found, source=self.source(found["program_id"]))

    def source(self, id: str | None) -> str | None:
        """The source of one program; None where there is no such program."""
        found = self._tables.one("programs", id) if id is not None else None
        return found["source"] if found else None

    def source_of_call(self, item_id: str, call_id: str) -> str | None:
        """The program that a call of a generator gave for an item; None where it gave none."""
        found = self._connection.execute(
            "SELECT p.source FROM scaffolds s JOIN programs p ON p.id = s.program_id"
            " WHERE s.item_id = ? AND s.call_id = ? LIMIT 1",
            (item_id, call_id),
        ).fetchone()
        return found["source"] if found else None

    def add_run(self, run: RecordedRun) -> None:
        """Keep one run."""
        of = {"id": run.id, "program_id": run.program_id, "item_id": run.item_id}
        values = encode.execution_values(run.execution)
        self._tables.insert("executions", {**of, "solver": run.solver, **values})

    def run(self, id: str, *, traced: bool = True) -> RecordedRun | None:
        """One run; None where it is not on record.

        Args:
            id: Of the run.
            traced: With its steps.
        """
        found = self._tables.one("executions", id)
        if found is None:
            return None
        if not traced:
            found["trace"] = None
        of = (found["program_id"], found["item_id"], found["solver"])
        return RecordedRun(id, *of, encode.execution_from(found))

    # ---- all of them -----------------------------------------------------------------------------

    def sources(self) -> Iterator[tuple[str, str]]:
        """Id and source of every program on record, by id."""
        for line in self._tables.all("programs", "id"):
            yield line["id"], line["source"]

    def written(self) -> list[WrittenProgram]:
        """Every distinct program of the study, by id; of those that are on record only, none."""
        # Walked from the assisted answers alone: the view of them goes through those of all arms,
        # which takes four times as long where there are eight.
        used = (
            "SELECT DISTINCT json_extract(a.facts, '$.scaffold_id') AS id FROM answers a"
            " WHERE a.arm = 'cgr' AND EXISTS (SELECT 1 FROM expected WHERE answer_id = a.id)"
        )
        held = (
            "SELECT s.program_id AS id, min(s.item_id) AS item_id"
            f" FROM ({used}) u CROSS JOIN scaffolds s ON s.id = u.id GROUP BY s.program_id"
        )
        found = self._connection.execute(
            f"SELECT p.id, p.source, h.item_id FROM ({held}) h CROSS JOIN programs p ON p.id = h.id"
            " ORDER BY p.id"
        )
        return [WrittenProgram(*line) for line in found]

    def scaffolds(self) -> Iterator[Scaffold]:
        """Every scaffold on record with its source, by id."""
        found = self._connection.execute(
            "SELECT s.*, p.source FROM scaffolds s LEFT JOIN programs p ON p.id = s.program_id"
            " ORDER BY s.id"
        )
        for line in found:
            yield Scaffold(**dict(line))

    def scaffold_count(self) -> int:
        """How many scaffolds are on record."""
        (count,) = self._connection.execute("SELECT count(*) FROM scaffolds").fetchone()
        return int(count)

    def runs(self, *, traced: bool = True) -> Iterator[RecordedRun]:
        """Every run on record, by id.

        Args:
            traced: With their steps.
        """
        # One after the other: traces are large.
        for (id,) in self._connection.execute("SELECT id FROM executions ORDER BY id").fetchall():
            run = self.run(id, traced=traced)
            assert run is not None  # its id was read a moment ago, and nothing is ever deleted
            yield run

    def run_heads(self) -> Iterator[tuple[str, str, str, str]]:
        """Id, program, item and solver of every run on record."""
        return self._lines("SELECT id, program_id, item_id, solver FROM executions")

    def run_sizes(self) -> Iterator[tuple[str, int, int]]:
        """Id of every run on record, bytes of what it asked and printed, and of its steps."""
        return self._lines(
            "SELECT id, length(CAST(asks AS BLOB)) + length(CAST(output AS BLOB)),"
            " coalesce(length(trace), 0) FROM executions"
        )

    def _lines(self, statement: str) -> Iterator[Any]:
        return map(tuple, self._connection.execute(statement))

    def traces(self) -> Iterator[tuple[str, bytes]]:
        """Id and compressed steps of every run that was traced, by id."""
        yield from self._connection.execute(
            "SELECT id, trace FROM executions WHERE trace IS NOT NULL ORDER BY id"
        )
