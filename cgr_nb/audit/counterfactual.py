"""Which of the solver's replies the answer hangs on: the record is replayed with one reply changed
at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cgr_nb.audit.probes.plans import opening, plans
from cgr_nb.audit.probes.probe_runner import Probe, ProbeRunner
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.util.blocking import run_blocking

__all__ = ["REPLIES", "ReplyEffect", "probe_replies", "reply_effects"]

REPLIES = 6
"""Replies that are changed, the first ones of the record."""
_CHANGED = re.compile(r"the record with reply (\d+) (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReplyEffect:
    """What changing one recorded reply did to the answer."""

    number: int
    """Of the reply in the record, from 1."""
    ask: Ask
    """The call that got it."""
    tried: int
    """Changes that were tried."""
    moved: tuple[tuple[str, str], ...]
    """(what was said instead, what came of it) of those that changed the answer."""


def probe_replies(source: str, item: Item, asks: Sequence[Ask]) -> tuple[Probe, ...]:
    """Replay a recorded run, once as it was and then with one reply changed at a time.

    Raises:
        IsolationError: Programs can't be isolated on this machine.
    """

    async def work() -> tuple[Probe, ...]:
        async with Sandbox() as sandbox:
            runner = ProbeRunner(sandbox, source, item, Limits(cpu_s=2, wall_s=5))
            [record] = await runner.run([opening(item, asks)])
            wanted = [
                plan
                for plan in plans(item, asks[:REPLIES], record.letter)
                if _CHANGED.fullmatch(plan.name)
            ]
            return (record, *await runner.run(wanted))

    return run_blocking(work)


def reply_effects(probes: Iterable[Probe], asks: Sequence[Ask]) -> list[ReplyEffect]:
    """What changing each reply did, as far as some probes tell.

    Args:
        probes: Of the program; those that changed no single reply are passed over.
        asks: The recorded run that they replay.

    Returns:
        In the order of the replies; empty when no probe changed a single one.
    """
    given = [probe for probe in probes if probe.order == "as given" and probe.belief is None]
    before = next((_end(probe) for probe in given if probe.name == "the record"), None)
    answered = [ask for ask in asks if ask.reply is not None]
    effects: dict[int, ReplyEffect] = {}
    for probe in given:
        match = _CHANGED.fullmatch(probe.name)
        if match is None or before is None or int(match[1]) > len(answered):
            continue
        number = int(match[1])
        effect = effects.get(number) or ReplyEffect(number, answered[number - 1], 0, ())
        end = _end(probe)
        moved = () if end == before else ((match[2], end),)
        effects[number] = replace(effect, tried=effect.tried + 1, moved=(*effect.moved, *moved))
    return [effects[number] for number in sorted(effects)]


def _end(probe: Probe) -> str:
    return probe.letter or probe.status
