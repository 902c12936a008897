"""Any file, frame or dataset -> its rows, one by one, each with the place it stands at.

Every row that the source has is given back: as a mapping, or as a `RawRow` with a problem (a broken
JSON line, a CSV record with a cell too many). What can't be counted row by row, such as a truncated
JSON array or an unclosed quote that swallows the rest of a CSV file, is an `ItemError` for the
whole file. Text is UTF-8 with or without a byte-order mark, UTF-16 with one, or what is said to be,
and kept as it is; halves of characters, which JSON and frames can hold, are escaped (see
`surrogates`). Compressed files and logs of harnesses are unpacked.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

from cgr_nb.errors import ItemError
from cgr_nb.items.csv_rows import csv_rows
from cgr_nb.items.flatten import flat_rows
from cgr_nb.items.json_rows import json_rows
from cgr_nb.items.packed import archive_members, member_bytes, unpacked_bytes
from cgr_nb.items.raw import RawRow, ReaderNotes
from cgr_nb.items.rejection import Reject
from cgr_nb.items.tables import Dataset, Frame, dataset_rows, frame_rows, parquet_rows
from cgr_nb.util.surrogates import escape_surrogates, escape_surrogates_in

__all__ = ["PACKED", "SUFFIXES", "read_rows", "source_name"]

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".eval")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
"""Endings behind one of `SUFFIXES`."""
_AT_ONCE = 200
"""Samples of a log that are unpacked together."""
_ZIP = b"PK\x03\x04"
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_rows(
    source: object, told: ReaderNotes | None = None, encoding: str | None = None
) -> Iterator[RawRow]:
    """Give back every row of a file path, a pandas frame or a Hugging Face dataset.

    Args:
        source: What to read.
        told: What is to be known about the reading is added here.
        encoding: Of a file's text; None: UTF-8, or what a byte-order mark says.

    Raises:
        ItemError: the file is missing, empty, of an unknown kind, or broken beyond its rows.
    """
    told = ReaderNotes() if told is None else told
    if isinstance(source, str | Path):
        rows = _file_rows(Path(source), told, encoding)
    elif isinstance(source, Frame):
        rows = frame_rows(source)
    elif isinstance(source, Dataset):
        told.dataset = _name_of(source)
        rows = dataset_rows(source)
    else:
        raise ItemError(
            "items are read from a file, a pandas frame or a dataset", got=type(source).__name__
        )
    return (flat for row in rows for flat in flat_rows(_valid(row)))


def source_name(source: object) -> str:
    """Return what this source is called in messages: the file's name, "frame" or "dataset"."""
    if isinstance(source, str | Path):
        return escape_surrogates(Path(source).name)
    return "frame" if isinstance(source, Frame) else "dataset"


def _valid(row: RawRow) -> RawRow:
    """The row with all its text as valid Unicode."""
    return RawRow(escape_surrogates(row.where), escape_surrogates_in(row.fields), row.problem)


def _name_of(dataset: Dataset) -> str | None:
    """Return what a Hugging Face dataset calls itself."""
    info = getattr(dataset, "info", None)
    parts = [getattr(info, name, None) for name in ("dataset_name", "config_name")]
    told = [part for part in parts if isinstance(part, str) and part and part != "default"]
    return "-".join(told) or None


def _file_rows(path: Path, told: ReaderNotes, encoding: str | None) -> Iterator[RawRow]:
    if not path.exists():
        raise ItemError("no such file", where=str(path))
    if not path.is_file():
        raise ItemError("is not a file", where=str(path), fix="name the item files themselves")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ItemError("the file can't be opened", where=str(path), got=error.strerror) from error
    if not head:
        raise ItemError("the file is empty", where=path.name)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    suffix = suffixes[-1] if suffixes else ""
    if head.startswith(_ZIP):
        return _archive_rows(path, told, encoding)
    if suffix not in SUFFIXES:
        raise ItemError(
            f"{path.suffix or 'a name without ending'!r} is not a known file type",
            where=path.name,
            fix=f"rename it to one of {', '.join(SUFFIXES)}",
        )
    if suffix == ".parquet":
        return parquet_rows(path)
    data, kind = unpacked_bytes(path, head)
    if kind is not None:
        told.notes.append(f"the file is {kind}")
    name = path.name if kind is None else f"{path.name} ({kind})"
    return _text_rows(data, suffix, name, told, encoding)


def _text_rows(
    data: bytes, suffix: str, name: str, told: ReaderNotes, encoding: str | None
) -> Iterator[RawRow]:
    data = _as_utf8(data, name, told, encoding)
    if b"\x00" in data[:4096]:
        raise ItemError("the file is binary, not text", where=name)
    if suffix in (".csv", ".tsv"):
        return csv_rows(data, name, "\t" if suffix == ".tsv" else ",", told)
    return json_rows(data, name, told)


def _as_utf8(data: bytes, name: str, told: ReaderNotes, encoding: str | None) -> bytes:
    mark = next((mark for mark in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        if mark is None or mark == codecs.BOM_UTF8:
            return data.removeprefix(codecs.BOM_UTF8)
        encoding = _MARKS[mark]
        told.notes.append(f"the file is {encoding.upper()} text")
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    except (UnicodeError, LookupError) as error:
        raise ItemError(
            f"the file is not {encoding}",
            where=name,
            got=str(error),
            fix="name another encoding, or save it as UTF-8",
        ) from error


def _archive_rows(path: Path, told: ReaderNotes, encoding: str | None) -> Iterator[RawRow]:
    """Give back the rows of an Inspect log, or of the one item file in a zip archive."""
    names = archive_members(path)
    samples = sorted(name for name in names if name.startswith("samples/"))
    heads = [name for name in ("header.json", "_journal/start.json") if name in names]
    if samples and heads:
        told.dataset = _task(member_bytes(path, heads[:1])[0])
        return _samples(path, samples)
    if "[Content_Types].xml" in names:
        raise ItemError(
            "the file is an Excel workbook", where=path.name, fix='save it as "CSV UTF-8"'
        )
    files = [name for name in names if Path(name).suffix.lower() in (*SUFFIXES[:5],)]
    if len(files) != 1:
        raise ItemError(
            "the file is a zip archive of " + ("several item files" if files else "no item file"),
            where=path.name,
            got=", ".join((files or names)[:5]) or "nothing",
            fix="unpack it first",
        )
    told.notes.append(f"the file is a zip archive; {files[0]} was read")
    (data,) = member_bytes(path, files)
    return _text_rows(data, Path(files[0]).suffix.lower(), path.name, told, encoding)


def _samples(path: Path, names: list[str]) -> Iterator[RawRow]:
    chunks = (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))
    pairs = (
        pair for chunk in chunks for pair in zip(chunk, member_bytes(path, chunk), strict=True)
    )
    for name, data in pairs:
        where = f"{path.name} {name.removeprefix('samples/').removesuffix('.json')}"
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            yield RawRow(where, None, Reject("malformed_json", str(error)))
            continue
        problem = None if isinstance(value, dict) else Reject("not_an_object", "no object")
        yield RawRow(where, value if problem is None else None, problem)


def _task(data: bytes) -> str | None:
    try:
        head = json.loads(data)
    except (ValueError, RecursionError):
        return None
    run = head.get("eval") if isinstance(head, dict) else None
    task = run.get("task") if isinstance(run, dict) else None
    return str(task).rpartition("/")[2] if task else None
