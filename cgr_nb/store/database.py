"""The store: what a study has done so far, in `study.sqlite`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from cgr_nb.records import ArmAnswer, Execution, Item, ModelCall, ModelCard, Row, Scaffold, Verdict
from cgr_nb.store import encode
from cgr_nb.store.cards import cards_on_record, put_card
from cgr_nb.store.connecting import SCHEMA_VERSION, connect, schema_scripts
from cgr_nb.store.place import Place

__all__ = ["RowCounts", "Store"]

FILE_NAME = "study.sqlite"


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How far a study is."""

    wanted: int
    """Rows that the last run asked for."""
    done: int
    """Those of them that are on record."""
    superseded: int
    """Rows on record that the study no longer asks for: of other items, models or prompts."""


def _bindable(values: dict[str, Any]) -> dict[str, Any]:
    """Texts as bytes: item files may hold lone surrogates, which SQLite's own binding refuses."""
    return {
        name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for name, value in values.items()
    }


class Store:
    """One open study file. Use `Store.create` or `Store.open`; close it, or use it in a `with`.

    Every `add_*` commits before it returns and leaves a record that is already there as it is, but
    for the card of a model. It raises a `StoreError` when the file is not where it was opened any
    more: an open file that was deleted takes whatever is written, and keeps none of it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self._place = Place(path)

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Open the study of a folder, making folder and file when they are not there.

        Raises:
            StoreError: The file is there but is not a study of this schema version.
        """
        path = folder / FILE_NAME
        if path.exists():
            return cls.open(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # Built beside and moved: a crash in here must not leave half a schema under the real name.
        unfinished = path.with_suffix(".making")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as connection, connection:
            for script in schema_scripts():
                connection.executescript(script)
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        unfinished.replace(path)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the study of a folder.

        Raises:
            StoreError: No study there, not SQLite, damaged, or of another schema version.
        """
        path = folder / FILE_NAME
        return cls(path, connect(path))

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in by SQLite."""
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ---- writing -------------------------------------------------------------------------------

    def _insert(self, table: str, values: dict[str, Any]) -> None:
        self._insert_all(table, [values])

    def _insert_all(self, table: str, records: Iterable[dict[str, Any]]) -> None:
        records = list(records)
        if not records:
            return
        names = list(records[0])
        marks = ", ".join(
            f"CAST(:{name} AS TEXT)"
            if any(isinstance(r[name], str) for r in records)
            else f":{name}"
            for name in names
        )
        statement = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        )
        with self.transaction():
            self.connection.executemany(statement, map(_bindable, records))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that the block writes, or nothing of it."""
        self._place.check()
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def want(self, row_ids: Iterable[str], arm_ids: Iterable[str] = ()) -> None:
        """Say which rows, and which answers of arms, the study is made of from now on; all others
        are out of its numbers."""
        with self.transaction():
            for table, ids in (("wanted", row_ids), ("wanted_arms", arm_ids)):
                self.connection.execute(f"DELETE FROM {table}")
                lines = ((id,) for id in ids)
                self.connection.executemany(f"INSERT INTO {table} VALUES (?)", lines)

    def set_meta(self, key: str, value: object) -> None:
        """Keep one JSON-ready fact about the study; it may be overwritten."""
        text = encode.dump_json(value)
        with self.transaction():
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def add_items(self, items: Iterable[Item]) -> None:
        """Keep items, all in one transaction."""
        self._insert_all("items", map(encode.item_values, items))

    def add_model(self, card: ModelCard) -> None:
        """Keep a model's card as it was when the study last used it: the rows of a study are those
        of its last run, whatever its registry said before."""
        with self.transaction():
            put_card(self.connection, card)

    def add_prompt(self, hash: str, name: str, version: int, profile: str, text: str) -> None:
        """Keep the template that a hash stands for; `text` is what was hashed."""
        named = {"hash": hash, "name": name, "version": version, "profile": profile}
        self._insert("prompts", {**named, "text": text})

    def add_call(self, call: ModelCall) -> None:
        """Keep one call, and when it was made."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        self._insert("calls", {**encode.call_values(call), "made": made})

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """Keep a scaffold and its program."""
        if scaffold.program_id is not None:
            self._insert("programs", {"id": scaffold.program_id, "source": scaffold.source})
        values = asdict(scaffold)
        del values["source"]
        self._insert("scaffolds", values)

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> None:
        """Keep one run of a program."""
        where = {"id": id, "program_id": program_id, "item_id": item_id, "solver": solver}
        self._insert("executions", {**where, **encode.execution_values(execution)})

    def add_row(self, row: Row) -> None:
        """Keep one finished row."""
        self._insert("rows", encode.row_values(row))

    def add_arm(self, answer: ArmAnswer) -> None:
        """Keep what an arm gave for one row."""
        values = asdict(answer)
        self._insert("arms", {**values, "call_ids": encode.dump_json(list(answer.call_ids))})

    def add_dependence(
        self,
        program_id: str,
        item_id: str,
        verdict: str | None,
        reachable: Sequence[str],
        fixed: str | None,
        probes: Sequence[Mapping[str, Any]],
    ) -> None:
        """Keep the behavioural audit of one program."""
        self._insert(
            "dependence",
            {
                "program_id": program_id,
                "item_id": item_id,
                "verdict": verdict,
                "reachable": encode.dump_json(list(reachable)),
                "fixed": fixed,
                "probes": encode.dump_json([dict(probe) for probe in probes]),
            },
        )

    def add_verdict(self, verdict: Verdict) -> None:
        """Keep one judgement; earlier ones stay."""
        self._insert("verdicts", asdict(verdict))

    # ---- reading -------------------------------------------------------------------------------

    def _one(self, table: str, id: str) -> dict[str, Any] | None:
        found = self.connection.execute(f"SELECT * FROM {table} WHERE id = ?", (id,)).fetchone()
        return dict(found) if found else None

    def _all(self, table: str, order: str) -> Iterator[dict[str, Any]]:
        for found in self.connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            yield dict(found)

    def meta(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON was kept
        """The fact kept under a key; None when there is none."""
        found = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(found["value"]) if found else None

    def items(self) -> list[Item]:
        """All items, by dataset, configuration and id."""
        return [encode.item_from(values) for values in self._all("items", "dataset, config, id")]

    def item(self, id: str) -> Item | None:
        """One item."""
        found = self._one("items", id)
        return encode.item_from(found) if found else None

    def models(self) -> list[ModelCard]:
        """The cards of all models used."""
        return [card for _, _, card in cards_on_record(self.connection)]

    def prompts(self) -> list[dict[str, Any]]:
        """The templates used: hash, name, version, profile, text."""
        return list(self._all("prompts", "profile, name, version"))

    @property
    def has_thoughts(self) -> bool:
        """Whether table `calls` has columns for thoughts: all but files of an earlier schema that
        can't be written to."""
        names = self.connection.execute("SELECT name FROM pragma_table_info('calls')")
        return any(found["name"] == "thoughts" for found in names)

    def call(self, id: str) -> ModelCall | None:
        """One call."""
        found = self._one("calls", id)
        return encode.call_from(found) if found else None

    def calls(self) -> Iterator[ModelCall]:
        """All calls, by id."""
        return map(encode.call_from, self._all("calls", "id"))

    def scaffold(self, id: str) -> Scaffold | None:
        """One scaffold with its source."""
        found = self._one("scaffolds", id)
        if found is None:
            return None
        program = self._one("programs", found["program_id"]) if found["program_id"] else None
        return Scaffold(**found, source=program["source"] if program else None)

    def program(self, id: str) -> str | None:
        """The source of one program."""
        found = self._one("programs", id)
        return found["source"] if found else None

    def execution(self, id: str) -> Execution | None:
        """One run, with its asks and trace."""
        found = self._one("executions", id)
        return encode.execution_from(found) if found else None

    def past_calls(self) -> dict[tuple[str, str], tuple[float, float, float]]:
        """(model, purpose) -> mean prompt tokens, reply tokens and seconds of the calls on record.

        Purposes are "direct", "asks" and "scaffolds".
        """
        purposes = {
            "direct": "SELECT value FROM rows, json_each(rows.direct_call_ids)",
            "asks": "SELECT value FROM rows, json_each(rows.ask_call_ids)",
            "scaffolds": "SELECT call_id FROM scaffolds",
        }
        return {
            (found[0], purpose): tuple(found[1:])
            for purpose, ids in purposes.items()
            for found in self.connection.execute(
                "SELECT model, avg(prompt_tokens), avg(reply_tokens), avg(duration_s)"
                f" FROM calls WHERE reply IS NOT NULL AND id IN ({ids}) GROUP BY model"
            )
        }

    def mean_calls_a_row(self) -> tuple[float, float] | None:
        """Mean direct calls (re-asks counted) and mean asks of the rows on record; None without."""
        found = self.connection.execute(
            "SELECT avg(direct_retries + 1), avg(asks) FROM rows"
        ).fetchone()
        return None if found[0] is None else (found[0], found[1])

    def programs_run(self) -> list[tuple[str, str]]:
        """(program id, id of its first execution) of the study's programs that defined `solve`."""
        found = self.connection.execute(
            "SELECT e.program_id, min(e.id) FROM executions e JOIN rows r ON r.execution_id = e.id"
            " WHERE e.status NOT IN ('syntax_error', 'interface_error')"
            " AND r.id IN (SELECT row_id FROM wanted) GROUP BY e.program_id ORDER BY e.program_id"
        )
        return [(program_id, execution_id) for program_id, execution_id in found]

    def item_of_execution(self, id: str) -> Item | None:
        """The item that an execution was for."""
        found = self._one("executions", id)
        return self.item(found["item_id"]) if found else None

    def dependence_ids(self) -> set[str]:
        """Ids of the programs whose behavioural audit is on record."""
        return {found[0] for found in self.connection.execute("SELECT program_id FROM dependence")}

    def wanted_ids(self) -> set[str]:
        """Ids of the rows that the study is made of, done or not."""
        return {found["row_id"] for found in self.connection.execute("SELECT row_id FROM wanted")}

    def row(self, id: str) -> Row | None:
        """One row."""
        found = self._one("rows", id)
        return encode.row_from(found) if found else None

    def arm_ids(self) -> set[str]:
        """Ids of all answers of arms on record."""
        return {found["id"] for found in self.connection.execute("SELECT id FROM arms")}

    def arm_ids_of(self, row_id: str) -> set[str]:
        """Ids of the answers of arms on record for one row."""
        found = self.connection.execute("SELECT id FROM arms WHERE row_id = ?", (row_id,))
        return {line["id"] for line in found}

    def has_arms(self) -> bool:
        """Whether the study is made of more than its rows' own channels."""
        found = self.connection.execute("SELECT EXISTS (SELECT 1 FROM wanted_arms)").fetchone()
        return bool(found[0])

    def arms(self) -> list[ArmAnswer]:
        """The answers of arms that the study is made of, by row and arm."""
        wanted = "arms WHERE id IN (SELECT arm_id FROM wanted_arms)"
        return [encode.arm_from(values) for values in self._all(wanted, "row_id, arm, id")]

    def row_ids(self) -> set[str]:
        """Ids of all finished rows: what a rerun need not do."""
        return {found["id"] for found in self.connection.execute("SELECT id FROM rows")}

    def counts(self) -> RowCounts:
        """How many rows the study is made of, and how many are done."""
        found = self.connection.execute(
            "SELECT (SELECT count(*) FROM wanted),"
            " (SELECT count(*) FROM rows WHERE id IN (SELECT row_id FROM wanted)),"
            " (SELECT count(*) FROM rows)"
        ).fetchone()
        return RowCounts(wanted=found[0], done=found[1], superseded=found[2] - found[1])

    def rows(self) -> list[Row]:
        """The rows of the study, by dataset, configuration, item, solver and generator: never by
        when they came. Rows that the last run did not ask for are left out (see `counts`)."""
        order = "dataset, config, item_id, solver, generator, id"
        wanted = "rows WHERE id IN (SELECT row_id FROM wanted)"
        return [encode.row_from(values) for values in self._all(wanted, order)]

    def verdicts(self) -> list[Verdict]:
        """All judgements, oldest first."""
        found = self._all("verdicts", "number")
        return [
            Verdict(**{name: value for name, value in values.items() if name != "number"})
            for values in found
        ]
