"""Any file, frame or dataset -> its rows, one by one, each with the place it stands at.

Every row that the source has is given back: as a mapping, or as a `RawRow` with a problem (a broken
JSON line, a CSV record with a cell too many). What can't be counted row by row, such as a truncated
JSON array or an unclosed quote that swallows the rest of a CSV file, is an `ItemError` for the
whole file. Text is UTF-8 with or without a byte-order mark and kept as it is; halves of characters,
which JSON and frames can hold, are escaped (see `surrogates`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cgr_nb.errors import ItemError
from cgr_nb.items.csv_rows import csv_rows
from cgr_nb.items.json_rows import json_rows
from cgr_nb.items.raw import RawRow
from cgr_nb.items.tables import Dataset, Frame, dataset_rows, frame_rows, parquet_rows
from cgr_nb.surrogates import escape_surrogates, escape_surrogates_in

__all__ = ["SUFFIXES", "read_rows", "source_name"]

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_MAGIC = {
    b"\x1f\x8b": "gzip-compressed",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_rows(source: object) -> Iterator[RawRow]:
    """Give back every row of a file path, a pandas frame or a Hugging Face dataset.

    Raises:
        ItemError: the file is missing, empty, of an unknown kind, or broken beyond its rows.
    """
    if isinstance(source, str | Path):
        return map(_valid, _file_rows(Path(source)))
    if isinstance(source, Frame):
        return map(_valid, frame_rows(source))
    if isinstance(source, Dataset):
        return map(_valid, dataset_rows(source))
    raise ItemError(
        "items are read from a file, a pandas frame or a dataset", got=type(source).__name__
    )


def source_name(source: object) -> str:
    """Return what this source is called in messages: the file's name, "frame" or "dataset"."""
    if isinstance(source, str | Path):
        return escape_surrogates(Path(source).name)
    return "frame" if isinstance(source, Frame) else "dataset"


def _valid(row: RawRow) -> RawRow:
    """The row with all its text as valid Unicode."""
    return RawRow(escape_surrogates(row.where), escape_surrogates_in(row.fields), row.problem)


def _file_rows(path: Path) -> Iterator[RawRow]:
    if not path.exists():
        raise ItemError("no such file", where=str(path))
    if not path.is_file():
        raise ItemError("is not a file", where=str(path), fix="name the item files themselves")
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ItemError("the file can't be opened", where=str(path), got=error.strerror) from error
    if not head:
        raise ItemError("the file is empty", where=path.name)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            fix = "save it as UTF-8" if "text" in kind else "unpack it first"
            raise ItemError(f"the file is {kind}", where=path.name, fix=fix)
    if suffix not in SUFFIXES:
        raise ItemError(
            f"{suffix or 'a name without ending'!r} tells no kind of file",
            where=path.name,
            fix=f"rename it to one of {', '.join(SUFFIXES)}",
        )
    if suffix == ".parquet":
        return parquet_rows(path)
    if b"\x00" in head:
        raise ItemError("the file is binary, not text", where=path.name)
    data = path.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    if suffix in (".csv", ".tsv"):
        return csv_rows(data, path.name, "\t" if suffix == ".tsv" else ",")
    return json_rows(data, path.name)
