"""Where a run ends before its end: after so many units, so long a time, or so much money.

A cap that is reached ends a run cleanly. No further unit is begun and no further call is made; a
unit at work that needs none is finished, any other is given back whole: its calls stay on record,
and the next run goes on from them. Calls under way are waited for and kept, so the cost may go past
its cap by these. Only calls made anew cost anything; what is on record is free.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from cgr_nb.errors import ConfigError
from cgr_nb.records import ModelCard, Reply
from cgr_nb.util.progress import duration_text

__all__ = ["CapReached", "Caps", "Gate", "cost_of", "parse_duration"]

T = TypeVar("T")
Keep = Callable[[Callable[[Any], None], Any], None]
"""Takes (function that writes a record, record)."""

_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?")
_UNITS_S = (86_400, 3_600, 60, 1)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as 90s, 15m, 2h, 1h30m or 1d.

    Raises:
        ConfigError: It is none, or no time at all.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    parts = found.groups() if found else ()
    seconds = sum(int(part) * unit for part, unit in zip(parts, _UNITS_S, strict=False) if part)
    if not seconds:
        raise ConfigError("not a duration", got=repr(text), fix="give one such as 90s, 15m, 1h30m")
    return float(seconds)


def cost_of(cards: Iterable[ModelCard], tokens: Mapping[str, tuple[int, int]]) -> float | None:
    """What tokens cost, given as model -> prompt and reply tokens; None when no model has a
    price."""
    priced = {card.name: card for card in cards if card.cost(0, 0) is not None}
    spent = [card.cost(*tokens.get(name, (0, 0))) or 0.0 for name, card in priced.items()]
    return sum(spent) if priced else None


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may do at most; None is no cap."""

    units: int | None = None
    """Units (rows with their arms) to do."""
    seconds: float | None = None
    cost: float | None = None
    """Of calls made anew, in the currency of the cards' prices."""

    def check(self, cards: Iterable[ModelCard]) -> None:
        """Refuse what can't be held to.

        Raises:
            ConfigError: A cap is no positive number, or a cost is capped and nothing has a price.
        """
        for name, value in (("limit", self.units), ("time", self.seconds), ("cost", self.cost)):
            if value is not None and not 0 < value < math.inf:
                raise ConfigError(
                    f"the cap on {name} is no positive number",
                    got=str(value),
                    fix="use a larger value, or leave it out",
                )
        if self.cost is not None and not any(card.cost(0, 0) is not None for card in cards):
            raise ConfigError(
                "the cost is limited, but no model of the study has a price",
                fix="give price_input and price_output (of a million tokens) on a model's card",
            )


class CapReached(Exception):
    """A unit would need a further call, and none is made any more. A signal within a run."""


class Gate:
    """Holds a run to its caps, and counts what it costs."""

    def __init__(
        self,
        caps: Caps,
        cards: Sequence[ModelCard],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the gate; the time counts from now.

        Raises:
            ConfigError: See `Caps.check`.
        """
        caps.check(cards)
        self._caps = caps
        self._clock = clock
        self._began = clock()
        priced = any(card.cost(0, 0) is not None for card in cards)
        self.cost: float | None = 0.0 if priced else None
        """Of the calls made anew; None when no model has a price."""
        self.reached: str | None = None
        """In words, the cap that left work undone; None while none has."""

    def first(self, units: list[T]) -> list[T]:
        """As many of the units as may be done."""
        most = self._caps.units
        if most is None or len(units) <= most:
            return units
        self.reached = f"the limit of {most:,} unit{'s' * (most > 1)}"
        return units[:most]

    def pay(self, card: ModelCard, reply: Reply) -> None:
        """Count a call that was made anew."""
        spent = card.cost(reply.prompt_tokens, reply.reply_tokens)
        if spent is not None:
            self.cost = (self.cost or 0.0) + spent

    def pass_through(self) -> None:
        """Ask leave for a call.

        Raises:
            CapReached: No further call is made.
        """
        if reached := self._closed():
            self.reached = reached
            raise CapReached(reached)

    @contextmanager
    def whole(self) -> Iterator[Keep]:
        """Give a function that writes what one unit comes to. Where a cap may be reached on the
        way it waits for the unit's end, so that a unit that is given back leaves no part of it."""
        if self._caps.seconds is None and self._caps.cost is None:
            yield lambda write, record: write(record)
            return
        held: list[Callable[[], None]] = []
        try:
            yield lambda write, record: held.append(partial(write, record))
        except CapReached:
            held.clear()
            raise
        finally:
            for write in held:
                write()

    def within(self, do: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
        """The same job, not begun when a cap has been reached, and given back when one is."""

        async def held(unit: T) -> None:
            try:
                self.pass_through()
                await do(unit)
            except CapReached:
                return

        return held

    def _closed(self) -> str | None:
        seconds, cost = self._caps.seconds, self._caps.cost
        if seconds is not None and self._clock() - self._began >= seconds:
            return f"the time of {duration_text(seconds)}"
        if cost is not None and (self.cost or 0.0) >= cost:
            return f"the cost of {cost:g}"
        return None
