"""The workbench: pick items, models and a prompt, run the pick in the background, see the answers
side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import traitlets

from cgr_nb.analysis.frame import annotate
from cgr_nb.errors import CgrError
from cgr_nb.records import Item, Row
from cgr_nb.study import Progress, run_study
from cgr_nb.study.requests import direct_request
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.background import Background
from cgr_nb.widgets.catalogue import Catalogue
from cgr_nb.widgets.desk import Desk
from cgr_nb.widgets.drawn import drawn_item
from cgr_nb.widgets.drawn_bench import Meter, drawn_answer, drawn_card, registry_of
from cgr_nb.widgets.item_picker import ItemPicker
from cgr_nb.widgets.picks import Pick, make_pick, pick_folders
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.trial import rendered, template_text, try_prompt

if TYPE_CHECKING:
    from cgr_nb.handle import Study

__all__ = ["Workbench"]

SAVED_ITEMS = 500
"""Items that a saved page keeps."""


class Workbench(ItemPicker):
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
        "preview_prompt",
        "reset_prompt",
        "try_prompt",
        "step",
        "close_step",
        "write_code",
        "close_code",
        "dismiss",
    )
    frame_height = 760

    item = traitlets.Dict().tag(sync=True)
    """The item that is open; empty when none is."""
    answers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a row of that item, of the study and of its picks."""
    gold: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Its correct letters; empty until `show_gold`."""
    models: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The registry: name, roles, family, parameters, quantisation."""
    solvers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of the chosen solvers."""
    generators: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of the chosen generators."""
    progress = traitlets.Dict().tag(sync=True)
    """Of the run: running, done, total, left (seconds), words."""
    prompt = traitlets.Unicode("").tag(sync=True)
    """Text of the direct prompt's template, as edited."""
    preview: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Messages that the template makes for the open item: [role, text]."""
    trial = traitlets.Dict().tag(sync=True)
    """The reply to the edited prompt, as it is being written."""
    code = traitlets.Dict().tag(sync=True)
    """The pick as python, shell and toml; empty until asked for."""
    step_state = traitlets.Dict().tag(sync=True)
    """The stepper that is open in the panel; empty when none is."""

    def __init__(self, study: Study) -> None:
        self._desk = Desk(study)
        self._rows = self._all_rows()
        own = self._rows[self._rows["where"] == "study"].drop(columns="where")
        catalogue = Catalogue.of(study.store, annotate(own) if len(own) else own)
        if not len(catalogue):
            raise CgrError("this study has no items", where=str(study.folder), fix="run it first")
        self._config = study.config
        self._registry, problem = registry_of(self._config, study)
        self._job = Background(self._ended)
        self._meter = Meter()
        self._fresh: list[Row] = []
        self.stepper: Stepper | None = None
        """The stepper behind the panel's step view."""
        super().__init__(catalogue, problem)
        self.models = [drawn_card(card) for card in self._registry.cards]
        self.solvers = list(self._config.models.solvers)
        self.generators = list(self._config.models.generators)
        self.reset_prompt()

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
            self.preview, self.trial = [], {}
            self._show_answers()

    def show_gold(self) -> tuple[str, ...]:
        """Send the open item's correct letters to the page."""
        self.gold = list(self._open_item().gold or ())
        return tuple(self.gold)

    # ---- running -------------------------------------------------------------------------------

    @property
    def pick(self) -> Pick:
        """What would run: the chosen items with the chosen models.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        study = self._desk.study
        found = [study.item(id) for id in self.chosen_ids]
        items = [item for item in found if item is not None]
        return make_pick(self._config, self._desk.folder, items, self.solvers, self.generators)

    def run(self) -> Pick:
        """Run the pick in the background; rows appear as they are finished.

        Raises:
            CgrError: Something is missing, or a run is under way.
        """
        pick = self.pick
        pick.write()
        self._fresh = []
        self._meter = Meter()
        self._job.start(lambda: run_study(pick.config, pick.folder, self._tell))
        self.progress = {"running": True, "done": 0, "total": 0, "words": "starting"}
        return pick

    def stop(self) -> None:
        """Stop the run or the trial now; finished rows stay, and `run` goes on from there."""
        self._job.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the run has ended; False when it has not by then."""
        return self._job.wait(seconds)

    def rows(self) -> pd.DataFrame:
        """Rows of the study and of its picks; `where` names the pick, or "study"."""
        self._rows = self._all_rows()
        return self._rows

    # ---- prompt --------------------------------------------------------------------------------

    def reset_prompt(self) -> None:
        """Put the bundled text of the direct prompt back."""
        self.prompt = template_text("direct", self._profile())

    def preview_prompt(self) -> list[list[str]]:
        """Show the messages that the edited template makes for the open item.

        Raises:
            CgrError: No item is open, or the template is malformed.
        """
        messages = rendered(self.prompt, "direct", self._profile(), self._open_item())
        self.preview = [[message.role, message.content] for message in messages]
        return self.preview

    def try_prompt(self, solver: str | None = None) -> None:
        """Put the edited prompt to one solver, in the background; the reply appears as it is
        written.

        Raises:
            CgrError: No item is open, no solver is chosen, or something is running.
        """
        item = self._open_item()
        if solver is None and not self.solvers:
            raise CgrError("no solver is chosen", fix="choose one")
        card = self._registry.get(solver or self.solvers[0])
        messages = rendered(self.prompt, "direct", card.prompts, item)
        how = direct_request(self._config, card, item).sampling
        said: list[str] = []

        def on_text(piece: str) -> None:
            said.append(piece)
            self.trial = {"solver": card.name, "reply": "".join(said), "running": True}

        async def job() -> None:
            done = await try_prompt(card, messages, item, how, on_text)
            found = {"letter": done.read.letter, "read": done.read.status, "rule": done.read.rule}
            reply = {"reply": done.reply.text, "tokens": done.reply.reply_tokens}
            self.trial = {"solver": card.name, **reply, **found, "running": False}

        self._job.start(job)
        self.preview = [[message.role, message.content] for message in messages]

    # ---- going further -------------------------------------------------------------------------

    def step(self, row_id: str) -> Stepper:
        """Open the run behind a row in the panel's step view.

        Raises:
            CgrError: There is no such row, or no program ran for it.
        """
        place = self._rows.loc[self._rows["id"] == row_id, "where"]
        where = place.iloc[0] if len(place) else "study"
        folder = self._desk.folder if where == "study" else self._desk.folder / "picks" / where
        from cgr_nb.handle import Study

        self.stepper = Stepper(Study.open(folder), row_id)
        self.step_state = self.stepper.saved_state()
        return self.stepper

    def close_step(self) -> None:
        """Close the step view."""
        self.stepper, self.step_state = None, {}

    def write_code(self) -> dict[str, str]:
        """The pick as code; writes the two files that the code names.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        pick = self.pick
        toml = pick.write()
        text = toml.read_text("utf-8")
        self.code = {
            "python": pick.python(),
            "shell": pick.command(),
            "toml": text,
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
        state["columns"] = {
            name: [column[place] for place in kept] for name, column in self.columns.items()
        }
        state["view"] = np.arange(len(kept), dtype="<u4").tobytes()
        moved = {place: n for n, place in enumerate(kept)}
        state["chosen"] = [moved[place] for place in self.chosen if place in moved]
        state["item"] = {**self.item, "place": moved.get(self.item.get("place"), -1)}
        return {**state, "left_out": len(view) - len(kept)}

    # ---- inside --------------------------------------------------------------------------------

    _item: Item | None = None

    def _open_item(self) -> Item:
        if self._item is None:
            raise CgrError("no item is open", fix="click an item, or use open_item(id)")
        return self._item

    def _profile(self) -> str:
        names = [
            name for name in self.solvers if name in {card.name for card in self._registry.cards}
        ]
        return self._registry.get(names[0]).prompts if names else "full"

    def _all_rows(self) -> pd.DataFrame:
        from cgr_nb.handle import Study

        frames = [self._desk.study.rows().assign(where="study")]
        for folder in pick_folders(self._desk.folder):
            with Study.open(folder) as pick:
                frames.append(pick.rows().assign(where=folder.name))
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        return pd.concat(filled, ignore_index=True)

    def _show_answers(self) -> None:
        if self._item is None:
            return
        known = self._rows[self._rows["item_id"] == self._item.id]
        lines = [drawn_answer(row, str(row.where)) for row in known.itertuples()]
        seen = {line["id"] for line in lines}
        fresh = [row for row in self._fresh if row.item_id == self._item.id and row.id not in seen]
        self.answers = lines + [drawn_answer(row, "this run") for row in fresh]

    def _tell(self, now: Progress) -> None:
        """Called from the run's thread after each row."""
        if now.row is not None:
            self._fresh.append(now.row)
            if self._item is not None and now.row.item_id == self._item.id:
                self._show_answers()
        self.progress = self._meter.read(now) or self.progress

    def _ended(self, how: str | Exception | None) -> None:
        """Called from the job's thread when it has ended."""
        if isinstance(how, Exception):
            known = isinstance(how, CgrError)
            self.error = (
                str(how) if known else f"unexpected {type(how).__name__}: {how}; please report this"
            )
        if self.trial.get("running"):
            self.trial = {**self.trial, "running": False}
        if self.progress.get("running"):
            words = (
                "finished"
                if how is None
                else "stopped; finished rows are kept"
                if how == "stopped"
                else "failed"
            )
            self._rows = self._all_rows()
            self._show_answers()
            self.progress = {**self.progress, "running": False, "left": None, "words": words}
