"""Self-consistency with the scaffold's own budget: as many sampled direct answers, and a vote.

Source: Wang et al. 2022, arXiv 2203.11171. k is the number of calls that the row's scaffold made,
and 1 where it made none. Of letters with equally many votes, the one whose first vote came first
wins.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict

from cgr_nb.answers import extract_reply
from cgr_nb.records import ArmAnswer, Row
from cgr_nb.study.arms.answers import from_replies
from cgr_nb.study.channels import Bench
from cgr_nb.study.requests import sampled_requests
from cgr_nb.study.units import Material, Unit

__all__ = ["SelfConsistency"]


class SelfConsistency:
    """Is it the program, or only that it may call the solver more often?"""

    name = "self_consistency"
    summary = "a vote over as many sampled direct answers as the scaffold made calls"

    def __init__(self, material: Material) -> None:
        self._decoding = asdict(material.config.sampled)

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        return [self._decoding]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return max(1.0, asks), 0

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        count = max(1, row.asks)
        requests = sampled_requests(bench.config, bench.solver.card, unit.item, count)
        calls = await asyncio.gather(
            *(bench.caller.call(bench.solver, request) for request in requests)
        )
        replies = [call.reply for call in calls if call.reply is not None]
        if not replies:
            return from_replies(self, unit, None, "error", calls[0].error or "", calls)
        found = [extract_reply(reply, unit.item.options).letter for reply in replies]
        votes = Counter(letter for letter in found if letter is not None)
        if not votes:
            none = f"none of {count} replies names a letter"
            return from_replies(self, unit, None, "none", none, calls)
        # A Counter keeps the order of first votes, and so does its sorting.
        letter, most = votes.most_common(1)[0]
        return from_replies(self, unit, letter, "answered", f"{most} of {count} votes", calls)
