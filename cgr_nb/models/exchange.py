"""One request to a server and what comes back, in bounds: bytes are counted after they are
unpacked, and reading stops where they are too many. Redirections are not followed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from cgr_nb.models.endpoint_errors import ServerError, TooMuch
from cgr_nb.models.error_body import error_of
from cgr_nb.models.pacing import asked_pause

if TYPE_CHECKING:
    from ssl import SSLContext

    from httpx2 import AsyncClient, Request, Response

__all__ = ["Answered", "exchange", "new_client"]

_MOST_ERROR_BYTES = 65_536
_MOST_EVENT_BYTES = 1 << 20


def new_client(
    base_url: str,
    key: str | None,
    timeout_s: float,
    more: Mapping[str, str],
    on_connect: Callable[[], None],
) -> AsyncClient:
    """Connections to one server, for one event loop.

    Args:
        base_url: Its address.
        key: Sent as a bearer's token; None sends none.
        timeout_s: Of every step of an exchange.
        more: Headers of the card's own.
        on_connect: Called for each connection that is made: what is at its other end may be another
            server than before.
    """
    from httpx2 import AsyncClient, Limits

    async def on_event(name: str, _: Mapping[str, Any]) -> None:
        if name == "connection.connect_tcp.complete":
            on_connect()

    async def on_request(request: Request) -> None:
        request.extensions = {**request.extensions, "trace": on_event}

    headers = {"Accept-Encoding": "gzip, deflate", "User-Agent": "cgr-nb", **more}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    # How many are in flight is the card's, not the pool's.
    limits = Limits(max_connections=None)
    return AsyncClient(
        base_url=base_url,
        headers=headers,
        timeout=timeout_s,
        limits=limits,
        event_hooks={"request": [on_request]},
        verify=_certificates(),
    )


@cache
def _certificates() -> SSLContext:
    """Read once: all clients trust the same, and reading takes longer than many a call."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


class Answered:
    """The body of a reply whose status is good."""

    def __init__(self, response: Response) -> None:
        self._response = response

    @property
    def is_stream(self) -> bool:
        """Whether it says that it comes as server-sent events."""
        kind: str = self._response.headers.get("content-type", "")
        return kind.partition(";")[0].strip().lower() == "text/event-stream"

    async def whole(self, most_bytes: int) -> bytes:
        """The body in one piece.

        Args:
            most_bytes: Its bound, unpacked.

        Raises:
            TooMuch: It is longer.
        """
        found = bytearray()
        async with aclosing(self._pieces(most_bytes)) as pieces:
            async for piece in pieces:
                found += piece
        return bytes(found)

    async def events(self, most_bytes: int) -> AsyncGenerator[bytes, None]:
        """The data of each server-sent event. Comments, which keep a connection alive, and other
        fields are left out; an event without an empty line behind it, at the end, counts.

        Args:
            most_bytes: Bound of all of them and what lies between, unpacked.

        Raises:
            TooMuch: The stream, or one event, is longer than its bound.
        """
        data: list[bytes] = []
        async with aclosing(self._lines(most_bytes)) as lines:
            async for line in lines:
                if line.startswith(b"data:"):
                    data.append(line[5:].removeprefix(b" "))
                elif not line and data:
                    yield b"\n".join(data)
                    data = []
        if data:
            yield b"\n".join(data)

    async def _lines(self, most: int) -> AsyncGenerator[bytes, None]:
        begun = bytearray()
        async with aclosing(self._pieces(most)) as pieces:
            async for piece in pieces:
                begun += piece
                if len(begun) > _MOST_EVENT_BYTES + len(piece):
                    raise TooMuch(f"an event of more than {_MOST_EVENT_BYTES:,} bytes")
                if b"\n" in piece:
                    *lines, rest = bytes(begun).split(b"\n")
                    begun = bytearray(rest)
                    for line in lines:
                        yield line.removesuffix(b"\r")
        yield bytes(begun).removesuffix(b"\r")

    async def _pieces(self, most: int) -> AsyncGenerator[bytes, None]:
        read = 0
        async with aclosing(self._response.aiter_bytes()) as pieces:
            async for piece in pieces:
                read += len(piece)
                if read > most:
                    raise TooMuch(f"a body of more than {most:,} bytes")
                yield piece


@asynccontextmanager
async def exchange(
    client: AsyncClient, method: str, path: str, body: Mapping[str, Any] | None
) -> AsyncIterator[Answered]:
    """Ask, and read while the block lasts; leaving it early closes the connection, which is how a
    server learns to stop.

    Args:
        client: See `new_client`.
        method: "GET" or "POST".
        path: Below the base address.
        body: Sent as JSON.

    Raises:
        ServerError: Its status is no good one.
        httpx2.RequestError: It can't be reached, or the connection broke.
    """
    content = None if body is None else json.dumps(body).encode("ascii")
    headers = None if body is None else {"Content-Type": "application/json"}
    async with client.stream(method, path, content=content, headers=headers) as response:
        if not 200 <= response.status_code < 300:
            said = await _beginning(response)
            if response.is_redirect and (moved := response.headers.get("location")):
                said = f"moved to {moved}".encode("utf-8", "replace")
            raise ServerError(error_of(said), response.status_code, asked_pause(response.headers))
        yield Answered(response)


async def _beginning(response: Response) -> bytes:
    """As much of an error's body as anybody will read."""
    said = bytearray()
    async for piece in response.aiter_bytes():
        said += piece
        if len(said) >= _MOST_ERROR_BYTES:
            break
    return bytes(said[:_MOST_ERROR_BYTES])
