"""The answers of one arm read column by column, for whoever holds thousands of them against others:
no record is made of any."""

from __future__ import annotations

from cgr_nb.store.database import Store
from cgr_nb.store.row_columns import LETTERS

__all__ = ["ARM_ANSWER_COLUMNS", "arms_on_record", "columns_of_arm"]

ARM_ANSWER_COLUMNS = (
    *("row_id", "item_id", "arm", "answer_id", "of_solver", "of_generator", "letter", "status"),
    *("calls", "prompt_tokens", "reply_tokens", "generator_calls", "generator_tokens"),
)
"""What `columns_of_arm` gives. `of_solver` and `of_generator` are the models that the answer rests
on, None where it rests on none; the rest is as in `store.frames.row_answers`."""


def arms_on_record(store: Store) -> list[str]:
    """Names of the arms of the study that have an answer, the three channels first, then by name;
    further seeds ("cgr#2") and controls ("consensus/stub") by the names that they have."""
    found = store._connection.execute(
        "SELECT DISTINCT e.arm FROM expected e JOIN answers a ON a.id = e.answer_id ORDER BY"
        " CASE e.arm WHEN 'direct' THEN 0 WHEN 'cgr' THEN 1 WHEN 'generator_only' THEN 2 ELSE 3"
        " END, e.arm"
    )
    return [arm for (arm,) in found]


def columns_of_arm(store: Store, arm: str) -> list[tuple[object, ...]]:
    """The answers of one arm, a line for each row that has one: `ARM_ANSWER_COLUMNS`.

    Args:
        store: The store.
        arm: The arm's name, as `arms_on_record` tells it.
    """
    found = store._connection.execute(
        "SELECT e.row_id, a.item_id, e.arm, a.id, a.solver, a.generator,"
        f" {LETTERS.format('a.letters')}, a.status, a.solver_calls, a.solver_prompt_tokens,"
        " a.solver_reply_tokens, a.generator_calls,"
        " a.generator_prompt_tokens + a.generator_reply_tokens"
        " FROM expected e JOIN answers a ON a.id = e.answer_id WHERE e.arm = ? ORDER BY e.row_id",
        (arm,),
    )
    return [tuple(line) for line in found]
