"""Opening a study file: the connection, or in words why there is none.

A file of an earlier schema is brought up to date as it is opened, step by step; where nothing can
be written it is read as it lies, with the new tables empty and in memory.
"""

from __future__ import annotations

import os
import sqlite3
from importlib import resources
from pathlib import Path

from cgr_nb.errors import StoreError

__all__ = ["SCHEMA_VERSION", "connect", "schema_scripts"]

_BASE = "2", "schema.sql"
"""The oldest schema that can be opened, and its tables."""
_STEPS = (("3", "superseding.sql"), ("4", "thoughts.sql"), ("5", "served.sql"))
"""Each later schema, and what it adds to the one before it."""
SCHEMA_VERSION = _STEPS[-1][0]


def schema_scripts() -> tuple[str, ...]:
    """The tables of the oldest schema, then what each later one adds."""
    return tuple(_script(name) for _, name in (_BASE, *_STEPS))


def _script(name: str) -> str:
    return resources.files("cgr_nb.store").joinpath(name).read_text("utf-8")


def _steps_from(version: str | None) -> list[tuple[str, str]]:
    """Steps that bring a file of this schema up to date; none where it is, or is not known."""
    versions = [_BASE[0], *(reached for reached, _ in _STEPS)]
    return list(_STEPS[versions.index(version) :]) if version in versions else []


def connect(path: Path) -> sqlite3.Connection:
    """Open a study file that is there.

    Raises:
        StoreError: No study there, not SQLite, damaged, or of an unknown schema version.
    """
    if not path.is_file():
        raise StoreError(
            "no study here",
            where=str(path.parent.absolute()),
            fix="give the folder that holds study.sqlite",
        )
    # Where nothing can be written there is no writer either: then it is read as it lies.
    frozen = not os.access(path.parent, os.W_OK)
    place = f"{path.resolve().as_uri()}{'?immutable=1' if frozen else ''}"
    connection = sqlite3.connect(place, uri=True, timeout=30, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogatepass")
    try:
        if not frozen:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = _version(connection)
        if _steps_from(version):
            version = _bring_up_to_date(connection, frozen)
    except sqlite3.OperationalError as error:
        connection.close()
        if "no such table" in str(error):
            raise StoreError(
                "not a study file", where=str(path), got=str(error), fix="give another folder"
            ) from error
        raise StoreError(
            f"can't be opened: {error}",
            where=str(path),
            fix="see that the folder can be written to and nothing else holds the file",
        ) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(
            "not a study file", where=str(path), got=str(error), fix="restore it from a copy"
        ) from error
    if version != SCHEMA_VERSION:
        connection.close()
        raise StoreError(
            f"a study of schema version {version}, this program reads {SCHEMA_VERSION}",
            where=str(path),
            fix="open it with the version of cgr-nb that made it",
        )
    return connection


def _version(connection: sqlite3.Connection) -> str | None:
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return found["value"] if found else None


def _bring_up_to_date(connection: sqlite3.Connection, frozen: bool) -> str | None:
    """Add what later schemas have more, in one transaction; returns the version that is there
    now."""
    if frozen:
        for _, name in _steps_from(_version(connection)):
            for statement in _statements(_script(name)):
                # A table in memory does for reading; a column of the file itself can't be had.
                if statement.startswith("CREATE TABLE"):
                    connection.execute(statement.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        return SCHEMA_VERSION
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Looked up anew: another process may have done it while this one waited.
        for reached, name in _steps_from(_version(connection)):
            for statement in _statements(_script(name)):
                connection.execute(statement)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (reached,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return _version(connection)


def _statements(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit a transaction that is open."""
    lines = [line.split("--")[0].rstrip() for line in script.splitlines()]
    return [text for part in "\n".join(lines).split(";") if (text := part.strip())]
