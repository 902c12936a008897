"""Tables `dependence` and `verdicts`: what is on record about programs, by probes and by people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
