"""Every answer of a study as what other tools take one for: an item, the calls made for it, and a
letter.

Direct, assisted ("cgr") and generator-side answers stand beside the other arms. Scores are those of
the study's own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgr_nb.answer_record import OWN_FAILURES, Answer, split_repeat
from cgr_nb.bundle.contents import Contents, frame_of
from cgr_nb.records import Item, ModelCall
from cgr_nb.store.row_view import RowView

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

    row: RowView
    item: Item
    answer: Answer
    solver_calls: tuple[ModelCall, ...]
    """Those on record, in order, refused ones among them."""
    generator_calls: tuple[ModelCall, ...]
    correct: bool | None
    """None when it is in no number of the study: see `not_retained`."""
    not_retained: str
    """Why it is in no number of the study: a key of `analysis.frame.REASONS`, or "arm_error";
    empty when it is in."""

    @property
    def letter(self) -> str | None:
        """The letters of the answer together; None when there are none."""
        return "".join(self.answer.letters) or None

    @property
    def status(self) -> str:
        """See `Answer.status`."""
        return self.answer.status

    @property
    def detail(self) -> str:
        """See `Answer.detail`."""
        return self.answer.detail

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
            "answer_id": self.answer.id,
            "difficulty": self.row.difficulty,
            "program_id": self.answer.facts.get("program_id"),
            "execution_id": self.answer.execution_id,
            "emulated": self.answer.emulated,
            "calls": self.answer.totals.solver_calls,
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
        by_generator = split_repeat(self.arm)[0] == "generator_only"
        return self.generator if by_generator else self.solver

    @property
    def scores(self) -> list[float]:
        """1.0 or 0.0 for each answer that the study's numbers count."""
        return [float(one.correct) for one in self.answers if one.correct is not None]


def groups_of(contents: Contents) -> list[Group]:
    """All answers, by dataset, config, solver, generator and arm."""
    found: dict[tuple[str, str, str, str, str], list[Answered]] = {}
    reasons = _reasons(contents)
    answers = {answer.id: answer for answer in contents.records.answers}
    for row in contents.records.rows:
        unit = contents.units.get(row.id)
        if unit is None:
            continue
        for arm, id in contents.due(unit).items():
            if id in answers:
                key = (row.dataset, row.config, row.solver, row.generator or "", arm)
                one = _answered(contents, row, answers[id], reasons[row.id])
                found.setdefault(key, []).append(one)
    return [
        Group(*key, tuple(sorted(answered, key=lambda one: one.item.id)))
        for key, answered in sorted(found.items())
    ]


def _reasons(contents: Contents) -> dict[str, str]:
    """Row id -> why it is not retained, or ""."""
    from cgr_nb.analysis.frame import annotate

    rows = contents.records.rows
    if not rows:
        return {}
    frame = annotate(frame_of(RowView, rows))
    # Channels that a study does not have keep no answer of another from counting.
    reasons = frame["reason"].where(frame["reason"] != "no_generator", "")
    return dict(zip(frame["id"], reasons, strict=True))


def _answered(contents: Contents, row: RowView, answer: Answer, reason: str) -> Answered:
    item, calls = contents.items[row.item_id], contents.calls

    def made(ids: tuple[str, ...]) -> tuple[ModelCall, ...]:
        return tuple(calls[id] for id in ids if id in calls)

    right = answer.letters == item.gold and answer.status not in OWN_FAILURES
    why_not = reason or ("arm_error" if answer.status == "error" else "")
    return Answered(
        row=row,
        item=item,
        answer=answer,
        solver_calls=made(answer.calls_of("solver")),
        generator_calls=made(answer.calls_of("generator")),
        correct=None if why_not else right,
        not_retained=why_not,
    )
