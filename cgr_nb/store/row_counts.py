"""How the rows of a study ended, counted without a record of any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cgr_nb.answer_record import CHANNELS
from cgr_nb.store.database import Store
from cgr_nb.store.frame_columns import escaped
from cgr_nb.store.quick_lines import quick_lines
from cgr_nb.store.row_columns import row_columns, rows_of_answers

__all__ = ["arm_statuses", "channel_statuses", "row_errors"]


def channel_statuses(store: Store) -> tuple[dict[str, int], dict[str, int]]:
    """Status -> rows that are done, of the direct and of the assisted channel, the most frequent
    first."""
    lines = row_columns(store, ("direct_status", "assisted_status"))
    return _counted(direct for direct, _ in lines), _counted(assisted for _, assisted in lines)


def arm_statuses(store: Store) -> dict[str, dict[str, int]]:
    """Arm -> status -> rows that are done, of the arms beside the three channels."""
    lines = quick_lines(
        store._connection,
        "SELECT e.arm, a.status, count(*) FROM expected e JOIN answers a ON a.id = e.answer_id"
        " WHERE e.row_id IN (SELECT row_id FROM done_rows)"
        f" AND e.arm NOT IN ({', '.join('?' * len(CHANNELS))})"
        # As if each row were counted, one after the other.
        " GROUP BY 1, 2 ORDER BY min(e.row_id), 1",
        tuple(CHANNELS),
    )
    found: dict[str, dict[str, int]] = {}
    for arm, status, count in sorted(lines, key=lambda line: -line[2]):
        found.setdefault(arm, {})[status] = count
    return {arm: found[arm] for arm in dict.fromkeys(arm for arm, _, _ in lines)}


def row_errors(store: Store) -> dict[str, int]:
    """Why rows could not be completed -> how many of them, the most frequent first."""
    lines = rows_of_answers(store, ["coalesce(nullif(d.error, ''), c.error)"])
    return _counted(escaped([error for (error,) in lines]))


def _counted(values: Iterable[object]) -> dict[str, int]:
    told = Counter(value for value in values if isinstance(value, str))
    return dict(told.most_common())
