"""From which replies no letter came, by model, channel, status and rule: counts with examples.

A failure to extract is never a wrong answer: this table is where it is counted. The direct channel
counts by what was read and by which rule; the assisted channel by how the program ended; the
generator-side channel by whether the program named an option.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd

__all__ = ["COLUMNS", "extraction_failures"]

COLUMNS = (
    "model",
    "channel",
    "status",
    "rule",
    "failed",
    "n",
    "share",
    "call_ids",
    "example",
)
_EXAMPLES = 3
_SHOWN = 120
"""Characters of an example's end: the answer stands there."""


def extraction_failures(
    rows: pd.DataFrame,
    calls: pd.DataFrame | Callable[[str], str | None],
    programs: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count what could be read, and what could not.

    Args:
        rows: One line a row, columns of `store.row_view.RowView`.
        calls: One line a call: id, and reply where examples are to be shown
            (`store.frames.calls`); or what gives the reply of a call's id, None where there is
            none.
        programs: One line a scaffold: id, call_id (`store.frames.programs`), for examples of the
            generator-side channel. None: it has no examples.

    Returns:
        One line a (model, channel, status, rule), failures first within a channel, then by count:
        `failed` (bool: no letter came of it), `n`, `share` (of the model's answers in that channel,
        0 to 1), `call_ids` (up to three, the last call behind each answer) and `example` (the end
        of the first one's reply, None where it is not at hand). Answers that several rows share
        (one direct answer for two generators) are counted once.
    """
    written = (
        {} if programs is None else dict(zip(programs["id"], programs["call_id"], strict=True))
    )
    # A study without a generator has one channel.
    with_generator = rows[rows["generator"].notna()]
    parts = [_direct(rows), _assisted(with_generator), _generator(with_generator, written)]
    answers = pd.concat(parts, ignore_index=True)
    if answers.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    reply_of = calls if callable(calls) else _replies(calls).get
    totals = Counter(zip(answers["model"], answers["channel"], strict=True))
    lines = []
    keys = ["model", "channel", "status", "rule", "failed"]
    for (model, channel, status, rule, failed), some in answers.groupby(keys, dropna=False):
        ids = [id for id in some["call_id"] if isinstance(id, str)][:_EXAMPLES]
        shown = next((text for id in ids if isinstance(text := reply_of(id), str)), None)
        lines.append(
            {
                "model": model,
                "channel": channel,
                "status": status,
                "rule": rule or None,
                "failed": bool(failed),
                "n": len(some),
                "share": len(some) / totals[(model, channel)],
                "call_ids": ids,
                "example": None if shown is None else shown[-_SHOWN:],
            }
        )
    table = pd.DataFrame(lines, columns=list(COLUMNS))
    order = table.assign(worked=~table["failed"], least=-table["n"])
    order = order.sort_values(["channel", "model", "worked", "least", "status"])
    return table.loc[order.index].reset_index(drop=True)


def _replies(calls: pd.DataFrame) -> dict[str, str]:
    if "reply" not in calls.columns:
        return {}
    return dict(zip(calls["id"], calls["reply"], strict=True))


def _direct(rows: pd.DataFrame) -> pd.DataFrame:
    once = rows.assign(calls=rows["direct_call_ids"].map(tuple))
    once = once.drop_duplicates(["solver", "item_id", "calls"])
    return pd.DataFrame(
        {
            "model": once["solver"],
            "channel": "direct",
            "status": once["direct_status"],
            "rule": once["direct_rule"].fillna(""),
            "failed": once["direct_status"] != "answered",
            "call_id": [_last(ids) for ids in once["direct_call_ids"]],
        }
    )


def _assisted(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": rows["solver"],
            "channel": "assisted",
            "status": rows["assisted_status"],
            "rule": "",
            "failed": rows["assisted_status"] != "ok",
            "call_id": [_last(ids) for ids in rows["ask_call_ids"]],
        }
    )


def _generator(rows: pd.DataFrame, written: dict[str, str]) -> pd.DataFrame:
    once = rows.drop_duplicates(["generator", "item_id", "scaffold_id"])
    named = once["generator_letter"].notna()
    status = named.map({True: "answered", False: "none"}).astype(object)
    status = status.mask(once["program_id"].isna(), "no_program")
    return pd.DataFrame(
        {
            "model": once["generator"],
            "channel": "generator",
            "status": status,
            "rule": "",
            "failed": ~named,
            "call_id": [written.get(id) for id in once["scaffold_id"]],
        }
    )


def _last(ids: Sequence[str]) -> str | None:
    return ids[-1] if len(ids) else None
