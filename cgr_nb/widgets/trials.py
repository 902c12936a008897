"""Prompts and programs that are tried from a panel: what they do appears as it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.explore.trial import ProgramTrial, PromptTrial
from cgr_nb.records import Execution, Item
from cgr_nb.util.background import Background
from cgr_nb.widgets.run_view import item_view, run_view, sentence
from cgr_nb.widgets.workbench_view import Pace

__all__ = ["Trials"]

PROMPT_SHOWN = 300
"""Characters of a question that stand for it."""


class Trials:
    """Runs one trial at a time.

    Args:
        job: What it runs in.
        show: Told what a page is to draw, from any thread.
    """

    def __init__(self, job: Background, show: Callable[[dict[str, Any]], object]) -> None:
        self._job = job
        self._show = show
        self._program: ProgramTrial | None = None
        self.execution: Execution | None = None
        """The run of the program that was tried last."""

    def prompt(self, trial: PromptTrial) -> None:
        """Put a prompt to a model in the background.

        Raises:
            CgrError: Something is running.
        """
        said: list[str] = []
        pace = Pace()
        solver = trial.card.name

        def on_text(piece: str) -> None:
            said.append(piece)
            if pace.due():
                self._show({"solver": solver, "reply": "".join(said), "running": True})

        async def work() -> None:
            done = await trial.ask(on_text)
            found = {"letter": done.read.letter, "read": done.read.status, "rule": done.read.rule}
            # As it was seen coming in, thoughts and all.
            text = done.reply.thoughts + done.reply.text
            reply = {"reply": text, "tokens": done.reply.reply_tokens}
            self._show({"solver": solver, **reply, **found, "running": False})

        self._job.start(work, lambda: self._show({"solver": solver, "reply": "", "running": True}))

    def program(self, trial: ProgramTrial) -> None:
        """Run a program in the background.

        Raises:
            CgrError: Something is running.
        """
        asked: list[dict[str, str]] = []
        pace = Pace()

        def show(**more: object) -> None:
            calls = [dict(call) for call in asked]
            self._show({"solver": trial.card.name, "calls": calls, "running": True, **more})

        def on_ask(index: int, prompt: str) -> None:
            asked.append({"prompt": prompt[:PROMPT_SHOWN], "reply": ""})
            show()

        def on_text(index: int, piece: str) -> None:
            asked[index]["reply"] += piece
            if pace.due():
                show()

        async def work() -> None:
            done = await trial.run(on_ask, on_text)
            for call, ask in zip(asked, done.calls, strict=False):
                call["reply"] = ask.reply or ""
            self.execution, self._program = done, trial
            show(running=False, letter=done.solver_answer, sentence=sentence(done))

        self._job.start(work, show)

    def step_view(self, item: Item) -> dict[str, Any]:
        """The run of the program that was tried last, as the step view draws it.

        Args:
            item: The item that is open.

        Raises:
            CgrError: No program was tried.
        """
        trial, done = self._program, self.execution
        if trial is None or done is None:
            raise CgrError("no program has been tried yet", fix="edit a program and run it")
        run = run_view(trial.source, item, done)
        row = {"solver": trial.card.name, "assisted": done.solver_answer}
        return {
            "run": run,
            "item": item_view(item),
            "row": {**row, "direct": None, "generator": done.generator_answer},
            "source": trial.source,
            "position": run["start"],
            **{"gold": [], "gold_known": False, "other": {}, "difference": {}, "pending": {}},
        }
