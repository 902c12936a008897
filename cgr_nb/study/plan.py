"""What a run would do, before it does it: rows, calls, tokens, time and disk.

Counts of rows are exact, and calls that are on record are not counted again. How often a program
asks, how long replies are and how long they take is known from the folder's own records; where
there are none, each model is tried on one item, and what can't be tried is assumed and said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import RequestError
from cgr_nb.models import open_model
from cgr_nb.records import Item, ModelCard
from cgr_nb.store import Store
from cgr_nb.study.arms import Arm, open_arms
from cgr_nb.study.arms.interface import answer_id
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.requests import Request, direct_request, generator_request
from cgr_nb.study.units import Unit, gather

__all__ = ["Load", "Plan", "plan_study"]

ASKS_ASSUMED = 4.0
"""Solver calls of a scaffold, before any has run."""
BYTES_A_ROW = 16_000
"""Row, calls, program, execution and compressed trace, before any is on disk."""

Purpose = str
"""scaffolds, direct, asks, or the name of an arm."""
Basis = Literal["on record", "one try", "assumed"]


@dataclass(frozen=True, slots=True)
class Load:
    """What one model would be asked."""

    model: str
    purpose: Purpose
    calls: int
    prompt_tokens: int
    reply_tokens: int
    """Expected; at most, when it is assumed."""
    seconds: float | None
    """Of the model's own time, one call after the other; None when not known."""
    basis: Basis
    """What tokens and seconds of one call are taken from."""


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
    remarks: tuple[str, ...] = ()
    """What is to be known of the item files: columns not used, items without gold, options that
    stand out; a line each, with the file's name."""

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
class _Each:
    """One call of a model for one purpose."""

    prompt_tokens: float
    reply_tokens: float
    seconds: float | None
    basis: Basis


def plan_study(config: StudyConfig, folder: Path | None = None, *, try_models: bool = True) -> Plan:
    """Count what `run_study` would do for a config.

    Args:
        config: What would be run.
        folder: The study folder, if it is there already: what is on record is not done again.
        try_models: Ask each model that has nothing on record for one reply, which is not kept.

    Raises:
        ConfigError, ItemError, ModelError: As `gather`.
    """
    material = gather(config)
    units = list(material.units())
    known = folder is not None and (folder / "study.sqlite").exists()
    store = Store.open(folder) if known and folder else None
    try:
        finished = store.row_ids() if store else set()
        missing = [unit for unit in units if unit.row_id not in finished]
        loads = _loads(config, missing, store, try_models)
        loads += _arm_loads(open_arms(config.arms, material), units, store, loads)
        size = (folder / "study.sqlite").stat().st_size if store and folder else 0
    finally:
        if store:
            store.close()
    bytes_a_row = size / len(finished) if finished else BYTES_A_ROW
    assumptions = []
    if not finished:
        assumptions += [f"{ASKS_ASSUMED:g} solver calls a scaffold, no re-asks"]
        assumptions += [f"{BYTES_A_ROW / 1000:g} kB a row on disk"]
    if any(load.basis == "assumed" for load in loads if load.calls):
        assumptions += ["asks as long as direct prompts" if try_models else "no model was tried"]
    return Plan(
        items=len(material.items),
        rejected=len(material.item_set.rejected),
        rows=len(units),
        rows_done=len(units) - len(missing),
        loads=tuple(loads),
        disk_bytes=round(bytes_a_row * len(missing)),
        assumptions=tuple(assumptions),
        remarks=tuple(material.remarks()),
    )


