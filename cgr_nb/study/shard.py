"""A shard: one solver's units whose items fall into one of N parts, by a hash of their ids.

Written `NAME:K/N`, K from 0 to N-1. Where an item falls depends on its id and on N alone: not on
other items, their order or the machine. A shard sees all items, since arms may use others of the
dataset; it answers its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.records import Item, content_id

__all__ = ["SHARDS", "Shard", "shard_folder", "shards_of"]

SHARDS = "shards"
"""Folder of a study that holds those of its shards."""
_MOST = 100_000
_DRAWN = 1 << 80
"""Numbers that an item is drawn by are below this: an id has 80 bits."""
_PART = re.compile(r"([0-9]{1,9})/([0-9]{1,9})", re.ASCII)
_STRANGE = re.compile(r"[^A-Za-z0-9._-]|^[.-]", re.ASCII)
_FIX = "NAME:K/N has a solver's name and K from 0 to N-1: tiny-solver:0/4"


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` parts of the items, with one solver."""

    solver: str
    """Registry name."""
    number: int
    """From 0 to `count` - 1."""
    count: int
    overlap: float = field(default=0.0, compare=False)
    """Share of the items of the part before, 0 to 1, that it answers too: so that replies of two
    machines can be compared (see `cgr_nb.study.merging`). They are drawn by a hash of their ids."""

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= 1:
            raise ConfigError(
                "an overlap is a fraction from 0 to 1", where=f"shard {self}", got=str(self.overlap)
            )
        if not self.solver or not 1 <= self.count <= _MOST or not 0 <= self.number < self.count:
            raise ConfigError(
                "no such shard",
                got=repr(str(self)),
                fix=f"{_FIX}; N is at most {_MOST:,}",
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `NAME:K/N`; the name may hold colons itself.

        Raises:
            ConfigError: It is none.
        """
        solver, _, part = text.strip().rpartition(":")
        found = _PART.fullmatch(part)
        if not solver or found is None:
            raise ConfigError("not a shard", got=repr(text), fix=_FIX)
        return cls(solver, int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.solver}:{self.number}/{self.count}"

    @property
    def folder_name(self) -> str:
        """Name of its folder: no other shard of a study has it."""
        return f"{self.solver_name}-{self.number}-of-{self.count}"

    @property
    def solver_name(self) -> str:
        """The solver's name as file names can have it."""
        name = _STRANGE.sub("_", self.solver)
        return name if name == self.solver else f"{name}-{content_id('folder', self.solver)[:6]}"

    def holds(self, item: Item) -> bool:
        """Whether an item is in its part, or in the overlap with the one before."""
        part = int(content_id("shard", item.id), 16) % self.count
        return part == self.number or (
            part == (self.number - 1) % self.count
            and int(content_id("overlap", item.id), 16) < self.overlap * _DRAWN
        )


def shard_folder(study: Path, shard: Shard) -> Path:
    """Where a shard of the study in a folder has its own folder."""
    return study / SHARDS / shard.folder_name


def shards_of(solvers: Iterable[str], count: int) -> tuple[Shard, ...]:
    """All shards of some solvers, solver by solver.

    Raises:
        ConfigError: The count is none.
    """
    return tuple(
        Shard(solver, number, count) for solver in solvers for number in range(max(count, 1))
    )
