"""One arm answers one item: what it does becomes the record of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from inspect import isawaitable
from typing import cast

from cgr_nb.answer_record import Answer, Role, RunEntry, Setup, TrailEntry
from cgr_nb.arms.budget import Budget, OutOfBudget
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import Outcome, Prepared
from cgr_nb.arms.place import Place, without_gold
from cgr_nb.arms.ports import Resources
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.study_arm import StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.records import Item

__all__ = ["answer_unit", "prepare_setup"]

_PLAIN = frozenset({str, int, bool, type(None)})
"""Types of values that JSON holds as they are."""


async def answer_unit(
    arm: StudyArm,
    resources: Resources,
    unit: Unit,
    id: str,
    roles: Sequence[Role],
    answers: Mapping[str, Answer],
    setup: Setup | None = None,
) -> Answer:
    """Answer one unit with one arm.

    Args:
        arm: The arm.
        resources: What it is answered with.
        unit: The unit.
        id: Of the answer.
        roles: The models that the answer names.
        answers: Those that the arm needs, by arm.
        setup: What was prepared for the dataset.

    Raises:
        CallFailed: A call got no usable reply; nothing is recorded.
        ModelError: A model can't answer at all.
    """
    scaffold = answers.get("cgr")
    context = ArmContext(
        _with_settings(resources, arm),
        Place(
            item=without_gold(unit.item),
            parameters=arm.parameters,
            prompts=arm.prompts,
            answers=answers,
            companions=arm.companions(unit.item),
            setup=setup,
            budget=arm.budget.of(scaffold.totals.solver_calls if scaffold else 0),
            multi=unit.multi,
            control=arm.control,
            owner=id,
        ),
    )
    if arm.control == "foreign" and not arm.companions(unit.item):
        outcome = Outcome.impossible("the dataset has no other item")
    elif setup is not None and setup.status != "ok":
        outcome = Outcome((), setup.status, setup.detail or "nothing was prepared")
    else:
        outcome = await _outcome(arm, context)
    trail = context.trail
    entries = trail.entries
    _check_outcome(arm, unit, outcome, roles, entries, trail.runs)
    return Answer(
        id=id,
        item_id=unit.item.id,
        solver=unit.solver.name if "solver" in roles else None,
        generator=unit.generator.name if unit.generator and "generator" in roles else None,
        arm=arm.name,
        letters=tuple(letter for letter in unit.item.options if letter in outcome.letters),
        status=outcome.status,
        detail=outcome.detail,
        trail=entries,
        runs=trail.runs,
        steps=trail.steps,
        setup=setup.id if setup else None,
        totals=trail.totals,
        facts=dict(outcome.facts),
        difficulty=outcome.difficulty,
        isolation=outcome.isolation,
        error=outcome.error,
    )


def _with_settings(resources: Resources, arm: StudyArm) -> Resources:
    """Resources with the settings that an arm answers with: most have the study's own."""
    same = resources.settings is arm.settings
    return resources if same else replace(resources, settings=arm.settings)


def _check_outcome(
    arm: StudyArm,
    unit: Unit,
    outcome: Outcome,
    roles: Sequence[Role],
    trail: Sequence[TrailEntry],
    noted: Sequence[RunEntry],
) -> None:
    """Refuse what no answer can be: a mistake in the arm, which its author shall hear of.

    Raises:
        ConfigError: See there.
    """
    if not isinstance(outcome, Outcome) or not isinstance(outcome.letters, tuple):
        got = getattr(outcome, "letters", outcome)
        raise ConfigError(
            f"arm {arm.name!r} must answer with an Outcome whose letters are a tuple",
            where=f"item {unit.item.id}",
            got=repr(got)[:80],
            fix='return such as Outcome(("A",), "answered"), or Outcome.read(found)',
        )
    if why := _no_json(outcome.facts):
        raise ConfigError(
            f"arm {arm.name!r} returned facts that are not JSON-serialisable: {why}",
            where=f"item {unit.item.id}",
            fix="use numbers, strings, lists and dictionaries with string keys",
        )
    strange = [letter for letter in outcome.letters if letter not in unit.item.options]
    several = len(set(outcome.letters)) > 1 and not unit.multi
    asked = [entry.role for entry in trail if entry.role not in roles]
    calls_alike = len({entry.key for entry in trail}) < len(trail)
    runs_alike = len({entry.key for entry in noted}) < len(noted)
    if not (strange or several or asked or calls_alike or runs_alike):
        return
    for wrong, what, fix in (
        (strange, "answers with a letter that is no option", "return letters of the options"),
        (
            several,
            "answers with several letters where one is asked",
            "decide on one, or return none",
        ),
        (asked, f"asked a model that is not in its roles: {asked[:1]}", "add it to `roles`"),
        (calls_alike, "gave two calls one key", "give each call its own `key`"),
        (runs_alike, "gave two runs one key", "give each run its own `key`"),
    ):
        if wrong:
            raise ConfigError(f"arm {arm.name!r} {what}", where=f"item {unit.item.id}", fix=fix)


