"""Seeded samples of items that depend on which items there are, not on their order."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from cgr_nb.records import Item

__all__ = ["sample_items"]


def sample_items(
    items: Iterable[Item],
    n: int,
    seed: int = 0,
    by: Literal["dataset", "config"] | None = "dataset",
) -> list[Item]:
    """Draw up to `n` items of each group.

    Every item has a rank of its own, a hash of seed and id, and the lowest `n` of a group are
    drawn. So an added item can push at most one other out, and a larger `n` only adds.

    Args:
        items: Where to draw from; ids must differ.
        n: Items a group; a smaller group is taken whole.
        seed: Another seed, another sample.
        by: "dataset": one group a dataset; "config": one a dataset and config; None: one in all.

    Returns:
        The drawn items by dataset, config and rank.
    """
    groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items:
        key = {None: (), "dataset": (item.dataset,), "config": (item.dataset, item.config)}[by]
        groups[key].append(item)

    def rank(item: Item) -> str:
        return hashlib.sha256(f"{seed}/{item.id}".encode()).hexdigest()

    drawn = [item for group in groups.values() for item in sorted(group, key=rank)[: max(n, 0)]]
    return sorted(drawn, key=lambda item: (item.dataset, item.config, rank(item)))
