"""A key is never told: it is struck out of whatever a server says.

Servers echo what they were sent: whole, percent-encoded or quoted in a debug page, in Base64, with
its middle masked in the message about a wrong key. Striking out comes before cutting, else a cut
could leave half a key.
"""

from __future__ import annotations

import html
import json
import re
import string
from base64 import b64encode
from collections.abc import Callable, Sequence
from itertools import groupby
from urllib.parse import quote, quote_plus

from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["Redaction", "ToldText"]

_STRUCK = "***"
_PIECE = 8
"""Characters of a key in a row that are struck out of an error."""
_END = 3
"""Characters of a key's beginning or end that, beside a mask, are a part of it."""
_WORD = re.compile(r"""[^\s"'<>()\[\]{},;]+""")
_MASK = re.compile(r"[*\u2022]{2,}|\.{3,}|\u2026")
_LEAST_IN_REPLY = 8
"""A shorter key ("none", "ollama") is a word like any other, and stays in a model's reply."""
_MOST_CHARS = 65_536
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Redaction:
    """Strikes keys out of texts; without a key it leaves them as they are."""

    def __init__(self, *keys: str | None, quiet: Sequence[str] = ()) -> None:
        """Prepare for keys.

        Args:
            keys: Each in ASCII; None strikes nothing out.
            quiet: Texts that are struck out of errors alone: no keys, but nobody's business.
        """
        self._keys = [_OneKey(key) for key in dict.fromkeys(keys) if key]
        self._quiet = [_OneKey(text) for text in dict.fromkeys(quiet) if len(text) >= _PIECE]

    def of_error(self, text: str) -> str:
        """A server's own words without the keys, without any long piece of one, and without what a
        mask has left of it."""
        for key in (*self._keys, *self._quiet):
            text = key.of_error(text)
        return text

    def of_reply(self, text: str) -> str:
        """A model's reply without the keys, as they are or encoded; a short key is left alone."""
        for key in self._keys:
            text = key.of_reply(text)
        return text

    def in_one_line(self, text: str, most: int = 300) -> str:
        """As `of_error`, for a message: on one line, nothing that steers a terminal, and cut."""
        text = self.of_error(escape_surrogates(text[:_MOST_CHARS]))
        text = "".join(character if character.isprintable() else " " for character in text)
        return " ".join(text.split())[:most]

    def undecided(self, text: str) -> int:
        """How many characters at the end of a growing reply may be the beginning of a key."""
        return max((key.undecided(text) for key in self._keys), default=0)


class _OneKey:
    def __init__(self, key: str) -> None:
        self._key = key
        self._forms = _forms(key)
        self._form = re.compile("|".join(map(re.escape, self._forms)), re.IGNORECASE | re.ASCII)
        self._pieces = {self._key[i : i + _PIECE] for i in range(len(self._key) - _PIECE + 1)}
        self._in_replies = len(self._key) >= _LEAST_IN_REPLY

    def of_error(self, text: str) -> str:
        text = _WORD.sub(self._unmasked, self._without_pieces(self._form.sub(_STRUCK, text)))
        # The text may have been cut in the middle of the key before it came here.
        begun = self._begun(text)
        return f"{text[:-begun]}{_STRUCK}" if begun >= _END else text

    def of_reply(self, text: str) -> str:
        return self._form.sub(_STRUCK, text) if self._in_replies else text

    def undecided(self, text: str) -> int:
        return self._begun(text) if self._in_replies else 0

    def _begun(self, text: str) -> int:
        """Length of the longest end of a text that begins the key in some spelling."""
        end = text[1 - max(map(len, self._forms)) :].translate(_LOWER)
        for size in range(len(end), 0, -1):
            if any(form.startswith(end[-size:]) and len(form) > size for form in self._forms):
                return size
        return 0

    def _without_pieces(self, text: str) -> str:
        hidden = bytearray(len(text))
        for start in range(len(text) - _PIECE + 1):
            if text[start : start + _PIECE] in self._pieces:
                hidden[start : start + _PIECE] = b"\x01" * _PIECE
        runs = groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
        return "".join(
            _STRUCK if is_hidden else "".join(character for character, _ in run)
            for is_hidden, run in runs
        )

    def _unmasked(self, word: re.Match[str]) -> str:
        """A word, or the mark in its place when it is the key with its middle masked."""
        parts = _MASK.split(word[0])
        if len(parts) == 1 or len(self._key) < 2 * _END:
            return word[0]
        begins = any(self._key.startswith(parts[0][-size:]) for size in _sizes(parts[0]))
        ends = any(self._key.endswith(parts[-1][:size]) for size in _sizes(parts[-1]))
        return _STRUCK if begins or ends else word[0]


class ToldText:
    """A reply as it is told while it comes: what a later piece could still make part of a key, or
    of a character, is held back."""

    def __init__(self, redaction: Redaction, on_text: Callable[[str], None] | None) -> None:
        """Tell nothing yet.

        Args:
            redaction: Of the key.
            on_text: Called with each piece that can be told; None tells nobody.
        """
        self.anything = False
        """Whether something was told."""
        self._redaction = redaction
        self._on_text = on_text
        self._held = ""

    def push(self, piece: str) -> None:
        """Add a piece, of any size."""
        if self._on_text is None:
            return
        self._held += piece
        undecided = max(self._redaction.undecided(self._held), _half_at_end(self._held))
        self._tell(len(self._held) - undecided)

    def finish(self) -> None:
        """Tell what was held back."""
        self._tell(len(self._held))

    def _tell(self, size: int) -> None:
        ready, self._held = self._held[:size], self._held[size:]
        if ready and self._on_text is not None:
            self.anything = True
            self._on_text(escape_surrogates(self._redaction.of_reply(ready)))


def _half_at_end(text: str) -> int:
    return int("\ud800" <= text[-1:] <= "\udbff")


def _sizes(part: str) -> range:
    return range(_END, min(len(part), 40) + 1)


def _forms(key: str) -> tuple[str, ...]:
    """The key in every spelling that a server may echo whole, in lower case, the longest first."""
    data = key.encode()
    forms = {key, quote(key), quote(key, safe=""), quote_plus(key), html.escape(key)}
    forms |= {repr(key)[1:-1], json.dumps(key)[1:-1], "".join(f"%{byte:02x}" for byte in data)}
    for before in range(3):  # Base64 of "Bearer <key>" or ":<key>": three ways to fall into it
        code = b64encode(b"\0" * before + data).decode()
        inner = code[-(-before * 4 // 3) : (before + len(data)) * 4 // 3]
        if len(inner) >= _PIECE:
            forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return tuple(sorted({form.translate(_LOWER) for form in forms}, key=len, reverse=True))
