"""Texts as codes: a column of categories says of each line which text it has, by number.

A study has a quarter of a million lines and few different texts in them. Whoever groups, joins or
counts by such a column again and again would look at every text each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.store.frame_columns import by_place

__all__ = ["coded", "codes_of", "codes_together", "places_among", "uncoded"]

Codes = NDArray[np.intp]


def coded(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """A frame with some columns of text as categories, which are sorted; what is text in it stays
    what it was in the frame given."""
    made = {}
    for name in names:
        if not isinstance(frame[name].dtype, pd.CategoricalDtype):
            codes, known = pd.factorize(frame[name].astype(object), sort=True)
            made[name] = by_place(codes, known.tolist())
    return frame.assign(**made) if made else frame


def uncoded(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its categories as pandas has texts, and misses them: by its own choice."""
    made = {}
    for name, of in frame.items():
        if isinstance(of.dtype, pd.CategoricalDtype):
            texts = of.astype(object).where(of.notna(), None).tolist()
            dtype = None if texts else object
            made[str(name)] = pd.Series(texts, index=frame.index, dtype=dtype)
    return frame.assign(**made) if made else frame


def codes_of(values: pd.Series) -> tuple[Codes, pd.Index]:
    """A number for each line by the order of its value, -1 where it has none; and the values.

    Of categories these are all that there could be, in their order.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.intp), values.cat.categories
    codes, known = pd.factorize(values, sort=True)
    return np.asarray(codes, dtype=np.intp), pd.Index(known)


def codes_together(frame: pd.DataFrame, names: Sequence[str]) -> Codes:
    """A number for each line; two have the same where all of their values are the same, missing
    ones too."""
    code = np.zeros(len(frame), dtype=np.intp)
    for name in names:
        one, known = codes_of(frame[name])
        code = code * (len(known) + 1) + one + 1
    return code


def places_among(values: pd.Series, known: pd.Index) -> Codes:
    """The place of each value in an index without repeats, -1 where it has none there."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return known.get_indexer(pd.Index(values))
    codes, theirs = codes_of(values)
    if theirs.equals(known):
        return codes
    # One place more, for a line without a value.
    return np.append(known.get_indexer(theirs), -1)[codes]
