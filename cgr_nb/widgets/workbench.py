"""The workbench: pick items, models, prompts and arms, run the pick in the background, see the
answers side by side."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import traitlets

from cgr_nb.analysis.frame import annotate
from cgr_nb.arms import arm_summaries
from cgr_nb.arms.requests import Request
from cgr_nb.errors import CgrError
from cgr_nb.models import shared_pool
from cgr_nb.store import Store
from cgr_nb.store.row_view import RowView, row_views
from cgr_nb.study import Progress, run_study
from cgr_nb.study.subset import Choice, SubsetStudy, make_subset, subset_folders
from cgr_nb.widgets.as_code import BenchState, about, python
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.catalogue import FACETS, Catalogue
from cgr_nb.widgets.prompt_bench import PromptBench
from cgr_nb.widgets.row_columns import counted_rows
from cgr_nb.widgets.run_view import drawn_item
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.text import packed
from cgr_nb.widgets.workbench_view import Meter, Ticker, drawn_answer, recorded_arms

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["Workbench"]

SAVED_ITEMS = 500
"""Items that a saved page keeps."""


class Workbench(PromptBench):
    """Work with a study's items by hand.

    A run goes into a folder of its own below the study (see `picks`), so the study's own rows and
    settings stay as they are. `wait()` blocks until it ends; nothing else does.

    Args:
        study: An open study with items.

    Raises:
        CgrError: The study has no items.
    """

    _esm = script("workbench.js")
    _css = style("stepper.css", "workbench.css")
    commands = (
        "open_item",
        "choose",
        "choose_shown",
        "clear_choice",
        "show_gold",
        "show_items",
        "run",
        "stop",
        "free_models",
        "preview_prompt",
        "reset_prompt",
        "use_prompt",
        "drop_prompt",
        "try_prompt",
        "open_program",
        "close_program",
        "try_program",
        "step",
        "step_trial",
        "close_step",
        "write_code",
        "close_code",
        "dismiss",
    )
    frame_height = 760

    answers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a row of the open item, of the study and of its picks."""
    gold: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Its correct letters; empty until `show_gold`."""
    arms: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of the chosen arms, beside direct and assisted."""
    arm_choices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The arms that are installed: name and summary."""
    progress = traitlets.Dict().tag(sync=True)
    """Of the run: running, done, total, left (seconds), words."""
    writing: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Replies of the run as they are being written, the newest few."""
    code = traitlets.Dict().tag(sync=True)
    """The pick as python, shell and toml; empty until asked for."""

    def __init__(self, study: Study) -> None:
        rows = counted_rows(study)
        catalogue = Catalogue.of(study.store, annotate(rows) if len(rows) else rows)
        if not len(catalogue):
            raise CgrError("this study has no items", where=str(study.folder), fix="run it first")
        self._meter, self._ticker = Meter(), Ticker()
        self._fresh: list[RowView] = []
        self._running: Path = study.folder
        """Folder of the run under way, or of the last one."""
        self.stepper: Stepper | None = None
        """The stepper behind the panel's step view."""
        super().__init__(study, catalogue)
        self._rows = self._joined_rows(rows)
        self.arm_choices = [
            {"name": name, "summary": summary} for name, summary in arm_summaries().items()
        ]
        self.arms = list(self._config.arms)

    # ---- one item ------------------------------------------------------------------------------

    def open_item(self, item_id: str | None = None, *, place: int | None = None) -> None:
        """Show one item with its answers; gold is hidden again.

        Raises:
            CgrError: There is no such item.
        """
        if item_id is None and place is not None and 0 <= place < len(self._catalogue):
            item_id = self._catalogue.ids[place]
        item = self._desk.study.item(item_id or "")
        if item is None:
            raise CgrError("there is no such item", got=repr(item_id if item_id else place))
        self._item = item
        with self.hold_sync():
            self.gold = []
            at = self._catalogue.place(item.id)
            self.item = {**drawn_item(item), "gold_known": item.gold is not None, "place": at}
            self.preview, self.trial, self.program = [], {}, {}
            self._show_answers()

    def show_gold(self) -> tuple[str, ...]:
        """Send the open item's correct letters to the page."""
        self.gold = list(self._open_item().gold or ())
        return tuple(self.gold)

    # ---- running -------------------------------------------------------------------------------

    @property
    def pick(self) -> SubsetStudy:
        """What would run: the chosen items with the chosen models, prompts and arms.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        study = self._desk.study
        found = [study.item(id) for id in self.chosen_ids]
        items = [item for item in found if item is not None]
        used = dict(self.prompts_used)
        texts = {}
        for key, version in used.items():
            profile, name = key.split("/")
            texts[f"{key}@{version}"] = self._prompts.text(profile, name, version)
        choice = Choice(tuple(self.solvers), tuple(self.generators), tuple(self.arms), texts)
        return make_subset(
            self._config,
            self._desk.folder,
            items,
            choice,
            lambda target: self._prompts.copy(used, target),
        )

    def run(self) -> SubsetStudy:
        """Run the pick in the background; rows appear as they are finished, replies as they are
        written.

        Raises:
            CgrError: Something is missing, or a run is under way.
        """
        pick = self.pick
        pick.write(about(self._state()))

        def announce() -> None:
            self._fresh, self._running = [], pick.folder
            self._meter, self._ticker = Meter(), Ticker()
            self.progress = {"running": True, "done": 0, "total": 0, "words": "starting"}

        def work() -> Coroutine[Any, Any, object]:
            return run_study(pick.config, pick.folder, self._tell, self._tell_text, shared_pool())

        self._job.start(work, announce)
        return pick

    def stop(self) -> None:
        """Stop the run or the trial now; finished rows stay, and `run` goes on from there."""
        self._job.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the run has ended; False when it has not by then."""
        return self._job.wait(seconds)

    def rows(self) -> pd.DataFrame:
        """Rows of the study and of its picks; `where` names the pick, or "study"."""
        from cgr_nb.api import Study

        frames = [self._desk.study.rows().assign(where="study")]
        for folder in subset_folders(self._desk.folder):
            with Study.open(folder) as pick:
                frames.append(pick.rows().assign(where=folder.name))
        return _joined(frames)

    # ---- going further -------------------------------------------------------------------------

    def step(self, row_id: str) -> Stepper:
        """Open the run behind a row in the panel's step view.

        Raises:
            CgrError: There is no such row, or no program ran for it.
        """
        from cgr_nb.api import Study

        self.stepper = Stepper(Study.open(self._folder_of(row_id)), row_id)
        self.step_state = self.stepper.saved_state()
        return self.stepper

    def close_step(self) -> None:
        """Close the step view."""
        self.stepper, self.step_state = None, {}

    def open_program(self, row_id: str) -> str:
        """Show the program of a row, to be changed and run again (see `try_program`).

        Returns:
            Its source.

        Raises:
            CgrError: No program was written for this row.
        """
        from cgr_nb.api import Study

        with Study.open(self._folder_of(row_id)) as study:
            row = next(row_views(study.store, row_id), None)
            source = study.store.program(row.program_id) if row and row.program_id else None
        if row is None or source is None:
            raise CgrError("no program was written for this row", got=repr(row_id))
        self.program = {"row": row_id, "solver": row.solver, "source": source}
        return source

    def write_code(self) -> dict[str, str]:
        """Everything in the panel as code; writes the pick's files, which the code names.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        pick, state = self.pick, self._state()
        toml = pick.write(about(state))
        self.code = {
            "python": python(state),
            "shell": pick.command(),
            "toml": toml.read_text("utf-8"),
            "at": str(toml),
        }
        return self.code

    def close_code(self) -> None:
        """Hide the code."""
        self.code = {}

    def summary_line(self) -> str:
        """The workbench in one line of text."""
        return f"Workbench: {len(self._catalogue):,} items, {len(self.chosen):,} chosen"

    def saved_state(self) -> dict[str, Any]:
        """The first items of the view, the open item and its answers."""
        state = super().saved_state()
        view = np.frombuffer(self.view, "<u4")
        kept = view[:SAVED_ITEMS].tolist()
        state["columns"] = packed(self._catalogue.columns(kept))
        state["view"] = np.arange(len(kept), dtype="<u4").tobytes()
        moved = {place: n for n, place in enumerate(kept)}
        state["chosen"] = [moved[place] for place in self.chosen if place in moved]
        state["item"] = {**self.item, "place": moved.get(self.item.get("place"), -1)}
        return {**state, "writing": [], "memory": {}, "left_out": len(view) - len(kept)}

    # ---- inside --------------------------------------------------------------------------------

    def _state(self) -> BenchState:
        names = {facet: self.names[facet] for facet in FACETS}
        return BenchState(
            folder=self._desk.folder.resolve(),
            query=self.query,
            filters={
                facet: [names[facet][code] for code in codes]
                for facet, codes in self.filters.items()
                if codes
            },
            sort=self.sort,
            shown_only=self._only,
            chosen=self.chosen_ids,
            all_shown=bool(self.chosen) and set(self.chosen_ids) == set(self.shown),
            solvers=self.solvers,
            generators=self.generators,
            arms=self.arms,
            prompts_used=self.prompts_used,
        )

    def _folder_of(self, row_id: str) -> Path:
        place = self._rows.loc[self._rows["id"] == row_id, "where"]
        where = place.iloc[-1] if len(place) else "study"
        return self._desk.folder if where == "study" else self._desk.folder / "picks" / where

    def _joined_rows(self, own: pd.DataFrame) -> pd.DataFrame:
        from cgr_nb.api import Study

        frames = [own.assign(where="study")]
        for folder in subset_folders(self._desk.folder):
            with Study.open(folder) as pick:
                frames.append(counted_rows(pick).assign(where=folder.name))
        return _joined(frames)

    def _show_answers(self) -> None:
        if self._item is None:
            return
        known = self._rows[self._rows["item_id"] == self._item.id]
        lines = [drawn_answer(row, str(row.where)) for row in known.itertuples()]
        seen = {line["id"] for line in lines}
        fresh = [row for row in self._fresh if row.item_id == self._item.id and row.id not in seen]
        lines += [drawn_answer(row, "this run") for row in fresh]
        for folder in {self._folder_of(line["id"]) for line in lines}:
            ours = [line for line in lines if self._folder_of(line["id"]) == folder]
            arms = recorded_arms(folder, [line["id"] for line in ours])
            for line in ours:
                line["arms"] = arms.get(line["id"], {})
        self.answers = lines

    def _tell(self, now: Progress) -> None:
        """Called from the run's thread after each row."""
        if now.unit is not None and self._item is not None and now.unit.item.id == self._item.id:
            # This is the run's thread, and a connection stays in the thread that opened it.
            with Store.open(self._running) as store:
                self._fresh += row_views(store, now.unit.row_id)
            self._show_answers()
        self.progress = self._meter.read(now) or self.progress

    def _tell_text(self, model: str, request: Request, piece: str) -> None:
        """Called from any thread with each piece of a reply."""
        self.writing = self._ticker.add(model, request, piece) or self.writing

    def _ended(self, how: str | Exception | None) -> None:
        """Called from the job's thread when it has ended."""
        super()._ended(how)
        if self.progress.get("running"):
            words = (
                "finished"
                if how is None
                else "stopped; finished rows are kept"
                if how == "stopped"
                else "failed"
            )
            self._rows = self._joined_rows(counted_rows(self._desk.study))
            self._show_answers()
            self.writing = []
            self.progress = {**self.progress, "running": False, "left": None, "words": words}


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    # An empty frame has no types: it would turn the others' numbers into objects.
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True)
