"""What a run could not have: calls without a usable reply, and the units that wait for them.

A call that fails is not recorded, its unit goes without a row, and the next run asks again; other
units go on. But when a model fails call after call with no reply between them, it is the model that
fails and no unit: then the run stops and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cgr_nb.arms import Unit
from cgr_nb.errors import CallFailed, ModelDown
from cgr_nb.records import Item

__all__ = ["Failures"]

_MOST_UNITS = 1000
"""Units that are named; all are counted."""


class Failures:
    """Failed calls and units of one run."""

    def __init__(self, most_in_a_row: int) -> None:
        """Nothing has failed yet.

        Args:
            most_in_a_row: Failed calls of one model, without a reply between them, that end the
                run.
        """
        self._most = most_in_a_row
        self._in_a_row: dict[str, int] = {}
        self._kinds: dict[str, tuple[str, list[tuple[str | None, Sequence[Item]]]]] = {}
        self.units = 0
        """Units that failed, or of which an arm did; prompts, where generators are asked alone."""

    def call_passed(self, model: str) -> None:
        """A model has replied, or has said that it can't serve this one request."""
        self._in_a_row[model] = 0

    def call_failed(self, model: str, error: CallFailed) -> None:
        """A model gave no usable reply.

        Raises:
            ModelDown: It was one too many in a row.
        """
        self._in_a_row[model] = self._in_a_row.get(model, 0) + 1
        if self._in_a_row[model] >= self._most:
            raise ModelDown(
                f"{self._in_a_row[model]} calls in a row failed, so the run stops here; the last"
                f" one: {error.what}",
                where=error.where,
                got=error.got,
                fix="check the model and run again: recorded calls are kept, and only the rest is"
                f" requested (run.max_failures = {self._most})",
            ) from error

    def unit_failed(self, unit: Unit, error: CallFailed) -> None:
        """A unit goes without its row, or without the answer of an arm."""
        self._failed(unit.row_id, [unit.item], error)

    def prompt_failed(self, items: Sequence[Item], error: CallFailed) -> None:
        """A generator's reply about some items is missing."""
        self._failed(None, items, error)

    def _failed(self, row: str | None, items: Sequence[Item], error: CallFailed) -> None:
        self.units += 1
        # Errors that differ in numbers only are one kind.
        kind = re.sub(r"\d+", "0", str(error))
        _, failed = self._kinds.setdefault(kind, (str(error), []))
        failed.append((row, items))

    def told(self) -> list[dict[str, Any]]:
        """What failed, for the record: each kind of error with an example and the units that it
        kept from being done, JSON-ready."""
        return [
            {
                "error": example,
                "units": len(failed),
                "rows": [row for row, _ in failed[:_MOST_UNITS] if row is not None],
                "items": list(
                    dict.fromkeys(item.id for _, items in failed[:_MOST_UNITS] for item in items)
                ),
            }
            for example, failed in self._kinds.values()
        ]
