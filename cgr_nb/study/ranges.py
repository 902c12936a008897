"""The range of every number in `study.toml`: what lies beyond it is a slip, and a costly one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from cgr_nb.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from cgr_nb.study.config import BudgetSetting

__all__ = ["RANGES", "check_budget", "check_ranges", "numbers_of"]

Range = tuple[float, float]
_DECODING: Mapping[str, Range] = {
    "max_tokens": (1, 1_000_000),
    "temperature": (0, 100),
    "top_p": (0, 1),
    "top_k": (0, 10_000_000),
    "min_p": (0, 1),
}
RANGES: Mapping[str, Range] = {
    # The database holds whole numbers of 64 bits.
    "seed": (-(1 << 63), (1 << 63) - 1),
    "reask": (0, 100),
    "items.per_dataset": (1, 10_000_000),
    "items.permutations": (1, 26),
    "support.per_dataset": (0, 100_000),
    "run.concurrency": (1, 1_024),
    "run.model_memory_mb": (0, 1 << 24),
    "run.program_memory_mb": (0, 1 << 24),
    "run.max_failures": (1, 1_000_000),
    "limits.cpu_s": (0, 86_400),
    "limits.wall_s": (0, 86_400),
    "limits.memory_mb": (1, 1 << 20),
    "limits.calls": (1, 10_000),
    "limits.output_chars": (1, 100_000_000),
    "limits.prompt_chars": (1, 100_000_000),
    "limits.reply_chars": (1, 100_000_000),
    "limits.source_chars": (1, 100_000_000),
    "limits.trace_steps": (1, 10_000_000),
    "limits.trace_bytes": (1, 1_000_000_000),
    **{
        f"{table}.{name}": bounds
        for table in ("direct", "generator", "ask")
        for name, bounds in _DECODING.items()
    },
}
"""Setting, as "table.name" -> least and most."""


def check_ranges(config: DataclassInstance, where: str, table: str = "") -> None:
    """Refuse a number that is out of its range.

    Args:
        config: The settings; tables are dataclasses of their own.
        where: What errors call the file.
        table: What stands before their names: "arm.cot.".

    Raises:
        ConfigError: One is.
    """
    for name, number in numbers_of(config, table):
        ending = name.rpartition(".")[2]
        known = RANGES.get(name) or (_DECODING.get(ending) if ".decoding." in name else None)
        least, most = known or (-(1 << 63), 1 << 63)
        if not least <= number <= most:
            raise ConfigError(
                f"{name} is too {'small' if number < least else 'large'}",
                where=where,
                got=_shown(number),
                fix=f"{least:,} to {most:,}",
            )


def check_budget(budget: BudgetSetting, table: str, where: str) -> None:
    """Refuse a budget that allows nothing.

    Raises:
        ConfigError: A number is not positive, or a text is not "scaffold".
    """
    for name in ("solver_calls", "generator_calls", "tokens"):
        value = getattr(budget, name)
        if isinstance(value, str) and value != "scaffold":
            raise ConfigError(
                f"{table}.{name} is a number or 'scaffold'", where=where, got=repr(value)
            )
        if isinstance(value, int) and not 1 <= value <= 1 << 40:
            raise ConfigError(f"{table}.{name} must be positive", where=where, got=_shown(value))


def numbers_of(config: DataclassInstance, table: str = "") -> Iterator[tuple[str, float]]:
    """Name and value of each number in some settings; what is not set is left out."""
    for field in fields(config):
        value = getattr(config, field.name)
        if is_dataclass(value) and not isinstance(value, type):
            yield from numbers_of(value, f"{table}{field.name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{table}{field.name}", value


def _shown(number: float) -> str:
    # Python writes no whole number of more than some thousand digits.
    return (
        str(number) if abs(number) < 1e30 else f"a number of {len(hex(int(number))) - 2} hex digits"
    )
