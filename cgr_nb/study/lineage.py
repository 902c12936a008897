"""What every answer on record was made from, and what was made from it.

The records say it themselves: an answer's trail names its calls, refused ones among them, and its
runs; what it was given of other arms follows from the study's settings. No model is asked and
nothing is run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from cgr_nb.answer_record import CHANNELS, Answer, Setup, split_repeat
from cgr_nb.arms.requests import ask_request, repeat_settings
from cgr_nb.arms.roster import Roster
from cgr_nb.errors import CgrError
from cgr_nb.models.identity import refused_id
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.store.superseding import RunFacts, run_facts, scaffold_facts
from cgr_nb.study.config import StudyConfig

__all__ = ["Lineage", "arms_given", "lineage_of"]

_LOGGER = logging.getLogger(__name__)

_REFUSED = {"overflow": "context_overflow", "refused": "refused"}


@dataclass(frozen=True)
class Lineage:
    """All answers on record and what they were made from."""

    answers: tuple[Answer, ...]
    setups: tuple[Setup, ...]
    scaffolds: tuple[tuple[str, str, str | None], ...]
    """(id, id of the generator's call, program id)."""
    runs: dict[str, RunFacts]
    calls_of_run: dict[str, frozenset[str]]
    needs: dict[str, frozenset[str]] | None
    """Arm -> arms whose answers it is given; None: not known, so that any may be given any."""

    def calls_of(self, made: Answer | Setup) -> frozenset[str]:
        """Ids of the calls behind an answer or a setup."""
        asked = (self.calls_of_run.get(run.execution, frozenset()) for run in made.runs)
        return frozenset(entry.call for entry in made.trail).union(*asked)

    def statuses_of(self, answer: Answer) -> frozenset[str]:
        """Its status, and "error" beside it where a call was refused."""
        refused = _REFUSED.get(answer.status)
        return frozenset((answer.status, refused, "error") if refused else (answer.status,))

    def built_on(self, lost: Iterable[Answer]) -> set[str]:
        """Ids of the answers that were given one of some others, those themselves among them."""
        of_item: dict[str, list[Answer]] = {}
        for answer in self.answers:
            of_item.setdefault(answer.item_id, []).append(answer)
        found: dict[str, Answer] = {}
        left = list(lost)
        while left:
            answer = left.pop()
            if answer.id in found:
                continue
            found[answer.id] = answer
            left += [
                other
                for other in of_item[answer.item_id]
                if other.id not in found and self._is_given(other, answer)
            ]
        return set(found)

    def _is_given(self, answer: Answer, other: Answer) -> bool:
        """Whether an answer was given the other one."""
        if self.needs is None:
            given = split_repeat(answer.arm)[0] not in CHANNELS
        else:
            given = other.arm in self.needs.get(answer.arm, frozenset())
        # The generator-side answer is read off the run of the assisted one.
        (arm, seed), of = split_repeat(answer.arm), split_repeat(other.arm)
        given = given or (arm == "generator_only" and of == ("cgr", seed))
        return given and all(
            None in (ours, theirs) or ours == theirs
            for ours, theirs in (
                (answer.solver, other.solver),
                (answer.generator, other.generator),
            )
        )


def lineage_of(store: Store, config: StudyConfig) -> Lineage:
    """Read what every answer of a study was made from."""
    runs = {run.id: run for run in run_facts(store)}
    answers = tuple(store.answers(everything=True))
    return Lineage(
        answers=answers,
        setups=tuple(store.setups()),
        scaffolds=tuple(scaffold_facts(store)),
        runs=runs,
        calls_of_run=_calls_of_runs(store, config, runs, answers),
        needs=arms_given(config),
    )


def arms_given(config: StudyConfig) -> dict[str, frozenset[str]] | None:
    """Arm -> arms whose answers it is given; None where that is not known here."""
    try:
        roster = Roster(
            config,
            config.arm_choices(),
            config.channels(),
            (),
            has_generator=True,
            support={"": ()},
            repeats=config.repeats,
        )
    except CgrError as error:
        # An arm of the study is not installed any more: the rest is known all the same.
        _LOGGER.warning("what arms are given can't be told: %s", error)
        return None
    return {name: frozenset(arm.sources.values()) for name, arm in roster.arms.items()}


def _calls_of_runs(
    store: Store, config: StudyConfig, runs: dict[str, RunFacts], answers: Iterable[Answer]
) -> dict[str, frozenset[str]]:
    """Run -> ids of the calls behind its asks, answered and refused ones."""
    cards: dict[str, list[ModelCard]] = {}
    for card in store.models():
        cards.setdefault(card.name, []).append(card)
    settings = [repeat_settings(config, number) for number in range(1, config.repeats + 1)]
    found: dict[str, set[str]] = {}
    for run in runs.values():
        ours = found.setdefault(run.id, set())
        for ask in run.asks:
            for card, seeded in product(cards.get(run.solver, ()), settings):
                id = ask_request(seeded, card, run.program_id, ask).call_id(card)
                ours.add(refused_id(id, card) if ask.reply is None else id)
    # What the records name themselves holds also where a study.toml was changed since.
    for answer in answers:
        if len(answer.runs) == 1 and answer.execution_id in found:
            found[answer.execution_id].update(answer.calls_of("solver"))
    return {id: frozenset(calls) for id, calls in found.items()}
