"""Requests to one server: in their places, in time, and again where a failure may pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from cgr_nb.errors import CallFailed, ModelError
from cgr_nb.models.attempt import LEAST_BYTES
from cgr_nb.models.connections import Connections, Line
from cgr_nb.models.endpoint_errors import (
    EndpointFailed,
    ServerError,
    failures,
    meaning,
    patience_with,
)
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.exchange import exchange, new_client
from cgr_nb.models.pacing import Pacing, Retries
from cgr_nb.models.redaction import Redaction

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["EndpointRequests"]

T = TypeVar("T")


class EndpointRequests:
    """The way to one server. Opened when it is used, closed for good."""

    def __init__(
        self,
        options: EndpointOptions,
        where: str,
        redaction: Redaction,
        key: str | None,
        headers: Mapping[str, str],
        *,
        one_of_several: bool = False,
    ) -> None:
        """Open nothing yet.

        Args:
            options: How the server is spoken to.
            where: What errors call it.
            redaction: Strikes out keys.
            key: Sent as a bearer's token; None sends none.
            headers: More of them.
            one_of_several: Failures are `EndpointFailed`, and nothing is tried again.
        """
        self.where = where
        self._options, self._redaction = options, redaction
        self._key, self._headers = key, headers
        self._one_of_several = one_of_several
        self.connects = 0
        """Connections that were made so far."""
        self._connections = Connections(
            self._client, lambda: Pacing(options.max_in_flight, options.requests_per_minute)
        )

    async def answered(
        self,
        once: Callable[[AsyncClient], Awaitable[T]],
        on_failure: Callable[[Exception], bool] = lambda error: False,
        is_told: Callable[[], bool] = lambda: False,
    ) -> tuple[T, float]:
        """Ask until there is an answer; it, and the seconds that the attempt which gave it took.

        Args:
            once: One attempt.
            on_failure: Told what an attempt raised; True where the request is another one now and
                goes again at once. May raise.
            is_told: Whether something of the answer was told already, so that it can't be begun
                anew.

        Raises:
            RequestError: The server can't or will not serve this request.
            CallFailed: No usable answer came, however often it was tried.
            ModelError: The model is closed.
        """
        how = self._options
        retries = Retries(how.retries, how.retry_for_s, how.backoff_s)
        while True:
            async with self.place() as line:
                await line.pacing.turn()
                started = time.perf_counter()
                try:
                    async with asyncio.timeout(how.timeout_s):
                        answer = await once(line.client)
                    return answer, time.perf_counter() - started
                except failures() as error:
                    if on_failure(error):
                        continue
                    pause = self._pause(error, retries, line.pacing)
                    if pause is None or is_told() or self._connections.closed:
                        raise self.meaning(error) from None
                except RuntimeError:
                    # What the client raises when it was closed under a request.
                    if not self._connections.closed:
                        raise
                    raise self._is_closed() from None
            # Not in its place: others may do better meanwhile.
            await asyncio.sleep(pause)

    async def get(self, path: str) -> bytes:
        """One body, asked for once.

        Args:
            path: Below the base address.

        Raises:
            Exception: One of `endpoint_errors.failures`.
            ModelError: The model is closed.
        """
        async with (
            self.place() as line,
            asyncio.timeout(self._options.timeout_s),
            exchange(line.client, "GET", path, None) as answered,
        ):
            return await answered.whole(LEAST_BYTES)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Line]:
        """Wait for a place for one request, and keep it while the block lasts.

        Raises:
            ModelError: The model is closed.
        """
        self.check_open()
        async with self._connections.place() as line:
            yield line

    @property
    def probing(self) -> asyncio.Lock:
        """Held by whoever finds out what the server takes."""
        self.check_open()
        return self._connections.line().probing

    def check_open(self) -> None:
        """Refuse what comes after `close`.

        Raises:
            ModelError: It is closed.
        """
        if self._connections.closed:
            raise self._is_closed()

    def meaning(self, error: Exception) -> ModelError:
        """The error of this house for a failed attempt."""
        if self._connections.closed:
            return self._is_closed()
        found = meaning(error, self.where, self._redaction, self._options.key_env)
        if self._one_of_several and isinstance(found, CallFailed):
            return EndpointFailed.of(found, error)
        return found

    async def close(self) -> None:
        """Close the connections of the running loop. Requests in them end in a `ModelError`."""
        await self._connections.close()

    def _client(self) -> AsyncClient:
        how = self._options
        try:
            return new_client(
                how.base_url, self._key, how.timeout_s, self._headers, self._on_connect
            )
        except failures() as error:  # a name that can't be one, seen only here
            raise self.meaning(error) from None

    def _on_connect(self) -> None:
        self.connects += 1

    def _pause(self, error: Exception, retries: Retries, pacing: Pacing) -> float | None:
        asked = error.asked_pause_s if isinstance(error, ServerError) else None
        pause = None
        if not self._one_of_several:
            pause = retries.pause_after(patience_with(error), asked)
        if pause is not None and asked is not None:
            pacing.rest(asked)
        return pause

    def _is_closed(self) -> ModelError:
        return ModelError("the model is closed", where=self.where)
