"""Which way of constraining a reply a server really holds to.

A server that does not know a field mostly ignores it, with HTTP 200: vLLM dropped `guided_choice`
in 0.12 and answers freely ever since. So each way that its dialect knows is tried once on a
question whose choices no model would hit upon; the first that is held to is used from then on.
Where none is, the likeliest is sent all the same, and a reply counts only if it is one of the
choices by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cgr_nb.models.dialects import Choosing, Dialect
from cgr_nb.records import Message, Sampling

__all__ = ["PROBE", "PROBE_SAMPLING", "Way", "find_way"]

PROBE = (Message("user", "Say hello."),)
PROBE_SAMPLING = Sampling(max_tokens=64, choices=("qzx-7134", "wvk-9052"))


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is held to choices."""

    choosing: Choosing
    seen: bool
    """It was seen to hold to it, or the card says so."""


async def find_way(dialect: Dialect, holds: Callable[[Choosing], Awaitable[bool]]) -> Way:
    """Try the ways of a dialect.

    Args:
        dialect: What kind of server it is.
        holds: Asks the server for one of the probe's choices in this way; whether it gave one.
    """
    for choosing in dialect.choosing:
        if await holds(choosing):
            return Way(choosing, True)
    return Way(dialect.choosing[0], False)
