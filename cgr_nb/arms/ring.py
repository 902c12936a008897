"""The items of a dataset in a ring whose order the seed draws: each one is neighbour of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgr_nb.arms.requests import derive_seed
from cgr_nb.records import Item

__all__ = ["ring_neighbours"]


def ring_neighbours(dataset: Sequence[Item], seed: int) -> Mapping[str, tuple[Item, ...]]:
    """Item id -> its neighbour; nothing for an item that is alone.

    Args:
        dataset: Items, without gold.
        seed: Draws the order.
    """
    # By what a model sees, so that gold does not choose the neighbour.
    ring = sorted(dataset, key=lambda item: derive_seed(seed, "ring", item.question))
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return {item.id: (other,) for item, other in pairs if other is not item}
