"""What an arm did -> its `ArmAnswer`: from the replies it read, or from the program it ran."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.records import ArmAnswer, Execution, ModelCall, Scaffold
from cgr_nb.study.arms.interface import Arm, answer_id
from cgr_nb.study.units import Unit

__all__ = ["from_program", "from_replies", "without_answer"]


def from_replies(
    arm: Arm,
    unit: Unit,
    letter: str | None,
    status: str,
    detail: str,
    calls: Sequence[ModelCall],
) -> ArmAnswer:
    """An answer that was read out of the solver's replies."""
    prompt, reply = _tokens(calls)
    return ArmAnswer(
        id=answer_id(arm, unit),
        row_id=unit.row_id,
        arm=arm.name,
        letter=letter,
        status=status,
        detail=detail,
        calls=len(calls),
        prompt_tokens=prompt,
        reply_tokens=reply,
        generator_calls=0,
        generator_tokens=0,
        call_ids=tuple(call.id for call in calls),
        program_id=None,
        execution_id=None,
    )


def from_program(
    arm: Arm,
    unit: Unit,
    scaffold: Scaffold,
    execution_id: str | None,
    execution: Execution | None,
    *,
    asks: int,
    asked: Sequence[ModelCall],
    generated: ModelCall | None,
) -> ArmAnswer:
    """An answer that a program returned.

    Args:
        arm: The arm.
        unit: The unit.
        scaffold: The program and where it came from.
        execution_id: Its run; None when the generator's reply held no program.
        execution: The run itself.
        asks: Calls that the solver was asked for, refused ones included.
        asked: Those that were answered.
        generated: The generator's call.
    """
    status, detail = "no_program", "the generator's reply holds no program"
    if execution is not None:
        status, detail = execution.status, execution.detail
    prompt, reply = _tokens(asked)
    written = [generated] if generated is not None else []
    return ArmAnswer(
        id=answer_id(arm, unit),
        row_id=unit.row_id,
        arm=arm.name,
        letter=execution.solver_answer if execution else None,
        status=status,
        detail=detail,
        calls=asks,
        prompt_tokens=prompt,
        reply_tokens=reply,
        generator_calls=len(written),
        generator_tokens=sum(_tokens(written)),
        call_ids=tuple(call.id for call in (*asked, *written)),
        program_id=scaffold.program_id,
        execution_id=execution_id,
    )


def without_answer(arm: Arm, unit: Unit, why: str) -> ArmAnswer:
    """An answer that could not be made, for a reason outside the arm."""
    return from_replies(arm, unit, None, "error", why, ())


def _tokens(calls: Sequence[ModelCall]) -> tuple[int, int]:
    """Prompt and reply tokens."""
    replies = [call.reply for call in calls if call.reply is not None]
    return sum(r.prompt_tokens for r in replies), sum(r.reply_tokens for r in replies)
