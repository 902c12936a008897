"""Finding one's way through the steps of a run: where to stop, which loops to fold, where a text
stands."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.errors import CgrError
from cgr_nb.records import Execution
from cgr_nb.sandbox import Step
from cgr_nb.util.syntax import every_node, parse

__all__ = ["Fold", "RunSteps", "folds", "opening_step", "stops"]

FOLD_FROM = 3
"""A loop is folded from so many rounds on."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A loop that went round often enough to be shown as one."""

    line: int
    """Of the loop."""
    first: int
    """Its first step."""
    last: int
    rounds: int


class RunSteps:
    """The steps of one run, to be walked through.

    Args:
        source: The program.
        execution: Its run; one without a trace has no steps.
    """

    def __init__(self, source: str, execution: Execution | None) -> None:
        self._lines = source.split("\n")
        self._trace = execution.trace if execution is not None else None
        self.steps: Sequence[Step] = self._trace.steps if self._trace else ()
        self.stops = stops(self.steps)
        """Kind -> numbers of the steps to jump to."""

    def __len__(self) -> int:
        return len(self.steps)

    def clamp(self, position: int) -> int:
        """The nearest step that there is; 0 where there is none."""
        return max(0, min(position, len(self.steps) - 1))

    def jump(self, position: int, kind: str, *, back: bool = False) -> int:
        """The next step of a kind; the same one where there is none.

        Args:
            position: Where to start.
            kind: "call", "change", "return" or "trouble".
            back: Look backwards.

        Raises:
            CgrError: No such kind of stop.
        """
        if kind not in self.stops:
            known = ", ".join(self.stops)
            raise CgrError("no such kind of stop", got=repr(kind), fix=f"use one of {known}")
        if back:
            return max((n for n in self.stops[kind] if n < position), default=position)
        return min((n for n in self.stops[kind] if n > position), default=position)

    def find(self, position: int, text: str, *, back: bool = False) -> int:
        """The next step, and round again, whose line or changed variables hold a text; the same one
        where there is none.

        Args:
            position: Where to start.
            text: In whatever case.
            back: Look backwards.
        """
        size = len(self.steps)
        turns = range(1, size + 1)
        order = ((position - k if back else position + k) % size for k in turns)
        wanted = text.casefold()
        return next((n for n in order if wanted and wanted in self._words(n)), position)

    def variables(self, position: int) -> dict[str, str]:
        """Variables of the innermost open frame at a step: name -> text."""
        if self._trace is None or not self.steps:
            return {}
        frames = self._trace.at(position).frames
        return dict(frames[-1].variables) if frames else {}

    def _words(self, number: int) -> str:
        step = self.steps[number]
        line = self._lines[step.line - 1] if 0 < step.line <= len(self._lines) else ""
        changed = " ".join(f"{name} {value}" for name, value in step.changed.items())
        return f"{line} {changed}".casefold()


def stops(steps: Sequence[Step]) -> dict[str, list[int]]:
    """Kind of stop -> numbers of the steps that are one."""
    return {
        "call": [step.index for step in steps if step.event == "ask"],
        "change": [step.index for step in steps if step.changed],
        "return": [step.index for step in steps if step.event == "return"],
        "trouble": [step.index for step in steps if step.event in ("raise", "cut")],
    }


def opening_step(execution: Execution) -> int:
    """The first line that runs, or for a run that failed the last step on the failing line."""
    steps: Sequence[Step] = execution.trace.steps if execution.trace is not None else ()
    if execution.status == "ok" or not steps:
        return next((step.index for step in steps if step.event == "line"), 0)
    raised = [step.index for step in steps if step.event == "raise"]
    on_line = [step.index for step in steps if step.line == execution.line]
    return (raised or on_line or [len(steps) - 1])[-1]


def folds(source: str, steps: Sequence[Step]) -> list[Fold]:
    """Outermost loops of at least `FOLD_FROM` rounds.

    Args:
        source: The program.
        steps: Of its run.
    """
    found: list[Fold] = []
    loops = _loops(source)
    number = 0
    while number < len(steps):
        first = steps[number]
        ends = next((e for s, e in loops if s == first.line and first.event == "line"), None)
        if ends is None:
            number += 1
            continue
        last, rounds = number, 0
        for at in range(number, len(steps)):
            step = steps[at]
            if step.frame == first.frame:
                if not first.line <= step.line <= ends:
                    break
                rounds += step.event == "line" and step.line == first.line
            last = at
        if rounds > FOLD_FROM:
            # The loop's line is hit once more when it ends.
            found.append(Fold(first.line, number, last, rounds - 1))
        number = last + 1
    return found


def _loops(source: str) -> list[tuple[int, int]]:
    """First and last line of each loop statement that spans more than one line; none in a broken
    program."""
    tree = parse(source)
    if isinstance(tree, str):
        return []
    kinds = (ast.For, ast.While, ast.AsyncFor)
    return [
        (node.lineno, node.end_lineno or node.lineno)
        for node in every_node(tree)
        if isinstance(node, kinds)
    ]
