"""What an arm gave for an item: the one record of every way of answering.

Direct, assisted (`cgr`) and generator-side answers are arms like any other. An answer names only
what it depends on, so one direct answer serves every generator of a study; what a person reads side
by side, the three channels of an (item, solver, generator), is a view of such answers (see
`store.row_view`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cgr_nb.records import Difficulty
from cgr_nb.util.quick_records import quick

__all__ = [
    "CHANNELS",
    "OWN_FAILURES",
    "READ_OUT",
    "Answer",
    "AnswerSteps",
    "Control",
    "ReadOut",
    "Role",
    "RunEntry",
    "Setup",
    "Step",
    "Totals",
    "TrailEntry",
    "arm_of",
    "control_name",
    "repeat_name",
    "split_repeat",
]

CHANNELS = ("direct", "cgr", "generator_only")
"""The arms that make up a row of the paper: direct, assisted and generator-side."""

OWN_FAILURES = frozenset({"overflow", "refused", "budget", "unparsed", "none", "no_program"})
"""Statuses of an arm that failed by itself: a wrong answer, and no other arm's figure changes."""

READ_OUT = "read_out"
"""Stands in a `ReadOut` in the place of a rule: the letter was not read, but chosen."""

Control = Literal["stub", "foreign"]
"""How the programs of an arm are run once more: with a solver that answers at random, or on other
items than they were written for."""

_CONTROLLED = re.compile("(.+)/(?:stub|foreign)", re.DOTALL)
_REPEAT = re.compile("[1-9][0-9]{0,2}")

Role = Literal["solver", "generator"]
"""Which of a study's two models is asked."""


def repeat_name(arm: str, number: int) -> str:
    """What the answers of an arm are called that were sampled with another seed: "cgr#2", "cgr#3".
    The first have the arm's own name."""
    return arm if number == 1 else f"{arm}#{number}"


def split_repeat(name: str) -> tuple[str, int]:
    """The arm that a name is of, and which of its seeds: ("cgr", 3) for "cgr#3", ("cgr", 1) for
    "cgr"."""
    arm, mark, number = name.rpartition("#")
    if mark and arm and _REPEAT.fullmatch(number):
        return arm, int(number)
    return name, 1


def control_name(arm: str, control: Control | None) -> str:
    """What the answers of an arm's control are called: "consensus/stub"."""
    return arm if control is None else f"{arm}/{control}"


def arm_of(name: str) -> str:
    """The arm, as the study names it, that answers of some name are of: "consensus" for
    "consensus/stub#2"."""
    arm, _ = split_repeat(name)
    controlled = _CONTROLLED.fullmatch(arm)
    return controlled[1] if controlled else arm


@quick
@dataclass(frozen=True, slots=True)
class ReadOut:
    """What was read out of one reply, or why there is none."""

    status: str
    """An ExtractionStatus where letters were looked for, "program" or "no_program" where a program
    was; "overflow" or "refused" for a call that could not be served, "unanswered" for a question
    of a program that ended before the reply came."""
    letters: tuple[str, ...] = ()
    """Letters that were read, in option order; several for a multi-select item."""
    rule: str | None = None
    """Name of the rule that fired; None when none did."""
    span: tuple[int, int] | None = None
    """Start and end offset in the reply of the text that the rule read."""


@quick
@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One call behind an answer."""

    key: str
    """What the arm calls it: "direct", "ask/0", "vote/3" ..."""
    role: Role
    call: str
    """Id of the call."""
    read: ReadOut | None = None
    """None where nothing was read by the arm: replies that went to a program."""


@quick
@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of a program behind an answer."""

    key: str
    execution: str
    """Id of the run."""


@quick
@dataclass(frozen=True, slots=True)
class Step:
    """What an arm would have answered, had it stopped early."""

    n: int
    """Entries of the trail up to here."""
    m: int
    """Runs up to here."""
    letters: tuple[str, ...]
    """Empty: no answer yet."""


@quick
@dataclass(frozen=True, slots=True)
class Totals:
    """What an answer cost, as if it had been made alone: calls shared with others count in full."""

    solver_calls: int = 0
    """Calls that the solver was asked for, refused ones among them."""
    solver_prompt_tokens: int = 0
    solver_reply_tokens: int = 0
    generator_calls: int = 0
    """Calls that the generator served."""
    generator_prompt_tokens: int = 0
    generator_reply_tokens: int = 0


