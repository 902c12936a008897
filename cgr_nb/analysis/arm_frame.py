"""Every way to answer every row, in one tidy frame, with what it cost and whether it is right.

No arm's failure takes a row away from another: an arm that overflowed its context, spent its budget
or said nothing readable is wrong there. `asked` says where it was tried at all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgr_nb.analysis.codes import coded, codes_of, places_among, uncoded
from cgr_nb.analysis.frame import ANNOTATED, annotate
from cgr_nb.analysis.pairs import PAIR_KEY
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
_OF_ROW = ["item_id", "dataset", "config", "solver", "generator", "retained"]
_OF_ROW += ["gold_letters", "cluster", "chance"]
_TEXTS_OF_ANSWER = ("row_id", "arm", "answer_id", "letter", "status")
_TEXTS_OF_ROW = ("item_id", *PAIR_KEY, "gold_letters", "cluster")


def arm_frame(
    rows: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    every_seed: bool = False,
    categories: bool = False,
) -> pd.DataFrame:
    """Put all answers under each other.

    Args:
        rows: The rows of a study, columns of `store.row_view.RowView`, or the same as
            `frame.annotate` returns them.
        answers: One line for each row and arm (`store.frames.row_answers`).
        every_seed: Also the answers of further seeds, as the arms "cgr#2" and so on (see
            `answer_record.split_repeat`).
        categories: Texts as categories: what the statistics make of the frame is the same, in less
            time.

    Returns:
        One line for each row and arm, columns `ARM_COLUMNS`, in the order of rows. `calls` and
        `tokens` are the solver's, `generator_calls` and `generator_tokens` the generator's, as if
        the arm had been run alone. `asked` is true where the item can be scored and the arm was
        tried: what it could not serve, read or afford is a wrong answer there. `retained` is false
        where the row is not retained (see `analysis.frame.annotate`) or the arm was not tried.

    Raises:
        CgrError: The rows are not rows; see `analysis.frame.annotate`.
    """
    frame = rows if set(ANNOTATED) <= set(rows.columns) else annotate(rows)
    if not every_seed:
        answers = first_seeds(answers)
    given, of_row = answers[_OF_ANSWER], frame[_OF_ROW]
    if categories:
        given, of_row = coded(given, _TEXTS_OF_ANSWER), coded(of_row, _TEXTS_OF_ROW)
    else:
        given = uncoded(given)
    # By places and codes: a merge by ids, and sorting by names, take five times as long.
    place = places_among(given["row_id"], pd.Index(frame["id"]))
    code, names = codes_of(given["arm"])
    order = np.argsort(place * (len(names) + 1) + _ranks(names)[code], kind="stable")
    order = order[place[order] >= 0]
    found = pd.concat(
        [
            given.take(order).reset_index(drop=True),
            of_row.take(place[order]).reset_index(drop=True),
        ],
        axis="columns",
    )
    tried = found["status"] != "error"
    known = found["gold_letters"] != ""
    found = found.assign(
        # An own failure is a wrong answer, also where the arm had got to a letter before it.
        correct=known
        & ~found["status"].isin(sorted(OWN_FAILURES))
        & (found["letter"].astype(object) == found["gold_letters"].astype(object)),
        retained=found["retained"] & tried,
        asked=known & tried,
        tokens=found["prompt_tokens"] + found["reply_tokens"],
    )
    return found[list(ARM_COLUMNS)]


def _ranks(names: pd.Index) -> np.ndarray:
    """The place of each arm among all: the channels first, the others by name."""
    told = [str(name) for name in names]
    first = {arm: number for number, arm in enumerate(DERIVED_ARMS)}
    order = sorted(range(len(told)), key=lambda of: (first.get(told[of], len(first)), told[of]))
    ranks = np.empty(len(told), dtype=int)
    ranks[order] = np.arange(len(told))
    return ranks


def first_seeds(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of answers, by column `arm`, without those of further seeds."""
    further = {name for name in lines["arm"].unique() if split_repeat(str(name))[1] > 1}
    return lines[~lines["arm"].isin(further)] if further else lines
