"""One column of a table of the store as pandas has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["by_place", "category", "column", "escaped"]


def column(values: Sequence[object]) -> pd.Series[Any]:
    """Values as pandas takes them; text that is no valid Unicode with its surrogates escaped."""
    import pandas as pd

    found = escaped(values)
    # Texts are pandas' strings by its own choice: a missing one is NaN. Nothing is told of no line.
    return pd.Series(found, dtype=None if found else object)


def escaped(values: Sequence[object]) -> Sequence[object]:
    """Values with the surrogates of text that is no valid Unicode escaped."""
    return values if _is_ascii(values) else [_escaped(value) for value in values]


def category(values: Sequence[object]) -> pd.Categorical[Any]:
    """Texts of which there are few, by number: as `column` takes them, sorted, a missing one as
    pandas misses it."""
    import numpy as np
    import pandas as pd

    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    codes, known = pd.factorize(objects, sort=True)
    if not _is_ascii(known.tolist()):
        objects[:] = [_escaped(value) for value in values]
        codes, known = pd.factorize(objects, sort=True)
    return by_place(codes, known.tolist())


def by_place(codes: NDArray[np.integer[Any]], known: Sequence[object]) -> pd.Categorical[Any]:
    """Texts by their places, -1 where there is none, among those that are known, of which no two
    are alike."""
    import numpy as np
    import pandas as pd

    texts = np.empty(len(known), dtype=object)
    texts[:] = known
    kinds: Any = pd.Index(texts, dtype=object)
    return pd.Categorical.from_codes(codes, categories=kinds)


def _is_ascii(values: Sequence[object]) -> bool:
    """Whether no text among values needs to be looked at alone."""
    kinds = set(map(type, values))
    if str not in kinds:
        return True
    texts = cast("Iterable[str]", filter(None, values))
    return kinds <= {str, type(None)} and "".join(texts).isascii()


def _escaped(value: object) -> object:
    # Earlier versions recorded text that is no valid Unicode, which Arrow strings can't hold.
    return value if type(value) is not str or value.isascii() else escape_surrogates(value)
