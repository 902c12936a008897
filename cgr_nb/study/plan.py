"""What a run would do, before it does it: rows, calls, tokens, time and disk.

Counts of rows are exact, and calls that are on record are not counted again. How often a program
asks, how long replies are and how long they take is known from the folder's own records; where
there are none, see `call_cost`, and what is assumed is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.arms.requests import Request, generator_request, template_request
from cgr_nb.arms.study_arm import StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.records import Item, ModelCard
from cgr_nb.store import Store
from cgr_nb.store.past import mean_calls
from cgr_nb.study.call_cost import Basis, CallCost, CallCosts, Purpose
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.units import resolve_inputs

__all__ = ["Plan", "Workload", "plan_study"]

ASKS_ASSUMED = 4.0
"""Solver calls of a scaffold, before any has run."""
_OWN = ("scaffolds", "direct", "asks")
"""Purposes that are no arm's."""
BYTES_A_ROW = 16_000
"""Row, calls, program, execution and compressed trace, before any is on disk."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What one model would be asked."""

    model: str
    purpose: Purpose
    calls: int
    prompt_tokens: int
    reply_tokens: int
    """Expected, where it is on record or tried; else at most."""
    seconds: float | None
    """Of the model's own time, with as many replies at once as it computes; None when not known."""
    basis: Basis
    """What tokens and seconds of one call are taken from."""
    cost: float | None = None
    """Of the tokens, at the price of the model's card; None where it has none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    items: int
    rejected: int
    """Rows of the item files that are no items."""
    rows: int
    rows_done: int
    loads: tuple[Workload, ...]
    disk_bytes: int
    """More on disk than now."""
    assumptions: tuple[str, ...]
    cost: float | None = None
    """Of the calls to be made; those on record are free. None when no model has a price."""
    remarks: tuple[str, ...] = ()
    """What is to be known of the item files: columns not used, items without gold, options that
    stand out; a line each, with the file's name."""
    arm_remarks: tuple[str, ...] = ()
    """Arms whose replies leave no room for a prompt, a line each."""

    @property
    def seconds(self) -> float | None:
        """Model time of the whole run; None when a part of it is not known."""
        times = [load.seconds for load in self.loads if load.calls]
        known = [time for time in times if time is not None]
        return sum(known) if len(known) == len(times) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "seconds": self.seconds}


