"""The store: what a study has done so far, in `study.sqlite`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cgr_nb.answer_record import Answer, Setup
from cgr_nb.records import (
    Execution,
    Item,
    ModelCall,
    ModelCard,
    Scaffold,
    SessionCell,
    Verdict,
)
from cgr_nb.store import encode
from cgr_nb.store.audits import Audits
from cgr_nb.store.cards import cards_on_record, put_card
from cgr_nb.store.connecting import SCHEMA_VERSION, add_indexes, connect, schema_script
from cgr_nb.store.expected import ExpectedRows, RowCounts
from cgr_nb.store.merged import Merged, OnClash
from cgr_nb.store.programs import Programs, RecordedRun
from cgr_nb.store.record_tables import RecordTables
from cgr_nb.util.atomic_write import replacing
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["Store"]

FILE_NAME = "study.sqlite"


class Store:
    """One open study file. Use `Store.create` or `Store.open`; close it, or use it in a `with`.

    Every `add_*` commits before it returns and leaves a record that is already there as it is, but
    for the card of a model. It raises a `StoreError` when the file is not where it was opened any
    more: an open file that was deleted takes whatever is written, and keeps none of it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.run: int | None = None
        """The run that calls are recorded of; see `begin_run`."""
        self._connection = connection
        """Of this room alone: whoever else asks SQL needs a method here."""
        self._tables = RecordTables(path, connection)
        self._expected = ExpectedRows(self._tables)
        self.programs = Programs(self._tables)
        """Programs, scaffolds and runs, all of them at once."""
        self.audits = Audits(self._tables)
        """Behavioural audits, and people's verdicts."""

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Open the study of a folder, making folder and file when they are not there.

        Raises:
            StoreError: The file is there but is not a study of this schema version.
        """
        path = folder / FILE_NAME
        if path.exists():
            return cls.open(folder)
        with replacing(path) as unfinished, closing(sqlite3.connect(unfinished)) as connection:
            # Nothing waits for the disk before the file is whole, and then all of it does at once.
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                connection.executescript(f"BEGIN;{schema_script()}")
                connection.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
            # As whoever opens it would have it, and have the disk wait for that.
            connection.execute("PRAGMA journal_mode = WAL")
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
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- writing -------------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """All that the block writes, or nothing of it. Inside another one it is a part of that."""
        return self._tables.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """All that the block reads is of one moment, whoever writes meanwhile."""
        return self._tables.snapshot()

    def set_expected(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Say which rows the study is made of from now on, and of which answers each: all others
        are out of its numbers.

        Args:
            rows: Row id, and arm -> id of its answer.
        """
        self._expected.set(rows)

    def begin_run(self, started: str, facts: Mapping[str, Any]) -> None:
        """Keep what a run of the study ran on; calls name it from now on."""
        with self.transaction():
            add_indexes(self._connection)
            found = self._connection.execute(
                "INSERT INTO provenance (started, facts) VALUES (?, ?)",
                (started, encode.dump_json(dict(facts))),
            )
        self.run = found.lastrowid

    def tell_run(self, facts: Mapping[str, Any]) -> None:
        """Add facts to those on record of the run that was begun: what it computes with, say."""
        with self.transaction():
            found = self._tables.one("provenance", str(self.run), "run")
            whole = {**(json.loads(found["facts"]) if found else {}), **facts}
            self._connection.execute(
                "UPDATE provenance SET facts = ? WHERE run = ?",
                (encode.dump_json(whole), self.run),
            )

    def set_meta(self, key: str, value: object) -> None:
        """Keep one JSON-ready fact about the study; it may be overwritten."""
        text = encode.dump_json(value)
        with self.transaction():
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def add_items(self, items: Iterable[Item]) -> None:
        """Keep items, all in one transaction; what they are used for is as the last run says."""
        items = list(items)
        self._tables.insert_all("items", map(encode.item_values, items))
        with self.transaction():
            self._connection.executemany(
                "UPDATE items SET use = ?, multi = ? WHERE id = ? AND (use, multi) != (?, ?)",
                ((i.use, int(i.multi), i.id, i.use, int(i.multi)) for i in items),
            )

    def add_item(self, item: Item) -> None:
        """See `CallStore.add_item`."""
        self._tables.insert("items", encode.item_values(item))

    def add_model(self, card: ModelCard) -> None:
        """Keep a model's card as it was when the study last used it: the rows of a study are those
        of its last run, whatever its registry said before."""
        with self.transaction():
            put_card(self._connection, card)

    def add_prompt(self, hash: str, name: str, version: int, profile: str, text: str) -> None:
        """Keep the template that a hash stands for; `text` is what was hashed.

        Args:
            hash: What it is known by.
            name: Of the template.
            version: Of the template.
            profile: Of the models that it is for.
            text: What was hashed.
        """
        named = {"hash": hash, "name": name, "version": version, "profile": profile}
        self._tables.insert("prompts", {**named, "text": text})

    def add_call(self, call: ModelCall) -> None:
        """Keep one call, and when it was made."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        self._tables.insert("calls", {**encode.call_values(call), "made": made, "run": self.run})

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """Keep a scaffold and its program."""
        self.programs.add_scaffold(scaffold)

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> None:
        """See `CallStore.add_execution`."""
        self.programs.add_run(RecordedRun(id, program_id, item_id, solver, execution))

    def add_session(self, cells: Sequence[SessionCell], *, whole: bool) -> None:
        """See `CallStore.add_session`."""
        if whole:
            with self.transaction():
                for cell in cells:
                    self.programs.add_cell(cell)

    def add_answer(self, answer: Answer) -> None:
        """Keep what an arm gave for an item."""
        self._tables.insert("answers", encode.answer_values(answer))

    def add_setup(self, setup: Setup) -> None:
        """Keep what an arm prepared for a dataset."""
        self._tables.insert("setups", encode.setup_values(setup))

    def add_verdict(self, verdict: Verdict) -> None:
        """Keep one judgement; earlier ones stay."""
        self.audits.add_verdict(verdict)

    def merge(
        self,
        sources: Iterable[str | Path | tuple[str, Path]],
        *,
        on_clash: OnClash = "refuse",
        dry_run: bool = False,
        given: Mapping[str, frozenset[str]] | None = None,
        tell: Callable[[str, int, int], None] | None = None,
    ) -> Merged:
        """Take the records of other stores of this study into it, such as those of its shards.

        The union by id: what is there stays, what is new comes, and the stores are left as they
        are. Repeated, or killed and repeated, it ends with the same. Records of one id that differ
        are refused, or the first one stands; then what a store has that rests on another reply is
        left out, and the next run of the study makes it anew. Nobody else may be writing meanwhile.

        Args:
            sources: Study folders or files, each with a name to be called by where it has one; of
                records that differ, those of earlier ones come first, and this study's before all.
            on_clash: "refuse", or "first" to let the first of records that differ stand.
            dry_run: Only find out what would come of it.
            given: Arm -> arms whose answers to the same item it is given; None: not known, so that
                more may be left out than has to be.
            tell: Called with the store being read or written, steps done and steps to do.

        Returns:
            What each store brought, what two runs of the study asked alike and did not agree on.

        Raises:
            StoreError: A store can't be read or is of another study, or records clash; nothing is
                written then.
        """
        from cgr_nb.store.merge import merge_stores

        named = [one if isinstance(one, tuple) else (str(one), Path(one)) for one in sources]
        how: dict[str, Any] = {"on_clash": on_clash, "dry_run": dry_run, "given": given}
        return merge_stores(self, named, tell=tell, **how)

    # ---- reading -------------------------------------------------------------------------------

    def meta_keys(self) -> list[str]:
        """Keys of all facts that are kept."""
        return [found["key"] for found in self._connection.execute("SELECT key FROM meta")]

    def meta(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON was kept
        """The fact kept under a key; None when there is none."""
        found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(found["value"]) if found else None

    def items(self) -> list[Item]:
        """All items, by dataset, configuration and id."""
        return [
            encode.item_from(values) for values in self._tables.all("items", "dataset, config, id")
        ]

    def item(self, id: str) -> Item | None:
        """One item."""
        found = self._tables.one("items", id)
        return encode.item_from(found) if found else None

    def models(self) -> list[ModelCard]:
        """The cards of all models used."""
        return [card for _, _, card in cards_on_record(self._connection)]

    def prompts(self) -> list[dict[str, Any]]:
        """The templates used: hash, name, version, profile, text."""
        return list(self._tables.all("prompts", "profile, name, version"))

    def call(self, id: str) -> ModelCall | None:
        """One call."""
        found = self._tables.one("calls", id)
        return encode.call_from(found) if found else None

    def reply_text(self, call_id: str) -> str | None:
        """What a call gave, as valid Unicode; None where it failed, and where there is none."""
        found = self._connection.execute(
            "SELECT reply FROM calls WHERE id = ?", (call_id,)
        ).fetchone()
        return escape_surrogates(found["reply"]) if found and found["reply"] is not None else None

    def calls(self) -> Iterator[ModelCall]:
        """All calls, by id."""
        return map(encode.call_from, self._tables.all("calls", "id"))

    def call_models(self) -> Iterator[tuple[str, str]]:
        """Id and model of every call."""
        return map(tuple, self._connection.execute("SELECT id, model FROM calls"))

    def call_sizes(self) -> Iterator[tuple[str, int]]:
        """Id of every call, and bytes of what the model said."""
        said = " + ".join(
            f"coalesce(length(CAST({name} AS BLOB)), 0)" for name in ("reply", "thoughts", "scores")
        )
        return map(tuple, self._connection.execute(f"SELECT id, {said} FROM calls"))

    def scaffold(self, id: str) -> Scaffold | None:
        """One scaffold with its source."""
        return self.programs.scaffold(id)

    def program(self, id: str) -> str | None:
        """The source of one program."""
        return self.programs.source(id)

    def execution(self, id: str) -> Execution | None:
        """One run, with its asks and trace."""
        run = self.programs.run(id)
        return run.execution if run else None

    def item_of_execution(self, id: str) -> Item | None:
        """The item that an execution was for."""
        run = self.programs.run(id)
        return self.item(run.item_id) if run else None

    def expected(self) -> dict[str, dict[str, str]]:
        """Row id -> arm -> id of its answer, of all that the study is made of, done or not."""
        return self._expected.by_row()

    def lacks_answers(self, row_id: str) -> bool:
        """Whether a row is asked for and an answer that it is made of is not on record."""
        return self._expected.lacks_answers(row_id)

    def answer(self, id: str) -> Answer | None:
        """One answer."""
        found = self._tables.one("answers", id)
        return encode.answer_from(found) if found else None

    def has_answer(self, id: str) -> bool:
        """Whether an answer is on record."""
        found = self._connection.execute("SELECT 1 FROM answers WHERE id = ?", (id,)).fetchone()
        return found is not None

    def answer_ids(self) -> set[str]:
        """Ids of all answers on record: what a rerun need not make."""
        return {found["id"] for found in self._connection.execute("SELECT id FROM answers")}

    def answers(self, *, everything: bool = False) -> Iterator[Answer]:
        """The answers that the study is made of, by id.

        Args:
            everything: Also those on record that it no longer asks for.
        """
        ours = "answers" if everything else "counted_answers"
        return map(encode.answer_from, self._tables.all(ours, "id"))

    def answers_ever(self) -> int:
        """Answers that were ever put on record, superseded ones among them."""
        (found,) = self._connection.execute(
            "SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM superseded_answers)"
        ).fetchone()
        return int(found)

    def setup(self, id: str) -> Setup | None:
        """One setup."""
        found = self._tables.one("setups", id)
        return encode.setup_from(found) if found else None

    def setups(self) -> Iterator[Setup]:
        """All setups, by id."""
        return map(encode.setup_from, self._tables.all("setups", "id"))

    def provenance(self) -> list[dict[str, Any]]:
        """The runs of the study, oldest first: run, started, facts."""
        return [
            {**line, "facts": json.loads(line["facts"])}
            for line in self._tables.all("provenance", "run")
        ]

    def state(self) -> int:
        """A number that is another one once somebody else has written to the file; it means
        nothing beside that of another open store."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def has_arms(self) -> bool:
        """Whether the study is made of more than the three channels."""
        return self._expected.has_arms()

    def expected_rows(self) -> int:
        """How many rows the study is made of, done or not."""
        return self._expected.size()

    def counts(self) -> RowCounts:
        """How many rows the study is made of, and how many are done."""
        return self._expected.counts()

    def verdicts(self) -> list[Verdict]:
        """All judgements, oldest first."""
        return self.audits.verdicts()
