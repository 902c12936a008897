"""The tables of a store as pandas frames, for analysis and for people.

Rows, programs and executions are those of the study as it was last run; calls and items are all
that are on record. What was superseded (see `superseding`) is in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from cgr_nb.records import ArmAnswer, Row, Verdict
from cgr_nb.store.database import Store
from cgr_nb.surrogates import escape_surrogates

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "arms",
    "call_costs",
    "calls",
    "dependence",
    "executions",
    "items",
    "programs",
    "rows",
    "scaffolds",
    "verdicts",
]

_WANTED = "SELECT {} FROM rows WHERE id IN (SELECT row_id FROM wanted)"


def rows(store: Store) -> pd.DataFrame:
    """One line a row, the columns of `Row`; tuples stay tuples."""
    names = [field.name for field in fields(Row)]
    return _frame(names, ([getattr(row, name) for name in names] for row in store.rows()))


def arms(store: Store) -> pd.DataFrame:
    """One line an answer of an arm, the columns of `ArmAnswer`; tuples stay tuples."""
    names = [field.name for field in fields(ArmAnswer)]
    return _frame(names, ([getattr(arm, name) for name in names] for arm in store.arms()))


def items(store: Store) -> pd.DataFrame:
    """One line an item: id, dataset, config, question, options, gold, context."""
    names = ["id", "dataset", "config", "question", "options", "gold", "context"]
    return _frame(names, ([getattr(item, name) for name in names] for item in store.items()))


def calls(store: Store) -> pd.DataFrame:
    """One line a call: id, model, the last message, reply, finish, tokens, duration_s (seconds),
    error, thoughts and thought_tokens."""
    names = ["id", "model", "prompt", "reply", "finish", "prompt_tokens", "reply_tokens"]
    names += ["duration_s", "error", "thoughts", "thought_tokens"]
    last = "json_extract(messages, '$[#-1].content')"
    columns = [f"{last} AS prompt" if name == "prompt" else name for name in names]
    if not store.has_thoughts:
        columns[-2:] = ["NULL AS thoughts", "NULL AS thought_tokens"]
    return _query(store, f"SELECT {', '.join(columns)} FROM calls ORDER BY id", names)


def call_costs(store: Store) -> pd.DataFrame:
    """One line a call, with its reply and without its prompt and its thoughts, but for whether it
    has any: what a report of a large study can hold in memory."""
    names = [
        "id",
        "model",
        "reply",
        "finish",
        "prompt_tokens",
        "reply_tokens",
        "duration_s",
        "error",
        "has_thoughts",
    ]
    thought = "thoughts IS NOT NULL" if store.has_thoughts else "0"
    columns = [f"{thought} AS {name}" if name == names[-1] else name for name in names]
    return _query(store, f"SELECT {', '.join(columns)} FROM calls ORDER BY id", names)


def programs(store: Store) -> pd.DataFrame:
    """One line a scaffold: id, item_id, generator, program_id, call_id, seed, source."""
    names = ["id", "item_id", "generator", "program_id", "call_id", "seed", "source"]
    return _query(
        store,
        "SELECT s.id, s.item_id, s.generator, s.program_id, s.call_id, s.seed, p.source"
        " FROM scaffolds s LEFT JOIN programs p ON p.id = s.program_id"
        f" WHERE s.id IN ({_WANTED.format('scaffold_id')}) ORDER BY s.item_id, s.id",
        names,
    )


def scaffolds(store: Store) -> pd.DataFrame:
    """As `programs`, of every scaffold on record: also of those that no row uses yet."""
    names = ["id", "item_id", "generator", "program_id", "call_id", "seed", "source"]
    columns = ", ".join(f"s.{name}" for name in names[:-1])
    return _query(
        store,
        f"SELECT {columns}, p.source FROM scaffolds s LEFT JOIN programs p ON p.id = s.program_id"
        " ORDER BY s.item_id, s.id",
        names,
    )


def executions(store: Store) -> pd.DataFrame:
    """One line an execution, without its output and trace; `asks` is the number of solver calls."""
    names = ["id", "program_id", "item_id", "solver", "status", "detail", "line", "cpu_s"]
    names += ["wall_s", "isolation", "asks"]
    columns = ", ".join(names).replace("asks", "json_array_length(asks) AS asks")
    return _query(
        store,
        f"SELECT {columns} FROM executions WHERE id IN ({_WANTED.format('execution_id')})"
        " ORDER BY id",
        names,
    )


def dependence(store: Store) -> pd.DataFrame:
    """One line a probed program: program_id, item_id, verdict, reachable, fixed, probes."""
    names = ["program_id", "item_id", "verdict", "reachable", "fixed", "probes"]
    frame = _query(
        store,
        f"SELECT {', '.join(names)} FROM dependence"
        f" WHERE program_id IN ({_WANTED.format('program_id')}) ORDER BY program_id",
        names,
    )
    for name in ("reachable", "probes"):
        frame[name] = [json.loads(text) for text in frame[name]]
    return frame


def verdicts(store: Store) -> pd.DataFrame:
    """One line a judgement, oldest first."""
    names = [field.name for field in fields(Verdict)]
    return _frame(names, (list(asdict(verdict).values()) for verdict in store.verdicts()))


def _query(store: Store, statement: str, names: Sequence[str]) -> pd.DataFrame:
    return _frame(names, (list(found) for found in store.connection.execute(statement)))


def _frame(names: Sequence[str], lines: Iterable[Sequence[object]]) -> pd.DataFrame:
    import pandas as pd

    columns = zip(*lines, strict=True)
    values = dict(zip(names, columns, strict=False)) or {name: () for name in names}
    return pd.DataFrame({name: _column(values[name]) for name in names})


def _column(values: Sequence[object]) -> pd.Series[Any]:
    import pandas as pd

    # Earlier versions recorded text that is no valid Unicode, which Arrow strings can't hold.
    found = [escape_surrogates(value) if isinstance(value, str) else value for value in values]
    texts = any(isinstance(value, str) for value in found)
    return pd.Series(found, dtype=object if texts or not found else None)
