"""What a server says when it fails: its words, its codes, its status, out of any of the shapes in
which servers say it.

    {"error": {"message": ..., "type": ..., "code": ...}}     OpenAI, vLLM, llama-server, Azure
    {"error": {..., "metadata": {"raw": ...}}}                OpenRouter, about the server behind it
    {"error": "...", "error_type": ...}                       TGI, Ollama, LM Studio
    {"object": "error", "message": ..., "code": ...}          older vLLM
    {"detail": "..." or [{"msg": ...}]}                       FastAPI
    [{"error": {...}}]                                        Gemini
    text, or a page of a proxy
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from cgr_nb.models.json_body import read_json

__all__ = ["ErrorBody", "error_in", "error_of"]

_MOST_CHARS = 65_536
_PAGE_CHARS = 8_192
_TAG = re.compile(r"<[^<>]{0,400}>")
_NAMED = ("code", "type", "status", "error_type", "param", "object")
_WORDS = ("message", "msg", "detail", "error", "title", "reason", "description")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a server says of a failure."""

    words: str
    """As it says it, in one line; keys are still in it. Empty when it says nothing."""
    codes: str
    """Its codes and types, one after the other, for telling kinds apart."""
    status: int | None
    """HTTP status that the body itself names: the true one, where the reply was a 200."""


def error_of(body: bytes) -> ErrorBody:
    """Read the body of a reply that is an error by its status."""
    text = body[:_MOST_CHARS].decode("utf-8", "replace").strip()
    try:
        value = read_json(body)
    except ValueError:
        return ErrorBody(_one_line(_page_text(text)), "", None)
    return _read(value)


def error_in(value: object) -> ErrorBody | None:
    """The error that a parsed body of an HTTP 200 holds; None where it holds none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return None
    whole = bool(value.get("choices"))
    if value.get("error") or value.get("errors"):
        return _read(value)
    if not whole and (value.get("object") == "error" or value.get("detail")):
        return _read(value)
    return None


def _read(value: object) -> ErrorBody:
    codes: list[str] = []
    statuses: list[int] = []
    words: list[str] = []
    _walk(value, codes, statuses, words, depth=0)
    said = ": ".join(dict.fromkeys(words)) or _dumped(value)
    return ErrorBody(_one_line(said), " ".join(codes), statuses[0] if statuses else None)


def _walk(
    value: object, codes: list[str], statuses: list[int], words: list[str], depth: int
) -> None:
    """Collect from a value and from what lies in the places where servers put their words."""
    if depth > 4 or len(words) >= 6:
        return
    if isinstance(value, list):
        for part in value[:3]:
            _walk(part, codes, statuses, words, depth + 1)
    elif isinstance(value, str) and depth and value.strip():
        words.append(value[:_MOST_CHARS])
    elif isinstance(value, dict):
        for name in _NAMED:
            told = value.get(name)
            if isinstance(told, str | int) and not isinstance(told, bool):
                codes.append(str(told)[:100])
                statuses += _status(told)
        for name in _WORDS:
            _walk(value.get(name), codes, statuses, words, depth + 1)
        _walk(value.get("errors"), codes, statuses, words, depth + 1)
        if isinstance(value.get("loc"), list):
            words.append(".".join(str(part)[:100] for part in value["loc"][:8]))
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
            words.append(metadata["raw"][:_MOST_CHARS])


def _status(told: str | int) -> list[int]:
    if isinstance(told, str):
        told = int(told) if re.fullmatch(r"[1-5]\d\d", told, re.ASCII) else 0
    return [told] if 400 <= told <= 599 else []


def _page_text(text: str) -> str:
    """The words of an HTML page; another text as it is."""
    if not text[:200].lstrip().startswith("<"):
        return text
    return html.unescape(_TAG.sub(" ", text[:_PAGE_CHARS]))


def _dumped(value: Any) -> str:  # noqa: ANN401 - whatever JSON the server sent
    try:
        return "" if value in (None, {}, [], "") else json.dumps(value)[:_MOST_CHARS]
    except RecursionError:
        return "JSON nested too deeply"


def _one_line(text: str) -> str:
    return " ".join(text.split())
