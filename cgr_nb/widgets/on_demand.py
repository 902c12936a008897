"""Traits whose values are made when somebody first reads one: a panel that shows them is displayed
at once, and its page loads and draws the frame of it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from cgr_nb.util.collecting import seldom_collected

__all__ = [
    "BytesOnDemand",
    "DictOnDemand",
    "IntOnDemand",
    "ListOnDemand",
    "OnDemand",
    "UnicodeOnDemand",
]


class OnDemand:
    """Work that is done when somebody first looks, in whatever thread; others that look meanwhile
    wait for it.

    Args:
        work: The work. It may look itself, and sees what there is.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._is_done = self._goes_on = False
        self._lock = threading.RLock()

    def look(self) -> None:
        """Do the work, unless that is done."""
        if not self._is_done:
            with self._lock:
                if not (self._is_done or self._goes_on):
                    self.again()

    def again(self) -> None:
        """Do the work, whether that is done or not."""
        with self._lock:
            self._goes_on = True
            try:
                with seldom_collected():
                    self._work()
                self._is_done = True
            finally:
                self._goes_on = False


if TYPE_CHECKING:
    # Generic in their types alone.
    _Dict = traitlets.Dict[str, Any]
    _Int = traitlets.Int[int, Any]
    _List = traitlets.List[Any]
    _Unicode = traitlets.Unicode[str, Any]
else:
    _Dict, _Int, _List = traitlets.Dict, traitlets.Int, traitlets.List
    _Unicode = traitlets.Unicode


class _OnDemand:
    """Has the panel make what it shows (`look`) before the value is read."""

    def get(self, obj: Any, cls: Any = None) -> Any:  # noqa: ANN401 - as traitlets hands it over
        obj.look()
        return super().get(obj, cls)  # type: ignore[misc]


class BytesOnDemand(_OnDemand, traitlets.Bytes):
    """Bytes."""


class DictOnDemand(_OnDemand, _Dict):
    """A dictionary."""


class IntOnDemand(_OnDemand, _Int):
    """A whole number."""


class ListOnDemand(_OnDemand, _List):
    """A list."""


class UnicodeOnDemand(_OnDemand, _Unicode):
    """A text."""
