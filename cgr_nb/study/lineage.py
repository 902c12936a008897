"""What every answer on record was made from: the calls, the program and the run behind it.

Most of it the records say themselves. What they do not name is found as a rerun would find it, by
content: the calls that a run asked for and was refused, and the generator's call where it was
refused and there is no program. No model is asked and nothing is run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import CgrError
from cgr_nb.items import ItemSet
from cgr_nb.models.identity import call_id
from cgr_nb.records import (
    ArmAnswer,
    Execution,
    Message,
    ModelCall,
    ModelCard,
    Reply,
    Row,
    Sampling,
    Scaffold,
)
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.store.superseding import RunFacts, all_answers, all_rows, run_facts, scaffold_facts
from cgr_nb.study.arms import open_arms
from cgr_nb.study.arms.interface import answer_id
from cgr_nb.study.caller import Caller, refused_id
from cgr_nb.study.channels import Bench, answer_unit
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.requests import ask_request
from cgr_nb.study.units import Material, Unit

__all__ = ["Lineage", "Use", "lineage_of"]

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Use:
    """One answer, and the calls that it was made from."""

    arm: str
    """direct, cgr, generator_only, or the name of an arm."""
    status: str
    item_id: str
    solver: str
    calls: frozenset[str]
    execution_id: str | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """All answers on record and what they were made from."""

    rows: tuple[Row, ...]
    answers: tuple[ArmAnswer, ...]
    scaffolds: tuple[tuple[str, str, str | None], ...]
    """(id, id of the generator's call, program id)."""
    runs: dict[str, RunFacts]
    calls_of_run: dict[str, frozenset[str]]
    calls_of_row: dict[str, frozenset[str]]
    """Direct calls, asks, and the generator's call."""
    calls_of_answer: dict[str, frozenset[str]]
    uses: tuple[Use, ...]


def lineage_of(store: Store, config: StudyConfig) -> Lineage:
    """Read what every answer of a study was made from."""
    rows, answers = tuple(all_rows(store)), tuple(all_answers(store))
    runs = {run.id: run for run in run_facts(store)}
    scaffolds = tuple(scaffold_facts(store))
    asked = _calls_of_runs(store, config, rows, answers, runs)
    refused = _Tracer(store, config).trace(rows, answers)
    written = {id: call for id, call, _ in scaffolds}
    nothing: frozenset[str] = frozenset()
    calls_of_row, uses = {}, []
    for row in rows:
        direct = frozenset(row.direct_call_ids)
        generator = frozenset(
            {written[row.scaffold_id]} if row.scaffold_id in written else nothing
        ) | (refused.get(row.id, nothing) - direct)
        ran = asked.get(row.execution_id or "", nothing) | frozenset(row.ask_call_ids)
        calls_of_row[row.id] = direct | generator | ran
        believed = "answered" if row.generator_letter else "none"
        for arm, status, calls, run in (
            ("direct", row.direct_status, direct, None),
            ("cgr", row.assisted_status, generator | ran, row.execution_id),
            ("generator_only", believed, generator, None),
        ):
            uses.append(Use(arm, status, row.item_id, row.solver, calls, run))
    of_row = {row.id: row for row in rows}
    calls_of_answer = {}
    for answer in answers:
        calls = (
            frozenset(answer.call_ids)
            | asked.get(answer.execution_id or "", nothing)
            | refused.get(answer.id, nothing)
        )
        calls_of_answer[answer.id] = calls
        if parent := of_row.get(answer.row_id):
            where = parent.item_id, parent.solver
            uses.append(Use(answer.arm, answer.status, *where, calls, answer.execution_id))
    return Lineage(
        rows, answers, scaffolds, runs, asked, calls_of_row, calls_of_answer, tuple(uses)
    )


def _calls_of_runs(
    store: Store,
    config: StudyConfig,
    rows: Sequence[Row],
    answers: Sequence[ArmAnswer],
    runs: dict[str, RunFacts],
) -> dict[str, frozenset[str]]:
    """Run -> ids of the calls behind its asks, answered and refused ones."""
    cards: dict[str, list[ModelCard]] = {}
    for card in store.models():
        cards.setdefault(card.name, []).append(card)
    found: dict[str, set[str]] = {}
    for run in runs.values():
        ours = found.setdefault(run.id, set())
        for ask in run.asks:
            for card in cards.get(run.solver, ()):
                id = ask_request(config, run.program_id, ask).call_id(card)
                ours.add(refused_id(id, card) if ask.reply is None else id)
    # What the records name themselves holds also where a study.toml was changed since.
    for row in rows:
        if row.execution_id in found:
            found[row.execution_id].update(row.ask_call_ids)
    for answer in answers:
        if answer.execution_id in found:
            split = len(answer.call_ids) - answer.generator_calls
            found[answer.execution_id].update(answer.call_ids[:split])
    return {id: frozenset(calls) for id, calls in found.items()}


class _NotOnRecord(CgrError):
    """What an answer would need next is not on record; what it needed before is known."""


class _Tracer:
    """Makes answers again from the record, to see which calls they look up."""

    def __init__(self, store: Store, config: StudyConfig) -> None:
        self._store = store
        self._config = config

    def trace(self, rows: Sequence[Row], answers: Sequence[ArmAnswer]) -> dict[str, frozenset[str]]:
        """Id of a row or answer -> calls, of those that failed before there was a program."""
        lost = {row.id for row in rows if row.scaffold_id is None}
        silent = {
            answer.id for answer in answers if answer.status == "error" and not answer.call_ids
        }
        if not lost and not silent:
            return {}
        try:
            return run_blocking(lambda: self._trace({row.id: row for row in rows}, lost, silent))
        except CgrError as error:
            # Templates or arms of the study are not there any more: the rest is known all the same.
            _LOGGER.warning("calls that were refused can't be told apart: %s", error)
            return {}

    async def _trace(
        self, rows: dict[str, Row], lost: set[str], silent: set[str]
    ) -> dict[str, frozenset[str]]:
        # SQLite keeps a connection to the thread that opened it.
        with Store.open(self._store.path.parent) as store:
            material = _material(store, self._config)
            arms = open_arms(self._config.arms, material)
            found: dict[str, frozenset[str]] = {}
            for unit in material.units():
                row = rows.get(unit.row_id)
                if row is None:
                    continue
                if row.id in lost:
                    found[row.id] = await self._seen(store, unit, answer_unit, unit)
                for arm in arms:
                    if (id := answer_id(arm, unit)) in silent:
                        found[id] = await self._seen(store, unit, arm.answer, unit, row)
        return found

    async def _seen(
        self, store: Store, unit: Unit, do: Callable[..., object], *arguments: object
    ) -> frozenset[str]:
        watched = _WatchedStore(store)
        bench = Bench(
            config=self._config,
            store=watched,
            caller=Caller(watched),
            sandbox=Sandbox(),
            solver=_Silent(unit.solver),
            generator=_Silent(unit.generator),
        )
        try:
            await do(bench, *arguments)  # type: ignore[misc]  # both are coroutine functions
        except CgrError as error:
            _LOGGER.debug("row %s: traced up to %s", unit.row_id, error.what)
        return frozenset(watched.seen)


class _WatchedStore(Store):
    """A store that is only read, and remembers which calls were found in it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.path, store.connection)
        self.seen: set[str] = set()

    def call(self, id: str) -> ModelCall | None:
        """See `Store.call`."""
        found = super().call(id)
        if found is not None:
            self.seen.add(id)
        return found

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """Nothing is written."""

    def execution(self, id: str) -> Execution:
        """See `Store.execution`.

        Raises:
            _NotOnRecord: It is not there; nothing is run in its place.
        """
        found = super().execution(id)
        if found is None:
            raise _NotOnRecord("a run", where=id)
        return found


class _Silent:
    """A model that says nothing beyond the record."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`.

        Raises:
            _NotOnRecord: Always.
        """
        raise _NotOnRecord("a call", where=call_id(self.card, messages, sampling))

    def count_tokens(self, messages: Sequence[Message]) -> NoReturn:
        """See `Model.count_tokens`."""
        raise _NotOnRecord("a count of tokens", where=self.card.name)

    async def close(self) -> None:
        """See `Model.close`."""


def _material(store: Store, config: StudyConfig) -> Material:
    """What the study is made of, from the record: its files need not be there any more."""
    cards: dict[str, list[ModelCard]] = {}
    for card in store.models():
        cards.setdefault(card.name, []).append(card)

    def named(names: Sequence[str]) -> Iterator[ModelCard]:
        for name in names:
            yield from cards.get(name, ())

    every = Material(
        config=config,
        items=tuple(store.items()),
        item_set=ItemSet(()),
        solvers=tuple(named(config.models.solvers)),
        generators=tuple(named(config.models.generators)),
    )
    wanted = store.wanted_ids()
    ours = {unit.item.id for unit in every.units() if unit.row_id in wanted}
    # Which program is a foreign one depends on which items there are.
    return replace(every, items=tuple(item for item in every.items if item.id in ours))
