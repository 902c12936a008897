"""A study file from elsewhere, as a shard of another machine: read only, and believed in nothing.

Each line is read by the shape of its table (`record_shapes`): columns, types, the JSON within, the
length of it. Whatever is wrong with the file is one `StoreError` that names file, table and line.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.errors import StoreError
from cgr_nb.scaffolds import program_id
from cgr_nb.store.connecting import SCHEMA_VERSION
from cgr_nb.store.database import FILE_NAME
from cgr_nb.store.record_shapes import SHAPES, SUPERSEDED, Shape
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["ForeignStore", "study_file"]

_LONGEST = 64 << 20
"""Bytes of one value."""
_CACHE_KIB = 2048
_SHOWN = 120
_FIX = "restore it from a copy or run it again in a new folder; nothing was copied from it"


def study_file(place: Path) -> Path:
    """The file of a study folder; a file is meant as it stands."""
    return place if place.is_file() else place / FILE_NAME


class ForeignStore:
    """One study file, open for reading: all that is read is of one moment. Use it in a `with`.

    Args:
        place: The file, or its folder.
        name: What errors call it; None: its path.
        at_rest: Nobody writes to it: where no log of a writer lies beside it, none is looked for,
            so that it can be read where logs do not work, as on a network.

    Raises:
        StoreError: There is no study, or what is there is none.
    """

    def __init__(self, place: Path, name: str | None = None, *, at_rest: bool = False) -> None:
        path = study_file(place)
        self.name = name or str(place)
        if not path.is_file():
            raise StoreError("no study here", where=self.name, fix="give a folder of a study")
        with self._reading("opened"):
            self._address = _address(path, self.name, at_rest)
            self._connection = sqlite3.connect(
                self._address, uri=True, timeout=30, isolation_level=None
            )
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> ForeignStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def count(self, table: str) -> int:
        """Lines of a table."""
        with self._reading(table):
            found = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0])

    def lines(self, table: str, redo: int | None = None) -> Iterator[dict[str, Any]]:
        """Every line of a table, in the order of writing, each as its shape has it.

        Args:
            table: One of `SHAPES`.
            redo: Those that this redo took out of it instead.

        Raises:
            StoreError: A line is not what it should be, or can't be read.
        """
        if redo is None:
            yield from self._lines(table, table, "", ())
        else:
            yield from self._lines(table, f"superseded_{table}", " WHERE redo = ?", (redo,))

    def one(self, table: str, id: str) -> dict[str, Any] | None:
        """The line of an id; None where there is none.

        Args:
            table: One of `SHAPES`.
            id: What is looked for.

        Raises:
            StoreError: It is not what it should be, or can't be read.
        """
        some = f" WHERE {SHAPES[table].key[0]} = ?"
        return next(self._lines(table, table, some, (id,)), None)

    def _lines(
        self, table: str, name: str, some: str, values: tuple[object, ...]
    ) -> Iterator[dict[str, Any]]:
        """Lines of a table, or of what was taken out of it."""
        shape, number = SHAPES[table], 0
        statement = f"SELECT {', '.join(shape.columns)} FROM {name}{some}"
        with self._reading(name):
            for found in self._connection.execute(statement, values):
                number += 1
                line = dict(zip(shape.columns, found, strict=True))
                if (wrong := _complaint(table, shape, line)) is not None:
                    raise StoreError(
                        f"line {number:,} of table {name} is not a valid record: {wrong}",
                        where=self.name,
                        fix=_FIX,
                    )
                yield line

    def progress(self) -> dict[str, int]:
        """How far the study is: `rows` and `rows_done`, `answers` of all arms that these rows are
        made of and `answers_done`, and `calls`."""
        marks = ", ".join("?" * len(CHANNELS))
        done = "min(a.id IS NOT NULL) AS done"
        of = "FROM expected e LEFT JOIN answers a ON a.id = e.answer_id"
        with self._reading("expected"):
            rows = self._connection.execute(
                f"SELECT count(*), coalesce(sum(done), 0) FROM (SELECT {done} {of}"
                f" WHERE e.arm IN ({marks}) GROUP BY e.row_id)",
                CHANNELS,
            ).fetchone()
            answers = self._connection.execute(f"SELECT count(*), count(a.id) {of}").fetchone()
        return {
            **{"rows": rows[0], "rows_done": rows[1]},
            **{"answers": answers[0], "answers_done": answers[1]},
            "calls": self.count("calls"),
        }

    def copy_to(self, path: Path) -> None:
        """Write the study as it is now into a new file that is at rest: without a log beside it.

        Raises:
            StoreError: It can't be read, or the file can't be written.
        """
        with self._reading("copied"), closing(sqlite3.connect(path)) as made:
            # Not by the connection that holds one moment: of that, no copy could be begun.
            with closing(sqlite3.connect(self._address, uri=True, timeout=30)) as source:
                source.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")

    def meta_keys(self) -> list[str]:
        """Keys of all facts that are kept."""
        return [line["key"] for line in self.lines("meta")]

    def meta(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON was kept
        """The fact kept under a key; None when there is none.

        Raises:
            StoreError: It is no JSON.
        """
        with self._reading("meta"):
            found = self._connection.execute(
                "SELECT value FROM meta WHERE key = ?", (key,)
            ).fetchone()
        if found is None:
            return None
        wrong = _complaint("meta", SHAPES["meta"], {"key": key, "value": found[0]})
        if wrong is not None:
            raise StoreError(f"table meta, key '{key}': {wrong}", where=self.name, fix=_FIX)
        return SHAPES["meta"].readers["value"].validate_json(f"[{found[0]}]")[0]

    def _prepare(self) -> None:
        connection = self._connection
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogatepass")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        with self._reading("opened"):
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            # From here on all is of one moment, whoever writes meanwhile.
            connection.execute("BEGIN")
            kinds = {
                found[0]: found[1]
                for found in connection.execute(
                    "SELECT name, type FROM pragma_table_list WHERE schema = 'main'"
                )
            }
        if kinds.get("meta") != "table":
            raise StoreError("not a study file", where=self.name, fix="give a folder of a study")
        self._check_columns("meta", SHAPES["meta"].columns, kinds)
        if (version := self._version()) != SCHEMA_VERSION:
            raise StoreError(
                f"a study of schema version {version}, this program reads {SCHEMA_VERSION}",
                where=self.name,
                fix="run it again with this version of cgr-nb, in a new folder",
            )
        for table, shape in SHAPES.items():
            self._check_columns(table, shape.columns, kinds)
        for table in SUPERSEDED:
            columns = ("redo", *SHAPES[table].columns)
            self._check_columns(f"superseded_{table}", columns, kinds)

    def _version(self) -> object:
        with self._reading("meta"):
            found = self._connection.execute(
                "SELECT value FROM meta WHERE key = 'schema'"
            ).fetchone()
        return escape_surrogates(str(found[0]))[:_SHOWN] if found else None

    def _check_columns(self, table: str, wanted: Iterable[str], kinds: dict[str, str]) -> None:
        """See that a table is one, and that its columns hold what was written: views and made-up
        columns would run statements of the file's own."""
        with self._reading(table):
            columns = [
                (found[0], found[1])
                for found in self._connection.execute(
                    "SELECT name, hidden FROM pragma_table_xinfo(?)", (table,)
                )
            ]
        if kinds.get(table) != "table" or columns != [(name, 0) for name in wanted]:
            raise StoreError(
                f"table {table} is not that of a study",
                where=self.name,
                got=_short(", ".join(str(name) for name, _ in columns) or "no such table"),
                fix=_FIX,
            )

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """What can be wrong with a file, in words."""
        try:
            yield
        except UnicodeDecodeError as error:
            raise StoreError(
                f"table {what} holds text that is not valid UTF-8", where=self.name, fix=_FIX
            ) from error
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"can't be read: {error}",
                where=self.name,
                fix="make sure that its folder is readable and no other process uses the file",
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                "not a study file, or damaged", where=self.name, got=str(error), fix=_FIX
            ) from error


