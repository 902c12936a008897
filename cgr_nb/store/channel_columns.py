"""The rows that are done, column by column, of answers that were read for something else: what
`row_columns.unsorted_columns` asks SQLite for, at no further reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.store.row_view import is_refused

if TYPE_CHECKING:
    import numpy as np
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
    row_ids: Sequence[str], row: Places, arms: Sequence[str], place: Places, of: Mapping[str, Any]
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
    arm = np.array(arms, dtype=object)
    for channel, into in zip(CHANNELS, answers, strict=True):
        ours = arm == channel
        into[row[ours]] = place[ours]
        done[row[ours & (place < 0)]] = False
    # As view `done_rows`: every channel that a row has is on record.
    done &= answers[0] >= 0
    direct, cgr, generator = answers[:, done]
    known = {name: _objects(of[name]) for name in OF_ANSWERS}
    statuses = known["status"]
    for status in set(statuses[:-1].tolist()):
        if is_refused(status):
            statuses[statuses == status] = "error"
    tokens = known["prompt_tokens"][:-1] + known["reply_tokens"][:-1]
    tokens = np.append(tokens, 0)
    return {
        "id": _objects(row_ids)[:-1][done],
        "item_id": known["item_id"][direct],
        "solver": known["solver"][direct],
        "generator": known["generator"][cgr],
        "direct_letter": known["letter"][direct],
        "direct_status": statuses[direct],
        "direct_rule": known["rule"][direct],
        "direct_retries": np.maximum(known["trail_length"][direct] - 1, 0),
        "assisted_letter": known["letter"][cgr],
        "assisted_status": statuses[cgr],
        "asks": np.where(cgr < 0, 0, known["calls"][cgr]),
        "generator_letter": known["letter"][generator],
        "scaffold_id": known["scaffold_id"][cgr],
        "program_id": known["program_id"][cgr],
        "direct_tokens": tokens[direct],
        "assisted_tokens": tokens[cgr],
    }


def _objects(values: Sequence[object]) -> Objects:
    """Values, and None behind them: what is said of no answer."""
    import numpy as np

    found = np.empty(len(values) + 1, dtype=object)
    found[:-1] = values
    return found
