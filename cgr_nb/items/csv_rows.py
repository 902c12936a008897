"""Rows of a CSV or TSV file, every cell as its text: "025" keeps its zero and "NA" is a word.

The delimiter is the one under which header and records have the same number of cells, whatever the
file's name says. A first line that is an item itself, as in MMLU's own files, is read as one. What
was found otherwise than expected is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from string import ascii_uppercase

from cgr_nb.errors import ItemError
from cgr_nb.items.names import GOLD, OPTION_PREFIXES, OPTIONS, QUESTION, bare
from cgr_nb.items.raw import RawRow, ReaderNotes
from cgr_nb.items.rejection import Reject

__all__ = ["csv_rows"]

_LONGEST_CELL = 2**31 - 1
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LOOK_AT = 100
_KNOWN = frozenset({*QUESTION, *OPTIONS, *GOLD, "a", "b", "id"})


def csv_rows(
    data: bytes, name: str, delimiter: str, told: ReaderNotes | None = None
) -> Iterator[RawRow]:
    """Give back the records below the header; blank lines are no records.

    Args:
        data: The file's bytes without byte-order mark.
        name: The file's name, for places and messages.
        delimiter: The character that the file's name promises.
        told: What was found otherwise than expected is added here.

    Raises:
        ItemError: not UTF-8, no header, two columns of one name, or a quote that is never closed.
    """
    notes = told.notes if told is not None else []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ItemError(
            "the file is not UTF-8",
            where=f"{name} line {line}",
            got=f"byte 0x{data[error.start]:02x}",
            fix='save it as "CSV UTF-8", or name its encoding: encoding = "cp1252" for most'
            " files of Excel",
        ) from error
    text, skipped, delimiter = _declared(text, delimiter, notes)
    delimiter = _delimiter(text, delimiter, notes)
    records = _records(text, delimiter, skip_spaces=False)
    if _spaced(records):
        records = _records(text, delimiter, skip_spaces=True)
        notes.append("spaces around column names, and behind delimiters, were taken off")
    records = [(line + skipped, cells) for line, cells in records]
    header = records[0][1] if records else []
    if not isinstance(header, list) or not any(header):
        raise ItemError("the first line names no columns", where=name)
    own = _own_header(records)
    if own is not None:
        notes.append(f"the first line is no header: columns were taken as {', '.join(own)}")
        header = own
    else:
        header = [column.strip() for column in header]
        records = records[1:]
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise ItemError(
            f"columns appear twice in the header: {', '.join(twice)}",
            where=name,
            fix="rename one of them; where the first line is a row and no header, add one"
            " such as question,A,B,C,D,answer",
        )
    yield from _under(header, records, name, delimiter)


def _under(
    header: list[str],
    records: list[tuple[int, list[str] | csv.Error]],
    name: str,
    delimiter: str,
) -> Iterator[RawRow]:
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
            fix = (
                f"put texts that hold {_DELIMITERS[delimiter]} in double quotes"
                if len(cells) > len(header) and delimiter in _DELIMITERS
                else None
            )
            yield RawRow(where, None, Reject("malformed_csv", what, fix))
        else:
            yield RawRow(where, dict(zip(header, cells, strict=True)))


def _declared(text: str, delimiter: str, notes: list[str]) -> tuple[str, int, str]:
    """Take Excel's own first line off, "sep=;": the text, lines taken off, the delimiter."""
    first, newline, rest = text.partition("\n")
    line = first.strip().strip('"').lower()
    if newline and line.startswith("sep=") and len(line) <= 5:
        found = first.strip().strip('"')[4:] or "\t"
        found = found if found in _DELIMITERS else delimiter
        notes.append(f"the first line, 'sep={found}', was taken as Excel's word on the delimiter")
        return rest, 1, found
    return text, 0, delimiter


def _delimiter(text: str, promised: str, notes: list[str]) -> str:
    """Return the delimiter under which the first records are equally wide."""
    head = "\n".join(text.split("\n", _LOOK_AT)[:_LOOK_AT])
    width = {sign: _width(head, sign) for sign in dict.fromkeys((promised, *_DELIMITERS))}
    if width[promised] > 1:
        return promised
    best = max(width, key=lambda sign: width[sign])
    if width[best] < 3:
        return promised
    notes.append(
        f"cells are separated by {_DELIMITERS.get(best, repr(best))} ({best!r}),"
        f" not by {_DELIMITERS.get(promised, repr(promised))}"
    )
    return best


def _width(head: str, sign: str) -> int:
    """Return how many columns the header has under a delimiter, 0 where records differ."""
    records = [cells for _, cells in _records(head, sign, skip_spaces=True)]
    if not records or not isinstance(records[0], list):
        return 0
    width = len(records[0])
    fitting = sum(isinstance(cells, list) and len(cells) == width for cells in records)
    # The first lines may end within a quoted text.
    return width if fitting >= 0.8 * len(records) - 1 else 0


def _spaced(records: list[tuple[int, list[str] | csv.Error]]) -> bool:
    header = records[0][1] if records else []
    return isinstance(header, list) and any(
        column != column.strip() and bool(column.strip()) for column in header
    )


def _own_header(records: list[tuple[int, list[str] | csv.Error]]) -> list[str] | None:
    """Return column names for a file whose first line is a question, its options and a letter."""
    rows = [cells for _, cells in records if isinstance(cells, list)]
    width = len(rows[0])
    names = {bare(cell) for cell in rows[0]}
    lettered = {f"{prefix}a" for prefix in OPTION_PREFIXES} | {f"{p}1" for p in OPTION_PREFIXES}
    if width < 4 or names & (_KNOWN - {"a", "b"}) or len(names & lettered) > 0:
        return None
    numbered = all(row[0].strip().isdigit() for row in rows if len(row) == width)
    options = width - 2 - numbered
    letters = ascii_uppercase[:options]
    fitting = [row for row in rows if len(row) == width]
    if options < 2 or options > 26 or len(fitting) < 0.8 * len(rows):
        return None
    if not all(row[-1].strip().upper() in (*letters, "") for row in fitting):
        return None
    if not rows[0][-1].strip():
        return None
    return [*(["id"] if numbered else []), "question", *letters, "answer"]


def _records(
    text: str, delimiter: str, *, skip_spaces: bool
) -> list[tuple[int, list[str] | csv.Error]]:
    """Return (first line, cells or what is wrong with them) for every record."""
    # The limit belongs to the whole process: raised for this read only.
    before = csv.field_size_limit(_LONGEST_CELL)
    found: list[tuple[int, list[str] | csv.Error]] = []
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=delimiter,
            strict=True,
            skipinitialspace=skip_spaces and delimiter != " ",
        )
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
