"""The tables of a store as pandas frames, for analysis and for people."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from cgr_nb.records import Row, Verdict
from cgr_nb.store.database import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["calls", "dependence", "executions", "items", "programs", "rows", "verdicts"]


def rows(store: Store) -> pd.DataFrame:
    """One line a row, the columns of `Row`; tuples stay tuples."""
    import pandas as pd

    names = [field.name for field in fields(Row)]
    return pd.DataFrame(
        [[getattr(row, name) for name in names] for row in store.rows()], columns=names
    )


def items(store: Store) -> pd.DataFrame:
    """One line an item: id, dataset, config, question, options, gold, context."""
    import pandas as pd

    names = ["id", "dataset", "config", "question", "options", "gold", "context"]
    return pd.DataFrame(
        [[getattr(item, name) for name in names] for item in store.items()], columns=names
    )


def calls(store: Store) -> pd.DataFrame:
    """One line a call: id, model, the last message, reply, finish, tokens, duration_s (seconds),
    error."""
    import pandas as pd

    names = ["id", "model", "prompt", "reply", "finish", "prompt_tokens", "reply_tokens"]
    names += ["duration_s", "error"]
    lines = [
        (
            call.id,
            call.model,
            call.messages[-1].content,
            call.reply.text if call.reply else None,
            call.reply.finish if call.reply else None,
            call.reply.prompt_tokens if call.reply else None,
            call.reply.reply_tokens if call.reply else None,
            call.reply.duration_s if call.reply else None,
            call.error,
        )
        for call in store.calls()
    ]
    return pd.DataFrame(lines, columns=names)


def programs(store: Store) -> pd.DataFrame:
    """One line a scaffold: id, item_id, generator, program_id, call_id, seed, source."""
    import pandas as pd

    return pd.read_sql_query(
        "SELECT s.id, s.item_id, s.generator, s.program_id, s.call_id, s.seed, p.source"
        " FROM scaffolds s LEFT JOIN programs p ON p.id = s.program_id ORDER BY s.item_id, s.id",
        store.connection,
    )


def executions(store: Store) -> pd.DataFrame:
    """One line an execution, without its output and trace; `asks` is the number of solver calls."""
    import pandas as pd

    frame = pd.read_sql_query(
        "SELECT id, program_id, item_id, solver, status, detail, line, cpu_s, wall_s, isolation,"
        " asks FROM executions ORDER BY id",
        store.connection,
    )
    frame["asks"] = [len(json.loads(asks)) for asks in frame["asks"]]
    return frame


def dependence(store: Store) -> pd.DataFrame:
    """One line a probed program: program_id, item_id, verdict, reachable, fixed, probes."""
    import pandas as pd

    frame = pd.read_sql_query("SELECT * FROM dependence ORDER BY program_id", store.connection)
    for name in ("reachable", "probes"):
        frame[name] = [json.loads(text) for text in frame[name]]
    return frame


def verdicts(store: Store) -> pd.DataFrame:
    """One line a judgement, oldest first."""
    import pandas as pd

    names = [field.name for field in fields(Verdict)]
    return pd.DataFrame([asdict(verdict) for verdict in store.verdicts()], columns=names)
