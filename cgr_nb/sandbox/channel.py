"""The host's end of one program's call channel."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from cgr_nb.sandbox import protocol

__all__ = ["Channel", "ChannelClosed"]


class ChannelClosed(Exception):
    """The program's end is closed: it has ended, or let go of it."""


class Channel:
    """Frames in and out of one program, without trust in what comes in."""

    def __init__(self, end: socket.socket, most_bytes: int) -> None:
        self._end = end
        self._most = most_bytes
        self._received = bytearray()

    async def send(self, message: dict[str, Any]) -> None:
        """Send one frame.

        Raises:
            ChannelClosed: Nobody will read it.
        """
        try:
            await asyncio.get_running_loop().sock_sendall(self._end, protocol.encode(message))
        except OSError:
            raise ChannelClosed from None

    async def receive(self) -> dict[str, Any]:
        """Wait for one frame.

        Raises:
            ChannelClosed: None will come.
            ProtocolError: What came is no frame.
        """
        loop = asyncio.get_running_loop()
        while True:
            message = self._take()
            if message is not None:
                return message
            try:
                piece = await loop.sock_recv(self._end, 65_536)
            except OSError:
                piece = b""
            if not piece:
                raise ChannelClosed
            self._received += piece

    def receive_now(self) -> dict[str, Any] | None:
        """A frame that has arrived already, else None."""
        while True:
            message = self._take()
            if message is not None:
                return message
            try:
                piece = self._end.recv(65_536)
            except OSError:
                piece = b""
            if not piece:
                return None
            self._received += piece

    def _take(self) -> dict[str, Any] | None:
        head = protocol.HEADER_BYTES
        if len(self._received) < head:
            return None
        size = head + protocol.length_of(bytes(self._received[:head]), self._most)
        if len(self._received) < size:
            return None
        body = bytes(self._received[head:size])
        del self._received[:size]
        return protocol.decode(body)
