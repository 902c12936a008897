"""What is found out about several servers of one model, each asked by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.errors import CallFailed, ModelError
from cgr_nb.models.endpoint_check import look_at
from cgr_nb.models.replica import Replica
from cgr_nb.models.replicated import ReplicatedModel
from cgr_nb.records import Message, Reply, Sampling

__all__ = ["ServerCheck", "differences", "look_at_servers"]


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """What was found out about one of several servers."""

    address: str
    problem: str | None
    """Why it can't be used, in one line; None when it answers."""
    remarks: tuple[str, ...] = ()
    """What does not stop it but should be known."""
    choices: str | None = None
    """How it is held to choices (see `dialects`); None where it is in no known way."""
    scores: str | None = None
    """How it tells log-probabilities of texts (see `told_tokens`); None where it does not."""
    system_turn: str | None = None
    """"own": it takes one; "folded": it is put before the user's first turn."""
    fingerprint: str | None = None
    """What it calls its own state; None when it tells none."""
    most_in_flight: int = 0
    """Requests that it gets at one time, at most."""
    seconds: float | None = None
    """To answer one token."""

    def __str__(self) -> str:
        """In one line."""
        if self.problem is not None:
            return f"{self.address} can't be used: {self.problem}"
        state = f", {self.fingerprint}" if self.fingerprint else ""
        return (
            f"{self.address} ok, one token in {self.seconds or 0:.2f} s{state}, gets up to"
            f" {self.most_in_flight} at once"
        )


async def look_at_servers(
    model: ReplicatedModel, asked: tuple[Message, ...], sampling: Sampling
) -> tuple[Reply, tuple[ServerCheck, ...]]:
    """Ask each server of a model.

    Args:
        model: The model.
        asked: A conversation without a system turn.
        sampling: Of one token.

    Returns:
        What the first one said, and what was found out about each, in the card's order.

    Raises:
        ModelError: None of them can be used.
    """
    await model.check_servers()
    found, said = [], list[Reply]()
    for replica in model.replicas:
        state = replica.state
        if state.problem is not None:
            found.append(ServerCheck(replica.address, state.problem))
            continue
        try:
            check, reply = await _look_at(replica, asked, sampling)
        except ModelError as error:
            found.append(ServerCheck(replica.address, str(error)))
            continue
        found.append(check)
        said.append(reply)
    if not said:
        raise CallFailed(
            f"none of its {len(found)} servers can be used: "
            + "; ".join(f"{one.address}: {one.problem}" for one in found),
            where=f"model '{model.card.name}'",
        )
    return said[0], tuple(found)


async def _look_at(
    replica: Replica, asked: tuple[Message, ...], sampling: Sampling
) -> tuple[ServerCheck, Reply]:
    started = time.perf_counter()
    reply = await replica.reply(asked, sampling, None)
    seconds = time.perf_counter() - started
    found = await look_at(replica.model, asked, reply)
    check = ServerCheck(
        address=replica.address,
        problem=None,
        remarks=found.remarks,
        choices=found.choices,
        scores=found.scores,
        system_turn=found.system_turn,
        fingerprint=reply.served.fingerprint if reply.served else None,
        most_in_flight=replica.state.most_in_flight,
        seconds=round(seconds, 3),
    )
    return check, reply


def differences(servers: Sequence[ServerCheck]) -> list[str]:
    """What a reader should know of several servers, a line each: how each is doing, what is to be
    known of it, and in what they differ."""
    lines = []
    for one in servers:
        lines.append(f"server {one}")
        lines += [f"server {one.address}: {remark}" for remark in one.remarks]
    well = [one for one in servers if one.problem is None]
    for name, words in (
        ("choices", "how they are held to choices"),
        ("scores", "how they tell log-probabilities of texts"),
        ("system_turn", "what becomes of a system turn"),
        ("fingerprint", "their state (system_fingerprint), so replies may differ"),
    ):
        ways = {one.address: getattr(one, name) for one in well}
        if len(set(ways.values())) > 1:
            each = ", ".join(f"{way or 'none'} at {address}" for address, way in ways.items())
            lines.append(f"its servers differ in {words}: {each}")
    return lines
