"""What a merge came to: records by table and store, who answered twice, and what did not agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cgr_nb.errors import StoreError

__all__ = ["Clash", "Merged", "MergedStore", "OnClash", "Overlap", "clash_error"]

OnClash = Literal["refuse", "first"]
"""What becomes of two records of one id that differ: none is taken, or the first one stands."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Clash:
    """Two records of one id that differ."""

    table: str
    id: str
    store: str
    """The store whose record does not stand."""
    what: Literal["reply", "scores", "record"]
    """Of a call: another reply, or the same one with other scores of its choices. Of anything else:
    another record."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Calls of one model that two runs made, each for itself."""

    model: str
    runs: tuple[int, int]
    """Numbers of the runs in the merged study; replies of the first stand."""
    calls: int
    differing: int
    """Those of them whose replies differ."""
    scores: int
    """Those whose replies are the same and whose scores of choices differ."""


@dataclass(slots=True)
class MergedStore:
    """What one store brought, by table."""

    name: str
    lines: dict[str, int] = field(default_factory=dict)
    """Records in it."""
    new: dict[str, int] = field(default_factory=dict)
    """Records that the study did not have."""
    clashes: dict[str, int] = field(default_factory=dict)
    """Records that differ from those that stand under their id."""
    superseded: dict[str, int] = field(default_factory=dict)
    """Records that a redo took out of the study, or of another store that was done again since;
    they stay out."""
    replaced: dict[str, int] = field(default_factory=dict)
    """Records that the study had and that a redo in this store took out: they are superseded there
    too, and what was made in their place comes."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Records that rest on a reply that does not stand; the next run of the study makes them."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to."""

    stores: tuple[MergedStore, ...]
    """In the order in which they were given."""
    overlaps: tuple[Overlap, ...]
    clashes: tuple[Clash, ...]
    """The first of them; how many there are, each store says."""
    built_on: Mapping[str, int] = field(default_factory=dict)
    """Table -> records that the study had and that were built on those that are superseded now; the
    next run of the study makes them, where no store brings them."""

    @property
    def clash_count(self) -> int:
        """All records that clash."""
        return sum(sum(store.clashes.values()) for store in self.stores)

    def total(
        self, what: Literal["lines", "new", "clashes", "replaced", "left_out"]
    ) -> dict[str, int]:
        """Records of all stores, by table."""
        found: dict[str, int] = {}
        for store in self.stores:
            counts: Mapping[str, int] = getattr(store, what)
            for table, count in counts.items():
                found[table] = found.get(table, 0) + count
        return found

    @property
    def overlap(self) -> dict[str, int]:
        """Calls that two runs made, and how many of them differ."""
        return {
            name: sum(getattr(one, name) for one in self.overlaps)
            for name in ("calls", "differing", "scores")
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "stores": [asdict(store) for store in self.stores],
            "new": self.total("new"),
            "overlap": {**self.overlap, "pairs": [asdict(one) for one in self.overlaps]},
            "clashes": {
                "count": self.clash_count,
                **{"by_table": self.total("clashes"), "first": [asdict(c) for c in self.clashes]},
            },
            "replaced": self.total("replaced"),
            "built_on_replaced": dict(self.built_on),
            "left_out": self.total("left_out"),
        }


def clash_error(merged: Merged) -> StoreError:
    """What is said where records clash and nobody said which ones stand."""
    told = merged.total("clashes")
    calls = [one for one in merged.clashes if one.table == "calls"]
    shown: Sequence[Clash] = (calls or list(merged.clashes))[:_SHOWN]
    return StoreError(
        f"{merged.clash_count:,} records have an id that another record has: "
        + ", ".join(f"{count:,} of table {table}" for table, count in told.items() if count),
        where=merged.clashes[0].store,
        got="; ".join(f"{one.table} {one.id} of {one.store}" for one in shown),
        fix="models that compute in batches, or on different machines, do not always give the same"
        " reply; to let the first one stand, in the order of the stores: --on-clash first",
    )
