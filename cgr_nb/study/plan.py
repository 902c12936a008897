"""What a run would do, before it does it: rows, calls, tokens, time and disk.

Counts of rows are exact. Calls, tokens and time are estimates from what the folder has on record
for the same models; where there is nothing on record yet, stated assumptions stand in and time is
not estimated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cgr_nb.prompts import render
from cgr_nb.records import Item, ModelCard
from cgr_nb.store import Store
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.units import Unit, gather

__all__ = ["Load", "Plan", "plan_study"]

ASKS_ASSUMED = 4.0
"""Solver calls of a scaffold, before any has run."""
ASK_TOKENS_ASSUMED = 64.0
"""Prompt tokens of an ask, before any has been made."""
CHARACTERS_A_TOKEN = 4.0
"""English text, before a tokeniser has seen it."""
BYTES_A_ROW = 16_000
"""Row, calls, program, execution and compressed trace, before any is on disk."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one model would be asked."""

    model: str
    purpose: str
    """"direct", "scaffolds" or "asks"."""
    calls: int
    prompt_tokens: int
    reply_tokens: int
    """Expected, or at most, when nothing is on record."""
    seconds: float | None
    """Of the model's own time, one call after the other; None when it has no call on record."""
    measured: bool
    """True when tokens come from calls on record rather than from assumptions."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    items: int
    rejected: int
    """Rows of the item files that are no items."""
    rows: int
    rows_done: int
    loads: tuple[Load, ...]
    disk_bytes: int
    """More on disk than now."""
    assumptions: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """Model time of the whole run; None when a part of it is not known."""
        times = [load.seconds for load in self.loads if load.calls]
        known = [time for time in times if time is not None]
        return sum(known) if len(known) == len(times) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class _Past:
    """Means a call of one model for one purpose."""

    prompt_tokens: float
    reply_tokens: float
    seconds: float | None
    """None when it is only a guess."""


def plan_study(config: StudyConfig, folder: Path | None = None) -> Plan:
    """Count what `run_study` would do for a config.

    Args:
        config: What would be run.
        folder: The study folder, if it is there already: its records sharpen the estimate.

    Raises:
        ConfigError, ItemError, ModelError: As `gather`.
    """
    material = gather(config)
    store = (
        Store.open(folder) if folder is not None and (folder / "study.sqlite").exists() else None
    )
    try:
        finished = store.row_ids() if store else set()
        units = list(material.units())
        missing = [unit for unit in units if unit.row_id not in finished]
        past = _past(store) if store else {}
        asks_a_row = _asks_a_row(store) or ASKS_ASSUMED
        loads = tuple(_loads(config, missing, past, asks_a_row))
        size = (folder / "study.sqlite").stat().st_size if store and folder else 0
    finally:
        if store:
            store.close()
    bytes_a_row = size / len(finished) if finished else BYTES_A_ROW
    assumptions = []
    if not finished:
        assumptions += [f"{ASKS_ASSUMED:g} solver calls a scaffold"]
        assumptions += [f"{BYTES_A_ROW / 1000:g} kB a row on disk"]
    if not all(load.measured for load in loads if load.calls):
        assumptions += [f"{CHARACTERS_A_TOKEN:g} characters a token, replies as long as allowed"]
    return Plan(
        items=len(material.items),
        rejected=len(material.item_set.rejected),
        rows=len(units),
        rows_done=len(units) - len(missing),
        loads=loads,
        disk_bytes=round(bytes_a_row * len(missing)),
        assumptions=tuple(assumptions),
    )


def _loads(
    config: StudyConfig, units: list[Unit], past: dict[tuple[str, str], _Past], asks_a_row: float
) -> list[Load]:
    """One load for each model and purpose."""
    loads = []
    for card in {unit.generator.name: unit.generator for unit in units}.values():
        items = _items_of(unit for unit in units if unit.generator.name == card.name)
        guess = _Past(_prompt_guess("generator", items, card), config.generator.max_tokens, None)
        loads.append(_load(card, "scaffolds", len(items), past, guess))
    for card in {unit.solver.name: unit.solver for unit in units}.values():
        ours = [unit for unit in units if unit.solver.name == card.name]
        items = _items_of(ours)
        guess = _Past(_prompt_guess("direct", items, card), config.direct.max_tokens, None)
        loads.append(_load(card, "direct", len(items), past, guess))
        guess = _Past(ASK_TOKENS_ASSUMED, config.ask.max_tokens, None)
        loads.append(_load(card, "asks", len(ours) * asks_a_row, past, guess))
    return loads


def _items_of(units: Iterable[Unit]) -> list[Item]:
    return list({unit.item.id: unit.item for unit in units}.values())


def _load(
    card: ModelCard,
    purpose: str,
    calls: float,
    past: dict[tuple[str, str], _Past],
    guess: _Past,
) -> Load:
    known = past.get((card.name, purpose))
    each = known or guess
    return Load(
        model=card.name,
        purpose=purpose,
        calls=round(calls),
        prompt_tokens=round(calls * each.prompt_tokens),
        reply_tokens=round(calls * each.reply_tokens),
        seconds=None if each.seconds is None else calls * each.seconds,
        measured=known is not None,
    )


def _prompt_guess(name: str, items: list[Item], card: ModelCard) -> float:
    """Mean prompt tokens, guessed from characters over at most 200 items."""
    some = items[:: max(1, len(items) // 200)]
    lengths = [
        sum(len(message.content) for message in render(name, item, card.prompts).messages)
        for item in some
    ]
    return sum(lengths) / len(lengths) / CHARACTERS_A_TOKEN if lengths else 0.0


def _asks_a_row(store: Store | None) -> float | None:
    if store is None:
        return None
    return store.connection.execute("SELECT avg(asks) FROM rows").fetchone()[0]  # type: ignore[no-any-return]


def _past(store: Store) -> dict[tuple[str, str], _Past]:
    """Means of what is on record, by model and purpose."""
    purposes = {
        "direct": "SELECT value FROM rows, json_each(rows.direct_call_ids)",
        "asks": "SELECT value FROM rows, json_each(rows.ask_call_ids)",
        "scaffolds": "SELECT call_id FROM scaffolds",
    }
    past = {}
    for purpose, ids in purposes.items():
        found = store.connection.execute(
            "SELECT model, avg(prompt_tokens), avg(reply_tokens), avg(duration_s)"
            f" FROM calls WHERE reply IS NOT NULL AND id IN ({ids}) GROUP BY model"
        )
        for model, prompt, reply, seconds in found:
            past[model, purpose] = _Past(prompt, reply, seconds)
    return past
