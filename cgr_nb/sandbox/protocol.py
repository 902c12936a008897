"""Frames on a program's private channel: four bytes of length, then one JSON object in ASCII.

Order of a run (version 2):

    host     run     source, item, seed, trace, limits
    program  ready   sent after confinement and before the first byte of the source is compiled
    program  module  what GENERATOR_ANSWER and DIFFICULTY are once the module has run
    program  ask     id, prompt, choices, max_tokens, temperature, scores, line
    host     reply   id, text (null: the solver could not answer this prompt), finish, scores
    program  end     how it ended

Order of a session, in which cell after cell runs in one namespace:

    host     run     mode "cells", item, seed, trace, limits
    program  ready   as above
    host     cell    index, source, lines (of the cells before it), asks (so far)
    program  ask     as above, numbered through the whole session; the host replies
    program  cell    index, and how it ended: after that the host sends the next one, or ends it
    program  end     in its place, where there can be no next one: memory, output

Everything after `ready` may be forged by the program, so the host checks every field of it (see
`frames`), counts calls itself, and rests on no more than "this program returned that". There is one
`module`, before the first `ask`: what the generator believed is told before the solver is heard.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

__all__ = [
    "HEADER_BYTES",
    "MOST_CHOICES",
    "MOST_TEXT_CHARS",
    "MOST_VALUE_CHARS",
    "VERSION",
    "ProtocolError",
    "decode",
    "encode",
    "frame_bytes",
    "length_of",
    "line_number",
]

VERSION: Final = 2
HEADER_BYTES: Final = 4

MOST_VALUE_CHARS: Final = 100
"""Longest text that can be an answer; of anything longer only the beginning matters."""
MOST_TEXT_CHARS: Final = 500
"""Longest text in words that a program may say of its end."""
MOST_CHOICES: Final = 1_000
"""Most choices of one call."""

_MOST_DIGITS: Final = 20


class ProtocolError(Exception):
    """A frame that is too long, is not JSON, or does not say what it should."""


def encode(message: dict[str, Any]) -> bytes:
    """Frame one message. ASCII JSON carries lone surrogates and NUL unharmed."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def frame_bytes(prompt_chars: int) -> int:
    """Most bytes of one message from a program: a whole prompt, each character escaped."""
    return 12 * prompt_chars + 100_000


def length_of(header: bytes, most: int) -> int:
    """Length of the body that follows a header.

    Raises:
        ProtocolError: The frame would be longer than `most` bytes.
    """
    length = int.from_bytes(header, "big")
    if length > most:
        raise ProtocolError(f"a message of {length} bytes, the limit is {most}")
    return length


def decode(body: bytes) -> dict[str, Any]:
    """Read one body.

    Raises:
        ProtocolError: It is not a JSON object with a "type".
    """
    try:
        text = body.decode("ascii")
        message = json.loads(text, parse_int=_whole_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a message that is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("a message without a type")
    return message


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:  # the time it takes grows with their square
        raise ValueError("a number of too many digits")
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def line_number(value: object) -> int | None:
    """A line of the program as it tells it, or None when that can't be one."""
    return value if type(value) is int and 0 < value < 1 << 31 else None
