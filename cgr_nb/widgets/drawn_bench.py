"""What the workbench draws of models, answers and a run's progress."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import ModelError
from cgr_nb.models import Registry
from cgr_nb.records import ModelCard
from cgr_nb.study import Progress, StudyConfig

if TYPE_CHECKING:
    from cgr_nb.handle import Study

__all__ = ["Meter", "drawn_answer", "drawn_card", "registry_of"]

TELL_EVERY_S = 0.1
"""Progress is sent to the page at most this often."""


class Meter:
    """How far a run is, and how long it will still take."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0
        self._before = 0

    def read(self, now: Progress) -> dict[str, Any] | None:
        """What the page is to show; None when it was told a moment ago."""
        moment = time.monotonic()
        if now.row is None:
            # Rows of earlier runs count as done but not as speed.
            self._before, self._began = now.done, moment
        elif moment - self._told < TELL_EVERY_S and now.done < now.total:
            return None
        self._told = moment
        made = now.done - self._before
        left = (moment - self._began) / made * (now.total - now.done) if made else None
        return {"running": True, "done": now.done, "total": now.total, "left": left, "words": ""}


def registry_of(config: StudyConfig, study: Study) -> tuple[Registry, str]:
    """The models that can be asked; those on record where the study's own file is gone, and why."""
    place = config.models.registry
    try:
        return Registry.load(Path(config.base, place) if place else None), ""
    except ModelError as error:
        return Registry(study.store.models()), str(error)


def drawn_card(card: ModelCard) -> dict[str, Any]:
    """A model as a line to tick."""
    return {
        "name": card.name,
        "roles": list(card.roles),
        "about": ", ".join(filter(None, (card.family, _size(card.parameters), card.quantisation))),
    }


def _size(parameters: int | None) -> str:
    if parameters is None:
        return ""
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.1f} M"


def drawn_answer(row: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - a Row or a frame's line
    """The three answers of a row."""

    def letter(value: object) -> str:
        return value if isinstance(value, str) else ""

    return {
        "id": row.id,
        "where": where,
        "solver": row.solver,
        "generator_name": row.generator,
        "direct": letter(row.direct_letter),
        "direct_status": row.direct_status,
        "assisted": letter(row.assisted_letter),
        "assisted_status": row.assisted_status,
        "generator": letter(row.generator_letter),
        "asks": int(row.asks),
        "steps": isinstance(row.execution_id, str),
    }
