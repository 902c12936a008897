"""Tables `dependence` and `verdicts`: what is on record about programs, by probes and by people."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from cgr_nb.errors import StoreError
from cgr_nb.records import Verdict
from cgr_nb.store import encode
from cgr_nb.store.record_tables import RecordTables

__all__ = ["Audits", "BehaviouralAudit"]


@dataclass(frozen=True, slots=True)
class BehaviouralAudit:
    """The behavioural audit of one program as it is on record."""

    program_id: str
    item_id: str
    """The item that it was probed with."""
    verdict: str | None
    """See `audit.probes.Dependence.verdict`."""
    reachable: tuple[str, ...]
    """Letters that some probe led to."""
    fixed: str | None
    """What an independent program holds on to: "letter" or "text"."""
    probes: tuple[Mapping[str, Any], ...]
    """The fields of each `audit.probes.Probe`."""


class Audits:
    """What is said of programs."""

    def __init__(self, tables: RecordTables) -> None:
        self._tables = tables

    def add(self, audit: BehaviouralAudit) -> None:
        """Keep the behavioural audit of a program; one that is on record stays."""
        values = {
            "program_id": audit.program_id,
            "item_id": audit.item_id,
            "verdict": audit.verdict,
            "reachable": encode.dump_json(list(audit.reachable)),
            "fixed": audit.fixed,
            "probes": encode.dump_json([dict(probe) for probe in audit.probes]),
        }
        self._tables.insert("dependence", values)

    def of(self, program_id: str) -> BehaviouralAudit | None:
        """The behavioural audit of a program; None where there is none."""
        found = self._tables.one("dependence", program_id, "program_id")
        return _audit_from(found) if found else None

    def all(self) -> Iterator[BehaviouralAudit]:
        """Every behavioural audit, by program."""
        return map(_audit_from, self._tables.all("dependence", "program_id"))

    def program_ids(self) -> set[str]:
        """Ids of the programs that have one."""
        found = self._tables.connection.execute("SELECT program_id FROM dependence")
        return {id for (id,) in found}

    def static(self, version: str) -> list[tuple[str, str]]:
        """Program and JSON of its static audit, of those that are kept of a version."""
        try:
            found = self._tables.connection.execute(
                "SELECT program_id, audit FROM static_audits WHERE version = ?", (version,)
            ).fetchall()
        except sqlite3.OperationalError:
            return []  # nobody kept one yet
        return [(line["program_id"], line["audit"]) for line in found]

    def keep_static(self, version: str, audits: Sequence[tuple[str, str]]) -> None:
        """Keep static audits and forget those of other versions. They can be made again at any
        time: where the file can't be written to, none is kept.

        Args:
            version: Of the audit.
            audits: Program and JSON of its audit.
        """
        if self._tables.connection.in_transaction:
            return  # what is read there shall be of one moment
        with suppress(sqlite3.OperationalError, StoreError), self._tables.transaction():
            execute = self._tables.connection.execute
            execute(
                "CREATE TABLE IF NOT EXISTS static_audits (program_id TEXT PRIMARY KEY,"
                " version TEXT NOT NULL, audit TEXT NOT NULL) WITHOUT ROWID"
            )
            execute("DELETE FROM static_audits WHERE version != ?", (version,))
            self._tables.connection.executemany(
                "INSERT OR REPLACE INTO static_audits VALUES (?, ?, ?)",
                [(program, version, audit) for program, audit in audits],
            )

    def add_verdict(self, verdict: Verdict) -> None:
        """See `Store.add_verdict`."""
        self._tables.insert("verdicts", asdict(verdict))

    def verdicts(self) -> list[Verdict]:
        """All judgements of people, oldest first."""
        lines = self._tables.all("verdicts", "number")
        return [
            Verdict(**{name: value for name, value in line.items() if name != "number"})
            for line in lines
        ]


def _audit_from(line: dict[str, Any]) -> BehaviouralAudit:
    reachable, probes = json.loads(line["reachable"]), json.loads(line["probes"])
    return BehaviouralAudit(**{**line, "reachable": tuple(reachable), "probes": tuple(probes)})
