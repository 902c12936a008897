"""Texts on their way to a page: cut to what it can hold, and programs coloured by kind of word."""

from __future__ import annotations

import gzip
import io
import json
import keyword
import tokenize
from collections.abc import Mapping
from typing import Any

from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["Clip", "clip", "coloured_lines", "packed"]

Clip = tuple[str, int]
"""Text and the number of characters after it that were left out."""

PAGE_CHARS = 200_000
"""Most characters of one text that are sent to a page."""
LINE_CHARS = 2_000
"""Most characters of one line of a program that are drawn."""
COLOURED_CHARS = 400_000
"""Programs longer than this are drawn without colours."""

Piece = list[str | int]


def clip(text: str | None, most: int = PAGE_CHARS) -> Clip:
    """The beginning of a text, as valid Unicode, and how much is missing."""
    text = text or ""
    kept = escape_surrogates(text[:most])
    return kept, len(text) - min(most, len(text))


def packed(columns: Mapping[str, Any]) -> bytes:
    """A table as gzipped JSON, for what has a line a row or an item: a page unpacks it by
    itself."""
    # No time in the header: the same table is the same bytes.
    return gzip.compress(json.dumps(columns, separators=(",", ":")).encode(), 4, mtime=0)


def coloured_lines(source: str) -> list[list[Piece]]:
    """A program as lines of pieces [kind, text]: "k" keyword, "s" string, "n" number, "c" comment,
    "" the rest.

    A line that is too long ends with ["more", characters left out]. A program that is no Python has
    no colours.
    """
    # Splitting as the tokeniser counts: str.splitlines would also split at form feeds and U+2028.
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    spans = _spans("\n".join(lines) + "\n") if len(source) <= COLOURED_CHARS else {}
    return [_pieces(line, spans.get(number, [])) for number, line in enumerate(lines, 1)]


def _spans(source: str) -> dict[int, list[tuple[int, int, str]]]:
    """Line number -> (start, end, kind) of its coloured words, in order."""
    spans: dict[int, list[tuple[int, int, str]]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = _kind(token)
            if not kind:
                continue
            (first, start), (last, end) = token.start, token.end
            for number in range(first, last + 1):
                begins = start if number == first else 0
                ends = end if number == last else 1 << 30
                spans.setdefault(number, []).append((begins, ends, kind))
    except (tokenize.TokenError, SyntaxError):
        # What was read so far is coloured; the rest of a broken program stays plain.
        pass
    return spans


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "c"
    if token.type == tokenize.NUMBER:
        return "n"
    if token.type == tokenize.STRING:
        return "s"
    return "k" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""


def _pieces(line: str, spans: list[tuple[int, int, str]]) -> list[Piece]:
    kept, more = clip(line, LINE_CHARS)
    pieces: list[Piece] = []
    place = 0
    for start, end, kind in spans:
        if start > place:
            pieces.append(["", kept[place:start]])
        pieces.append([kind, kept[max(start, place) : end]])
        place = min(max(place, end), len(kept))
    pieces.append(["", kept[place:]])
    pieces = [piece for piece in pieces if piece[1]]
    if more:
        pieces.append(["more", more])
    return pieces
