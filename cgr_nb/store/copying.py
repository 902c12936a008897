"""What generators replied, from one study into another: calls, and the programs made of them.

The study it comes from is only read, as it lies where nobody writes to it: so any number of
machines can read one on a shared file system, where SQLite's write-ahead log does not work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cgr_nb.errors import StoreError
from cgr_nb.records import ModelCard
from cgr_nb.store.cards import cards_on_record
from cgr_nb.store.connecting import SCHEMA_VERSION
from cgr_nb.store.database import FILE_NAME, Store

__all__ = ["copy_generated", "recorded_cards"]

_WANTED = "temp.wanted_calls"


def recorded_cards(folder: Path) -> list[ModelCard]:
    """The cards of all models that a study has on record, by name; nothing is written.

    Raises:
        StoreError: No study there, or one that this version can't read.
    """
    with _reading(folder) as connection:
        return [card for _, _, card in cards_on_record(connection)]


def copy_generated(folder: Path, into: Store, call_ids: Iterable[str]) -> int:
    """Copy calls with the scaffolds and programs made of their replies, times and runs with them.

    Args:
        folder: The study that they are taken from.
        into: Where they go; what is there already stays as it is.
        call_ids: Which; those that are not on record there are left out.

    Returns:
        How many of the calls are there now.

    Raises:
        StoreError: No study there, or one that this version can't read.
    """
    with _reading(folder):
        pass  # it is a study, and one of our schema
    own = into._connection
    own.execute("ATTACH ? AS source", (_address(folder / FILE_NAME),))
    try:
        own.execute(f"CREATE TABLE {_WANTED} (id TEXT PRIMARY KEY) WITHOUT ROWID")
        with into.transaction():
            marks = ((id,) for id in call_ids)
            own.executemany(f"INSERT OR IGNORE INTO {_WANTED} VALUES (?)", marks)
            _copy_calls(own)
            made_of = f"call_id IN (SELECT id FROM {_WANTED})"
            own.execute(
                "INSERT INTO programs SELECT * FROM source.programs WHERE id IN (SELECT program_id"
                f" FROM source.scaffolds WHERE {made_of}) ON CONFLICT DO NOTHING"
            )
            own.execute(
                f"INSERT INTO scaffolds SELECT * FROM source.scaffolds WHERE {made_of}"
                " ON CONFLICT DO NOTHING"
            )
        found = own.execute(
            f"SELECT count(*) FROM source.calls WHERE id IN (SELECT id FROM {_WANTED})"
        ).fetchone()
        return int(found[0])
    finally:
        own.execute(f"DROP TABLE IF EXISTS {_WANTED}")
        own.execute("DETACH source")


def _copy_calls(own: sqlite3.Connection) -> None:
    """The wanted calls, each under the number that its run has in this study."""
    names = [line["name"] for line in own.execute("SELECT name FROM pragma_table_info('calls')")]
    kept = ", ".join(name for name in names if name != "run")
    wanted = f"FROM source.calls WHERE id IN (SELECT id FROM {_WANTED})"
    for (run,) in own.execute(f"SELECT DISTINCT run {wanted}").fetchall():
        own.execute(
            f"INSERT INTO calls ({kept}, run) SELECT {kept}, ? {wanted} AND run IS ?"
            " ON CONFLICT DO NOTHING",
            (_same_run(own, run), run),
        )


def _same_run(own: sqlite3.Connection, run: int | None) -> int | None:
    """The number here of a run there; it is put on record where it is not yet."""
    line = own.execute(
        "SELECT started, facts FROM source.provenance WHERE run = ?", (run,)
    ).fetchone()
    if line is None:
        return None
    values = line["started"], line["facts"]
    known = own.execute(
        "SELECT run FROM main.provenance WHERE (started, facts) = (?, ?)", values
    ).fetchone()
    if known is not None:
        return int(known[0])
    return own.execute(
        "INSERT INTO main.provenance (started, facts) VALUES (?, ?)", values
    ).lastrowid


@contextmanager
def _reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads.

    Raises:
        StoreError: See `recorded_cards`.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StoreError(
            "no study here",
            where=str(folder.absolute()),
            fix="give the folder that holds study.sqlite",
        )
    try:
        with closing(sqlite3.connect(_address(path), uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogatepass")
            found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            if found is None or found["value"] != SCHEMA_VERSION:
                raise StoreError(
                    "a study of another schema version",
                    where=str(path),
                    got=str(found and found["value"]),
                    fix=f"this program reads {SCHEMA_VERSION}: run it again in a new folder",
                )
            yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"can't be read: {error}", where=str(path), fix="restore it from a copy"
        ) from error


def _address(path: Path) -> str:
    """The file to be read: as it lies where there is no log of a writer beside it."""
    log = path.with_name(path.name + "-wal")
    at_rest = not log.exists() or not log.stat().st_size
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if at_rest else ''}"
