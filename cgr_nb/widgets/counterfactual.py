"""Which of the solver's replies the answer hangs on: the record is replayed with one reply changed
at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from cgr_nb.analysis import Probe
from cgr_nb.analysis.probes import opening, plans
from cgr_nb.analysis.probing import Table
from cgr_nb.blocking import run_blocking
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.widgets.text import clip

__all__ = ["REPLIES", "drawn_effects", "probe_replies"]

REPLIES = 6
"""Replies that are changed, the first ones of the record."""
_CHANGED = re.compile(r"the record with reply (\d+) (.*)", re.DOTALL)


def probe_replies(source: str, item: Item, asks: Sequence[Ask]) -> tuple[Probe, ...]:
    """Replay a recorded run, once as it was and then with one reply changed at a time.

    Raises:
        IsolationError: Programs can't be isolated on this machine.
    """

    async def work() -> tuple[Probe, ...]:
        async with Sandbox() as sandbox:
            table = Table(sandbox, source, item, Limits(cpu_s=2, wall_s=5))
            [record] = await table.run([opening(item, asks)])
            wanted = [
                plan
                for plan in plans(item, asks[:REPLIES], record.letter)
                if _CHANGED.fullmatch(plan.name)
            ]
            return (record, *await table.run(wanted))

    return run_blocking(work)


def drawn_effects(probes: Iterable[Probe], asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """What changing each reply did, as far as some probes tell.

    Returns:
        One dictionary a reply: `reply` (from 1), `line` of the program that asked, `said`, `tried`
        (changes) and `moved` ([what was said instead, what came of it]) of the changes that changed
        the answer; empty when no probe changed a single reply.
    """
    given = [probe for probe in probes if probe.order == "as given" and probe.belief is None]
    before = next((_end(probe) for probe in given if probe.name == "the record"), None)
    answered = [ask for ask in asks if ask.reply is not None]
    found: dict[int, dict[str, Any]] = {}
    for probe in given:
        match = _CHANGED.fullmatch(probe.name)
        if match is None or before is None or int(match[1]) > len(answered):
            continue
        number = int(match[1])
        ask = answered[number - 1]
        effect = found.setdefault(
            number,
            {
                "reply": number,
                "line": ask.line,
                "said": clip(ask.reply, 40),
                "tried": 0,
                "moved": [],
            },
        )
        effect["tried"] += 1
        if _end(probe) != before:
            effect["moved"].append([clip(match[2], 40), _end(probe)])
    return [found[number] for number in sorted(found)]


def _end(probe: Probe) -> str:
    return probe.letter or probe.status
