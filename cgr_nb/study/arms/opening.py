"""Names -> arms, by entry point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from cgr_nb.errors import ConfigError
from cgr_nb.study.arms.interface import Arm
from cgr_nb.study.units import Material

__all__ = ["arm_names", "arm_summaries", "open_arms"]


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="cgr_nb.arms")}


def arm_names() -> tuple[str, ...]:
    """The arms that are installed, in alphabetical order."""
    return tuple(sorted(_points()))


def arm_summaries() -> dict[str, str]:
    """Arm -> what it asks and controls for, in one line."""
    points = _points()
    return {name: cast(Arm, points[name].load()).summary for name in sorted(points)}


def open_arms(names: Sequence[str], material: Material) -> list[Arm]:
    """Make the arms of a study.

    Raises:
        ConfigError: There is no arm of that name.
    """
    points = _points()
    arms = []
    for name in names:
        if name not in points:
            close = get_close_matches(name, points, n=1)
            raise ConfigError(
                f"there is no arm {name!r}",
                where="arms",
                fix=f"did you mean {close[0]!r}?" if close else f"there are {', '.join(points)}",
            )
        factory = cast(Callable[[Material], Arm], points[name].load())
        arms.append(factory(material))
    return arms
