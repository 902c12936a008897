"""Rows of a CSV or TSV file, every cell as its text: "025" keeps its zero and "NA" is a word."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from cgr_nb.errors import ItemError
from cgr_nb.items.raw import RawRow
from cgr_nb.items.rejection import Reject

__all__ = ["csv_rows"]

_LONGEST_CELL = 2**31 - 1


def csv_rows(data: bytes, name: str, delimiter: str) -> Iterator[RawRow]:
    """Give back the records below the header; blank lines are no records.

    Args:
        data: The file's bytes without byte-order mark.
        name: The file's name, for places and messages.
        delimiter: One character.

    Raises:
        ItemError: not UTF-8, no header, two columns of one name, or a quote that is never closed.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ItemError(
            "the file is not UTF-8",
            where=f"{name} line {line}",
            got=f"byte 0x{data[error.start]:02x}",
            fix="save it as UTF-8",
        ) from error
    records = iter(_records(text, delimiter))
    _, header = next(records, (0, []))
    if not isinstance(header, list) or not any(header):
        raise ItemError("the first line names no columns", where=name)
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise ItemError(f"columns stand in the header twice: {', '.join(twice)}", where=name)
    for line, cells in records:
        where = f"{name} line {line}"
        if isinstance(cells, csv.Error):
            if "unexpected end of data" in str(cells):
                raise ItemError(
                    "a quote that opens here is never closed", where=where, fix="close or double it"
                )
            yield RawRow(where, None, Reject("malformed_csv", f"the record is broken: {cells}"))
        elif len(cells) != len(header):
            what = f"{len(cells)} cells under {len(header)} columns"
            yield RawRow(where, None, Reject("malformed_csv", what))
        else:
            yield RawRow(where, dict(zip(header, cells, strict=True)))


def _records(text: str, delimiter: str) -> list[tuple[int, list[str] | csv.Error]]:
    """Return (first line, cells or what is wrong with them) for every record."""
    # The limit belongs to the whole process: raised for this read only.
    before = csv.field_size_limit(_LONGEST_CELL)
    found: list[tuple[int, list[str] | csv.Error]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return found
            except csv.Error as error:
                found.append((line, error))
            else:
                if cells:
                    found.append((line, cells))
    finally:
        csv.field_size_limit(before)
