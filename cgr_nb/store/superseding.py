"""Records that a redo takes out of the study: kept whole, marked with it, and in no number.

They move into tables of their own, so that whoever reads the study's tables sees what counts and
nothing else, and a record that takes the place of another can have its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cgr_nb.records import Ask
from cgr_nb.store import encode
from cgr_nb.store.database import Store

__all__ = [
    "CallFacts",
    "Chosen",
    "Redo",
    "RunFacts",
    "answering_arms",
    "audited_programs",
    "call_facts",
    "redos",
    "run_facts",
    "scaffold_facts",
    "spent_tokens",
    "supersede",
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of the records to take out, by table."""

    calls: frozenset[str] = frozenset()
    scaffolds: frozenset[str] = frozenset()
    executions: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    """Of all arms."""
    setups: frozenset[str] = frozenset()
    audits: frozenset[str] = frozenset()
    """Behavioural audits, by program."""
    rows: int = 0
    """Rows of which a channel is among the answers."""
    of_arms: int = 0
    """Answers that are no channel of a row."""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Redo:
    """One redo: what it took out of the study."""

    number: int
    """1, 2, 3 ... in the order in which they were made."""
    created: str
    """ISO 8601, UTC."""
    reason: str
    """What was chosen, in words, or what the person gave as the reason."""
    scaffolds: int
    """Scaffolds that these calls gave."""
    executions: int
    """Runs of programs that were built on them."""
    rows: int
    """Rows of which a channel was built on them."""
    answers: int
    """Answers of other arms that were built on them."""
    audits: int
    """Behavioural audits of programs that were built on them."""
    calls: Mapping[str, int] = field(default_factory=dict)
    """Model -> calls that were superseded."""
    tokens: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Model -> prompt and reply tokens of these calls."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a redo chooses a call by."""

    id: str
    model: str
    made: str | None
    """ISO 8601, UTC; None when that is not on record."""
    error: str | None
    cut: bool
    """The reply was cut at its limit."""
    empty: bool
    """There is a reply, and nothing in it."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run of a program, and what it asked."""

    id: str
    program_id: str
    item_id: str
    solver: str
    status: str
    """How it ended: an ExecutionStatus."""
    asks: tuple[Ask, ...]


def call_facts(store: Store) -> Iterator[CallFacts]:
    """Every call that counts."""
    for id, model, made, error, finish, reply in store._connection.execute(
        "SELECT id, model, made, error, finish, substr(trim(reply, ' ' || char(9, 10, 13)), 1, 1)"
        " FROM calls"
    ):
        yield CallFacts(id, model, made, error, finish == "length", reply == "")


def run_facts(store: Store) -> Iterator[RunFacts]:
    """Every run that counts."""
    for id, program, item, solver, status, asks in store._connection.execute(
        "SELECT id, program_id, item_id, solver, status, asks FROM executions"
    ):
        yield RunFacts(id, program, item, solver, status, encode.asks_from(asks))


def scaffold_facts(store: Store) -> list[tuple[str, str, str | None]]:
    """(id, id of the generator's call, program id) of every scaffold that counts."""
    found = store._connection.execute("SELECT id, call_id, program_id FROM scaffolds")
    return [tuple(line) for line in found]


def audited_programs(store: Store) -> dict[str, str]:
    """Program id -> item id, of every behavioural audit that counts."""
    return dict(map(tuple, store._connection.execute("SELECT program_id, item_id FROM dependence")))


def answering_arms(store: Store) -> set[str]:
    """Names of the arms that have an answer on record."""
    return {line[0] for line in store._connection.execute("SELECT DISTINCT arm FROM answers")}


def spent_tokens(store: Store) -> dict[str, tuple[int, int]]:
    """Model -> prompt and reply tokens of all its calls that count."""
    return _tokens(store, "calls", "1 = ?", 1)


def redos(store: Store) -> list[Redo]:
    """All that was taken out, oldest first."""
    return [
        Redo(
            **{
                **dict(line),
                "calls": json.loads(line["calls"]),
                "tokens": {model: (spent[0], spent[1]) for model, spent in _items(line["tokens"])},
            }
        )
        for line in store._connection.execute("SELECT * FROM redos ORDER BY number")
    ]


def supersede(store: Store, chosen: Chosen, created: str, reason: str) -> Redo:
    """Take records out of the study, all of them or none, whatever happens meanwhile.

    Args:
        store: An open study; nobody else may be writing to it.
        chosen: What to take out. Ids that are not there are no error.
        created: When, ISO 8601, UTC.
        reason: Why, for the report.
    """
    moves: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("calls", "id", chosen.calls),
        ("scaffolds", "id", chosen.scaffolds),
        ("executions", "id", chosen.executions),
        ("answers", "id", chosen.answers),
        ("setups", "id", chosen.setups),
        ("dependence", "program_id", chosen.audits),
    )
    with store.transaction():
        last = store._connection.execute("SELECT max(number) FROM redos").fetchone()[0]
        number = (last or 0) + 1
        moved: dict[str, int] = {}
        for table, key, ids in moves:
            ids = sorted(ids)
            keep = f"INSERT INTO superseded_{table} SELECT ?, * FROM {table} WHERE {key} = ?"
            kept = store._connection.executemany(keep, ((number, id) for id in ids))
            moved[table] = max(kept.rowcount, 0)
            drop = f"DELETE FROM {table} WHERE {key} = ?"
            store._connection.executemany(drop, ((id,) for id in ids))
        calls = dict(
            map(
                tuple,
                store._connection.execute(
                    "SELECT model, count(*) FROM superseded_calls WHERE redo = ?"
                    " GROUP BY model ORDER BY model",
                    (number,),
                ),
            )
        )
        redo = Redo(
            number=number,
            created=created,
            reason=reason,
            scaffolds=moved["scaffolds"],
            executions=moved["executions"],
            rows=chosen.rows,
            answers=chosen.of_arms,
            audits=moved["dependence"],
            calls=calls,
            tokens=_tokens(store, "superseded_calls", "redo = ?", number),
        )
        values = {one.name: getattr(redo, one.name) for one in fields(redo)}
        for name in ("calls", "tokens"):
            values[name] = encode.dump_json(values[name])
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        store._connection.execute(f"INSERT INTO redos ({names}) VALUES ({marks})", values)
    return redo


def _tokens(store: Store, table: str, where: str, value: int) -> dict[str, tuple[int, int]]:
    found = store._connection.execute(
        "SELECT model, total(prompt_tokens), total(reply_tokens)"
        f" FROM {table} WHERE {where} GROUP BY model ORDER BY model",
        (value,),
    )
    return {model: (int(prompt), int(reply)) for model, prompt, reply in found}


def _items(text: str) -> Iterable[tuple[str, Any]]:
    found: dict[str, Any] = json.loads(text)
    return found.items()
