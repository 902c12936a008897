"""What is told of a study without a generator: what each arm scores, and how its answers ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgr_nb.analysis.arms_alone import ArmAlone
from cgr_nb.report.number_text import capital, constant_text, level_text, percent, span_text

__all__ = ["NO_GENERATOR", "alone_headline", "alone_lines", "alone_pairs"]

NO_GENERATOR = "The study has no generator, so there are no scaffolds and no assisted answers."


def alone_headline(alone: Sequence[ArmAlone]) -> tuple[str, ...]:
    """The headline: one line an arm.

    Args:
        alone: What the arms come to.
    """
    if not alone:
        return (NO_GENERATOR, "No row can be scored: see the missing data in the report.")
    return (NO_GENERATOR, *(_sentence(one) for one in alone))


def alone_lines(alone: Sequence[ArmAlone]) -> list[dict[str, Any]]:
    """One line an arm, as text, for a table: `arm`, `accuracy`, `interval`, `chance`, `constant`,
    `rows`, `items` and `statuses`."""
    return [
        {
            "arm": one.arm,
            "accuracy": percent(one.accuracy),
            "interval": _range(one) or one.interval.absence,
            "chance": percent(one.level.chance if one.level else None),
            "constant": constant_text(one.level),
            "rows": f"{one.rows:,}",
            "items": f"{one.items:,}",
            "statuses": _statuses(one),
        }
        for one in alone
    ]


def alone_pairs(alone: Sequence[ArmAlone]) -> list[dict[str, Any]]:
    """One line a pair: `dataset`, `config`, `solver`, `rows`, `chance`, and in `arms` the accuracy
    of each arm that has rows there."""
    lines: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in alone:
        for pair in one.pairs:
            key = (pair.dataset, pair.config, pair.solver)
            names = dict(zip(("dataset", "config", "solver"), key, strict=True))
            line = lines.setdefault(key, {**names, "rows": 0, "chance": pair.chance, "arms": {}})
            line["rows"] = max(line["rows"], pair.rows)
            line["arms"][one.arm] = pair.accuracy
    return [lines[key] for key in sorted(lines)]


def _sentence(one: ArmAlone) -> str:
    told = _range(one)
    interval = (
        f"95 % CI {told}, bootstrap over items" if told else f"no interval: {one.interval.note}"
    )
    if told and one.interval.note:
        interval += f"; {one.interval.note}"
    level = f" {capital(level_text(one.level))}." if one.level else ""
    return (
        f"{capital(one.arm.replace('_', ' '))}: {percent(one.accuracy)} macro accuracy"
        f" ({interval}) on {one.rows:,} row{'s' * (one.rows != 1)} of {one.items:,}"
        f" item{'s' * (one.items != 1)}. Statuses: {_statuses(one)}.{level}"
    )


def _range(one: ArmAlone) -> str:
    return span_text(one.interval.low_pp, one.interval.high_pp, signed=False)


def _statuses(one: ArmAlone) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {rows:,}" for name, rows in one.statuses.items())
