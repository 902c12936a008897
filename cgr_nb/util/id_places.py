"""Where each of a million ids stands in a list of ids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

__all__ = ["FACTORS", "id_places"]

FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
"""Odd, so that no word of an id is lost; one for each eight letters."""


def id_places(wanted: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    """The place of each id among those that are known, of which no two are alike; -1 where it is
    not one of them.

    Content hashes have all one length: they are looked up as numbers, in half the time.
    """
    import numpy as np
    import pandas as pd

    ours, theirs = _words(wanted), _words(known)
    if ours is not None and theirs is not None and ours.shape[1] == theirs.shape[1]:
        index = pd.Index(_sums(theirs))
        if index.is_unique:
            place = index.get_indexer(pd.Index(_sums(ours)))
            # Two ids may have one sum: what was found is looked at whole.
            if (theirs[place] == ours).all(axis=1)[place >= 0].all():
                return place.astype(np.intp, copy=False)
    places = dict(zip(known, range(len(known)), strict=True))
    return np.fromiter(map(places.get, wanted, repeat(-1)), np.intp, len(wanted))


def _words(ids: Sequence[str]) -> Words | None:
    """Ids of one length in ASCII as lines of numbers, None where they are not."""
    import numpy as np

    [length, *others] = {*map(len, ids)} or {0}
    text = "".join(ids)
    if others or not 0 < length <= 8 * len(FACTORS) or not text.isascii():
        return None
    letters = np.frombuffer(text.encode(), dtype=np.uint8).reshape(len(ids), length)
    padded = np.zeros((len(ids), -(-length // 8) * 8), dtype=np.uint8)
    padded[:, :length] = letters
    return padded.view(np.uint64)


def _sums(words: Words) -> Words:
    import numpy as np

    found = np.zeros(len(words), dtype=np.uint64)
    for word, factor in zip(words.T, FACTORS, strict=False):
        found ^= found >> np.uint64(29)
        found += word * np.uint64(factor)
    return found
