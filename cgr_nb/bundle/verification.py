"""What checking a package came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Findings", "Problem", "Verification"]

_MOST_SHOWN = 600


class Problem(NamedTuple):
    """One thing that does not fit."""

    where: str
    """File of the package, and the record in it: "rows.jsonl 34bda6fff610b93dff48"."""
    what: str
    """In words: what is recorded, and what it should be."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of `verify_package`."""

    problems: tuple[Problem, ...]
    """What contradicts the rest of the package, in the order in which it was found."""
    notes: tuple[Problem, ...]
    """What a reader should know but which proves nothing: runs that depend on the machine, rows
    that an unfinished study does not have yet, another version of the program."""
    checked: Mapping[str, int]
    """What was checked -> how many: "files", "items", "calls", "rows", "replayed" ..."""
    not_rechecked: tuple[str, ...] = ()
    """Arms that are not installed here: what they gave stands as the package has it."""

    @property
    def ok(self) -> bool:
        """Whether nothing contradicts anything."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        return {
            "ok": self.ok,
            "problems": [problem._asdict() for problem in self.problems],
            "notes": [note._asdict() for note in self.notes],
            "checked": dict(self.checked),
            "not_rechecked": list(self.not_rechecked),
        }


def _shown(text: str) -> str:
    """A text from a package as it may go to a terminal: bounded, and with nothing in it that a
    terminal obeys."""
    some = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + " ..."
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in some)


class Findings:
    """Problems, notes and counts while they are being collected."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.checked: Counter[str] = Counter()
        self.not_rechecked: list[str] = []

    def problem(self, where: str, what: str) -> None:
        """Add one problem; one that is there already is not told twice."""
        found = Problem(_shown(where), _shown(what))
        if found not in self.problems[-100:]:
            self.problems.append(found)

    def note(self, where: str, what: str) -> None:
        """Add one note."""
        self.notes.append(Problem(_shown(where), _shown(what)))

    def add(self, found: Findings) -> None:
        """Add what was found elsewhere, behind the rest."""
        self.problems += found.problems
        self.notes += found.notes
        self.checked.update(found.checked)

    def add_new(self, found: Findings) -> None:
        """As `add`, of problems that are not there already (see `problem`)."""
        for problem in found.problems:
            if problem not in self.problems[-100:]:
                self.problems.append(problem)
        self.notes += found.notes
        self.checked.update(found.checked)

    def verification(self) -> Verification:
        """The outcome so far."""
        return Verification(
            tuple(self.problems),
            tuple(self.notes),
            dict(self.checked),
            tuple(_shown(arm) for arm in self.not_rechecked),
        )
