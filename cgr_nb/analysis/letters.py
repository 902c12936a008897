"""Which letters are chosen, beside which are right: by arm, solver and dataset.

An arm that says "C" whatever is asked is right as often as gold is C. It shows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cgr_nb.analysis.frame import clusters
from cgr_nb.answer_record import CHANNELS

__all__ = ["LETTER_KEY", "answer_lines", "letter_shares"]

LETTER_KEY = ["arm", "solver", "dataset", "config"]


def answer_lines(
    frame: pd.DataFrame, arms: pd.DataFrame | None, channels: Sequence[str] = CHANNELS
) -> pd.DataFrame:
    """Answers of one letter, each once: what biases are counted in.

    Args:
        frame: Rows as `frame.annotate` returns them.
        arms: As `arm_frame.arm_frame` returns it; None: the channels of the rows alone.
        channels: Which of them.

    Returns:
        `LETTER_KEY`, `generator`, `cluster`, `letter` (None where there is none), `gold_letters`,
        `options` and `base_options` (letters, None where not told), of items that can be scored and
        are asked for one letter.
    """
    lines = _channels(frame, channels) if arms is None else arms[arms["asked"]]
    told = {"id": "row_id"}
    of_row = frame.rename(columns=told)[["row_id"]].assign(
        gold_letters=frame["gold_letters"],
        cluster=clusters(frame),
        multi=frame["multi"].fillna(False).astype(bool) if "multi" in frame.columns else False,
        options=frame.get("options"),
        base_options=frame.get("base_options"),
    )
    own = ["row_id", "item_id", *LETTER_KEY, "generator", "letter", "answer_id"]
    found = lines[own].merge(of_row, on="row_id", how="inner")
    found = found[(found["gold_letters"] != "") & ~found["multi"]]
    # A direct answer stands in the rows of every generator, and is one answer.
    found = found.drop_duplicates(["arm", "solver", "answer_id"])
    return found.reset_index(drop=True)


def letter_shares(lines: pd.DataFrame, by: Sequence[str] = tuple(LETTER_KEY)) -> pd.DataFrame:
    """Share of each letter among the answers, and among gold.

    Args:
        lines: As `answer_lines` returns them.
        by: Columns to count by.

    Returns:
        One line an arm, solver, dataset and configuration (what `by` names), sorted by them: `n`
        (answers), `unread` (share of them without a letter), `distance` (share of the answers
        with a letter that would have to be another letter for the shares to be those of gold: 0 to
        1, None without any), and `letters`, a tuple of (letter, share of the answers with a
        letter, share of gold).
    """
    said: dict[tuple[Any, ...], Counter[str]] = {}
    right: dict[tuple[Any, ...], Counter[str]] = {}
    options: dict[tuple[Any, ...], set[str]] = {}
    for (*names, letter, gold, shown), count in _counted(lines, by):
        key = tuple(names)
        if not all(isinstance(name, str) for name in names):
            continue  # an answer without a solver, say, is in no group
        if key not in said:
            said[key], right[key], options[key] = Counter(), Counter(), set()
        if isinstance(letter, str):
            said[key][letter] += count
        right[key][gold] += count
        if isinstance(shown, str):
            options[key].add(shown)
    made = []
    for key in sorted(said):
        chosen, n = said[key].total(), right[key].total()
        shown = {letter for text in options[key] for letter in text}
        shares = [
            (name, said[key][name] / chosen if chosen else 0.0, right[key][name] / n)
            for name in sorted({*said[key], *right[key], *shown})
        ]
        distance = sum(abs(mine - gold) for _, mine, gold in shares) / 2
        made.append(
            {
                **dict(zip(by, key, strict=True)),
                "n": n,
                "unread": 1 - chosen / n,
                "distance": distance if chosen else None,
                "letters": tuple(shares),
            }
        )
    return pd.DataFrame(made, columns=[*by, "n", "unread", "distance", "letters"])


def _counted(lines: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
    """What groups, letter, gold and options there are, and how many lines have them: without a
    frame a group, as a study has a thousand groups."""
    names = (*by, "letter", "gold_letters", "options")
    code = np.zeros(len(lines), dtype=np.int64)
    for name in names:
        codes, known = pd.factorize(lines[name], use_na_sentinel=False)
        # Numbers of what there is, so that they stay small whatever the number of columns.
        code = pd.factorize(code * max(1, len(known)) + codes)[0]
    first = np.unique(code, return_index=True)[1]
    told = [lines[name].iloc[first].tolist() for name in names]
    counts = np.bincount(code, minlength=len(first)).tolist()
    return list(zip(zip(*told, strict=True), counts, strict=True))


def _channels(frame: pd.DataFrame, channels: Sequence[str]) -> pd.DataFrame:
    """Channels of rows as answers."""
    asked = frame[frame["retained"]].rename(columns={"id": "row_id"})
    parts = []
    for arm, letter, shared in (
        ("direct", "direct_letter", ["solver", "item_id"]),
        ("cgr", "assisted_letter", ["row_id"]),
        ("generator_only", "generator_letter", ["generator", "item_id", "solver"]),
    ):
        if arm not in channels:
            continue
        part = asked[["row_id", "item_id", "dataset", "config", "solver", "generator"]]
        columns = [[str(value) for value in asked[name].tolist()] for name in shared]
        # No NUL: tables of pandas 2 see a text only up to one.
        names = ["\x1f".join(key) for key in zip(*columns, strict=True)]
        parts.append(part.assign(arm=arm, letter=asked[letter], answer_id=names))
    return pd.concat(parts, ignore_index=True)
