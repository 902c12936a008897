"""Which program is judged next: suspects first, the most suspicious on top, random controls mixed
in."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cgr_nb.audit.static import ProgramAudit, check_program
from cgr_nb.store import WrittenProgram

__all__ = ["Case", "Queue", "in_order"]

CONTROL_EVERY = 4
"""One program in so many is a control, as long as there are suspects."""
READ_FIRST = 120
"""Programs that are read before the first is shown; a tenth of a second."""
SHOWN_FIRST = 20
"""Places of the queue that are taken from those: more than a person judges while the rest is
read."""

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


class Queue:
    """All programs of a study in the order in which they are judged.

    Programs are audited by reading them, which takes ten seconds for 20,000. So the first places
    are filled from a random few, and `read_on` reads the rest in the background; the same programs
    and seed give the same queue, so that raters can share one.

    Args:
        programs: Every distinct program, in any order (see `store.programs.written`).
        seed: Of the order.
        when_read: Called, from another thread, when the last program has been read.
    """

    def __init__(
        self,
        programs: Iterable[WrittenProgram],
        seed: int,
        when_read: Callable[[], object] = lambda: None,
    ) -> None:
        mixed = sorted(programs)
        self.total = len(mixed)
        self._seed = seed
        self.when_read = when_read
        self._starting = threading.Lock()
        self._reader: threading.Thread | None = None
        random.Random(seed).shuffle(mixed)
        self._left = mixed
        first = in_order(map(_case, mixed[:READ_FIRST]), seed)
        self._cases = first if self.total <= READ_FIRST else first[:SHOWN_FIRST]

    def read_on(self) -> None:
        """Read the programs that are left, in a thread of its own; asking twice is fine."""
        with self._starting:
            if self._reader is None and not self.whole:
                self._reader = threading.Thread(target=self._read, daemon=True)
                self._reader.start()

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, place: int) -> Case:
        if place >= len(self._cases):
            self.wait()
        return self._cases[place]

    @property
    def whole(self) -> bool:
        """Whether every program has been read."""
        return len(self._cases) == self.total

    def known(self) -> Sequence[Case]:
        """The cases that are in their place by now, without waiting for the others."""
        return self._cases

    def cases(self) -> list[Case]:
        """All of them, in order; waits until the last has been read."""
        self.wait()
        return list(self._cases)

    def wait(self) -> None:
        """Wait until every program has been read."""
        self.read_on()
        if self._reader is not None:
            self._reader.join()

    def _read(self) -> None:
        first = {case.program_id for case in self._cases}
        rest = []
        for program in self._left:
            if program.id not in first:
                rest.append(_case(program))
                # Whoever judges meanwhile must not wait for this thread to let go of Python.
                time.sleep(0.0005)
        self._cases = [*self._cases, *in_order(rest, self._seed)]
        self.when_read()


def _case(program: WrittenProgram) -> Case:
    id, source, item = program
    return Case(id, source, item, check_program(source))


def in_order(cases: Iterable[Case], seed: int) -> list[Case]:
    """Flagged programs, then doubtful ones, with an unsuspected one somewhere in each block. It
    opens with a suspect whenever there is one.

    Within each kind the order is random; the same cases and seed give the same order.
    """
    chance = random.Random(seed)
    kinds: dict[str, list[Case]] = {"flagged": [], "doubtful": [], "unsuspected": []}
    for case in sorted(cases, key=lambda case: case.program_id):
        kinds[case.stratum].append(case)
    for kind in kinds.values():
        chance.shuffle(kind)
    suspects, controls = kinds["flagged"] + kinds["doubtful"], kinds["unsuspected"]
    queue: list[Case] = []
    for start in range(0, len(suspects), CONTROL_EVERY - 1):
        block = suspects[start : start + CONTROL_EVERY - 1]
        if controls:
            block.insert(chance.randint(0 if queue else 1, len(block)), controls.pop())
        queue += block
    return queue + controls