def _loads(
    config: StudyConfig, units: list[Unit], store: Store | None, try_models: bool
) -> list[Load]:
    """One load for each model and purpose."""
    past = store.past_calls() if store else {}
    direct_a_row, asks_a_row = (store and store.mean_calls_a_row()) or (1.0, ASKS_ASSUMED)

    def each(card: ModelCard, purpose: Purpose, request: Request | None) -> _Each:
        if (card.name, purpose) in past:
            return _Each(*past[card.name, purpose], "on record")
        if request is not None and try_models:
            return run_blocking(lambda: _try(card, request))
        most = request.sampling.max_tokens if request else config.direct.max_tokens
        return _Each(0, most, None, "assumed")

    loads = []
    for card in {unit.generator.name: unit.generator for unit in units}.values():
        items = _items(unit for unit in units if unit.generator.name == card.name)
        requests = [generator_request(config, card, item) for item in items]
        left = [request for request in requests if _unknown(store, card, request)]
        loads.append(_load(card, "scaffolds", len(left), each(card, "scaffolds", requests[0])))
    for card in {unit.solver.name: unit.solver for unit in units}.values():
        ours = [unit for unit in units if unit.solver.name == card.name]
        requests = [direct_request(config, card, item) for item in _items(ours)]
        left = [request for request in requests if _unknown(store, card, request)]
        direct = each(card, "direct", requests[0])
        loads.append(_load(card, "direct", len(left) * direct_a_row, direct))
        # What a program will ask can't be known before it is written: a direct call stands in.
        asks = each(card, "asks", None)
        if asks.basis == "assumed" and try_models:
            asks = _Each(direct.prompt_tokens, direct.reply_tokens, direct.seconds, "assumed")
        loads.append(_load(card, "asks", len(ours) * asks_a_row, asks))
    return loads


def _arm_loads(
    arms: list[Arm], units: list[Unit], store: Store | None, loads: list[Load]
) -> list[Load]:
    """One load for each arm and model that it asks; a call costs what a direct one or a scaffold
    does."""
    answered = store.arm_ids() if store else set()
    _, asks = (store and store.mean_calls_a_row()) or (1.0, ASKS_ASSUMED)
    costs = {(load.model, load.purpose): load for load in loads}
    found = []
    for arm in arms:
        left = [unit for unit in units if answer_id(arm, unit) not in answered]
        a_row, an_item = arm.expected(asks)
        for card in {unit.solver.name: unit.solver for unit in left}.values() if a_row else ():
            rows = sum(unit.solver.name == card.name for unit in left)
            found.append(_like(costs[card.name, "direct"], arm.name, rows * a_row))
        for card in {unit.generator.name: unit.generator for unit in left}.values():
            items = _items(unit for unit in left if unit.generator.name == card.name)
            if an_item:
                like = costs[card.name, "scaffolds"]
                found.append(_like(like, arm.name, len(items) * an_item))
    return found


def _like(load: Load, purpose: Purpose, calls: float) -> Load:
    """As many calls for another purpose, each as that load's."""
    each = calls / load.calls if load.calls else 0.0
    return replace(
        load,
        purpose=purpose,
        calls=round(calls),
        prompt_tokens=round(load.prompt_tokens * each),
        reply_tokens=round(load.reply_tokens * each),
        seconds=None if load.seconds is None else load.seconds * each,
    )


def _items(units: Iterable[Unit]) -> list[Item]:
    return list({unit.item.id: unit.item for unit in units}.values())


def _unknown(store: Store | None, card: ModelCard, request: Request) -> bool:
    return store is None or store.call(request.call_id(card)) is None


async def _try(card: ModelCard, request: Request) -> _Each:
    model = open_model(card)
    try:
        # The first reply also loads the weights; the second one is what a run of many will see.
        await model.reply(request.messages, request.sampling)
        reply = await model.reply(request.messages, request.sampling)
    except RequestError:
        return _Each(0, request.sampling.max_tokens, None, "assumed")
    finally:
        await model.close()
    return _Each(reply.prompt_tokens, reply.reply_tokens, reply.duration_s, "one try")


def _load(card: ModelCard, purpose: Purpose, calls: float, each: _Each) -> Load:
    return Load(
        model=card.name,
        purpose=purpose,
        calls=round(calls),
        prompt_tokens=round(calls * each.prompt_tokens),
        reply_tokens=round(calls * each.reply_tokens),
        seconds=None if each.seconds is None else calls * each.seconds,
        basis=each.basis,
    )