@quick
@dataclass(frozen=True, slots=True)
class Answer:
    """What one arm, that is one way of answering, gave for one item. Holds no timings, so a rerun
    gives the same."""

    id: str
    """Content hash of all that could change it: known before the answer is made."""
    item_id: str
    solver: str | None
    """ModelCard.name; None for an arm in which no solver has a part."""
    generator: str | None
    """ModelCard.name; None for an arm in which no generator has a part."""
    arm: str
    """"direct", "cgr", "generator_only", or another arm's name in the study; of a study with
    `repeats`, "cgr#2", "cgr#3" ... for the answers of a second and third seed; of an arm's
    controls, "consensus/stub" and the like (see `arm_of`)."""
    letters: tuple[str, ...]
    """The answer, in option order; empty when there is none. Several only for an item that asks
    for several."""
    status: str
    """An ExtractionStatus where a reply was read, an ExecutionStatus or "no_program" where a
    program ran; "overflow", "refused", "budget", "unparsed": the arm's own failure, a wrong answer;
    "error": the arm could not be tried, for a reason outside it (see `error`)."""
    detail: str
    """One line in words: how the letters came about, or why there are none."""
    trail: tuple[TrailEntry, ...]
    """The calls behind the answer, in order."""
    runs: tuple[RunEntry, ...]
    """The runs of programs behind it, in order, the deciding one last where one alone decides."""
    steps: tuple[Step, ...]
    """Answers had it stopped after n entries of the trail and m runs, in order."""
    setup: str | None
    """Id of what was prepared once for the dataset; None when nothing was."""
    totals: Totals
    facts: Mapping[str, Any]
    """The arm's own statistics, JSON-serialisable."""
    difficulty: Difficulty | None
    """The generator's estimate, where a program tells it."""
    isolation: str | None
    """Isolation level of the deciding run."""
    error: str | None
    """Why there is no answer, if a call was refused or the arm could not be run."""

    @property
    def letter(self) -> str | None:
        """The answer where it is a single letter."""
        return self.letters[0] if len(self.letters) == 1 else None

    @property
    def execution_id(self) -> str | None:
        """The deciding run."""
        return self.runs[-1].execution if self.runs else None

    @property
    def emulated(self) -> float | None:
        """Share of its program's lines that the solver stood in for, each counted as often as it
        was come to; None where no program was walked to an end of its own."""
        emulated, lines = self.facts.get("emulated"), self.facts.get("lines")
        if type(emulated) is not int or type(lines) is not int or not 0 <= emulated <= lines:
            return None
        return emulated / lines if lines else 0.0

    def calls_of(self, role: Role) -> tuple[str, ...]:
        """Ids of its calls to one of the models, in order."""
        return tuple(entry.call for entry in self.trail if entry.role == role)


class AnswerSteps(NamedTuple):
    """The part of an answer that says what it would have been, and cost, had it stopped early."""

    id: str
    solver: str | None
    generator: str | None
    status: str
    letters: Sequence[str]
    calls: Sequence[tuple[str, str]]
    """Id and role of each call, in order."""
    steps: Sequence[tuple[int, Sequence[str]]]
    """Entries of the trail, and the answer there."""
    setup: str | None

    @classmethod
    def of(cls, answer: Answer) -> AnswerSteps:
        """That part of an answer."""
        return cls(
            answer.id,
            answer.solver,
            answer.generator,
            answer.status,
            answer.letters,
            [(entry.call, entry.role) for entry in answer.trail],
            [(step.n, step.letters) for step in answer.steps],
            answer.setup,
        )


@dataclass(frozen=True, slots=True)
class Setup:
    """What an arm prepared once for a dataset."""

    id: str
    """Content hash of all that could change it."""
    arm: str
    dataset: str
    solver: str | None
    generator: str | None
    text: str
    """What later answers are given: a program, a pseudocode, a list of examples."""
    program_id: str | None
    trail: tuple[TrailEntry, ...]
    runs: tuple[RunEntry, ...]
    status: str
    """"ok", or why there is nothing: then every answer that needs it has this status."""
    detail: str
    facts: Mapping[str, Any]
