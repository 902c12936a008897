"""What belongs to a study: one answer, for the export that writes it and the check that reads it.

A study folder keeps everything, also of items, models and prompts that the study no longer asks
for. What its rows and answers lead to belongs to it; so do calls of its models that nothing leads
to, which a run that was stopped has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cgr_nb.models.identity import call_id
from cgr_nb.package.contents import Records
from cgr_nb.records import ArmAnswer, ModelCall, ModelCard, Row
from cgr_nb.study import StudyConfig
from cgr_nb.study.caller import refused_id

__all__ = ["Belonging", "belonging", "id_of_call", "is_of_a_model"]


@dataclass(frozen=True, slots=True)
class Belonging:
    """Ids of what the rows and answers of a study lead to."""

    calls: frozenset[str]
    programs: frozenset[str]
    scaffolds: frozenset[str]
    executions: frozenset[str]
    probed: frozenset[tuple[str, str]]
    """Program and item of each run: what an audit of behaviour can have begun with."""
    models: frozenset[str]
    """Names: of its settings, and those that its calls and runs were recorded under."""


def belonging(config: StudyConfig, records: Records) -> Belonging:
    """Find what the rows and answers among some records lead to.

    Args:
        config: The settings of the study.
        records: Its rows and answers, with whatever else.
    """
    answers: list[Row | ArmAnswer] = [*records.rows, *records.arms]
    calls = {id for row in records.rows for id in (*row.direct_call_ids, *row.ask_call_ids)}
    calls |= {id for answer in records.arms for id in answer.call_ids}
    of_rows = {row.scaffold_id for row in records.rows}
    scaffolds = [
        scaffold
        for scaffold in records.scaffolds
        if scaffold.id in of_rows or scaffold.call_id in calls
    ]
    calls |= {scaffold.call_id for scaffold in scaffolds}
    executions = _ids(answer.execution_id for answer in answers)
    runs = [run for run in records.executions if run.id in executions]
    names = {*config.models.solvers, *config.models.generators}
    names |= {call.model for call in records.calls if call.id in calls}
    return Belonging(
        calls=frozenset(calls),
        programs=_ids(answer.program_id for answer in answers),
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
