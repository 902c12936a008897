"""One attempt at a completion: a request sent, and what comes back read to its end."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from cgr_nb.models.completion import Completion, StreamedCompletion, read_completion
from cgr_nb.models.exchange import exchange
from cgr_nb.models.redaction import ToldText

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["LEAST_BYTES", "attempt"]

LEAST_BYTES = 4 << 20
_BYTES_A_TOKEN = 256
_STREAMED_BYTES_A_TOKEN = 4096
"""A streamed token brings a kilobyte of JSON with it, and thoughts come on top."""


async def attempt(
    client: AsyncClient, body: Mapping[str, Any], room: int, told: ToldText
) -> Completion:
    """Ask once.

    Args:
        client: See `new_client`.
        body: The request's fields.
        room: Tokens that the reply may have.
        told: Told the text as it comes.

    Raises:
        Exception: One of `refusals.failures`.
    """
    async with exchange(client, "POST", "chat/completions", body) as answered:
        # A server may stream what it was not asked to, and not what it was.
        if not answered.is_stream:
            most = LEAST_BYTES + _BYTES_A_TOKEN * room
            whole = read_completion(await answered.whole(most), room)
            told.push(whole.text)
            told.finish()
            return whole
        streamed = StreamedCompletion(room)
        most = LEAST_BYTES + _STREAMED_BYTES_A_TOKEN * room
        async with aclosing(answered.events(most)) as events:
            async for data in events:
                told.push(streamed.take(data))
                if streamed.ended:
                    break
        completion = streamed.completion()
        told.finish()
        return completion
