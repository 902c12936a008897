"""Frames on the socket between client and worker: four bytes of length, then one JSON object in
ASCII.

Version 1. From the client: `load`, `unload`, `ask`, `cancel`, `count`, `counters`, `rates`,
`about`, `cores`. From the worker: `hello`, `progress`, `stage`, `log`, `token`, `answer`,
`error`. Each names its sort in "type"; what is asked has an "id", and what answers it the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["MOST_BYTES", "VERSION", "FrameError", "FrameReader", "encode"]

VERSION: Final = 1
MOST_BYTES: Final = 64 << 20
"""Most bytes of one frame: some ten million tokens of text, each character escaped."""
_HEADER_BYTES: Final = 4


class FrameError(Exception):
    """What came is no frame."""


def encode(message: dict[str, Any]) -> bytes:
    """Frame one message. ASCII JSON carries lone surrogates and NUL unharmed.

    Raises:
        FrameError: It is longer than a frame may be.
    """
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MOST_BYTES:
        raise FrameError(f"a message of {len(body):,} bytes, the limit is {MOST_BYTES:,}")
    return len(body).to_bytes(_HEADER_BYTES, "big") + body


class FrameReader:
    """Bytes as they arrive -> messages."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Add bytes; all messages that are whole now.

        Raises:
            FrameError: What came is no frame.
        """
        self._received += data
        while len(self._received) >= _HEADER_BYTES:
            length = int.from_bytes(self._received[:_HEADER_BYTES], "big")
            if length > MOST_BYTES:
                raise FrameError(f"a frame of {length:,} bytes")
            end = _HEADER_BYTES + length
            if len(self._received) < end:
                return
            body = bytes(self._received[_HEADER_BYTES:end])
            del self._received[:end]
            yield _decode(body)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a frame that is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise FrameError("a frame without a type")
    return message
