"""Rows with correctness and the retention rule: the frame every number of a study is computed from.

Input is a pandas frame whose columns are fields of `store.row_view.RowView`. Nothing is dropped
here: a row that can't be counted stays in the frame with `retained` false and the reason beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from cgr_nb.errors import CgrError
from cgr_nb.records import EXECUTION_STATUSES, ExtractionStatus

__all__ = [
    "ANNOTATED",
    "ASSISTED_STATUSES",
    "DIRECT_STATUSES",
    "REASONS",
    "ROW_COLUMNS",
    "all_channels_attempted",
    "annotate",
    "chances",
    "clusters",
    "option_counts",
]

ROW_COLUMNS = (
    "id",
    "item_id",
    "dataset",
    "config",
    "solver",
    "generator",
    "gold",
    "direct_letter",
    "direct_status",
    "direct_retries",
    "assisted_letter",
    "assisted_status",
    "asks",
    "generator_letter",
    "scaffold_id",
    "program_id",
    "direct_tokens",
    "assisted_tokens",
)
"""The columns that the statistics need. Where they are there, they also read `multi`, `options`,
`base_id` and `base_options`."""

DIRECT_STATUSES = (*get_args(ExtractionStatus), "error")
ASSISTED_STATUSES = (*EXECUTION_STATUSES, "no_program", "error")

ANNOTATED = (
    *("retained", "reason", "gold_letters", "cluster", "chance"),
    *("direct_correct", "assisted_correct", "generator_correct"),
)
"""What `annotate` adds, or puts in the place of what was there."""

REASONS: Mapping[str, str] = {
    "no_gold": "the item has no known correct letter",
    "several_gold": "the item has more than one correct letter",
    "one_option": "the item has only one option",
    "no_generator": "the study has no generator, so there is no assisted channel",
    "direct_error": "the direct call failed for an external reason (context overflow, model error)",
    "scaffold_error": "the generator call was not made, or failed for an external reason",
    "execution_error": "the program could not be run to completion for an external reason",
}
"""Why a row is not retained, in the order in which the rule looks."""


def annotate(rows: pd.DataFrame) -> pd.DataFrame:
    """Add correctness and retention to a frame of rows.

    Args:
        rows: One line a row; columns at least `ROW_COLUMNS`. `gold` holds a sequence of letters or
            None.

    Returns:
        A copy with `direct_correct`, `assisted_correct`, `generator_correct` and `retained` (bool)
        and `reason` (a key of `REASONS`, or "" when retained), and `gold_letters`: the right answer
        as letters in order, "" where it can't be scored; `cluster`: the item, whatever the order of
        its options; `chance`: of being right without knowing, NaN where options are not told. A
        channel without a letter is not correct,
        and where gold can't be scored no channel is: read correctness of retained rows only.

    Raises:
        CgrError: A column is missing, an id appears twice, or a value is outside its closed set.
    """
    _check_columns(rows)
    _check_values(rows)
    frame = rows.copy()
    golds = _golds(rows)
    frame["reason"] = _reasons(frame, golds)
    frame["retained"] = frame["reason"] == ""
    # In a study without a generator there is one pair a solver all the same.
    frame["generator"] = frame["generator"].astype(object).where(frame["generator"].notna(), "")
    only = _scored(rows, golds)
    frame["gold_letters"] = only
    frame["cluster"] = clusters(rows)
    frame["chance"] = chances(option_counts(rows), _multi(rows))
    known = only != ""
    frame["direct_correct"] = (
        known & (frame["direct_status"] == "answered") & _same(frame["direct_letter"], only)
    )
    frame["assisted_correct"] = (
        known & (frame["assisted_status"] == "ok") & _same(frame["assisted_letter"], only)
    )
    frame["generator_correct"] = known & _same(frame["generator_letter"], only)
    return frame


def all_channels_attempted(rows: pd.DataFrame) -> pd.Series[str]:
    """The retention rule: every channel was honestly tried, and there is one right answer.

    A row is retained when gold is exactly one letter (or the item asks for a set of letters), there
    is more than one option, the direct call did not fail for an outside reason, a scaffold was
    asked for and the generator's call did not fail for an outside reason, and the program was run.
    A program that raises, loops or returns nothing is kept and counts as assisted-wrong, and so
    does a generator reply without a program: dropping them would flatter the scaffold. A direct
    reply that no letter can be read from is kept and counts as direct-wrong; `band` shows what
    changes when it does not.

    Returns:
        For each row "" when retained, else the first key of `REASONS` that applies.
    """
    return _reasons(rows, _golds(rows))


def _reasons(rows: pd.DataFrame, golds: Sequence[tuple[str, ...]]) -> pd.Series[str]:
    letters = pd.Series([len(gold) for gold in golds], index=rows.index, dtype=int)
    single = ~_multi(rows)
    failed = rows["assisted_status"] == "error"
    without_program = rows["program_id"].isna()
    checks = {
        "no_gold": letters == 0,
        "several_gold": (letters > 1) & single,
        "one_option": option_counts(rows) == 1,
        "no_generator": rows["assisted_status"].isna(),
        "direct_error": rows["direct_status"] == "error",
        "scaffold_error": rows["scaffold_id"].isna() | (failed & without_program),
        "execution_error": failed,
    }
    reasons = np.select(
        [applies.to_numpy(dtype=bool) for applies in checks.values()], [*checks], ""
    )
    return pd.Series(reasons, index=rows.index, dtype="str")


def option_counts(rows: pd.DataFrame) -> pd.Series[float]:
    """Options of each item; NaN where the rows do not tell."""
    if "options" not in rows.columns:
        return pd.Series(math.nan, index=rows.index)
    # A study has few different options: each is counted once.
    told = rows["options"].tolist()
    known = {one: len(one) if isinstance(one, str) else math.nan for one in set(told)}
    return pd.Series([known[one] for one in told], index=rows.index, dtype=float)


def clusters(rows: pd.DataFrame) -> pd.Series[Any]:
    """What stands or falls together: an item with all orders of its options."""
    if "base_id" not in rows.columns:
        return rows["item_id"]
    return rows["base_id"].where(rows["base_id"].notna(), rows["item_id"])


def chances(options: pd.Series[float], multi: pd.Series[bool]) -> pd.Series[float]:
    """Chance of one letter of so many, or of one set of letters that is not empty."""
    return (1 / options).where(~multi, 1 / (2.0**options - 1))


def _scored(rows: pd.DataFrame, golds: Sequence[tuple[str, ...]]) -> pd.Series[Any]:
    """Gold as letters in order, "" where it is not known, asks for one letter and has several, or
    where there is one option."""
    told = zip(golds, _multi(rows).tolist(), option_counts(rows).tolist(), strict=True)
    letters = [
        "".join(gold) if (len(gold) == 1 or several) and options != 1 else ""
        for gold, several, options in told
    ]
    return pd.Series(letters, index=rows.index, dtype=object)


def _multi(rows: pd.DataFrame) -> pd.Series[bool]:
    """Which items ask for a set of letters."""
    if "multi" not in rows.columns:
        return pd.Series(False, index=rows.index)
    return rows["multi"].fillna(False).astype(bool)


def _same(letters: pd.Series[Any], gold: pd.Series[Any]) -> pd.Series[bool]:
    return letters.astype(object).eq(gold)


def _golds(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    # A study has few different golds: each is looked at once.
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    found = []
    for gold, id in zip(rows["gold"].tolist(), rows["id"].tolist(), strict=True):
        letters = known.get(gold) if type(gold) is tuple else None
        if letters is None:
            letters = _letters(gold, id)
            if type(gold) is tuple:
                known[gold] = letters
        found.append(letters)
    return found


def _letters(gold: object, row_id: object) -> tuple[str, ...]:
    """Gold as a tuple: empty when not known. Lists and arrays come from files, NaN from frames."""
    if gold is None or isinstance(gold, float):
        return ()
    if isinstance(gold, Iterable) and not isinstance(gold, str):
        letters = tuple(str(letter) for letter in gold)
        if all(letters):
            return letters
    raise CgrError(
        "gold must be a tuple of letters, or None when not known",
        where=f"row {row_id!r}",
        got=repr(gold),
        fix="write ('B',) for a single letter B",
    )


def _check_columns(rows: pd.DataFrame) -> None:
    missing = [name for name in ROW_COLUMNS if name not in rows.columns]
    if missing:
        raise CgrError(
            f"columns are missing: {', '.join(missing)}",
            where="rows frame",
            got=", ".join(map(str, rows.columns)) or "no columns",
            fix="pass the frame that Study.rows() returns",
        )
    twice = rows["id"][rows["id"].duplicated()]
    if len(twice):
        raise CgrError(
            f"{len(twice)} row ids appear more than once",
            where="rows frame",
            got=repr(twice.iloc[0]),
            fix="a row must be counted once; drop the copies",
        )


def _check_values(rows: pd.DataFrame) -> None:
    for column, allowed in (
        ("direct_status", DIRECT_STATUSES),
        ("assisted_status", ASSISTED_STATUSES),
    ):
        there = set(rows[column].unique())
        if column == "assisted_status":
            there = {status for status in there if not pd.isna(status)}
        if there <= set(allowed):
            continue
        given = rows[column].notna() if column == "assisted_status" else True
        strange = rows.loc[given & ~rows[column].isin(allowed), ["id", column]]
        if len(strange):
            raise CgrError(
                f"{column} is not one of {', '.join(allowed)}",
                where=f"row {strange['id'].iloc[0]!r}",
                got=repr(strange[column].iloc[0]),
            )
    for column in ("asks", "direct_retries", "direct_tokens", "assisted_tokens"):
        numbers = pd.to_numeric(rows[column], errors="coerce")
        strange = rows.loc[numbers.isna() | (numbers < 0), ["id", column]]
        if len(strange):
            raise CgrError(
                f"{column} must be a count",
                where=f"row {strange['id'].iloc[0]!r}",
                got=repr(strange[column].iloc[0]),
            )
    for column in ("dataset", "config", "solver"):
        nameless = rows.loc[rows[column].isna(), "id"]
        if len(nameless):
            raise CgrError(f"{column} is empty", where=f"row {nameless.iloc[0]!r}")
