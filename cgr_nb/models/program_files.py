"""Files of programs that were written elsewhere -> replies, each with its key; every line is told.

* the results of a batch: `custom_id`, and a chat completion or a response of OpenAI's API, or an
  error; other servers write the same lines, and Anthropic's are read too
* JSON Lines: a key (`custom_id`, `item_id`, `id` ...), and a program (`program`, `code` ...) or a
  whole reply (`reply`, `text` ...)
* JSON: the same in an array, or an object of programs by key
* a `.py` file: one program, named by its item
* a folder: all such files in it

A program that is not part of a reply becomes one: a fenced block with nothing around it. Texts may
begin with a byte-order mark and be UTF-16, as Windows writes them; ends of lines stay as they are.
"""

from __future__ import annotations

import ast
import codecs
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cgr_nb.errors import ModelError
from cgr_nb.models.completion import Completion, read_completion
from cgr_nb.models.error_body import error_in
from cgr_nb.models.json_body import read_json
from cgr_nb.models.refusals import BrokenReply, NotACompletion, OddReply, ServerError
from cgr_nb.surrogates import escape_surrogates

__all__ = ["PROGRAM_SUFFIXES", "WrittenReply", "as_reply", "read_program_files"]

LineKind = Literal["reply", "error", "unreadable", "blank"]

PROGRAM_SUFFIXES = (".py", ".jsonl", ".ndjson", ".json")
"""Files of a folder that are read."""
MOST_LINE_BYTES = 64 << 20
"""Bytes of a line, or of a file that is read whole."""
_MOST_TOKENS = 4_000_000
_MOST_TOLD = 300
_KEYS = ("custom_id", "item_id", "id", "key", "item", "name", "file")
_PROGRAMS = ("program", "code", "scaffold", "source", "solution")
_REPLIES = ("reply", "response", "completion", "text", "content", "output", "answer", "message")
_WRITERS = ("model", "writer", "generator", "author")
_FENCE_LINE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """One line of a file of programs, or one file of a folder."""

    where: str
    """File and line, for people."""
    kind: LineKind
    """"reply": there is a text; "error": whoever was asked says that it gave none; "unreadable";
    "blank": there is nothing in the line."""
    key: str | None = None
    """What it says it is for: the id of a prompt or of an item."""
    text: str = ""
    """The reply; of an error or an unreadable line, why."""
    writer: str | None = None
    """Name of the model that wrote it, as the line tells it."""
    finish: Literal["stop", "length"] = "stop"
    prompt_tokens: int | None = None
    """By the provider's count; None where it tells none."""
    reply_tokens: int | None = None


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


