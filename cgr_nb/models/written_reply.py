"""One line of a file of programs -> a reply with its key, or in words why there is none.

A line is of the results of a batch (OpenAI's chat completions and responses, the same from other
servers, Anthropic's messages), a chat completion with a key, or an object with a key and a program
or a whole reply. A program that is not part of a reply becomes one: a fenced block with nothing
around it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cgr_nb.models.completion import Completion, read_completion
from cgr_nb.models.endpoint_errors import BrokenReply, NotACompletion, OddReply, ServerError
from cgr_nb.models.error_body import error_in
from cgr_nb.thoughts import split_thoughts
from cgr_nb.util.surrogates import escape_surrogates
from cgr_nb.util.syntax import parse

__all__ = ["WrittenReply", "as_reply", "is_row", "read_row"]

LineKind = Literal["reply", "error", "unreadable", "blank"]
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
    thoughts: str = ""
    """What the model thought before it, marks and all; no part of `text`."""
    prompt_tokens: int | None = None
    """By the provider's count; None where it tells none."""
    reply_tokens: int | None = None
    thought_tokens: int | None = None


def as_reply(program: str) -> str:
    """A program as a reply holds it. A text that is a reply already stays as it is."""
    if _FENCE_LINE.search(program) and not _is_python(program):
        return program
    longest = max((len(run[0]) for run in _BACKTICKS.finditer(program)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if program.endswith("\n") else "\n"
    return f"{fence}python\n{program}{end}{fence}\n"


def _is_python(text: str) -> bool:
    return not isinstance(parse(text), str)


def is_row(value: Mapping[str, Any]) -> bool:
    """Whether an object is one line, and not a table of programs by key."""
    return any(name in value for name in (*_KEYS, *_PROGRAMS, "choices"))


def read_row(value: object, where: str) -> WrittenReply:
    """Read one line's value.

    Args:
        value: Whatever JSON it is.
        where: File and line, for people.
    """
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
            return _of_messages(result, key, where)
        if "choices" in value:
            return _completed(value, key, where)
        failure = error_in({"error": value.get("error")})
        if failure is not None:
            return WrittenReply(where, "error", key, failure.words[:_MOST_TOLD])
    except RecursionError:
        return WrittenReply(where, "unreadable", key, "nested too deeply")
    except (BrokenReply, OddReply, NotACompletion, ServerError) as failed:
        kind: LineKind = "error" if isinstance(failed, ServerError) else "unreadable"
        return WrittenReply(where, kind, key, escape_surrogates(str(failed))[:_MOST_TOLD])
    program, reply = _first(value, _PROGRAMS, code=True), _first(value, _REPLIES)
    if program is None and reply is None:
        if (failure := error_in(value)) is not None:
            return WrittenReply(where, "error", key, failure.words[:_MOST_TOLD])
        what = f"neither a program nor a reply among {', '.join(map(str, value))}"
        return WrittenReply(where, "unreadable", key, escape_surrogates(what)[:_MOST_TOLD])
    thoughts, text = "", as_reply(program) if program is not None else reply or ""
    if program is None:
        thoughts, text = split_thoughts(text)
    return WrittenReply(where, "reply", key, text, writer, thoughts=thoughts)


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
        body = _of_responses(body)
    return _completed(body, key, where)


def _completed(body: Mapping[str, Any], key: str | None, where: str) -> WrittenReply:
    found = read_completion(json.dumps(body).encode(), _MOST_TOKENS)
    if found.refusal or found.finish in ("filtered", "tools"):
        words = {"filtered": "the provider filtered the reply", "tools": "a tool was called"}
        why = found.refusal or words.get(found.finish, "")
        return WrittenReply(where, "error", key, escape_surrogates(why)[:_MOST_TOLD])
    return _reply(found, key, where, _first(body, ("model",)))


def _reply(found: Completion, key: str | None, where: str, writer: str | None) -> WrittenReply:
    thoughts, text = found.thoughts, found.text
    if not thoughts:
        thoughts, text = split_thoughts(text)
    return WrittenReply(
        where=where,
        kind="reply",
        key=key,
        text=escape_surrogates(text),
        writer=writer,
        finish="length" if found.finish == "length" else "stop",
        thoughts=escape_surrogates(thoughts),
        prompt_tokens=found.prompt_tokens,
        reply_tokens=found.reply_tokens,
        thought_tokens=found.thought_tokens,
    )


def _of_responses(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of OpenAI's Responses API as one of chat completions."""
    messages = [
        output
        for output in body["output"]
        if isinstance(output, dict) and output.get("type", "message") == "message"
    ]
    parts = [part for message in messages for part in _list(message.get("content"))]
    why = str(_table(body.get("incomplete_details")).get("reason"))
    finish = {"max_output_tokens": "length", "content_filter": "content_filter"}.get(why, "stop")
    return _chat(body, parts, finish)


def _of_messages(result: Mapping[str, Any], key: str | None, where: str) -> WrittenReply:
    """A line of the results of a batch of Anthropic's."""
    message = result.get("message")
    if result["type"] != "succeeded" or not isinstance(message, dict):
        failure = error_in({"error": result.get("error")})
        said = failure.words if failure else str(result["type"])
        return WrittenReply(where, "error", key, said[:_MOST_TOLD])
    finish = str(message.get("stop_reason") or "stop")
    return _completed(_chat(message, message.get("content"), finish), key, where)


def _chat(body: Mapping[str, Any], content: object, finish: str) -> dict[str, Any]:
    usage = _table(body.get("usage"))
    return {
        "model": body.get("model"),
        "choices": [{"message": {"content": content}, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
        },
    }


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
