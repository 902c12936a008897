"""The rows that are done, column by column, of answers that were read for something else: what
`row_columns.unsorted_columns` asks SQLite for, at no further reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.store.row_view import is_refused

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Objects = NDArray[np.object_]
    Places = NDArray[np.intp]

__all__ = ["OF_ANSWERS", "channel_columns"]

OF_ANSWERS = (
    *("item_id", "solver", "generator", "letter", "status", "calls", "trail_length", "rule"),
    *("prompt_tokens", "reply_tokens", "scaffold_id", "program_id"),
)
"""What has to be known of each answer: `trail_length` is the number of its calls, `rule` that which
read the last reply that was read."""


def channel_columns(
    row_ids: Sequence[str],
    row: Places,
    arms: pd.Categorical[Any],
    place: Places,
    of: Mapping[str, Any],
) -> dict[str, Objects]:
    """Columns of the rows, by the names of `row_columns.COLUMNS`, in the order of `row_ids`.

    Args:
        row_ids: Of all rows, done or not.
        row: The row of each line of table `expected`.
        arms: The arm of each line.
        place: The place of its answer among those of `of`, below 0 where it is not on record.
        of: `OF_ANSWERS`, a value an answer.
    """
    import numpy as np

    answers = np.full((len(CHANNELS), len(row_ids)), -1, dtype=np.intp)
    done = np.ones(len(row_ids), dtype=bool)
    for channel, into in zip(CHANNELS, answers, strict=True):
        ours = np.asarray(arms == channel)
        into[row[ours]] = place[ours]
        done[row[ours & (place < 0)]] = False
    # As view `done_rows`: every channel that a row has is on record.
    done &= answers[0] >= 0
    direct, cgr, generator = (places.tolist() for places in answers[:, done])

    def said(name: str, places: Sequence[int]) -> Objects:
        told = of[name]
        return _objects([None if place < 0 else told[place] for place in places])

    def spent(places: Sequence[int]) -> Objects:
        tokens = zip(said("prompt_tokens", places), said("reply_tokens", places), strict=True)
        return _objects([(asked or 0) + (given or 0) for asked, given in tokens])

    def status(places: Sequence[int]) -> Objects:
        told = said("status", places).tolist()
        return _objects(["error" if one and is_refused(one) else one for one in told])

    return {
        "id": _objects(row_ids)[done],
        "item_id": said("item_id", direct),
        "solver": said("solver", direct),
        "generator": said("generator", cgr),
        "direct_letter": said("letter", direct),
        "direct_status": status(direct),
        "direct_rule": said("rule", direct),
        "direct_retries": np.maximum(said("trail_length", direct) - 1, 0),
        "assisted_letter": said("letter", cgr),
        "assisted_status": status(cgr),
        "asks": _objects([one or 0 for one in said("calls", cgr)]),
        "generator_letter": said("letter", generator),
        "scaffold_id": said("scaffold_id", cgr),
        "program_id": said("program_id", cgr),
        "direct_tokens": spent(direct),
        "assisted_tokens": spent(cgr),
    }


def _objects(values: Sequence[object]) -> Objects:
    import numpy as np

    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
