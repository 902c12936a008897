"""Which program is judged next: suspects first, the most suspicious on top, random controls mixed
in."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgr_nb.scaffolds import ProgramAudit, check_program

if TYPE_CHECKING:
    from cgr_nb.handle import Study

__all__ = ["Case", "cases_of", "in_order"]

CONTROL_EVERY = 4
"""One program in so many is a control, as long as there are suspects."""

_STRATA = {"yes": "flagged", "unsure": "doubtful"}


@dataclass(frozen=True, slots=True)
class Case:
    """One program to be judged."""

    program_id: str
    source: str
    item_id: str
    """The first item that the program was written for."""
    audit: ProgramAudit

    @property
    def stratum(self) -> str:
        """ "flagged", "doubtful" (unsure, or a fall-back) or "unsuspected"."""
        doubtful = "doubtful" if self.audit.fallback else "unsuspected"
        return _STRATA.get(self.audit.hard_coded, doubtful)


def cases_of(study: Study) -> list[Case]:
    """Every distinct program of a study with its static audit, by id."""
    programs = study.programs().dropna(subset=["source"]).drop_duplicates("program_id")
    columns = zip(programs["program_id"], programs["source"], programs["item_id"], strict=True)
    return [Case(id, source, item, check_program(source)) for id, source, item in sorted(columns)]


def in_order(cases: Iterable[Case], seed: int) -> list[Case]:
    """The queue: flagged programs, then doubtful ones, with an unsuspected one somewhere in each
    block. It opens with a suspect whenever there is one.

    Within each kind the order is random; the same seed gives the same queue, so that raters can
    share one.
    """
    chance = random.Random(seed)
    kinds: dict[str, list[Case]] = {"flagged": [], "doubtful": [], "unsuspected": []}
    for case in cases:
        kinds[case.stratum].append(case)
    for kind in kinds.values():
        chance.shuffle(kind)
    suspects, controls = kinds["flagged"] + kinds["doubtful"], kinds["unsuspected"]
    queue: list[Case] = []
    while suspects:
        block, suspects = suspects[: CONTROL_EVERY - 1], suspects[CONTROL_EVERY - 1 :]
        if controls:
            block.insert(chance.randint(0 if queue else 1, len(block)), controls.pop())
        queue += block
    return queue + controls
