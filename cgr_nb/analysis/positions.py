"""Position bias: asked again with its options in another order, does an arm keep to the text or to
the letter?

No text has a letter twice among the orders of an item (see `items.permutations`), so two answers
are alike by text, by letter, or not alike.
"""

from __future__ import annotations

import math
from itertools import combinations

import pandas as pd

from cgr_nb.analysis.letters import LETTER_KEY

__all__ = ["position_bias"]

_COLUMNS = [*LETTER_KEY, "items", "comparisons", "read", "by_text", "by_letter", "by_chance"]


def position_bias(lines: pd.DataFrame) -> pd.DataFrame:
    """Count answers that are alike in two orders of an item's options.

    Args:
        lines: As `letters.answer_lines` returns them.

    Returns:
        One line an arm, solver, dataset and configuration, sorted by them: `items` asked in several
        orders, `comparisons` (of two orders each), `read` (those in which both answers are a
        letter), and of these the shares `by_text` and `by_letter`, and `by_chance`, which
        independent guesses have of each; mean over items, NaN where nothing was read. No lines
        where no item was asked in several orders.
    """
    if lines["options"].isna().all() or not lines.duplicated([*LETTER_KEY, "cluster"]).any():
        return pd.DataFrame(columns=_COLUMNS)
    found = []
    several = lines[lines["options"].notna() & lines["base_options"].notna()]
    for key, ours in several.groupby(
        [*LETTER_KEY, "generator", "cluster"], sort=True, observed=True
    ):
        if len(ours) < 2:
            continue
        said = list(zip(ours["letter"], ours["options"], ours["base_options"], strict=True))
        both = [
            (one, other)
            for one, other in combinations(said, 2)
            if isinstance(one[0], str) and isinstance(other[0], str)
        ]
        both = [(one, other) for one, other in both if one[0] in one[1] and other[0] in other[1]]
        texts = [_text(*one) == _text(*other) for one, other in both]
        letters = [one[0] == other[0] for one, other in both]
        found.append(
            {
                **dict(zip(LETTER_KEY, key, strict=False)),
                "cluster": key[-1],
                "comparisons": len(said) * (len(said) - 1) // 2,
                "read": len(both),
                "by_text": sum(texts) / len(both) if both else math.nan,
                "by_letter": sum(letters) / len(both) if both else math.nan,
                "by_chance": 1 / len(said[0][1]) if both else math.nan,
            }
        )
    if not found:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.DataFrame(found).groupby(LETTER_KEY, sort=True, observed=True)
    counted = table[["comparisons", "read"]].sum()
    means = table[["by_text", "by_letter", "by_chance"]].mean()
    counted.insert(0, "items", table["cluster"].nunique())
    return counted.join(means).reset_index()


def _text(letter: str, options: str, base_options: str) -> str:
    """The letter that the text of a letter has in the item's own order."""
    return base_options[options.index(letter)]
