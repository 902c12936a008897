"""All rows of a study column by column: values and order are those of `row_view.row_views`, and no
record is made of any answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

from cgr_nb.items import base_id, base_letters
from cgr_nb.records import Item
from cgr_nb.store.database import Store
from cgr_nb.store.encode import load_json, load_json_lists
from cgr_nb.store.row_columns import rows_of_answers
from cgr_nb.store.row_view import RowView, flip_of, is_refused
from cgr_nb.util.collecting import seldom_collected

__all__ = ["ROW_NAMES", "last_rule", "row_lists"]

ROW_NAMES = tuple(field.name for field in fields(RowView))
_DIRECT = (
    *("d.item_id", "d.solver", "d.letters", "d.status", "d.trail", "d.error"),
    "d.solver_prompt_tokens + d.solver_reply_tokens",
)
_CGR = (
    *("c.id", "c.generator", "c.letters", "c.status", "c.detail", "c.trail", "c.runs", "c.facts"),
    *("c.difficulty", "c.isolation", "c.error", "c.solver_calls"),
    "c.solver_prompt_tokens + c.solver_reply_tokens",
)


def row_lists(store: Store) -> list[Sequence[object]]:
    """The columns of `RowView`, in its order."""
    with seldom_collected():
        lines = rows_of_answers(store, ("r.row_id", *_DIRECT, *_CGR, "g.letters"))
        if not lines:
            return [()] * len(ROW_NAMES)
        ids, *told = zip(*lines, strict=True)
        direct, cgr, generator = told[: len(_DIRECT)], told[len(_DIRECT) : -1], told[-1]
        letters_of = lru_cache(4096)(_letters)
        of_item = _once(store)
        items, solvers, said, statuses, trails, errors, tokens = direct
        facts_of_items = [of_item(id) for id in items]
        found: dict[str, Sequence[object]] = {"id": ids, "item_id": items, "solver": solvers}
        for place, name in enumerate(_OF_ITEM):
            found[name] = [facts[place] for facts in facts_of_items]
        told_direct = [letters_of(text) for text in said]
        decoded = load_json_lists(trails)
        failed = [is_refused(status) for status in statuses]
        found["direct_letter"] = ["".join(letters) or None for letters in told_direct]
        found["direct_status"] = [
            "error" if refused else status for refused, status in zip(failed, statuses, strict=True)
        ]
        found["direct_rule"] = [last_rule(trail) for trail in decoded]
        found["direct_retries"] = [max(len(trail) - 1, 0) for trail in decoded]
        found["direct_call_ids"] = [
            tuple([call for _, role, call, _ in trail if role == "solver"]) for trail in decoded
        ]
        found["direct_tokens"] = tokens
        told_cgr = _assisted(found, cgr, letters_of)
        found["generator_letter"] = [
            None if text is None else "".join(letters_of(text)) or None for text in generator
        ]
        found["error"] = [a or b for a, b in zip(errors, cgr[10], strict=True)]
        right, assisted = [], []
        for facts, mine, theirs, there in zip(
            facts_of_items, told_direct, told_cgr, cgr[0], strict=True
        ):
            gold, counts = facts[2], facts[-1]
            right.append(mine == gold if counts else None)
            assisted.append(theirs == gold if counts and there is not None else None)
        found["direct_correct"], found["assisted_correct"] = right, assisted
        tried = zip(failed, found["assisted_status"], right, assisted, strict=True)
        found["flip"] = [
            None if refused or status in (None, "error") else flip_of(mine, theirs)
            for refused, status, mine, theirs in tried
        ]
        return [found[name] for name in ROW_NAMES]


def _assisted(
    found: dict[str, Sequence[object]],
    cgr: Sequence[Sequence[Any]],
    letters_of: Callable[[str], tuple[str, ...]],
) -> list[tuple[str, ...]]:
    """Fill in the assisted channel; gives its letters."""
    _, generators, said, statuses, details, trails, runs, facts, *told = cgr
    difficulties, isolations, _, asks, tokens = told
    letters = [() if text is None else letters_of(text) for text in said]
    decoded = load_json_lists([text or "[]" for text in trails])
    known: list[Any] = load_json_lists([text or "{}" for text in facts])
    of_runs = load_json_lists([text or "[]" for text in runs])
    found["generator"] = generators
    found["assisted_letter"] = ["".join(one) or None for one in letters]
    found["assisted_status"] = [
        "error" if status is not None and is_refused(status) else status for status in statuses
    ]
    found["assisted_detail"] = [detail or "" for detail in details]
    found["asks"] = [number or 0 for number in asks]
    found["difficulty"], found["isolation"] = difficulties, isolations
    for name in ("scaffold_id", "program_id"):
        found[name] = [one.get(name) for one in known]
    found["execution_id"] = [one[-1][1] if one else None for one in of_runs]
    found["ask_call_ids"] = [
        tuple([call for _, role, call, read in trail if role == "solver" and read is None])
        for trail in decoded
    ]
    found["assisted_tokens"] = [number or 0 for number in tokens]
    return letters


_OF_ITEM = (
    *("dataset", "config", "gold", "question", "gold_text", "multi", "options"),
    *("base_id", "base_options"),
)


def _once(store: Store) -> Callable[[str], tuple[Any, ...]]:
    """Of an item its columns, `_OF_ITEM`, and whether it can be scored; worked out once."""
    items = {item.id: item for item in store.items()}

    @lru_cache(None)
    def of(id: str) -> tuple[Any, ...]:
        item: Item = items[id]
        gold = item.gold
        text = "; ".join(item.options[letter] for letter in gold) if gold else None
        return (
            *(item.dataset, item.config, gold, item.question, text, item.multi),
            *("".join(item.options), base_id(item), base_letters(item)),
            gold is not None and (len(gold) == 1 or item.multi),
        )

    return of


def _letters(text: str) -> tuple[str, ...]:
    return tuple(load_json(text))


def last_rule(trail: Sequence[Sequence[Any]]) -> str | None:
    """The rule that read the last reply that was read, of the entries of a trail."""
    reads = [read for _, _, _, read in trail if read is not None]
    return reads[-1][2] if reads else None
