"""The stepper: one run of one program, step by step, and what would have happened with another
reply or line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from cgr_nb.errors import CgrError
from cgr_nb.records import Execution, ModelCard
from cgr_nb.store.row_view import RowView
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.difference import first_difference
from cgr_nb.widgets.panel import Panel
from cgr_nb.widgets.rows import find_row
from cgr_nb.widgets.run_view import ask_calls_in_order, drawn_item, drawn_run
from cgr_nb.widgets.text import clip
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy
from cgr_nb.widgets.whatif import Again, Unanswered, run_again

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["Stepper"]


class Stepper(Panel):
    """Step through the run behind one row.

    Opens on the first step, or on the failing line of a run that failed. Gold stays in Python until
    `show_gold`.

    Args:
        study: An open study.
        row: A row's id, its number in `study.rows()`, or an execution's id.

    Raises:
        CgrError: There is no such row, or no program ran for it.
    """

    _esm = script("stepper.js")
    _css = style("stepper.css")
    commands = ("show_gold", "what_if", "forget", "dismiss")
    frame_height = 820

    run = traitlets.Dict().tag(sync=True)
    """The run as `drawn_run` makes it."""
    item = traitlets.Dict().tag(sync=True)
    row = traitlets.Dict().tag(sync=True)
    """Solver, generator and the letters of the three channels."""
    source = traitlets.Unicode("").tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    """The step shown, from 0."""
    gold = traitlets.List(trait=traitlets.Unicode()).tag(sync=True)
    """Correct letters; empty until `show_gold`."""
    gold_known = traitlets.Bool(False).tag(sync=True)
    other = traitlets.Dict().tag(sync=True)
    """The what-if run; empty when there is none."""
    difference = traitlets.Dict().tag(sync=True)
    """Where the two runs part."""
    pending = traitlets.Dict().tag(sync=True)
    """A question of the what-if run that nothing on record answers: call and prompt."""

    def __init__(self, study: Study, row: str | int = 0, **traits: Any) -> None:  # noqa: ANN401
        self._desk = ThreadLocalStudy(study)
        found = find_row(study.store, row)
        self.execution: Execution = found.execution
        self.what_if_execution: Execution | None = None
        self._found = found
        self._replies: dict[int, str] = {}
        self._edited: str | None = None
        calls = [study.store.call(id) for id in found.call_ids]
        asked = ask_calls_in_order(found.execution.calls, calls)
        run = drawn_run(found.source, found.item, found.execution, asked)
        traits.setdefault("position", run["start"])
        super().__init__(
            run=run,
            item=drawn_item(found.item),
            row=_letters(found.row),
            source=found.source,
            gold_known=found.item.gold is not None,
            **traits,
        )

    @traitlets.validate("position")
    def _inside(self, proposal: Any) -> int:  # noqa: ANN401 - as traitlets hands it over
        return max(0, min(int(proposal["value"]), len(self.run["steps"]["line"]) - 1))

    def step(self, by: int = 1) -> int:
        """Move by so many recorded steps, backwards when negative. Returns the new position."""
        self.position += by
        return self.position

    def jump(self, kind: str, *, back: bool = False) -> int:
        """Move to the next "call", "change", "return" or "trouble"; stay when there is none.

        Raises:
            CgrError: No such kind of stop.
        """
        if kind not in self.run["stops"]:
            known = ", ".join(self.run["stops"])
            raise CgrError("no such kind of stop", got=repr(kind), fix=f"use one of {known}")
        stops = self.run["stops"][kind]
        ahead = [n for n in stops if (n < self.position if back else n > self.position)]
        self.position = (ahead[-1] if back else ahead[0]) if ahead else self.position
        return self.position

    def find(self, text: str, *, back: bool = False) -> int:
        """Move to the next step whose line or changed variables hold a text, if there is one."""
        size = len(self.run["steps"]["line"])
        turns = range(1, size + 1)
        order = [(self.position - k if back else self.position + k) % size for k in turns]
        held = [step for step in order if text and text.casefold() in self._words(step)]
        self.position = held[0] if held else self.position
        return self.position

    def variables(self) -> dict[str, str]:
        """Variables of the innermost open frame at the current step: name -> text."""
        if not self.run["steps"]["line"]:
            return {}
        frames = self.execution.trace.at(self.position).frames
        return dict(frames[-1].variables) if frames else {}

    def show_gold(self) -> tuple[str, ...]:
        """Send the correct letters to the page, and to pages saved from now on."""
        self.gold = list(self._found.item.gold or ())
        return tuple(self.gold)

    def what_if(
        self,
        *,
        call: int | None = None,
        reply: str | None = None,
        line: int | None = None,
        text: str | None = None,
        source: str | None = None,
        keep: bool = False,
    ) -> Execution:
        """Run again with a reply, a line or the whole program changed.

        Replies before the change are the recorded ones; see `whatif` for where later ones come
        from. What nobody can answer is shown as `pending`: answer it with another
        `what_if(call=..., reply=..., keep=True)`.

        Args:
            call: Index of the solver call, from 0, whose reply is changed.
            reply: What the solver is to have said there.
            line: Number of the program's line, from 1, that is changed.
            text: What stands there instead; several lines are fine.
            source: Another program; None keeps this one.
            keep: Add to what the last what-if changed, instead of starting over.

        Raises:
            Unanswered: The solver is needed and can't be opened.
            CgrError: There is no such call or line.
        """
        replies = dict(self._replies) if keep else {}
        program = source if source is not None else self._edited if keep else None
        if call is not None:
            replies[call] = reply or ""
        if line is not None:
            program = _with_line(program or self.source, line, text or "")
        self.pending = {}
        self._replies, self._edited = replies, program
        try:
            again = run_again(
                self._found,
                self._desk.study.config,
                self._desk,
                self._solver_card(),
                changed=replies,
                source=program,
            )
        except Unanswered as miss:
            self.pending = {"call": miss.asked.index, "prompt": clip(miss.asked.prompt)}
            raise
        self._show_comparison(again, _in_words(replies, self.source, program))
        return again.execution

    def _words(self, step: int) -> str:
        number = self.run["steps"]["line"][step]
        line = "".join(str(piece[1]) for piece in self.run["lines"][number - 1]) if number else ""
        changed = self.run["steps"]["changed"][step]
        return f"{line} {' '.join(f'{name} {value}' for name, value in changed.items())}".casefold()

    def _solver_card(self) -> ModelCard | None:
        named = [
            card for card in self._desk.study.store.models() if card.name == self._found.solver
        ]
        return named[0] if named else None

    def _show_comparison(self, again: Again, words: str) -> None:
        other = drawn_run(again.source, self._found.item, again.execution)
        for ask in other["asks"]:
            ask["origin"] = again.origins.get(ask["index"], "")
        other |= {"changed": words, "asked_anew": again.asked_anew, "source": again.source}
        self.what_if_execution = again.execution
        self.difference = first_difference(self.run, other)
        self.other = other
        if self.difference["step"] is not None:
            self.position = self.difference["step"]

    def forget(self) -> None:
        """Put the what-if run away."""
        self.what_if_execution, self.other, self.difference = None, {}, {}
        self.pending, self._replies, self._edited = {}, {}, None

    def summary_line(self) -> str:
        """The run in one line of text."""
        where = f"{self.item['dataset']} item {self.item['id'][:8]}"
        return f"Stepper: {where}, solver {self.row['solver']}: the program {self.run['sentence']}"

    def save_html(self, path: str | Path) -> Path:
        """Write one offline page in which the run can be stepped; gold is in it only after
        `show_gold`."""
        return super().save_html(path)


def _in_words(replies: Mapping[int, str], was: str, now: str | None) -> str:
    said = [f'call {call + 1} had said "{reply}"' for call, reply in sorted(replies.items())]
    if now is not None:
        old, new = was.splitlines(), now.splitlines()
        lines = [n for n, (one, other) in enumerate(zip(old, new, strict=False), 1) if one != other]
        one_line = len(lines) == 1 and len(old) == len(new)
        said.append(
            f'line {lines[0]} were "{new[lines[0] - 1].strip()}"'
            if one_line
            else "the program were as edited"
        )
    return " and ".join(said)


def _with_line(source: str, line: int, text: str) -> str:
    """The program with another text in one line, which keeps its indentation when the text brings
    none."""
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        raise CgrError(
            f"there is no line {line}",
            got=f"a program of {len(lines)} lines",
            fix="lines start at 1",
        )
    before = lines[line - 1]
    indent = before[: len(before) - len(before.lstrip())]
    lines[line - 1] = text if text[:1].isspace() else indent + text
    return "\n".join(lines)


def _letters(row: RowView) -> dict[str, Any]:
    return {
        "id": row.id,
        "solver": row.solver,
        "generator_name": row.generator,
        "direct": row.direct_letter,
        "assisted": row.assisted_letter,
        "generator": row.generator_letter,
    }
