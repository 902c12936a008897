"""What the record says of calls and programs taken together: for plans and audits."""

from __future__ import annotations

from cgr_nb.store.database import Store

__all__ = ["mean_calls", "past_calls", "programs_run"]


def past_calls(store: Store) -> dict[tuple[str, str], tuple[float, float, float]]:
    """(model, purpose) -> mean prompt tokens, reply tokens and seconds of the calls on record.

    Purposes are "direct", "asks" and "scaffolds".
    """
    entries = (
        "SELECT json_extract(entry.value, '$[2]') FROM answers, json_each(trail) AS entry"
        " WHERE arm = '{}' AND json_extract(entry.value, '$[1]') = 'solver'"
    )
    purposes = {
        "direct": entries.format("direct"),
        "asks": entries.format("cgr"),
        "scaffolds": "SELECT call_id FROM scaffolds",
    }
    return {
        (found[0], purpose): tuple(found[1:])
        for purpose, ids in purposes.items()
        for found in store._connection.execute(
            "SELECT model, avg(prompt_tokens), avg(reply_tokens), avg(duration_s)"
            f" FROM calls WHERE reply IS NOT NULL AND id IN ({ids}) GROUP BY model"
        )
    }


def mean_calls(store: Store) -> tuple[float, float | None] | None:
    """Mean calls of direct answers (re-asks counted), and mean asks of assisted ones where
    there are any; None without."""
    found = dict(
        map(
            tuple,
            store._connection.execute("SELECT arm, avg(solver_calls) FROM answers GROUP BY arm"),
        )
    )
    return (found["direct"], found.get("cgr")) if "direct" in found else None


def programs_run(store: Store) -> list[tuple[str, str]]:
    """(program id, id of its first execution) of the study's programs that defined `solve`."""
    found = store._connection.execute(
        "SELECT e.program_id, min(e.id) FROM executions e JOIN assisted_answers a"
        " ON e.id = a.execution_id WHERE e.status NOT IN ('syntax_error', 'interface_error')"
        " GROUP BY e.program_id ORDER BY e.program_id"
    )
    return [(program_id, execution_id) for program_id, execution_id in found]
