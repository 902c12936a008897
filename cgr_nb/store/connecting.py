"""Opening a study file: the connection, or in words why there is none."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from cgr_nb.errors import StoreError

__all__ = ["connect"]


def connect(path: Path, schema_version: str) -> sqlite3.Connection:
    """Open a study file that is there.

    Raises:
        StoreError: No study there, not SQLite, damaged, or of another schema version.
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
        found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
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
    version = found["value"] if found else None
    if version != schema_version:
        connection.close()
        raise StoreError(
            f"a study of schema version {version}, this program reads {schema_version}",
            where=str(path),
            fix="open it with the version of cgr-nb that made it",
        )
    return connection
