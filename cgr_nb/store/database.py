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

from cgr_nb.answer_record import CHANNELS, Answer, Setup
from cgr_nb.records import Execution, Item, ModelCall, ModelCard, Scaffold, Verdict
from cgr_nb.store import encode
from cgr_nb.store.cards import cards_on_record, put_card
from cgr_nb.store.connecting import SCHEMA_VERSION, connect, schema_script
from cgr_nb.store.place import Place
from cgr_nb.util.atomic_write import replacing

__all__ = ["RowCounts", "Store"]

FILE_NAME = "study.sqlite"


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How far a study is."""

    expected: int
    """Rows that the last run asked for."""
    done: int
    """Those of them whose channels are all on record."""
    unasked: int
    """Answers on record that the study no longer asks for: of other items, models or prompts."""


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
        self.run: int | None = None
        """The run that calls are recorded of; see `begin_run`."""
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
        with (
            replacing(path) as unfinished,
            closing(sqlite3.connect(unfinished)) as connection,
            connection,
        ):
            connection.executescript(schema_script())
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
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
        """All that the block writes, or nothing of it. Inside another one it is a part of that."""
        self._place.check()
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def set_expected(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Say which rows the study is made of from now on, and of which answers each: all others
        are out of its numbers.

        Args:
            rows: Row id, and arm -> id of its answer.
        """
        with self.transaction():
            self.connection.execute("DELETE FROM expected")
            lines = ((row, arm, id) for row, ids in rows for arm, id in ids.items())
            self.connection.executemany("INSERT INTO expected VALUES (?, ?, ?)", lines)

    def begin_run(self, started: str, facts: Mapping[str, Any]) -> None:
        """Keep what a run of the study ran on; calls name it from now on."""
        with self.transaction():
            found = self.connection.execute(
                "INSERT INTO provenance (started, facts) VALUES (?, ?)",
                (started, encode.dump_json(dict(facts))),
            )
        self.run = found.lastrowid

    def set_meta(self, key: str, value: object) -> None:
        """Keep one JSON-ready fact about the study; it may be overwritten."""
        text = encode.dump_json(value)
        with self.transaction():
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def add_items(self, items: Iterable[Item]) -> None:
        """Keep items, all in one transaction; what they are used for is as the last run says."""
        items = list(items)
        self._insert_all("items", map(encode.item_values, items))
        with self.transaction():
            self.connection.executemany(
                "UPDATE items SET use = ?, multi = ? WHERE id = ? AND (use, multi) != (?, ?)",
                ((i.use, int(i.multi), i.id, i.use, int(i.multi)) for i in items),
            )

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
        self._insert("calls", {**encode.call_values(call), "made": made, "run": self.run})

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

    def add_answer(self, answer: Answer) -> None:
        """Keep what an arm gave for an item."""
        self._insert("answers", encode.answer_values(answer))

    def add_setup(self, setup: Setup) -> None:
        """Keep what an arm prepared for a dataset."""
        self._insert("setups", encode.setup_values(setup))

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

    def item_of_execution(self, id: str) -> Item | None:
        """The item that an execution was for."""
        found = self._one("executions", id)
        return self.item(found["item_id"]) if found else None

    def dependence_ids(self) -> set[str]:
        """Ids of the programs whose behavioural audit is on record."""
        return {found[0] for found in self.connection.execute("SELECT program_id FROM dependence")}

    def expected(self) -> dict[str, dict[str, str]]:
        """Row id -> arm -> id of its answer, of all that the study is made of, done or not."""
        found: dict[str, dict[str, str]] = {}
        for row, arm, id in self.connection.execute("SELECT row_id, arm, answer_id FROM expected"):
            found.setdefault(row, {})[arm] = id
        return found

    def answer(self, id: str) -> Answer | None:
        """One answer."""
        found = self._one("answers", id)
        return encode.answer_from(found) if found else None

    def has_answer(self, id: str) -> bool:
        """Whether an answer is on record."""
        found = self.connection.execute("SELECT 1 FROM answers WHERE id = ?", (id,)).fetchone()
        return found is not None

    def answer_ids(self) -> set[str]:
        """Ids of all answers on record: what a rerun need not make."""
        return {found["id"] for found in self.connection.execute("SELECT id FROM answers")}

    def answers(self, *, everything: bool = False) -> Iterator[Answer]:
        """The answers that the study is made of, by id.

        Args:
            everything: Also those on record that it no longer asks for.
        """
        ours = "answers" if everything else ("answers WHERE id IN (SELECT answer_id FROM expected)")
        return map(encode.answer_from, self._all(ours, "id"))

    def setup(self, id: str) -> Setup | None:
        """One setup."""
        found = self._one("setups", id)
        return encode.setup_from(found) if found else None

    def setups(self) -> Iterator[Setup]:
        """All setups, by id."""
        return map(encode.setup_from, self._all("setups", "id"))

    def provenance(self) -> list[dict[str, Any]]:
        """The runs of the study, oldest first: run, started, facts."""
        return [
            {**line, "facts": json.loads(line["facts"])} for line in self._all("provenance", "run")
        ]

    def has_arms(self) -> bool:
        """Whether the study is made of more than the three channels."""
        marks = ", ".join("?" * len(CHANNELS))
        found = self.connection.execute(
            f"SELECT EXISTS (SELECT 1 FROM expected WHERE arm NOT IN ({marks}))", CHANNELS
        ).fetchone()
        return bool(found[0])

    def counts(self) -> RowCounts:
        """How many rows the study is made of, and how many are done."""
        marks = ", ".join("?" * len(CHANNELS))
        found = self.connection.execute(
            "SELECT count(*), coalesce(sum(done), 0) FROM (SELECT min(a.id IS NOT NULL) AS done"
            " FROM expected e LEFT JOIN answers a ON a.id = e.answer_id"
            f" WHERE e.arm IN ({marks}) GROUP BY e.row_id)",
            CHANNELS,
        ).fetchone()
        unasked = self.connection.execute(
            "SELECT count(*) FROM answers WHERE id NOT IN (SELECT answer_id FROM expected)"
        ).fetchone()[0]
        return RowCounts(expected=found[0], done=found[1], unasked=unasked)

    def verdicts(self) -> list[Verdict]:
        """All judgements, oldest first."""
        found = self._all("verdicts", "number")
        return [
            Verdict(**{name: value for name, value in values.items() if name != "number"})
            for values in found
        ]
