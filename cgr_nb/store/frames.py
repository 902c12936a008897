"""The tables of a store as pandas frames, for analysis and for people.

Rows, programs and executions are those of the study as it was last run; calls and items are all
that are on record. What was superseded (see `superseding`) is in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS, Answer
from cgr_nb.records import Verdict
from cgr_nb.store.database import Store
from cgr_nb.store.frame_columns import column
from cgr_nb.store.quick_lines import line_batches, quick_columns
from cgr_nb.store.row_columns import row_columns
from cgr_nb.store.row_frame import ROW_NAMES, row_lists
from cgr_nb.store.trails import Answered
from cgr_nb.util.collecting import seldom_collected

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ROW_ANSWER_COLUMNS",
    "call_costs",
    "call_spending",
    "calls",
    "calls_of_arms",
    "dependence",
    "executions",
    "items",
    "programs",
    "row_answer_line",
    "row_answers",
    "rows",
    "scaffolds",
    "untimed_rows",
    "verdicts",
]


def rows(store: Store) -> pd.DataFrame:
    """One line a row, the columns of `RowView` and `time`, when the last of its calls was made (ISO
    8601, UTC); tuples stay tuples."""
    frame, times = untimed_rows(store), _times(store)
    frame["time"] = column([times.get(id) for id in frame["id"]])
    return frame


def untimed_rows(store: Store) -> pd.DataFrame:
    """As `rows`, without `time`, which is looked up call by call."""
    import pandas as pd

    told = zip(ROW_NAMES, row_lists(store), strict=True)
    return pd.DataFrame({name: column(values) for name, values in told})


def _times(store: Store) -> dict[str, str]:
    """Row id -> when the last call of its channels was made."""
    found = store._connection.execute(
        "SELECT e.row_id, max(c.made) FROM expected e JOIN answers a ON a.id = e.answer_id,"
        " json_each(a.trail) AS entry JOIN calls c ON c.id = json_extract(entry.value, '$[2]')"
        " WHERE e.arm IN ('direct', 'cgr') GROUP BY e.row_id"
    )
    return {row: made for row, made in found}


def row_answers(store: Store) -> pd.DataFrame:
    """One line for each row and arm, the three channels among them, in no order of time; rows of
    which a channel is missing are left out.

    Columns: `row_id`, `item_id`, `arm`, `answer_id`, `letters` (tuple), `letter` (several together:
    "AC"), `status`, `detail`, `calls`, `prompt_tokens` and `reply_tokens` of the solver,
    `generator_calls`, `generator_tokens`, `call_ids` (the solver's, then the generator's),
    `program_id`, `execution_id`, `steps` (n, m, letters), `facts`, `emulated` (see `Answer`),
    `error`. What several rows share (a direct answer and two generators) stands there once for
    each.
    """
    programs = dict(map(tuple, store._connection.execute("SELECT id, program_id FROM executions")))
    known = {answer.id: row_answer_line(answer, programs) for answer in store.answers()}
    done = {id for (id,) in row_columns(store, ("id",))}
    lines = store._connection.execute(
        "SELECT row_id, arm, answer_id FROM expected ORDER BY row_id, arm"
    )
    return _frame(
        ["row_id", "arm", "answer_id", *ROW_ANSWER_COLUMNS],
        ([*line, *known[line[2]]] for line in lines if line[2] in known and line[0] in done),
    )


def calls_of_arms(answered: Answered, row_ids: Iterable[str]) -> pd.DataFrame:
    """One line an answer of an arm beside the three channels: arm, call_ids, as in
    `row_answers`.

    Args:
        answered: All answers.
        row_ids: Rows that they are to be of.
    """
    import pandas as pd

    lines, trails = answered.lines, answered.trails
    ours = lines[~lines["arm"].isin(CHANNELS) & lines["row_id"].isin(set(row_ids))]
    ours = ours[["arm", "answer_id"]].drop_duplicates()
    ends, calls = list(accumulate(trails.lengths, initial=0)), tuple(trails.calls)
    # The categories are the answers of the trails, in their order.
    ids = [calls[ends[place] : ends[place + 1]] for place in ours["answer_id"].cat.codes.tolist()]
    arms = column(ours["arm"].tolist())
    return pd.DataFrame({"arm": arms, "call_ids": pd.Series(ids, dtype=object)})


ROW_ANSWER_COLUMNS = (
    *("item_id", "letters", "letter", "status", "detail", "calls", "prompt_tokens"),
    *("reply_tokens", "generator_calls", "generator_tokens", "call_ids", "program_id"),
    *("execution_id", "steps", "facts", "emulated", "error"),
)


def row_answer_line(answer: Answer, programs: Mapping[str, str]) -> tuple[object, ...]:
    """The values of `ROW_ANSWER_COLUMNS` of one answer.

    Args:
        answer: The answer.
        programs: Run -> its program.
    """
    totals = answer.totals
    return (
        answer.item_id,
        answer.letters,
        "".join(answer.letters) or None,
        answer.status,
        answer.detail,
        totals.solver_calls,
        totals.solver_prompt_tokens,
        totals.solver_reply_tokens,
        totals.generator_calls,
        totals.generator_prompt_tokens + totals.generator_reply_tokens,
        (*answer.calls_of("solver"), *answer.calls_of("generator")),
        answer.facts.get("program_id") or programs.get(answer.execution_id or ""),
        answer.execution_id,
        tuple((step.n, step.m, step.letters) for step in answer.steps),
        answer.facts,
        answer.emulated,
        answer.error,
    )


def items(store: Store) -> pd.DataFrame:
    """One line an item: id, dataset, config, question, options, gold, context; without twins, which
    arms made of them."""
    names = ["id", "dataset", "config", "question", "options", "gold", "context"]
    theirs = (item for item in store.items() if item.use != "twin")
    return _frame(names, ([getattr(item, name) for name in names] for item in theirs))


def calls(store: Store) -> pd.DataFrame:
    """One line a call: id, model, the last message, reply, finish, tokens, duration_s (seconds),
    error, thoughts, thought_tokens, and `time`, when it was made (ISO 8601, UTC)."""
    names = ["id", "model", "prompt", "reply", "finish", "prompt_tokens", "reply_tokens"]
    names += ["duration_s", "error", "thoughts", "thought_tokens", "time"]
    read = {"prompt": "json_extract(messages, '$[#-1].content')", "time": "made"}
    columns = [f"{read[name]} AS {name}" if name in read else name for name in names]
    return _query(store, f"SELECT {', '.join(columns)} FROM calls ORDER BY id", names)


def call_costs(store: Store, look_at: Callable[[str], tuple[bool, bool]]) -> pd.DataFrame:
    """One line a call without its texts: what it cost, whether it has thoughts, and what is to be
    known of its reply: what a report of a large study can hold in memory.

    Args:
        store: The store.
        look_at: Says of a reply whether it is_blank and is_declined.
    """
    import pandas as pd

    names = ["id", "model", "finish", "prompt_tokens", "reply_tokens", "duration_s", "error"]
    query = f"SELECT {', '.join(names)}, thoughts IS NOT NULL, reply FROM calls ORDER BY rowid"
    found: list[list[Any]] = [[] for _ in range(len(names) + 3)]
    # No text of a reply is held.
    with seldom_collected():
        for batch in line_batches(store._connection, query):
            *told, replies = zip(*batch, strict=True)
            # Many a reply is one letter: each text of a batch is looked at once.
            of_text = {text: look_at(text) for text in set(replies) if text is not None}
            marks = [of_text.get(text, (False, False)) for text in replies]
            for values, new in zip(found, (*told, *zip(*marks, strict=True)), strict=True):
                values.extend(new)
    columns = (*names, "has_thoughts", "is_blank", "is_declined")
    return pd.DataFrame({name: column(of) for name, of in zip(columns, found, strict=True)})


def call_spending(store: Store) -> pd.DataFrame:
    """One line a call: id, prompt_tokens, reply_tokens, duration_s; no texts. In no order: so that
    index `calls_spent` tells all of it."""
    import pandas as pd

    names = ["id", "prompt_tokens", "reply_tokens", "duration_s"]
    id, *spent = quick_columns(
        store._connection, f"SELECT {', '.join(names)} FROM calls", len(names)
    )
    numbers = {name: pd.Series(of, dtype=float) for name, of in zip(names[1:], spent, strict=True)}
    return pd.DataFrame({"id": pd.Series(id, dtype=object), **numbers})


def programs(store: Store) -> pd.DataFrame:
    """One line a scaffold: id, item_id, generator, program_id, call_id, seed, source."""
    names = ["id", "item_id", "generator", "program_id", "call_id", "seed", "source"]
    return _query(
        store,
        "SELECT s.id, s.item_id, s.generator, s.program_id, s.call_id, s.seed, p.source"
        " FROM scaffolds s LEFT JOIN programs p ON p.id = s.program_id"
        " WHERE s.id IN (SELECT scaffold_id FROM assisted_answers) ORDER BY s.item_id, s.id",
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
        f"SELECT {columns} FROM executions"
        " WHERE id IN (SELECT execution_id FROM assisted_answers) ORDER BY id",
        names,
    )


def dependence(store: Store) -> pd.DataFrame:
    """One line a probed program: program_id, item_id, verdict, reachable, fixed, probes."""
    names = ["program_id", "item_id", "verdict", "reachable", "fixed", "probes"]
    frame = _query(
        store,
        f"SELECT {', '.join(names)} FROM dependence"
        # "+": not by its index, so that nothing is looked up where no program was probed.
        " WHERE +program_id IN (SELECT program_id FROM assisted_answers) ORDER BY program_id",
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
    import pandas as pd

    columns = quick_columns(store._connection, statement, len(names))
    return pd.DataFrame({name: column(of) for name, of in zip(names, columns, strict=True)})


def _plain_lines(
    store: Store, statement: str, parameters: Sequence[object] = ()
) -> Iterator[tuple[Any, ...]]:
    cursor = store._connection.cursor()
    cursor.row_factory = None
    return cursor.execute(statement, parameters)


def _frame(names: Sequence[str], lines: Iterable[Sequence[object]]) -> pd.DataFrame:
    import pandas as pd

    columns = zip(*lines, strict=True)
    values = dict(zip(names, columns, strict=False)) or {name: () for name in names}
    return pd.DataFrame({name: column(values[name]) for name in names})