def _no_json(facts: object) -> str:
    """Why facts can't be put on record as they are; empty when they can."""
    if type(facts) is dict and all(
        type(name) is str and type(value) in _PLAIN for name, value in facts.items()
    ):
        return ""
    if not isinstance(facts, Mapping):
        return f"they are no dictionary but of type {type(facts).__name__}"
    try:
        kept = json.loads(json.dumps(dict(facts), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        return str(error)
    return "" if set(kept) == set(facts) else "a key is no text"


async def _outcome(arm: StudyArm, context: ArmContext) -> Outcome:
    """What the arm came to; its own failures leave what it had got to."""
    with _awaited(arm, context, f"item {context.item.id}"):
        return await _answered(arm, context)


async def _answered(arm: StudyArm, context: ArmContext) -> Outcome:
    try:
        coming: object = arm.arm.answer(context)
        if not isawaitable(coming):
            raise ConfigError(
                f"`answer` of arm {arm.name!r} is an ordinary function",
                where=f"item {context.item.id}",
                fix="write `async def answer(self, ctx)`",
            )
        return cast(Outcome, await coming)
    except OutOfBudget as spent:
        steps = context.trail.steps
        return Outcome(steps[-1].letters if steps else (), "budget", spent.what)
    except Refusal as refusal:
        return Outcome((), refusal.status, refusal.what, error=refusal.what)


@contextmanager
def _awaited(arm: StudyArm, context: ArmContext, where: str) -> Iterator[None]:
    """Refuse what an arm came to, or how it failed, if it did not wait for what it had begun.

    Raises:
        ConfigError: An `await` was forgotten.
    """
    failure = None
    try:
        yield
    except CgrError:
        # Abandoned on the way: what was begun beside it need not have come to its turn.
        context.begun.close()
        raise
    except Exception as error:
        failure = error
    if forgotten := context.begun.close():
        raise ConfigError(
            f"arm {arm.name!r} did not wait for {forgotten[0]}",
            where=where,
            fix=f"write `await {forgotten[0]}`",
        ) from failure
    if failure is not None:
        raise failure


async def prepare_setup(
    arm: StudyArm, resources: Resources, unit: Unit, id: str, support: Sequence[Item]
) -> Setup:
    """Prepare what an arm needs for the dataset of a unit.

    Args:
        arm: The arm.
        resources: What it is prepared with.
        unit: Any unit of the dataset and the models.
        id: Of the setup.
        support: Items set aside; an arm that needs no labels is given them without gold.

    Raises:
        CallFailed, ModelError: As `answer_unit`.
    """
    dataset = unit.item.dataset
    if not arm.needs_support:
        support = [without_gold(item) for item in support]
    place = Place(
        Item("", dataset, "", "", {}, None),
        arm.parameters,
        arm.prompts,
        companions=arm.examples(dataset),
        budget=Budget(),
        multi=unit.multi,
        owner=id,
    )
    context = ArmContext(_with_settings(resources, arm), place)
    try:
        with _awaited(arm, context, f"dataset {dataset}"):
            prepared: Prepared = await arm.arm.prepare(context, support)  # type: ignore[attr-defined]
    except Refusal as refusal:
        prepared = Prepared("", status=refusal.status, detail=refusal.what)
    if why := _no_json(prepared.facts):
        raise ConfigError(
            f"arm {arm.name!r} prepared facts that are not JSON-serialisable: {why}",
            where=f"dataset {dataset}",
            fix="use numbers, strings, lists and dictionaries with string keys",
        )
    trail, roles = context.trail, arm.arm.roles
    return Setup(
        id=id,
        arm=arm.name,
        dataset=dataset,
        solver=unit.solver.name if "solver" in roles else None,
        generator=unit.generator.name if unit.generator and "generator" in roles else None,
        text=prepared.text,
        program_id=prepared.program_id,
        trail=trail.entries,
        runs=trail.runs,
        status=prepared.status,
        detail=prepared.detail,
        facts=dict(prepared.facts),
    )
