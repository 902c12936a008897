"""Opening a study file: the connection, or in words why there is none.

A file of another schema is refused; where nothing can be written it is read as it lies. Each
connection has the views of `views.sql` beside the tables.
"""

from __future__ import annotations

import os
import sqlite3
from functools import cache, partial
from importlib import resources
from pathlib import Path

from cgr_nb.errors import StoreError

__all__ = ["SCHEMA_VERSION", "add_indexes", "connect", "schema_script"]

SCHEMA_VERSION = "5"


def schema_script() -> str:
    """The tables of a study, and their indexes."""
    return f"{_script('schema.sql')}\n{_script('indexes.sql')}"


def add_indexes(connection: sqlite3.Connection) -> None:
    """Give a file the indexes that it lacks, inside the caller's transaction."""
    for statement in _script("indexes.sql").split(";")[:-1]:
        connection.execute(statement)


@cache
def _script(name: str) -> str:
    return resources.files("cgr_nb.store").joinpath(name).read_text("utf-8")


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
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogatepass")
    try:
        if not frozen:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = _version(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if "no such table" in str(error):
            raise StoreError(
                "not a study file", where=str(path), got=str(error), fix="give another folder"
            ) from error
        raise StoreError(
            f"can't be opened: {error}",
            where=str(path),
            fix="make sure that the folder is writable and no other process uses the file",
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
            fix="open it with the version of cgr-nb that made it, or run it again in a new folder",
        )
    # In memory: no file is made where nothing can be written.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.executescript(_script("views.sql"))
    return connection


def _version(connection: sqlite3.Connection) -> str | None:
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return found["value"] if found else None
