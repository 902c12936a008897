"""Traits whose values are made when somebody first reads one: a panel that shows them is displayed
at once, and its page loads and draws the frame of it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

__all__ = ["DictOnDemand", "IntOnDemand", "ListOnDemand", "UnicodeOnDemand"]


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


class DictOnDemand(_OnDemand, _Dict):
    """A dictionary."""


class IntOnDemand(_OnDemand, _Int):
    """A whole number."""


class ListOnDemand(_OnDemand, _List):
    """A list."""


class UnicodeOnDemand(_OnDemand, _Unicode):
    """A text."""
