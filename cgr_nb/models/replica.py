"""One of several servers of a model: what it claims, whether it is in use, and how much it has to
do.

It is asked nothing before it has named the model among those that it has, with a window no smaller
than the card's, and has answered a word (`check`). What it says afterwards counts while that is
fresh, and comes through connections that are no newer: else it is asked for its list again before
the reply is believed. So a server that came back with another model is found out before it has
answered anything. One that names the model and answers with another can't be told from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.endpoint_errors import EndpointFailed
from cgr_nb.models.pacing import own_pause
from cgr_nb.models.served_models import close_name, is_named, served_name
from cgr_nb.records import Message, Reply, Sampling

__all__ = ["Replica", "ServerState", "said"]

_FRESH_S = 30.0
"""How long a server's word that it has the model is good for."""
_LONGEST_ASIDE_S = 600.0
"""A server that asks to be left alone for longer is tried again then."""
_LEAST_ASIDE_S = 0.01
_MOST_FINGERPRINTS = 64
_SHOWN = 5
_SEARCHED = 200
"""Names that the one which may be meant is looked for among: it takes their length, squared."""

_HAS_MANY = ("ollama", "lmstudio")
"""Kinds of servers whose list is of many models, not of several names of one."""

_State = Literal["not asked yet", "being checked", "in use", "put aside"]


@dataclass(frozen=True, slots=True)
class ServerState:
    """How one of several servers of a model is doing."""

    address: str
    state: _State
    """"put aside": it failed, and is checked before it is asked anything again."""
    in_flight: int
    """Requests that it has now."""
    most_in_flight: int
    """How many it may have (`max_in_flight` of the card)."""
    calls: int
    """Replies that it gave."""
    failures: int
    """Requests and checks that it failed."""
    problem: str | None
    """Why it is put aside, in one line; None where it is not."""

    def __str__(self) -> str:
        """In one line."""
        load = f"{self.in_flight} of {self.most_in_flight} requests, {self.calls:,} replies"
        failed = f", {self.failures:,} failures" if self.failures else ""
        why = f": {self.problem}" if self.problem else ""
        return f"{self.address} {self.state} ({load}{failed}){why}"


