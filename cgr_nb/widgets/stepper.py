"""The stepper: one run of one program, step by step, and what would have happened with another
reply or line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from cgr_nb.errors import CgrError
from cgr_nb.explore.difference import first_difference
from cgr_nb.explore.run_records import RowWithoutRun, RunRecords, find_row
from cgr_nb.explore.run_steps import RunSteps
from cgr_nb.explore.whatif import Again, Change, Unanswered, WhatIf
from cgr_nb.records import Execution
from cgr_nb.sandbox import RunMode
from cgr_nb.store.row_view import RowView
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.panel import REPLY_COMMANDS, Panel
from cgr_nb.widgets.replies import Replies
from cgr_nb.widgets.run_view import absent_run, ask_calls_in_order, item_view, run_view
from cgr_nb.widgets.text import clip
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["Stepper"]


class Stepper(Panel):
    """Step through the run behind one row.

    Opens on the first step, or on the failing line of a run that failed; where no program ran, on
    the calls that there were, with the reason. Gold stays in Python until `show_gold`.

    Args:
        study: An open study.
        row: A row's id, its number in `study.rows()`, a line of that frame, or an execution's id.

    Raises:
        CgrError: There is no such row.
    """

    _esm = script("stepper.js")
    _css = style("stepper.css", "replies.css")
    commands = ("show_gold", "what_if", "forget", "dismiss", *REPLY_COMMANDS)
    reading = ("show_gold", *REPLY_COMMANDS)
    frame_height = 820

    run = traitlets.Dict().tag(sync=True)
    """The run as `run_view` makes it."""
    item = traitlets.Dict().tag(sync=True)
    row = traitlets.Dict().tag(sync=True)
    """Solver, generator and the letters of the three channels; `arm` and `run` where an arm beside
    these made the run."""
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

    def __init__(self, study: Study, row: object = 0, **traits: Any) -> None:  # noqa: ANN401
        found = find_row(study.store, row)
        stores = ThreadLocalStudy(study).stores
        self._item, self._row_id = found.item, found.row.id
        self._mode: RunMode = "solve"
        self.execution: Execution | None = None
        """The run; None where no program ran."""
        self.what_if_execution: Execution | None = None
        self._what_if: WhatIf | None = None
        self._change = Change()
        if isinstance(found, RowWithoutRun):
            self._steps, source, run = RunSteps("", None), "", absent_run(found.why)
        else:
            self.execution, source, self._mode = found.execution, found.source, found.mode
            self._steps = RunSteps(source, found.execution)
            cards = [card for card in study.store.models() if card.name == found.solver]
            self._what_if = WhatIf(stores, lambda: study.config, found, cards[0] if cards else None)
            calls = [study.store.call(id) for id in found.call_ids]
            asked = ask_calls_in_order(found.execution.calls, calls)
            run = run_view(source, found.item, found.execution, asked, found.mode)
        traits.setdefault("position", run["start"])
        super().__init__(
            Replies(lambda _: stores.here, lambda: stores.here),
            run=run,
            item=item_view(found.item),
            row=_letters(found.row) | _made_by(found),
            source=source,
            gold_known=found.item.gold is not None,
            **traits,
        )
        if self.execution is None:
            self.show_reply(self._row_id, _first_told(found.row))

    @traitlets.validate("position")
    def _inside(self, proposal: Any) -> int:  # noqa: ANN401 - as traitlets hands it over
        return self._steps.clamp(int(proposal["value"]))

    def step(self, by: int = 1) -> int:
        """Move by so many recorded steps, backwards when negative. Returns the new position."""
        self.position += by
        return self.position

    def jump(self, kind: str, *, back: bool = False) -> int:
        """Move to the next "call", "change", "return" or "trouble"; stay when there is none.

        Raises:
            CgrError: No such kind of stop.
        """
        self.position = self._steps.jump(self.position, kind, back=back)
        return self.position

    def find(self, text: str, *, back: bool = False) -> int:
        """Move to the next step whose line or changed variables hold a text, if there is one."""
        self.position = self._steps.find(self.position, text, back=back)
        return self.position

    def variables(self) -> dict[str, str]:
        """Variables of the innermost open frame at the current step: name -> text."""
        return self._steps.variables(self.position)

    def show_gold(self) -> tuple[str, ...]:
        """Send the correct letters to the page, and to pages saved from now on."""
        self.gold = list(self._item.gold or ())
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

        Replies before the change are the recorded ones; see `explore.whatif` for where later ones
        come from. What nobody can answer is shown as `pending`: answer it with another
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
        change = self._change if keep else Change()
        if source is not None:
            change = change.with_source(source)
        if call is not None:
            change = change.with_reply(call, reply or "")
        if line is not None:
            change = change.with_line(self.source, line, text or "")
        return self._run_again(change)

    def forget(self) -> None:
        """Put the what-if run away."""
        self.what_if_execution, self.other, self.difference = None, {}, {}
        self.pending, self._change = {}, Change()

    def summary_line(self) -> str:
        """The run in one line of text."""
        where = f"{self.item['dataset']} item {self.item['id'][:8]}"
        who = "" if self.execution is None else "the program "
        return f"Stepper: {where}, solver {self.row['solver']}: {who}{self.run['sentence']}"

    def save_html(self, path: str | Path) -> Path:
        """Write one offline page in which the run can be stepped; gold is in it only after
        `show_gold`."""
        return super().save_html(path)

    def saved_state(self) -> dict[str, Any]:
        """The panel's traits, and in `kept` the calls behind every answer of the row."""
        return {**super().saved_state(), "kept": self._replies.to_save([self._row_id], 1)}

    def _run_again(self, change: Change) -> Execution:
        if self._what_if is None:
            raise CgrError("no program ran for this row", fix="choose a row with an execution_id")
        self.pending, self._change = {}, change
        try:
            again = self._what_if.again(change)
        except Unanswered as miss:
            self.pending = {"call": miss.asked.index, "prompt": clip(miss.asked.prompt)}
            raise
        self._show_comparison(again)
        return again.execution

    def _show_comparison(self, again: Again) -> None:
        other = run_view(again.source, self._item, again.execution, mode=self._mode)
        for ask in other["asks"]:
            ask["origin"] = again.origins.get(ask["index"], "")
        other |= {"changed": again.changed, "asked_anew": again.asked_anew, "source": again.source}
        steps = RunSteps(again.source, again.execution).steps
        difference = first_difference(self._steps.steps, steps)
        self.what_if_execution = again.execution
        # Together: the page draws the second run with where it parts from the first.
        self.show(difference=asdict(difference), other=other)
        if difference.step is not None:
            self.position = difference.step


def _first_told(row: RowView) -> str:
    """The arm whose calls say why there is no program: the generator's, where one was asked."""
    return "direct" if row.generator is None else "cgr"


def _made_by(found: RunRecords | RowWithoutRun) -> dict[str, str]:
    """The arm of a run, where it is not the row's own."""
    if isinstance(found, RowWithoutRun) or not found.arm:
        return {}
    return {"arm": found.arm, "run": found.key}


def _letters(row: RowView) -> dict[str, Any]:
    return {
        "id": row.id,
        "solver": row.solver,
        "generator_name": row.generator,
        "direct": row.direct_letter,
        "assisted": row.assisted_letter,
        "generator": row.generator_letter,
        "direct_status": row.direct_status,
        "assisted_status": row.assisted_status,
    }
