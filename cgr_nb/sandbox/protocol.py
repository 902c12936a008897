"""Frames on a program's private channel: four bytes of length, then one JSON object in ASCII.

Order of a run (version 1):

    host     run     source, item, seed, trace, limits
    program  ready   sent after confinement and before the first byte of the source is compiled
    program  module  what GENERATOR_ANSWER and DIFFICULTY are once the module has run
    program  ask     id, prompt, choices, max_tokens, temperature, line
    host     reply   id, text (null: the solver could not answer this prompt)
    program  end     how it ended

Everything after `ready` may be forged by the program, so the host checks every field of it, counts
calls itself, and rests on no more than "this program returned that".
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = [
    "END_KINDS",
    "HEADER_BYTES",
    "VERSION",
    "ProtocolError",
    "decode",
    "encode",
    "length_of",
    "line_number",
]

VERSION: Final = 1
HEADER_BYTES: Final = 4

END_KINDS: Final = frozenset(
    ("returned", "exception", "memory", "output", "exit", "syntax", "interface")
)
"""How a program can report its own end. The other statuses are the host's to decide."""


class ProtocolError(Exception):
    """A frame that is too long, is not JSON, or does not say what it should."""


def encode(message: dict[str, Any]) -> bytes:
    """Frame one message. ASCII JSON carries lone surrogates and NUL unharmed."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


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
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a message that is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("a message without a type")
    return message


def line_number(value: object) -> int | None:
    """A line of the program as it tells it, or None when that can't be one."""
    return value if type(value) is int and 0 < value < 1 << 31 else None
