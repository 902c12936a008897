"""Rounds of the benchmark summed up: a line for each contestant.

Contestants are compared by calls a second within a round, and the median of those ratios is told
with its quartiles, so that a machine that is busy is busy for all of them. Those with more calls in
flight make more calls, of the same mix.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from cgr_nb.bench.engine.contestant import Outcome
from cgr_nb.bench.engine.floor import Rates, floor_seconds
from cgr_nb.bench.engine.history import Round
from cgr_nb.bench.engine.plan import Entry

__all__ = ["table"]


def table(entries: Sequence[Entry], rounds: Sequence[Round], rates: Rates) -> list[dict[str, Any]]:
    """One line for each contestant that took part in any round.

    Args:
        entries: All contestants.
        rounds: What they did.
        rates: What llama-batched-bench measured; may be empty.

    Returns:
        JSON-ready numbers; the unit is in each name.
    """
    took_part = {name for each in rounds for name in each}
    return [_line(entry, rounds, rates) for entry in entries if entry.name in took_part]


def _line(entry: Entry, rounds: Sequence[Round], rates: Rates) -> dict[str, Any]:
    name, concurrency = entry.name, entry.concurrency
    mine = [each[name] for each in rounds if name in each]
    pace = statistics.median(_pace(one) for one in mine)
    fixed, server = f"batched_{concurrency}_threads_", "server_"
    fields: dict[str, Any] = {
        "contestant": name,
        "rounds": len(mine),
        "calls": mine[-1].calls,
        "seconds": _median(one.seconds for one in mine),
        "first_token_ms": _scaled(1000, (one.first_token_s for one in mine)),
        "reply_threads": mine[-1].reply_threads,
        "cpu_seconds": _median(one.cpu_seconds for one in mine),
        "reply_tokens_per_s": _spread(one.reply_tokens / one.seconds for one in mine)[0],
        "reply_tokens_per_s_quartiles": _spread(one.reply_tokens / one.seconds for one in mine)[1],
        "calls_per_s": round(pace, 2),
    }
    peers = {
        "loop": "loop",
        "inside": f"inside_{concurrency}",
        "best_fixed": _fastest(rounds, fixed),
        "server": f"server_{concurrency}",
        "best_server": _fastest(rounds, server),
    }
    for title, peer in peers.items():
        median, quartiles = _spread(_ratios(rounds, name, peer))
        fields[f"times_{title}"] = median
        fields[f"times_{title}_quartiles"] = quartiles
    fields["times_loop_at_most"], fields["floor_percent"] = _floor(rounds, mine, concurrency, rates)
    fields |= {
        "reused_percent": _scaled(100, (one.reused_share for one in mine)),
        "overhead_percent": _scaled(100, (one.overhead_share for one in mine)),
        "overhead_us_per_step": _median(one.overhead_us_per_step for one in mine),
        "steps": mine[-1].steps,
        "peak_mb": mine[-1].peak_mb,
        "same_replies_as_exact": mine[-1].same_as_exact,
    }
    return fields


def _pace(outcome: Outcome) -> float:
    return outcome.calls / outcome.seconds


def _ratios(rounds: Sequence[Round], name: str, peer: str | None) -> list[float]:
    """How many times faster than a peer, in each round that both took part in."""
    return [
        _pace(each[name]) / _pace(each[peer])
        for each in rounds
        if peer is not None and name in each and peer in each
    ]


def _fastest(rounds: Sequence[Round], prefix: str) -> str | None:
    """The contestant of a kind that is fastest in the median."""
    names = {name for each in rounds for name in each if name.startswith(prefix)}
    paces = {
        name: statistics.median(_pace(each[name]) for each in rounds if name in each)
        for name in sorted(names)
    }
    return max(paces, key=paces.__getitem__, default=None)


def _floor(
    rounds: Sequence[Round], mine: Sequence[Outcome], concurrency: int, rates: Rates
) -> tuple[float | None, float | None]:
    """The most that any scheduler could make of the loop's time, in multiples of it, and how much
    of that is reached in percent; None where it is not known."""
    one = mine[-1]
    if not rates or one.computed_prompt_tokens is None:
        return None, None
    least = floor_seconds(rates, concurrency, one.computed_prompt_tokens, one.reply_tokens)
    reached = round(100 * least / one.seconds, 1)
    loops = [each["loop"] for each in rounds if "loop" in each]
    if not loops:
        return None, reached
    loop_pace = statistics.median(map(_pace, loops))
    return round(one.calls / least / loop_pace, 2), reached


def _spread(values: Iterable[float]) -> tuple[float | None, list[float] | None]:
    """Median and quartiles; None for what so few values do not have."""
    found = list(values)
    if not found:
        return None, None
    middle = round(statistics.median(found), 3)
    if len(found) < 2:
        return middle, None
    low, _, high = statistics.quantiles(found, n=4)
    return middle, [round(low, 3), round(high, 3)]


def _median(values: Iterable[float | None]) -> float | None:
    return _scaled(1, values)


def _scaled(factor: float, values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(factor * statistics.median(known), 3) if known else None
