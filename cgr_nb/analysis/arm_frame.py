"""Every way to answer every row, in one tidy frame: the row's own channels and the arms.

Direct, assisted (`cgr`) and generator-side (`generator_only`) answers come from the row, all others
from the answers on record.
"""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.frame import annotate

__all__ = ["ARM_COLUMNS", "DERIVED_ARMS", "arm_frame"]

ARM_COLUMNS = (
    "row_id",
    "item_id",
    "dataset",
    "config",
    "solver",
    "generator",
    "arm",
    "letter",
    "status",
    "correct",
    "retained",
    "calls",
    "tokens",
    "generator_calls",
    "generator_tokens",
)
DERIVED_ARMS = ("direct", "cgr", "generator_only")
"""The arms that are channels of the row."""
_KEY = ["item_id", "dataset", "config", "solver", "generator"]


def arm_frame(
    rows: pd.DataFrame, arms: pd.DataFrame, programs: pd.DataFrame, calls: pd.DataFrame
) -> pd.DataFrame:
    """Put all answers under each other.

    Args:
        rows: The rows of a study, columns of `records.Row`.
        arms: Answers of arms, columns of `records.ArmAnswer`; may be empty.
        programs: One line a scaffold: at least id and call_id.
        calls: One line a call: at least id, prompt_tokens and reply_tokens.

    Returns:
        One line for each row and arm, columns `ARM_COLUMNS`, in the order of rows. `calls` and
        `tokens` are the solver's, `generator_calls` and `generator_tokens` the generator's, as if
        the arm had been run alone. `retained` is false where the row is not retained or the arm
        failed for an outside reason.

    Raises:
        CgrError: The rows are not rows; see `analysis.frame.annotate`.
    """
    frame = annotate(rows)
    spent = (calls["prompt_tokens"].fillna(0) + calls["reply_tokens"].fillna(0)).astype(int)
    of_call = dict(zip(calls["id"], spent, strict=True))
    of_scaffold = {
        scaffold: of_call.get(call, 0)
        for scaffold, call in zip(programs["id"], programs["call_id"], strict=True)
    }
    # A scaffold that is on record was written by one call.
    written = frame["scaffold_id"].map(of_scaffold)
    parts = [_derived(frame, name, written) for name in DERIVED_ARMS]
    if len(arms):
        parts.append(_recorded(frame, arms))
    found = pd.concat(parts, ignore_index=True)
    order = {row_id: place for place, row_id in enumerate(frame["id"])}
    found = found.assign(place=found["row_id"].map(order))
    found = found.sort_values("place", kind="stable").drop(columns="place")
    return found.reset_index(drop=True)[list(ARM_COLUMNS)]


def _derived(frame: pd.DataFrame, arm: str, written: pd.Series) -> pd.DataFrame:
    """One of the row's own channels as an arm."""
    channel = {"direct": "direct", "cgr": "assisted", "generator_only": "generator"}[arm]
    answered = frame["generator_letter"].notna().map({True: "answered", False: "none"})
    calls = {
        "direct": frame["direct_retries"] + 1,
        "cgr": frame["asks"],
        "generator_only": frame["asks"] * 0,
    }[arm]
    generated = written.notna() if arm != "direct" else written.notna() & False
    return pd.DataFrame(
        {
            "row_id": frame["id"],
            **{name: frame[name] for name in _KEY},
            "arm": arm,
            "letter": frame[f"{channel}_letter"],
            "status": answered if arm == "generator_only" else frame[f"{channel}_status"],
            "correct": frame[f"{channel}_correct"],
            "retained": frame["retained"],
            "calls": calls,
            "tokens": frame[f"{channel}_tokens"] if arm != "generator_only" else calls,
            "generator_calls": generated.astype(int),
            "generator_tokens": written.where(generated, 0).fillna(0).astype(int),
        }
    )


def _recorded(frame: pd.DataFrame, arms: pd.DataFrame) -> pd.DataFrame:
    """The answers on record beside the rows that they belong to."""
    own = frame[["id", *_KEY, "gold", "retained"]].rename(columns={"id": "row_id"})
    found = arms.merge(own, on="row_id", how="inner")
    right = [
        gold is not None and len(gold) == 1 and letter == gold[0]
        for letter, gold in zip(found["letter"], found["gold"], strict=True)
    ]
    return found.assign(
        correct=right,
        retained=found["retained"] & (found["status"] != "error"),
        tokens=found["prompt_tokens"] + found["reply_tokens"],
    )[list(ARM_COLUMNS)]