class Replica:
    """One server. What changes is guarded by the lock of its `Replicas`."""

    def __init__(self, model: EndpointModel, address: str, places: int, backoff_s: float) -> None:
        """Ask nothing yet.

        Args:
            model: The model at this server, asked once a time.
            address: The server's.
            places: Requests that it may have at one time.
            backoff_s: How long it is put aside after its first failure, at its longest.
        """
        self.model, self.address = model, address
        self.is_in_use = self.is_checking = False
        self.is_doubted = True
        """It has answered nothing yet, or nothing since it refused what another server answered."""
        self.in_flight = self.calls = self.failures = 0
        self.turn = 0
        """When it last got a request, in their order."""
        self.due = 0.0
        """When it may be checked, in the time of `time.monotonic`."""
        self.problem: ModelError | None = None
        """Why it is put aside; None where it is not."""
        self.is_problem_checked = False
        """It was asked since, and had one still."""
        self._most, self._backoff_s = places, backoff_s
        self._strikes = 0
        """Times that it was put aside since it last gave a reply."""
        self._aliases: Sequence[str] = ()
        """Names that may stand in its replies for the one that it was asked for."""
        self._checked, self._connects = 0.0, 0
        self._fingerprints: set[str] = set()

    @property
    def places(self) -> int:
        """Requests that it may have now: one until it has shown that it is well again."""
        return 1 if self._strikes else self._most

    @property
    def state(self) -> ServerState:
        """How it is doing."""
        state: _State = "being checked" if self.is_checking else "not asked yet"
        if self.is_in_use or self.problem is not None:
            state = "in use" if self.is_in_use else "put aside"
        return ServerState(
            address=self.address,
            state=state,
            in_flight=self.in_flight,
            most_in_flight=self._most,
            calls=self.calls,
            failures=self.failures,
            problem=None if self.problem is None else said(self.problem),
        )

    def put_aside(self, problem: ModelError) -> float:
        """Have it asked nothing for a while: longer each time, up to a minute, or as long as it
        asks for.

        Returns:
            Seconds until it is tried again.
        """
        self.is_in_use = False
        self.problem, self.is_problem_checked = problem, False
        pause = max(own_pause(self._strikes, self._backoff_s), _LEAST_ASIDE_S)
        if isinstance(problem, EndpointFailed) and problem.asked_pause_s is not None:
            pause += problem.asked_pause_s
        pause = min(pause, _LONGEST_ASIDE_S)
        self._strikes += 1
        self.due = time.monotonic() + pause
        return pause

    def passed(self) -> None:
        """It gave a good reply."""
        self.calls += 1
        self._strikes = 0
        self.is_doubted = False

    async def check(self, *, asks: bool) -> None:
        """See that the server has the model.

        Args:
            asks: Whether it is asked for a word, too.

        Raises:
            ModelError: It has not, does not answer, or can't be asked.
        """
        now, connects = time.monotonic(), self.model.connects
        models = await self.model.served()
        names = [one.name for one in models]
        self._aliases = [one.name for one in models if one.server not in _HAS_MANY]
        wanted = self.model.served_as
        name = served_name(wanted, names)
        if name is None:
            close = close_name(wanted, names[:_SEARCHED])
            raise self._failed(
                f"the server does not name '{wanted}' among its models",
                ", ".join(names[:_SHOWN]) or "none",
                f"did you mean '{close}'?"
                if close
                else "have it serve this model, or take its address out of base_url",
            )
        window = next(one.context_tokens for one in models if one.name == name)
        if window is not None and window < self.model.card.context_tokens:
            raise self._failed(
                "the server's context window is smaller than its card says",
                f"{window:,} of {self.model.card.context_tokens:,} tokens",
                "start it with a larger one, or lower context_tokens of the card",
            )
        if asks:
            # One that refuses this answers, and what it refuses is asked of others too.
            with suppress(RequestError):
                reply = await self.model.probe()
                self._see_who_answered(reply)
                self._remember(reply)
        self._checked, self._connects = now, connects

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None,
    ) -> Reply:
        """See `Model.reply`; nothing is tried again.

        Raises:
            RequestError, CallFailed: As `EndpointModel.reply`, and where the server does not serve
                the model any more.
        """
        reply = await self.model.reply(messages, sampling, on_text)
        self._see_who_answered(reply)
        is_old = time.monotonic() - self._checked > _FRESH_S
        if is_old or self._connects != self.model.connects or self._is_in_another_state(reply):
            await self.check(asks=False)
            self._remember(reply)
        return reply

    def _see_who_answered(self, reply: Reply) -> None:
        told = None if reply.served is None else reply.served.model
        if not is_named(told, self.model.served_as, self._aliases):
            raise self._failed(
                f"the server was asked for '{self.model.served_as}', and another model answered",
                repr(told),
                "have it serve this model, or take its address out of base_url",
            )

    def _is_in_another_state(self, reply: Reply) -> bool:
        told = None if reply.served is None else reply.served.fingerprint
        return told is not None and told not in self._fingerprints

    def _remember(self, reply: Reply) -> None:
        if reply.served is None or reply.served.fingerprint is None:
            return
        if len(self._fingerprints) >= _MOST_FINGERPRINTS:
            self._fingerprints.clear()
        self._fingerprints.add(reply.served.fingerprint)

    def _failed(self, what: str, got: str, fix: str) -> EndpointFailed:
        where = f"model '{self.model.card.name}' at {self.address}"
        return EndpointFailed(what, where=where, got=got, fix=fix)


def said(problem: ModelError) -> str:
    """A problem without the place where it is, which is told beside it."""
    return problem.what + (f" (got {problem.got})" if problem.got else "")