def _address(path: Path, name: str, at_rest: bool) -> str:
    """How SQLite opens a file so that it is not written to."""
    place = f"{path.resolve().as_uri()}?mode=ro"
    log = path.with_name(path.name + "-wal")
    has_log = log.is_file() and log.stat().st_size
    if os.access(path.parent, os.W_OK) and (has_log or not at_rest):
        return place
    # Beside it no index of its log can be made: then there must be nothing in the log.
    if has_log:
        raise StoreError(
            "has records in a log that can't be read here",
            where=name,
            got=log.name,
            fix="make its folder writable, or publish it where it was run",
        )
    return f"{place}&immutable=1"


def _complaint(table: str, shape: Shape, line: dict[str, Any]) -> str | None:
    """What is wrong with a line, in a few words; None where nothing is."""
    from pydantic import ValidationError

    for name, types in shape.columns.items():
        if type(line[name]) not in types:
            return f"{name} is {_kind(line[name])}"
    for name in shape.key:
        if isinstance(line[name], str) and escape_surrogates(line[name]) != line[name]:
            return f"{name} is no text"
    for name, words in shape.words.items():
        if line[name] is not None and line[name] not in words:
            return f"{name} is {_short(line[name])!r}"
    for name, reader in shape.readers.items():
        if line[name] is None:
            continue
        try:
            _read(reader, line[name])
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            at = ".".join(str(part) for part in first["loc"][1:])
            return _short(f"{name}{f' at {at}' if at else ''}: {first['msg']}")
    if table == "programs" and line["id"] != program_id(line["source"]):
        return "its id is of another program"
    return None


def _read(reader: TypeAdapter[Any], text: str) -> None:
    try:
        reader.validate_json(f"[{text}]")
    except UnicodeEncodeError:
        # Lone surrogates of item files: this package writes them, pydantic reads none.
        reader.validate_json(f"[{escape_surrogates(text)}]")


def _kind(value: object) -> str:
    names = {bytes: "bytes", str: "a text", int: "a whole number", float: "a number"}
    return names.get(type(value), "nothing")


def _short(text: str) -> str:
    text = " ".join(escape_surrogates(text).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
