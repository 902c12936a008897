"""Outcome -> rows on disk: one SQLite file a study, crash-safe, written once, keyed by content.

Every record is committed on its own, in WAL mode: a process that dies at any moment loses the
record it was writing and nothing else. One process writes at a time (a lock on the folder); any
number may read. Every SQL statement of the package stands in this room.
"""

from cgr_nb.store import frames
from cgr_nb.store.audits import BehaviouralAudit
from cgr_nb.store.connecting import SCHEMA_VERSION
from cgr_nb.store.database import Store
from cgr_nb.store.expected import RowCounts
from cgr_nb.store.programs import RecordedRun, WrittenProgram

__all__ = [
    "SCHEMA_VERSION",
    "BehaviouralAudit",
    "RecordedRun",
    "RowCounts",
    "Store",
    "WrittenProgram",
    "frames",
]
