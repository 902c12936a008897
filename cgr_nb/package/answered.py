"""Every answer of a study as what other tools take one for: an item, the calls made for it, and a
letter.

The three channels of a row stand beside the arms: "direct", "cgr" (the program with the solver) and
"generator_only" (what the generator believes). Scores are those of the study's own rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cgr_nb.package.contents import Contents, frame_of
from cgr_nb.package.identity import solver_of
from cgr_nb.records import ArmAnswer, Item, ModelCall, Row
from cgr_nb.study.requests import ask_request

__all__ = ["Answered", "Group", "Tokens", "groups_of"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of some calls, refused ones not counted."""

    prompt: int
    reply: int

    @classmethod
    def of(cls, calls: tuple[ModelCall, ...]) -> Tokens:
        """Added up."""
        replies = [call.reply for call in calls if call.reply is not None]
        return cls(sum(r.prompt_tokens for r in replies), sum(r.reply_tokens for r in replies))


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one item."""

    row: Row
    item: Item
    letter: str | None
    status: str
    detail: str
    calls: int
    """Solver calls, refused ones included."""
    solver_calls: tuple[ModelCall, ...]
    """Those on record, in order."""
    generator_calls: tuple[ModelCall, ...]
    program_id: str | None
    execution_id: str | None
    correct: bool | None
    """None when it is in no number of the study: see `not_retained`."""
    not_retained: str
    """Why it is in no number of the study: a key of `analysis.frame.REASONS`, or "arm_error";
    empty when it is in."""

    def facts(self) -> dict[str, Any]:
        """What the study knows of it, JSON-ready: for fields that other tools leave to their
        users."""
        solver, generator = Tokens.of(self.solver_calls), Tokens.of(self.generator_calls)
        return {
            "row_id": self.row.id,
            "solver": self.row.solver,
            "generator": self.row.generator,
            "status": self.status,
            "detail": self.detail,
            "not_retained": self.not_retained,
            "difficulty": self.row.difficulty,
            "program_id": self.program_id,
            "execution_id": self.execution_id,
            "calls": self.calls,
            "prompt_tokens": solver.prompt,
            "reply_tokens": solver.reply,
            "generator_calls": len(self.generator_calls),
            "generator_tokens": generator.prompt + generator.reply,
            "call_ids": [call.id for call in (*self.solver_calls, *self.generator_calls)],
        }


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one arm in one pair."""

    dataset: str
    config: str
    solver: str
    generator: str
    arm: str
    answers: tuple[Answered, ...]
    """By item id."""

    @property
    def model(self) -> str:
        """Name of the model whose answers they are."""
        return self.generator if self.arm == "generator_only" else self.solver

    @property
    def scores(self) -> list[float]:
        """1.0 or 0.0 for each answer that the study's numbers count."""
        return [float(one.correct) for one in self.answers if one.correct is not None]


def groups_of(contents: Contents) -> list[Group]:
    """All answers, by dataset, config, solver, generator and arm."""
    found: dict[tuple[str, str, str, str, str], list[Answered]] = {}
    retention = _retention(contents)
    of_row: dict[str, list[ArmAnswer]] = {}
    for answer in contents.records.arms:
        of_row.setdefault(answer.row_id, []).append(answer)
    for row in contents.records.rows:
        reason, right = retention[row.id]
        for arm, one in _answers(contents, row, of_row.get(row.id, []), reason, right):
            key = (row.dataset, row.config, row.solver, row.generator, arm)
            found.setdefault(key, []).append(one)
    return [
        Group(*key, tuple(sorted(answers, key=lambda one: one.item.id)))
        for key, answers in sorted(found.items())
    ]


def _retention(contents: Contents) -> dict[str, tuple[str, dict[str, bool]]]:
    """Row id -> why it is not retained, or "", and arm -> whether that channel is right."""
    from cgr_nb.analysis.frame import annotate

    rows = contents.records.rows
    if not rows:
        return {}
    frame = annotate(frame_of(Row, rows))
    channels = {
        "direct": frame["direct_correct"],
        "cgr": frame["assisted_correct"],
        "generator_only": frame["generator_correct"],
    }
    right = zip(*(column.tolist() for column in channels.values()), strict=True)
    return {
        id: (reason, dict(zip(channels, values, strict=True)))
        for id, reason, values in zip(frame["id"], frame["reason"], right, strict=True)
    }


def _answers(
    contents: Contents,
    row: Row,
    arms: list[ArmAnswer],
    reason: str,
    right: Mapping[str, bool],
) -> Iterator[tuple[str, Answered]]:
    """The channels of a row, then its arms."""
    item, calls = contents.items[row.item_id], contents.calls

    def made(ids: tuple[str, ...]) -> tuple[ModelCall, ...]:
        return tuple(calls[id] for id in ids if id in calls)

    def answered(correct: bool, why_not: str = reason, **values: Any) -> Answered:  # noqa: ANN401
        return Answered(
            row=row,
            item=item,
            correct=None if why_not else bool(correct),
            not_retained=why_not,
            **values,
        )

    scaffold = contents.scaffolds.get(row.scaffold_id or "")
    written = made((scaffold.call_id,)) if scaffold else ()
    direct = made(row.direct_call_ids)
    yield (
        "direct",
        answered(
            right["direct"],
            letter=row.direct_letter,
            status=row.direct_status,
            detail=f"read by rule {row.direct_rule}" if row.direct_rule else "",
            calls=len(direct),
            solver_calls=direct,
            generator_calls=(),
            program_id=None,
            execution_id=None,
        ),
    )
    yield (
        "cgr",
        answered(
            right["cgr"],
            letter=row.assisted_letter,
            status=row.assisted_status,
            detail=row.assisted_detail,
            calls=row.asks,
            solver_calls=_asked(contents, row.execution_id),
            generator_calls=written,
            program_id=row.program_id,
            execution_id=row.execution_id,
        ),
    )
    yield (
        "generator_only",
        answered(
            right["generator_only"],
            letter=row.generator_letter,
            status="answered" if row.generator_letter else "none",
            detail="GENERATOR_ANSWER of the program",
            calls=0,
            solver_calls=(),
            generator_calls=written,
            program_id=row.program_id,
            execution_id=row.execution_id,
        ),
    )
    for answer in arms:
        ids = answer.call_ids
        split = len(ids) - answer.generator_calls
        run = answer.execution_id
        failed = "arm_error" if answer.status == "error" else ""
        yield (
            answer.arm,
            answered(
                row.gold is not None and (answer.letter,) == row.gold,
                reason or failed,
                letter=answer.letter,
                status=answer.status,
                detail=answer.detail,
                calls=answer.calls,
                solver_calls=_asked(contents, run) if run else made(ids[:split]),
                generator_calls=made(ids[split:]),
                program_id=answer.program_id,
                execution_id=answer.execution_id,
            ),
        )


def _asked(contents: Contents, execution_id: str | None) -> tuple[ModelCall, ...]:
    """The calls behind the asks of a run, refused ones among them; none where no model answered."""
    run = contents.executions.get(execution_id or "")
    card = solver_of(contents, run) if run else None
    if run is None or card is None:
        return ()
    requests = (ask_request(contents.config, run.program_id, ask) for ask in run.calls)
    found = (contents.call(card, request) for request in requests)
    return tuple(call for call in found if call is not None)
