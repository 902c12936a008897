"""Where the labels of a chart stand so that they lie on no other label and on little else.

Lengths are shares of the axis. Each label stands to the right of its mark; it is moved up or down
as far as that frees it, and its chart draws a line from the mark to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["LABEL_HEIGHT", "Box", "label_heights"]

LABEL_HEIGHT = 0.052
"""Height of a label on an axis from 0 to 1."""
_STEPS = 24
"""Half heights that a label is moved at most."""
_ON_A_LABEL = 1000.0
_ON_A_MARK = 6.0
_ON_A_LINE = 2.5
"""What lying on something costs, in half heights of moving."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the plane; a line is a thin one."""

    left: float
    right: float
    low: float
    high: float

    def meets(self, other: Box) -> bool:
        """Whether two of them have a point in common."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.low < other.high and other.low < self.high


def label_heights(
    marks: Sequence[tuple[float, float]],
    reach: Sequence[tuple[float, float]],
    lines: Iterable[Box] = (),
    *,
    mark: float = 0.02,
) -> list[float]:
    """Height of each label.

    Args:
        marks: Place and height of each mark.
        reach: Left and right end of each label.
        lines: What labels should not cross, if they need not.
        mark: Half the height of a mark.

    Returns:
        One height a mark, in their order: the mark's own where nothing is in the way.
    """
    half = LABEL_HEIGHT / 2
    thin = list(lines)
    dots = [Box(place - mark / 2, place + mark / 2, at - mark, at + mark) for place, at in marks]
    placed: dict[int, Box] = {}
    found = [at for _, at in marks]
    for one in sorted(range(len(marks)), key=lambda one: marks[one][1]):
        left, right = reach[one]
        own = marks[one][1]
        others = [dot for other, dot in enumerate(dots) if other != one]
        best = float("inf")
        for step in sorted(range(-_STEPS, _STEPS + 1), key=lambda step: (abs(step), -step)):
            at = own + step * half
            if step and at < half:
                continue
            box = Box(left, right, at - half, at + half)
            price = (
                abs(step)
                + _ON_A_LABEL * sum(box.meets(other) for other in placed.values())
                + _ON_A_MARK * sum(box.meets(dot) for dot in others)
                + _ON_A_LINE * sum(box.meets(line) for line in thin)
            )
            if price < best:
                best, found[one], chosen = price, at, box
        placed[one] = chosen
    return found
