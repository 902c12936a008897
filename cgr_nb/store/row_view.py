"""Answers -> rows: the three channels of the paper side by side, as a person reads them.

A row is no record. It joins the direct, the assisted (`cgr`) and the generator-side answer of one
(item, solver, generator) under the names that the paper's tables have. In a study without a
generator the other two channels are empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgr_nb.answer_record import Answer
from cgr_nb.items import base_id, base_letters
from cgr_nb.records import Difficulty, Item
from cgr_nb.store.database import Store
from cgr_nb.util.quick_records import quick

__all__ = ["ROW_ORDER", "RowView", "flip_of", "is_refused", "row_of", "row_views"]

_REFUSED = ("overflow", "refused")

ROW_ORDER = " ORDER BY r.dataset, r.config, r.item_id, r.solver, r.generator, r.row_id"
"""In which rows stand, of view `done_rows` by the name r: never that in which they came."""


@quick
@dataclass(frozen=True, slots=True)
class RowView:
    """Three channels of one unit (item, solver, generator)."""

    id: str
    """Content hash of item, models, prompts, sampling and seeds."""
    item_id: str
    dataset: str
    config: str
    solver: str
    generator: str | None
    """None in a study without a generator; then the assisted and the generator-side channel are
    empty."""
    gold: tuple[str, ...] | None

    direct_letter: str | None
    """Several letters stand together: "AC"."""
    direct_status: str
    """An ExtractionStatus, or "error" when the call itself failed (see `error`)."""
    direct_rule: str | None
    direct_retries: int
    """Re-asks that were needed because no letter could be read."""

    assisted_letter: str | None
    assisted_status: str | None
    """An ExecutionStatus, "no_program" when the generator wrote none, or "error"."""
    assisted_detail: str
    asks: int
    """Solver calls that the program made."""

    generator_letter: str | None
    difficulty: Difficulty | None

    scaffold_id: str | None
    program_id: str | None
    execution_id: str | None
    direct_call_ids: tuple[str, ...]
    ask_call_ids: tuple[str, ...]
    """Of the asks that were answered."""
    direct_tokens: int
    """Prompt and reply tokens of the direct channel."""
    assisted_tokens: int
    """Prompt and reply tokens of all asks of the program."""
    isolation: str | None
    error: str | None
    """Why the row could not be completed ("context_overflow: ..."); None when it was."""

    direct_correct: bool | None
    """None where it can't be said: gold is not known, or of several letters where one is asked."""
    assisted_correct: bool | None
    flip: str | None
    """"gain": only assisted is right; "loss": only direct is; "both_right", "both_wrong"; None
    where one of them can't be said, or was not tried."""
    question: str
    gold_text: str | None
    """Text of the correct option, of several joined by "; "; None when not known."""
    multi: bool
    """Whether the answer is a set of letters."""
    options: str
    """Letters of the options, in presented order: "ABCD"."""
    base_id: str
    """The item whose options this one presents in another order; `item_id` where it is none."""
    base_options: str
    """For each of `options` the letter that its text has in that item: equal to `options` where the
    order is the item's own."""


def row_of(
    id: str, item: Item, direct: Answer, cgr: Answer | None, generator_only: Answer | None
) -> RowView:
    """Put the channels of a unit side by side.

    Args:
        id: Of the row.
        item: The item.
        direct: The direct answer.
        cgr: The assisted one; None in a study without a generator.
        generator_only: The generator-side one.
    """
    direct_failed = is_refused(direct.status)
    gold = item.gold
    counts = gold is not None and (len(gold) == 1 or item.multi)
    direct_right = direct.letters == gold if counts else None
    assisted_right = cgr.letters == gold if counts and cgr is not None else None
    assisted_status = None
    if cgr is not None:
        assisted_status = "error" if is_refused(cgr.status) else cgr.status
    reads = [entry.read for entry in direct.trail if entry.read is not None]
    tried = not direct_failed and assisted_status not in (None, "error")
    return RowView(
        id=id,
        item_id=item.id,
        dataset=item.dataset,
        config=item.config,
        solver=direct.solver or "",
        generator=cgr.generator if cgr else None,
        gold=gold,
        direct_letter="".join(direct.letters) or None,
        direct_status="error" if direct_failed else direct.status,
        direct_rule=reads[-1].rule if reads else None,
        direct_retries=max(len(direct.trail) - 1, 0),
        assisted_letter=("".join(cgr.letters) or None) if cgr else None,
        assisted_status=assisted_status,
        assisted_detail=cgr.detail if cgr else "",
        asks=cgr.totals.solver_calls if cgr else 0,
        generator_letter=("".join(generator_only.letters) or None) if generator_only else None,
        difficulty=cgr.difficulty if cgr else None,
        scaffold_id=cgr.facts.get("scaffold_id") if cgr else None,
        program_id=cgr.facts.get("program_id") if cgr else None,
        execution_id=cgr.execution_id if cgr else None,
        direct_call_ids=direct.calls_of("solver"),
        ask_call_ids=_answered_asks(cgr) if cgr else (),
        direct_tokens=_solver_tokens(direct),
        assisted_tokens=_solver_tokens(cgr) if cgr else 0,
        isolation=cgr.isolation if cgr else None,
        error=direct.error or (cgr.error if cgr else None),
        direct_correct=direct_right,
        assisted_correct=assisted_right,
        flip=flip_of(direct_right, assisted_right) if tried else None,
        question=item.question,
        gold_text="; ".join(item.options[letter] for letter in gold) if gold else None,
        multi=item.multi,
        options="".join(item.options),
        base_id=base_id(item),
        base_options=base_letters(item),
    )


def is_refused(status: str) -> bool:
    """Whether a channel of this status was not tried, for an outside reason."""
    return status in _REFUSED


def flip_of(direct: bool | None, assisted: bool | None) -> str | None:
    """What assistance did to one row; None where a channel can't be scored."""
    if direct is None or assisted is None:
        return None
    if direct:
        return "both_right" if assisted else "loss"
    return "gain" if assisted else "both_wrong"


def _answered_asks(cgr: Answer) -> tuple[str, ...]:
    return tuple(entry.call for entry in cgr.trail if entry.role == "solver" and entry.read is None)


def _solver_tokens(answer: Answer) -> int:
    return answer.totals.solver_prompt_tokens + answer.totals.solver_reply_tokens


def row_views(store: Store, ids: str | None = None) -> Iterator[RowView]:
    """The rows of the study that are done, by dataset, configuration, item, solver and generator:
    never by when they came.

    Args:
        store: The store.
        ids: One row id; None: all.
    """
    some = "" if ids is None else " WHERE r.row_id = :id"
    items = {item.id: item for item in store.items()} if ids is None else {}
    cursor = store._connection.execute(
        "SELECT r.row_id, r.direct_id, r.cgr_id, r.generator_only_id"
        f" FROM done_rows r{some}{ROW_ORDER}",
        {"id": ids},
    )
    for row, *answers in cursor.fetchall():
        direct, cgr, generator_only = (store.answer(id) if id else None for id in answers)
        assert direct is not None  # it was joined a moment ago
        item = items.get(direct.item_id) or store.item(direct.item_id)
        assert item is not None
        yield row_of(row, item, direct, cgr, generator_only)