def plan_study(
    config: StudyConfig,
    folder: Path | None = None,
    *,
    try_models: bool = True,
    on_step: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Count what `run_study` would do for a config.

    Args:
        config: What would be run.
        folder: The study folder, if it is there already: what is on record is not done again.
        try_models: Time each model that has nothing on record: some seconds beside reading its
            weights. Else what its file says of itself is reckoned with.
        on_step: Told what is done, before something that takes a while.

    Raises:
        ConfigError, ItemError, ModelError: As `resolve_inputs`.
    """
    inputs = resolve_inputs(config)
    units = list(inputs.units())
    known = folder is not None and (folder / "study.sqlite").exists()
    store = Store.open(folder) if known and folder else None
    costs = CallCosts(config, store, try_models, on_step)
    try:
        roster = inputs.roster
        recorded = store.answer_ids() if store else set()
        ids = {unit.row_id: roster.ids(unit) for unit in units}
        finished = [
            unit
            for unit in units
            if all(ids[unit.row_id][name] in recorded for name in CHANNELS if name in roster.arms)
        ]
        done = {unit.row_id for unit in finished}
        missing = [unit for unit in units if unit.row_id not in done]
        loads = _loads(config, missing, store, costs)
        for name, arm in roster.arms.items():
            if name not in CHANNELS:
                left = [unit for unit in units if ids[unit.row_id][name] not in recorded]
                loads += _arm_loads(config, arm, left, store, costs)
        size = (folder / "study.sqlite").stat().st_size if store and folder else 0
    finally:
        costs.close()
        if store:
            store.close()
    cards = (*inputs.solvers, *inputs.generators)
    priced = any(card.cost(0, 0) is not None for card in cards)
    bytes_a_row = size / len(finished) if finished else BYTES_A_ROW
    assumptions = []
    if not finished:
        asks = f"{ASKS_ASSUMED:g} solver calls a scaffold, " if inputs.generators else ""
        assumptions += [f"{asks}no re-asks"]
        assumptions += [f"{BYTES_A_ROW / 1000:g} kB a row on disk"]
    if any(load.purpose not in _OWN and load.calls for load in loads):
        assumptions.append(
            "a call of an arm has the tokens of a direct call, or of a scaffold; an arm's longer "
            "prompts and its own max_tokens are not counted"
        )
    assumptions += costs.assumptions(load.basis for load in loads if load.calls)
    return Plan(
        items=len(inputs.items),
        rejected=len(inputs.item_set.rejected),
        rows=len(units),
        rows_done=len(units) - len(missing),
        loads=tuple(loads),
        disk_bytes=round(bytes_a_row * len(missing)),
        assumptions=tuple(assumptions),
        cost=sum(load.cost or 0.0 for load in loads) if priced else None,
        remarks=tuple(inputs.remarks()),
        arm_remarks=tuple(inputs.arm_remarks()),
    )


def _loads(
    config: StudyConfig, units: list[Unit], store: Store | None, costs: CallCosts
) -> list[Workload]:
    """One load for each model and purpose."""
    direct_a_row, asks = (store and mean_calls(store)) or (1.0, None)
    asks_a_row = ASKS_ASSUMED if asks is None else asks
    loads = []
    for card in _generators(units):
        items = _items(unit for unit in units if unit.generator == card)
        requests = [generator_request(config, card, item) for item in items]
        left = [request for request in requests if _unknown(store, card, request)]
        loads.append(_load(card, "scaffolds", len(left), costs.of(card, "scaffolds", requests)))
    for card in {unit.solver.name: unit.solver for unit in units}.values():
        ours = [unit for unit in units if unit.solver.name == card.name]
        requests = [
            template_request(config, "direct", config.direct, card, item) for item in _items(ours)
        ]
        left = [request for request in requests if _unknown(store, card, request)]
        direct = costs.of(card, "direct", requests)
        loads.append(_load(card, "direct", len(left) * direct_a_row, direct))
        # What a program will ask can't be known before it is written: a direct call stands in.
        each = costs.on_record(card, "asks") or replace(direct, basis="assumed")
        assisted = [unit for unit in ours if unit.generator is not None]
        if assisted:
            loads.append(_load(card, "asks", len(assisted) * asks_a_row, each))
    return loads


def _arm_loads(
    config: StudyConfig,
    arm: StudyArm,
    left: list[Unit],
    store: Store | None,
    costs: CallCosts,
) -> list[Workload]:
    """One load for each model that an arm asks; a call costs what a direct one or a scaffold
    does."""
    _, asks = (store and mean_calls(store)) or (1.0, None)
    due = arm.expected(ASKS_ASSUMED if asks is None else asks, config.support.per_dataset)
    found = []
    for card in {unit.solver.name: unit.solver for unit in left}.values():
        ours = [unit for unit in left if unit.solver.name == card.name]
        sets = len({unit.item.dataset for unit in ours}) if arm.prepares else 0
        calls = len(ours) * due.solver_calls + sets * due.solver_setup
        if calls:
            each = costs.of(
                card,
                "direct",
                [template_request(config, "direct", config.direct, card, ours[0].item)],
            )
            found.append(_load(card, arm.name, calls, each))
    for card in _generators(left):
        ours = [unit for unit in left if unit.generator == card]
        items = _items(ours)
        sets = len({item.dataset for item in items}) if arm.prepares else 0
        calls = len(items) * due.generator_calls + sets * due.generator_setup
        if calls:
            each = costs.of(card, "scaffolds", [generator_request(config, card, items[0])])
            found.append(_load(card, arm.name, calls, each))
    return found


def _generators(units: Iterable[Unit]) -> list[ModelCard]:
    named = {unit.generator.name: unit.generator for unit in units if unit.generator is not None}
    return list(named.values())


def _items(units: Iterable[Unit]) -> list[Item]:
    return list({unit.item.id: unit.item for unit in units}.values())


def _unknown(store: Store | None, card: ModelCard, request: Request) -> bool:
    return store is None or store.call(request.call_id(card)) is None


def _load(card: ModelCard, purpose: Purpose, calls: float, each: CallCost) -> Workload:
    return Workload(
        model=card.name,
        purpose=purpose,
        calls=round(calls),
        prompt_tokens=round(calls * each.prompt_tokens),
        reply_tokens=round(calls * each.reply_tokens),
        seconds=None if each.seconds is None else calls * each.seconds,
        basis=each.basis,
        cost=card.cost(calls * each.prompt_tokens, calls * each.reply_tokens),
    )
