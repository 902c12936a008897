"""The host's end of one program's call channel."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

from cgr_nb.sandbox import protocol

__all__ = ["Channel", "ChannelClosed"]


class ChannelClosed(Exception):
    """The program's end is closed: it has ended, or let go of it."""


class Channel:
    """Frames in and out of one program, without trust in what comes in.

    Neither waits longer than its caller: both can be cancelled at any moment, and what has been
    received by then stays received.
    """

    def __init__(self, end: socket.socket, most_bytes: int) -> None:
        self._end = end
        self._most = most_bytes
        self._received = bytearray()

    async def send(self, message: dict[str, Any]) -> None:
        """Send one frame. Waits as long as the program reads nothing.

        Raises:
            ChannelClosed: Nobody will read it.
        """
        try:
            await asyncio.get_running_loop().sock_sendall(self._end, protocol.encode(message))
        except OSError:
            raise ChannelClosed from None

    async def receive(self) -> bytes:
        """Wait for one frame and return its body.

        Raises:
            ChannelClosed: None will come.
            ProtocolError: What came is no frame.
        """
        while True:
            # However much a program sends, it is one of many, and its clock is looked at here.
            await asyncio.sleep(0)
            body = self._take()
            if body is not None:
                return body
            if not self._read():
                await self._readable()

    def receive_now(self) -> bytes | None:
        """A frame that has arrived already, else None.

        Raises:
            ChannelClosed, ProtocolError: As `receive`.
        """
        body = self._take()
        while body is None and self._read():
            body = self._take()
        return body

    def close(self) -> None:
        """Nothing more comes in or goes out, whoever else holds the program's end; what has come in
        can still be received."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def _read(self) -> bool:
        """Take in what is there; False when there is nothing yet."""
        try:
            piece = self._end.recv(65_536)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            raise ChannelClosed
        self._received += piece
        return True

    async def _readable(self) -> None:
        # Not sock_recv: cancelled at the wrong moment, it would lose what it has read.
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._end, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._end)

    def _take(self) -> bytes | None:
        head = protocol.HEADER_BYTES
        if len(self._received) < head:
            return None
        size = head + protocol.length_of(bytes(self._received[:head]), self._most)
        if len(self._received) < size:
            return None
        body = bytes(self._received[head:size])
        del self._received[:size]
        return body