def as_reply(program: str) -> str:
    """A program as a reply holds it. A text that is a reply already stays as it is."""
    if _FENCE_LINE.search(program) and not _is_python(program):
        return program
    longest = max((len(run[0]) for run in _BACKTICKS.finditer(program)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if program.endswith("\n") else "\n"
    return f"{fence}python\n{program}{end}{fence}\n"


def _is_python(text: str) -> bool:
    if len(text) > 200_000:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


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
    if isinstance(value, dict) and not _is_row(value):
        for key, part in value.items():
            row = part if isinstance(part, dict) else {"program": part}
            yield _row({"custom_id": key, **row}, f"{name} {escape_surrogates(key)!r}")
        return
    for number, row in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row(row, f"{name} row {number}")


def _is_row(value: Mapping[str, Any]) -> bool:
    return any(name in value for name in (*_KEYS, *_PROGRAMS, "choices"))


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
    return _row(value, where)


def _row(value: object, where: str) -> WrittenReply:
    if not isinstance(value, dict):
        return WrittenReply(where, "unreadable", text=f"a {type(value).__name__}, not an object")
    key = _first(value, _KEYS)
    writer = _first(value, _WRITERS)
    try:
        result = value.get("result")
        if isinstance(value.get("response"), dict) or (
            "response" in value and value.get("error") and value["response"] is None
        ):
            return _batched(value, key, where)
        if isinstance(result, dict) and "type" in result:
            return _anthropic(result, key, where)
        if "choices" in value:
            return _completed(value, key, where)
        failure = error_in(value)
        if failure is not None:
            return WrittenReply(where, "error", key, failure.words[:_MOST_TOLD])
    except (BrokenReply, OddReply, NotACompletion, ServerError) as failed:
        kind: LineKind = "error" if isinstance(failed, ServerError) else "unreadable"
        return WrittenReply(where, kind, key, escape_surrogates(str(failed))[:_MOST_TOLD])
    program, reply = _first(value, _PROGRAMS, code=True), _first(value, _REPLIES)
    if program is None and reply is None:
        what = f"neither a program nor a reply among {', '.join(map(str, value))}"
        return WrittenReply(where, "unreadable", key, escape_surrogates(what)[:_MOST_TOLD])
    text = as_reply(program) if program is not None else reply or ""
    return WrittenReply(where, "reply", key, escape_surrogates(text), writer)


def _first(value: Mapping[str, Any], names: tuple[str, ...], code: bool = False) -> str | None:
    """The first of some fields that holds a text; of code one that looks like it comes first."""
    found = [
        str(value[name])
        for name in names
        if isinstance(value.get(name), str | int) and not isinstance(value[name], bool)
    ]
    found = [text for text in found if text.strip()]
    if code:
        # "source" is the program in some files, and where the item comes from in others.
        found = [text for text in found if "\n" in text or _is_python(text)] or found
    return escape_surrogates(found[0]) if found else None


def _batched(value: Mapping[str, Any], key: str | None, where: str) -> WrittenReply:
    """A line of a batch's results or of its errors."""
    response = value["response"]
    body = response.get("body") if isinstance(response, dict) else None
    status = response.get("status_code") if isinstance(response, dict) else None
    failure = error_in({"error": value.get("error")}) or error_in(body)
    if failure is not None:
        said = f"{failure.codes}: {failure.words}" if failure.codes else failure.words
        return WrittenReply(where, "error", key, said[:_MOST_TOLD])
    if isinstance(status, int) and status >= 400:
        return WrittenReply(where, "error", key, f"HTTP {status}")
    if body is None and isinstance(response, dict):
        body = response  # some servers leave the envelope out
    if not isinstance(body, dict):
        return WrittenReply(where, "unreadable", key, "the response has no body")
    if isinstance(body.get("output"), list):
        body = _chat_of(body)
    return _completed(body, key, where)


def _completed(body: Mapping[str, Any], key: str | None, where: str) -> WrittenReply:
    found = read_completion(json.dumps(body).encode(), _MOST_TOKENS)
    if found.refusal or found.finish in ("filtered", "tools"):
        words = {"filtered": "the provider filtered the reply", "tools": "a tool was called"}
        why = found.refusal or words.get(found.finish, "")
        return WrittenReply(where, "error", key, escape_surrogates(why)[:_MOST_TOLD])
    return _reply(found, key, where, _first(body, ("model",)))


def _reply(found: Completion, key: str | None, where: str, writer: str | None) -> WrittenReply:
    return WrittenReply(
        where,
        "reply",
        key,
        escape_surrogates(found.text),
        writer,
        "length" if found.finish == "length" else "stop",
        found.prompt_tokens,
        found.reply_tokens,
    )


def _chat_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of OpenAI's Responses API as one of chat completions."""
    parts = [
        part
        for output in body["output"]
        if isinstance(output, dict) and output.get("type", "message") == "message"
        for part in (output.get("content") if isinstance(output.get("content"), list) else [])
    ]
    details = body.get("incomplete_details")
    why = details.get("reason") if isinstance(details, dict) else None
    usage = body.get("usage") if isinstance(body.get("usage"), dict) else {}
    finish = {"max_output_tokens": "length", "content_filter": "content_filter"}.get(str(why))
    return {
        "model": body.get("model"),
        "choices": [{"message": {"content": parts}, "finish_reason": finish or "stop"}],
        "usage": {
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
        },
    }


def _anthropic(result: Mapping[str, Any], key: str | None, where: str) -> WrittenReply:
    """A line of the results of a batch of messages."""
    message = result.get("message")
    if result["type"] != "succeeded" or not isinstance(message, dict):
        failure = error_in({"error": result.get("error")})
        said = failure.words if failure else str(result["type"])
        return WrittenReply(where, "error", key, said[:_MOST_TOLD])
    usage = message.get("usage") if isinstance(message.get("usage"), dict) else {}
    reason = message.get("stop_reason")
    body = {
        "model": message.get("model"),
        "choices": [
            {"message": {"content": message.get("content")}, "finish_reason": reason or "stop"}
        ],
        "usage": {
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
        },
    }
    return _completed(body, key, where)
