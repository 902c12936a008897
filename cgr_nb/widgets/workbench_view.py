"""What the workbench draws of models, answers and a run's progress."""

from __future__ import annotations

import threading
import time
from typing import Any

from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.run_result import ChannelResult, RunResult
from cgr_nb.answers import CUT_THOUGHT
from cgr_nb.arms import arm_summaries
from cgr_nb.arms.requests import Request
from cgr_nb.explore.catalogue import Catalogue
from cgr_nb.explore.known_models import KnownModels
from cgr_nb.models import ModelPool
from cgr_nb.records import ModelCard
from cgr_nb.study import Progress
from cgr_nb.widgets.text import packed

__all__ = [
    "Meter",
    "Pace",
    "Ticker",
    "answer_view",
    "card_view",
    "choices_view",
    "items_view",
    "memory_view",
    "result_view",
]

TELL_EVERY_S = 0.1
"""Progress and replies are sent to the page at most this often."""
WRITING_SHOWN = 3
WRITING_CHARS = 160


class Meter:
    """How far a run is, and how long it will still take."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0
        self._before = 0
        self._shown: dict[str, Any] = {}

    def read(self, now: Progress) -> dict[str, Any] | None:
        """What the page is to show; None when it was told a moment ago."""
        if now.loading is not None:
            return {**self._shown, "words": now.words}
        moment = time.monotonic()
        if now.unit is None:
            # Rows of earlier runs count as done but not as speed.
            self._before, self._began = now.done, moment
        elif moment - self._told < TELL_EVERY_S and now.done < now.total:
            return None
        self._told = moment
        made = now.done - self._before
        left = (moment - self._began) / made * (now.total - now.done) if made else None
        share = {"done": now.done, "total": now.total, "left": left}
        self._shown = {"running": True, **share, "words": ""}
        return self._shown


class Pace:
    """Lets something through at most every `TELL_EVERY_S`: a page need not see every piece."""

    def __init__(self) -> None:
        self._told = 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        moment = time.monotonic()
        if moment - self._told < TELL_EVERY_S:
            return False
        self._told = moment
        return True


class Ticker:
    """The replies of a run that are being written, the newest few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[int, tuple[Request, dict[str, str]]] = {}
        self._pace = Pace()

    def add(self, model: str, request: Request, piece: str) -> list[dict[str, str]] | None:
        """Take a piece of a reply; what the page is to show, None when it was told a moment ago."""
        with self._lock:
            # What was written to last stands last. The request is held, so that its id stays its.
            asked = request.messages[-1].content[-WRITING_CHARS:]
            fresh = (request, {"model": model, "asked": asked, "said": ""})
            _, line = self._said[id(request)] = self._said.pop(id(request), fresh)
            line["said"] = (line["said"] + piece)[-WRITING_CHARS:]
            while len(self._said) > WRITING_SHOWN:
                del self._said[next(iter(self._said))]
            return [dict(one) for _, one in self._said.values()] if self._pace.due() else None


def items_view(catalogue: Catalogue) -> dict[str, Any]:
    """The items as a page is sent them once."""
    return {
        "columns": packed(catalogue.columns()),
        "names": catalogue.names,
        "total": len(catalogue),
    }


def choices_view(known: KnownModels) -> dict[str, Any]:
    """The models and arms that there are."""
    return {
        "models": [card_view(card) for card in known.cards],
        "arm_choices": [
            {"name": name, "summary": summary} for name, summary in arm_summaries().items()
        ],
    }


def memory_view(pool: ModelPool) -> dict[str, Any]:
    """The models that stay loaded: names, and what they take of how much (MiB)."""
    names = list(pool.names)
    # What the machine offers is asked of llama.cpp, which a panel without models need not load.
    room = {"used": pool.used_bytes >> 20, "budget": pool.budget_bytes >> 20} if names else {}
    return {"names": names, **room}


def result_view(found: RunResult, where: str, before: str, words: str) -> dict[str, Any]:
    """A run's result in shares and percentage points.

    Args:
        found: The result.
        where: The run's folder.
        before: What it is told against.
        words: How the run ended.
    """
    return {
        "where": where,
        "before": before,
        "ended": words,
        "rows": found.rows,
        "rows_of": found.rows_of,
        "items": found.items,
        "common": found.common,
        "channels": [_channel_view(channel) for channel in found.channels],
    }


def _channel_view(found: ChannelResult) -> dict[str, Any]:
    change = found.change
    return {
        "channel": found.channel,
        "accuracy": found.accuracy,
        **_interval_view(found.interval),
        "change": None
        if change is None
        else {
            "before": change.before,
            "pp": change.difference_pp,
            "gains": change.gains,
            "losses": change.losses,
            **_interval_view(change.interval),
        },
    }


def _interval_view(found: ClusteredInterval) -> dict[str, Any]:
    return {
        "low": found.low_pp,
        "high": found.high_pp,
        "note": found.absence or found.note,
    }


def card_view(card: ModelCard) -> dict[str, Any]:
    """A model as a line to tick."""
    quantised = "" if card.quantisation == "none" else card.quantisation
    return {
        "name": card.name,
        "roles": list(card.roles),
        "about": ", ".join(filter(None, (card.family, _size(card.parameters), quantised))),
    }


def _size(parameters: int | None) -> str:
    if parameters is None:
        return ""
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.1f} M"


def answer_view(row: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - a Row or a frame's line
    """The three answers of a row."""

    def letter(value: object) -> str:
        return value if isinstance(value, str) else ""

    # A frame of answers may have no rules.
    cut = getattr(row, "direct_rule", None) == CUT_THOUGHT
    return {
        "id": row.id,
        "where": where,
        "solver": row.solver,
        "generator_name": row.generator,
        "direct": letter(row.direct_letter),
        "direct_status": "incomplete" if cut else row.direct_status,
        "assisted": letter(row.assisted_letter),
        "assisted_status": row.assisted_status,
        "generator": letter(row.generator_letter),
        "asks": int(row.asks),
        "steps": isinstance(row.execution_id, str),
        "program": isinstance(row.program_id, str),
        "arms": {},
    }
