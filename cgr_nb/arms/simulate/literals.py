"""A model's reply -> the dictionary of plain values, or the single container, that it states.

The first such text that is delimited counts: in a code block, after words, or alone. It must be a
literal from its first bracket to the last; nothing is evaluated or repaired. How such values are
parsed and written: `cgr_nb.util.plain_values`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cgr_nb.util.plain_values import MOST_CHARS, NotLiteral, read_literal, read_names

__all__ = ["read_container", "read_dictionary"]

_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_MOST_TRIED: Final = 32
_BEFORE_PARTS: Final = tuple("([{")
_BEHIND_PARTS: Final = tuple("[(.|")
"""A bracket behind the one, or before the other, is a part of something larger, and not its
value."""


def read_dictionary(reply: str) -> dict[str, Any] | None:
    """The names and values that a reply gives: {"fruit": True, "count": 2}.

    Args:
        reply: Of a model; without its thoughts.

    Returns:
        None where it holds no dictionary of plain values under names that a variable can have.
    """
    for text in _groups(reply, "{"):
        try:
            return read_names(text)
        except NotLiteral:
            continue
    return None


def read_container(reply: str) -> list[Any] | None:
    """The values of the list, tuple, set or dictionary that a reply gives, in their order; those
    of a set in the order of their texts, of a dictionary its keys.

    Args:
        reply: Of a model; without its thoughts.

    Returns:
        None where it holds none.
    """
    for text in _groups(reply, "".join(_CLOSING)):
        try:
            value = read_literal(text)
        except NotLiteral:
            continue
        if type(value) is set:
            return sorted(value, key=repr)
        if type(value) in (list, tuple, dict):
            return list(value)
    return None


def _groups(reply: str, openers: str) -> Iterator[str]:
    """The texts in brackets that stand by themselves, with their brackets: none inside another."""
    reply = reply[:MOST_CHARS]
    place = 0
    for _ in range(_MOST_TRIED):
        starts = [found for sign in _CLOSING if (found := reply.find(sign, place)) >= 0]
        if not starts:
            return
        start = min(starts)
        end = _end_of(reply, start)
        if end is None and reply[start] in openers:
            return  # cut, and what is inside it is not the whole
        place = end or start + 1
        if end is not None and reply[start] in openers and not _is_part(reply, start, end):
            yield reply[start:end]


def _is_part(reply: str, start: int, end: int) -> bool:
    """Whether a text in brackets is an argument, a call, or otherwise a part of an expression."""
    is_call = reply[start] in "([" and reply[:start][-1:].isalnum()
    before, behind = reply[:start].rstrip(), reply[end:].lstrip(" ")
    return is_call or before.endswith(_BEFORE_PARTS) or behind.startswith(_BEHIND_PARTS)


def _end_of(reply: str, start: int) -> int | None:
    """Where the bracket ends that opens in a place; None where it does not."""
    due: list[str] = []
    quote = ""
    place = start
    while place < len(reply):
        sign = reply[place]
        if quote:
            if sign == "\\":
                place += 1
            elif sign == quote:
                quote = ""
            elif sign == "\n":
                return None
        elif sign in "'\"":
            quote = sign
        elif sign in _CLOSING:
            due.append(_CLOSING[sign])
        elif due and sign in ")]}":
            if due.pop() != sign:
                return None
            if not due:
                return place + 1
        place += 1
    return None
