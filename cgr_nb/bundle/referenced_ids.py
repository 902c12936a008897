"""What belongs to a study: one answer, for the export that writes it and the check that reads it.

A study folder keeps everything, also of items, models and prompts that the study no longer asks
for. What its answers lead to belongs to it; so do calls of its models that nothing leads
to, which a run that was stopped has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cgr_nb.answer_record import Answer, Setup, split_repeat
from cgr_nb.bundle.contents import Records
from cgr_nb.models.identity import call_id, refused_id
from cgr_nb.records import ModelCall, ModelCard
from cgr_nb.study import StudyConfig

__all__ = ["ReferencedIds", "id_of_call", "is_of_a_model", "referenced_ids"]


@dataclass(frozen=True, slots=True)
class ReferencedIds:
    """Ids of what the answers of a study lead to."""

    calls: frozenset[str]
    programs: frozenset[str]
    scaffolds: frozenset[str]
    executions: frozenset[str]
    probed: frozenset[tuple[str, str]]
    """Program and item of each run: what an audit of behaviour can have begun with."""
    models: frozenset[str]
    """Names: of its settings, and those that its calls and runs were recorded under."""


def referenced_ids(config: StudyConfig, records: Records) -> ReferencedIds:
    """Find what the answers among some records lead to.

    Args:
        config: The settings of the study.
        records: Its answers and setups, with whatever else.
    """
    made: list[Answer | Setup] = [*records.answers, *records.setups]
    calls = {entry.call for one in made for entry in one.trail}
    # The generator-side answer is read off a run that is no part of it: that of the assisted one,
    # or, where a study was stopped between the two, one that no answer names yet.
    looked_at = {
        (answer.facts.get("program_id"), answer.item_id)
        for answer in records.answers
        if split_repeat(answer.arm)[0] == "generator_only"
    }
    named = frozenset(run.execution for one in made for run in one.runs)
    covered = {(run.program_id, run.item_id) for run in records.executions if run.id in named}
    executions = named | {
        run.id
        for run in records.executions
        if (run.program_id, run.item_id) in looked_at - covered
        and run.solver in config.models.solvers
    }
    runs = [run for run in records.executions if run.id in executions]
    scaffolds = [scaffold for scaffold in records.scaffolds if scaffold.call_id in calls]
    names = {*config.models.solvers, *config.models.generators}
    names |= {call.model for call in records.calls if call.id in calls}
    programs = _ids(scaffold.program_id for scaffold in scaffolds)
    programs |= _ids(setup.program_id for setup in records.setups)
    return ReferencedIds(
        calls=frozenset(calls),
        programs=programs | {run.program_id for run in runs},
        scaffolds=frozenset(scaffold.id for scaffold in scaffolds),
        executions=executions,
        probed=frozenset((run.program_id, run.item_id) for run in runs),
        models=frozenset(names | {run.solver for run in runs}),
    )


def id_of_call(card: ModelCard, call: ModelCall) -> str:
    """The id that a call has if it was made to this model."""
    id = call_id(card, call.messages, call.sampling)
    return id if call.reply is not None else refused_id(id, card)


def is_of_a_model(call: ModelCall, cards: Mapping[str, Sequence[ModelCard]]) -> bool:
    """Whether a call was made to one of these models: its name, and weights or options."""
    return any(id_of_call(card, call) == call.id for card in cards.get(call.model, ()))


def _ids(ids: Iterable[str | None]) -> frozenset[str]:
    return frozenset(id for id in ids if id is not None)
