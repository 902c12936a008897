"""What belongs to a study: one answer, for the export that writes it and the check that reads it.

A study folder keeps everything, also of items, models and prompts that the study no longer asks
for. What its answers lead to belongs to it; so do calls of its models that nothing leads
to, which a run that was stopped has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from cgr_nb.answer_record import split_repeat
from cgr_nb.bundle.contents import Records
from cgr_nb.bundle.record_file import columns
from cgr_nb.models.identity import call_id_of, drawn_json, refused_id, turns_json
from cgr_nb.records import ModelCall, ModelCard
from cgr_nb.study import StudyConfig

__all__ = ["ReferencedIds", "is_of_a_model", "names_a_call", "referenced_ids"]


@dataclass(frozen=True, slots=True)
class ReferencedIds:
    """Ids of what the answers of a study lead to."""

    calls: Set[str]
    programs: Set[str]
    scaffolds: Set[str]
    executions: Set[str]
    """Those of the study: what its answers and setups name, and what they were read off."""
    probed: frozenset[tuple[str, str]]
    """Program and item of each run: what an audit of behaviour can have begun with."""
    models: frozenset[str]
    """Names: of its settings, and those that its calls and runs were recorded under."""


def referenced_ids(
    config: StudyConfig,
    records: Records,
    calls: Iterable[tuple[str, str]] | None = None,
    runs: Iterable[tuple[str, str, str, str]] | None = None,
) -> ReferencedIds:
    """Find what the answers among some records lead to.

    Args:
        config: The settings of the study.
        records: Its answers and setups, with whatever else.
        calls: Id and model of each call; None: those of the records.
        runs: Id, program, item and solver of each run; None: those of the records.
    """
    asked: set[str] = set()
    named: set[str] = set()
    # The generator-side answer is read off a run that is no part of it: that of the assisted one,
    # or, where a study was stopped between the two, one that no answer names yet.
    looked_at = set()
    for trail, runs_of in columns(records.setups, "trail", "runs"):
        asked.update([call for _, _, call, _ in trail])
        named.update([run for _, run in runs_of])
    answers = columns(records.answers, "trail", "runs", "arm", "facts", "item_id")
    for trail, runs_of, arm, facts, item in answers:
        asked.update([call for _, _, call, _ in trail])
        named.update([run for _, run in runs_of])
        if split_repeat(arm)[0] == "generator_only":
            looked_at.add((facts.get("program_id"), item))
    ran = list(
        columns(records.executions, "id", "program_id", "item_id", "solver")
        if runs is None
        else runs
    )
    looked_at -= {(program, item) for id, program, item, _ in ran if id in named}
    named |= {
        id
        for id, program, item, solver in ran
        if (program, item) in looked_at and solver in config.models.solvers
    }
    of_study = [run for run in ran if run[0] in named]
    scaffolds = [scaffold for scaffold in records.scaffolds if scaffold.call_id in asked]
    names = {*config.models.solvers, *config.models.generators}
    there = columns(records.calls, "id", "model") if calls is None else calls
    names.update(model for id, model in there if id in asked)
    programs = _ids(scaffold.program_id for scaffold in scaffolds)
    programs |= _ids(setup.program_id for setup in records.setups)
    return ReferencedIds(
        calls=asked,
        programs=programs | {program for _, program, _, _ in of_study},
        scaffolds=frozenset(scaffold.id for scaffold in scaffolds),
        executions=named,
        probed=frozenset((program, item) for _, program, item, _ in of_study),
        models=frozenset(names.union(solver for _, _, _, solver in of_study)),
    )


def is_of_a_model(call: ModelCall, cards: Mapping[str, Sequence[ModelCard]]) -> bool:
    """Whether a call was made to one of these models: its name, and weights or options.

    Args:
        call: The call.
        cards: Name -> models.
    """
    turns, drawn = turns_json(call.messages), drawn_json(call.sampling)
    return names_a_call(call.id, cards.get(call.model, ()), turns, drawn, call.reply is not None)


def names_a_call(
    id: str, cards: Iterable[ModelCard], turns: str, drawn: str, is_served: bool
) -> bool:
    """Whether an id is that of a call to one of some models.

    Args:
        id: The id.
        cards: The models.
        turns: What it asks, as ids have it.
        drawn: How its reply is drawn, as ids have it.
        is_served: Whether it has a reply.
    """
    for card in cards:
        due = call_id_of(card, turns, drawn)
        if id == (due if is_served else refused_id(due, card)):
            return True
    return False


def _ids(ids: Iterable[str | None]) -> frozenset[str]:
    return frozenset(id for id in ids if id is not None)
