"""Files of programs that were written elsewhere -> replies, each with its key; every line is told.

* the results of a batch: `custom_id`, and a chat completion or a response of OpenAI's API, or an
  error; other servers write the same lines, and Anthropic's are read too
* JSON Lines: a key (`custom_id`, `item_id`, `id` ...), and a program (`program`, `code` ...) or a
  whole reply (`reply`, `text` ...)
* JSON: the same in an array, or an object of programs by key
* a `.py` file: one program, named by its item
* a folder: all such files in it

A program in a `.py` file becomes a reply: a fenced block with nothing around it. Texts may begin
with a byte-order mark and be UTF-16, as Windows writes them; ends of lines stay as they are. Other
files of a folder, and hidden ones, are not looked at.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.models.json_body import read_json
from cgr_nb.models.written_reply import WrittenReply, as_reply, is_row, read_row
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["PROGRAM_SUFFIXES", "read_program_files"]

PROGRAM_SUFFIXES = (".py", ".jsonl", ".ndjson", ".json")
"""Files of a folder that are read."""
MOST_LINE_BYTES = 64 << 20
"""Bytes of a line, or of a file that is read whole."""
_MOST_TOLD = 300


def read_program_files(path: Path) -> Iterator[WrittenReply]:
    """Read a file or a folder; what is wrong with a line is told in its place.

    Raises:
        ModelError: There is nothing at the path, or it can't be read at all.
    """
    if path.is_dir():
        yield from _folder(path)
    elif path.is_file():
        yield from _file(path, path.name)
    else:
        raise ModelError("no such file of programs", where=str(path), fix="check the path")


def _folder(path: Path) -> Iterator[WrittenReply]:
    try:
        files = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    except OSError as error:
        raise ModelError(f"can't be read: {error.strerror}", where=str(path)) from error
    for file in files:
        if file.suffix.lower() in PROGRAM_SUFFIXES and file.is_file():
            yield from _file(file, f"{path.name}/{file.name}")


def _file(path: Path, name: str) -> Iterator[WrittenReply]:
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            begins = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
            if suffix == ".py" or wide or suffix == ".json" or begins == b"[":
                file.seek(0)
                yield from _whole(path, name, file.read(MOST_LINE_BYTES + 1))
                return
            file.seek(0)
            number = 0
            while line := file.readline(MOST_LINE_BYTES + 1):
                number += 1
                where = f"{name} line {number}"
                if len(line) > MOST_LINE_BYTES:
                    yield WrittenReply(where, "unreadable", text="longer than any reply")
                    while line and not line.endswith(b"\n"):
                        line = file.readline(MOST_LINE_BYTES)
                    continue
                yield _line(line, where)
    except OSError as error:
        raise ModelError(f"can't be read: {error.strerror}", where=str(path)) from error


def _whole(path: Path, name: str, data: bytes) -> Iterator[WrittenReply]:
    """A file that is not read line by line."""
    if len(data) > MOST_LINE_BYTES:
        yield WrittenReply(name, "unreadable", text=f"more than {MOST_LINE_BYTES >> 20} MiB")
        return
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        what = f"neither UTF-8 nor UTF-16: byte 0x{data[error.start]:02x}"
        yield WrittenReply(name, "unreadable", _stem(path.name), what)
        return
    if path.suffix.lower() == ".py":
        if not text.strip():
            yield WrittenReply(name, "unreadable", _stem(path.name), "the file is empty")
        else:
            yield WrittenReply(name, "reply", _stem(path.name), as_reply(text))
        return
    try:
        value = read_json(text)
    except ValueError:
        # One object a line, in a file that is called otherwise or is UTF-16.
        for number, line in enumerate(text.split("\n"), 1):
            if line or number <= text.count("\n"):
                yield _line(line.encode("utf-8", "surrogatepass"), f"{name} line {number}")
        return
    if isinstance(value, dict) and not is_row(value):
        for key, part in value.items():
            row = part if isinstance(part, dict) else {"program": part}
            yield read_row({"custom_id": key, **row}, f"{name} {escape_surrogates(key)!r}")
        return
    for number, row in enumerate(value if isinstance(value, list) else [value], 1):
        yield read_row(row, f"{name} row {number}")


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _stem(name: str) -> str:
    return escape_surrogates(name[: -len(".py")] if name.lower().endswith(".py") else name)


def _line(line: bytes, where: str) -> WrittenReply:
    if not line.removeprefix(codecs.BOM_UTF8).strip():
        return WrittenReply(where, "blank")
    try:
        value = read_json(line)
    except UnicodeDecodeError as error:
        return WrittenReply(where, "unreadable", text=f"not UTF-8: byte 0x{line[error.start]:02x}")
    except ValueError as error:
        return WrittenReply(where, "unreadable", text=f"no JSON: {error}"[:_MOST_TOLD])
    return read_row(value, where)
