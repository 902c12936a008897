"""Every way to answer every row, in one tidy frame, with what it cost and whether it is right.

No arm's failure takes a row away from another: an arm that overflowed its context, spent its budget
or said nothing readable is wrong there. `asked` says where it was tried at all.
"""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.frame import annotate
from cgr_nb.answer_record import OWN_FAILURES, split_repeat

__all__ = ["ARM_COLUMNS", "DERIVED_ARMS", "arm_frame", "first_seeds"]

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
    "asked",
    "calls",
    "tokens",
    "generator_calls",
    "generator_tokens",
    "cluster",
    "chance",
    "gold_letters",
    "answer_id",
)
DERIVED_ARMS = ("direct", "cgr", "generator_only")
"""The arms that are channels of the row, in the order in which they stand."""
_OF_ANSWER = ["row_id", "arm", "answer_id", "letter", "status", "calls", "prompt_tokens"]
_OF_ANSWER += ["reply_tokens", "generator_calls", "generator_tokens"]
_OF_ROW = ["row_id", "item_id", "dataset", "config", "solver", "generator", "retained", "place"]


def arm_frame(
    rows: pd.DataFrame, answers: pd.DataFrame, *, every_seed: bool = False
) -> pd.DataFrame:
    """Put all answers under each other.

    Args:
        rows: The rows of a study, columns of `store.row_view.RowView`.
        answers: One line for each row and arm (`store.frames.row_answers`).
        every_seed: Also the answers of further seeds, as the arms "cgr#2" and so on (see
            `answer_record.split_repeat`).

    Returns:
        One line for each row and arm, columns `ARM_COLUMNS`, in the order of rows. `calls` and
        `tokens` are the solver's, `generator_calls` and `generator_tokens` the generator's, as if
        the arm had been run alone. `asked` is true where the item can be scored and the arm was
        tried: what it could not serve, read or afford is a wrong answer there. `retained` is false
        where the row is not retained (see `analysis.frame.annotate`) or the arm was not tried.

    Raises:
        CgrError: The rows are not rows; see `analysis.frame.annotate`.
    """
    frame = annotate(rows).rename(columns={"id": "row_id"})
    frame["place"] = range(len(frame))
    scored = [*_OF_ROW, "gold_letters", "cluster", "chance"]
    if not every_seed:
        answers = first_seeds(answers)
    found = answers[_OF_ANSWER].merge(frame[scored], on="row_id", how="inner")
    tried = found["status"] != "error"
    known = found["gold_letters"] != ""
    order = {arm: number for number, arm in enumerate(DERIVED_ARMS)}
    found = found.assign(
        # An own failure is a wrong answer, also where the arm had got to a letter before it.
        correct=known
        & ~found["status"].isin(sorted(OWN_FAILURES))
        & (found["letter"].astype(object) == found["gold_letters"]),
        retained=found["retained"] & tried,
        asked=known & tried,
        tokens=found["prompt_tokens"] + found["reply_tokens"],
        channel=found["arm"].map(order).fillna(len(order)),
    )
    found = found.sort_values(["place", "channel", "arm"], kind="stable")
    return found.reset_index(drop=True)[list(ARM_COLUMNS)]


def first_seeds(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of answers, by column `arm`, without those of further seeds."""
    further = {name for name in lines["arm"].unique() if split_repeat(str(name))[1] > 1}
    return lines[~lines["arm"].isin(further)]
