"""What the three channels gave -> the row: for the run that makes it and for whoever checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cgr_nb.records import Ask, Difficulty, ModelCall, Row
from cgr_nb.study.units import Unit

__all__ = ["DirectAnswer", "Ran", "make_row"]


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """The direct channel of one unit."""

    letter: str | None
    status: str
    rule: str | None
    retries: int
    calls: tuple[ModelCall, ...]
    error: str | None


class Ran(Protocol):
    """The part of an execution that a row tells."""

    @property
    def status(self) -> str:
        """How it ended."""
        ...

    @property
    def detail(self) -> str:
        """In words, why."""
        ...

    @property
    def solver_answer(self) -> str | None:
        """The letter returned."""
        ...

    @property
    def generator_answer(self) -> str | None:
        """What the generator believes."""
        ...

    @property
    def difficulty(self) -> Difficulty | None:
        """The generator's estimate."""
        ...

    @property
    def calls(self) -> Sequence[Ask]:
        """What it asked."""
        ...

    @property
    def isolation(self) -> str:
        """Level in force."""
        ...


def make_row(
    unit: Unit,
    straight: DirectAnswer,
    *,
    scaffold_id: str | None,
    program_id: str | None,
    execution_id: str | None,
    execution: Ran | None,
    asked: Sequence[ModelCall],
    refusal: str | None,
) -> Row:
    """Put the channels of a unit side by side.

    Args:
        unit: The item and the models.
        straight: The direct channel.
        scaffold_id: The scaffold; None when the generator could not be asked.
        program_id: Its program; None when the reply held none.
        execution_id: Id of the run; None when there was none.
        execution: The run itself.
        asked: The calls behind its answered asks, in order.
        refusal: Why the generator could not be asked; None when it could.
    """
    status, detail = "no_program", "the generator's reply holds no program"
    if execution is not None:
        status, detail = execution.status, execution.detail
    elif refusal is not None:
        status, detail = "error", refusal
    return Row(
        id=unit.row_id,
        item_id=unit.item.id,
        dataset=unit.item.dataset,
        config=unit.item.config,
        solver=unit.solver.name,
        generator=unit.generator.name,
        gold=unit.item.gold,
        direct_letter=straight.letter,
        direct_status=straight.status,
        direct_rule=straight.rule,
        direct_retries=straight.retries,
        assisted_letter=execution.solver_answer if execution else None,
        assisted_status=status,
        assisted_detail=detail,
        asks=len(execution.calls) if execution else 0,
        generator_letter=execution.generator_answer if execution else None,
        difficulty=execution.difficulty if execution else None,
        scaffold_id=scaffold_id,
        program_id=program_id,
        execution_id=execution_id,
        direct_call_ids=tuple(call.id for call in straight.calls),
        ask_call_ids=tuple(call.id for call in asked),
        direct_tokens=_tokens(straight.calls),
        assisted_tokens=_tokens(asked),
        isolation=execution.isolation if execution else None,
        error=straight.error or refusal,
    )


def _tokens(calls: Sequence[ModelCall]) -> int:
    """Prompt and reply tokens."""
    replies = [call.reply for call in calls if call.reply is not None]
    return sum(reply.prompt_tokens + reply.reply_tokens for reply in replies)
