"""The workbench: pick items, models, prompts and arms, try one, run them all in the background, see
the answers side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from cgr_nb.errors import CgrError
from cgr_nb.explore.known_models import KnownModels
from cgr_nb.explore.runs_compared import RunsCompared
from cgr_nb.explore.subsets import StudyWithSubsets
from cgr_nb.explore.trial import ProgramTrial
from cgr_nb.models import shared_pool
from cgr_nb.records import Execution, Item
from cgr_nb.store import Store, frames
from cgr_nb.store.row_columns import has_items
from cgr_nb.study.own_prompts import OwnPrompts, own_subset
from cgr_nb.study.subset import Choice, SubsetStudy
from cgr_nb.util.background import Background
from cgr_nb.util.blocking import run_blocking
from cgr_nb.widgets.as_code import BenchState, about, as_code
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.forwarded import forwarded
from cgr_nb.widgets.item_list import ItemList
from cgr_nb.widgets.on_demand import BytesOnDemand, DictOnDemand, IntOnDemand
from cgr_nb.widgets.panel import REPLY_COMMANDS, Panel, error_text
from cgr_nb.widgets.prompt_editor import PromptEditor
from cgr_nb.widgets.replies import Replies
from cgr_nb.widgets.run_view import item_view
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.study_items import StudyItems
from cgr_nb.widgets.subset_runs import SubsetRuns
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy
from cgr_nb.widgets.trials import Trials
from cgr_nb.widgets.workbench_view import choices_view, memory_view
from cgr_nb.words import PROMPT_NAMES, SORTS

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["Workbench"]

LOOKS = ("query", "filters", "sort", "backwards")
"""Traits that say which items are shown, and in which order."""


class Workbench(Panel):
    """Work with a study's items by hand.

    A run goes into a folder of its own below the study (see `study.subset`), so the study's own
    rows and settings stay as they are. `wait()` blocks until it ends; nothing else does.

    Args:
        study: An open study with items.

    Raises:
        CgrError: The study has no items.
    """

    _esm = script("workbench.js")
    _css = style("stepper.css", "replies.css", "workbench.css", "benchparts.css")
    commands = (
        *("open_item", "choose", "choose_shown", "clear_choice", "show_gold", "show_items"),
        *("run", "stop", "free_models", "write_code", "dismiss"),
        *("preview_prompt", "reset_prompt", "use_prompt", "drop_prompt", "try_prompt"),
        *("open_program", "try_program", "step_trial", "step", "close_step"),
        *REPLY_COMMANDS,
    )
    reading = ("open_item", "show_gold", "show_items", "step", "close_step", *REPLY_COMMANDS)
    looks = LOOKS
    frame_height = 760

    columns = BytesOnDemand(b"").tag(sync=True)
    """Every item in columns (see `Catalogue.columns`), packed, sent once."""
    total = IntOnDemand(0).tag(sync=True)
    """Items of the study; 0 until they are read."""
    names = DictOnDemand().tag(sync=True)
    """Facet -> the names behind its codes."""
    query = traitlets.Unicode("").tag(sync=True)
    filters = traitlets.Dict().tag(sync=True)
    """Facet -> codes of which one must apply."""
    sort = traitlets.Enum(SORTS, default_value="file order").tag(sync=True)
    backwards = traitlets.Bool(False).tag(sync=True)
    """Whether that order is turned round."""
    view = BytesOnDemand(b"").tag(sync=True)
    """Places of the items shown, in order: little-endian unsigned 32-bit numbers."""
    counts = DictOnDemand().tag(sync=True)
    """Facet -> items for each code, its own filter aside."""
    narrowed = traitlets.Bool(False).tag(sync=True)
    """Whether `show_items` leaves some out."""
    chosen: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Places of the chosen items, ascending."""
    item = traitlets.Dict().tag(sync=True)
    """The item that is open; empty when none is."""
    answers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a row of the open item, of the study and of its subsets."""
    gold: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Its correct letters; empty until `show_gold`."""
    models: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The registry: name, roles, family, parameters, quantisation."""
    solvers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    generators: traitlets.List[Any] = traitlets.List().tag(sync=True)
    arms: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of those that are chosen; arms beside direct and assisted."""
    arm_choices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The arms that are installed: name and summary."""
    prompt_name = traitlets.Enum(PROMPT_NAMES, default_value="direct").tag(sync=True)
    """The template under edit."""
    prompt = traitlets.Unicode("").tag(sync=True)
    """Its text, as edited."""
    prompts_used = traitlets.Dict().tag(sync=True)
    """ "profile/name" -> version of the study's own wording that runs use; others are as in the
    study."""
    profile = traitlets.Unicode("").tag(sync=True)
    """Prompt profile of the models chosen, which the template under edit is for."""
    preview: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Messages that the template makes for the open item: [role, [text, characters left out]]."""
    preview_error = traitlets.Unicode("").tag(sync=True)
    """What keeps the template from being filled; empty where nothing does."""
    program = traitlets.Dict().tag(sync=True)
    """The program under edit: source, solver and the row it is of; empty when none is."""
    trial = traitlets.Dict().tag(sync=True)
    """What is being tried: the reply to a prompt or the calls of a program, as they come."""
    progress = traitlets.Dict().tag(sync=True)
    """Of the run: running, done, total, left (seconds), words."""
    result = traitlets.Dict().tag(sync=True)
    """What the run that ended last came to (`workbench_view.result_view`); empty before one."""
    writing: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Replies of the run as they are being written, the newest few."""
    memory = traitlets.Dict().tag(sync=True)
    """Models that stay loaded in this kernel: their names, and what they take of how much (MiB)."""
    code = traitlets.Dict().tag(sync=True)
    """The pick as python, shell and toml; empty until asked for."""
    step_state = traitlets.Dict().tag(sync=True)
    """The stepper that is open in the panel; empty when none is."""

    _is_open = False

    def __init__(self, study: Study) -> None:
        self._desk = ThreadLocalStudy(study)
        if not has_items(study.store):
            raise CgrError("this study has no items", where=str(study.folder), fix="run it first")
        self._config = study.config
        self._known = KnownModels(self._config, study.store)
        self._own_prompts = OwnPrompts(study.folder, self._config.prompts_folder)
        self._subsets = StudyWithSubsets(self._desk.stores)
        self._job = Background(self._ended)
        self._trials = Trials(self._job, lambda trial: self.show(trial=trial))
        self._runs = SubsetRuns(self._job, self.show, self._row_done, RunsCompared(self._subsets))
        self._prompts = PromptEditor(
            self, self._config, self._known, self._own_prompts, self._trials
        )
        self._item: Item | None = None
        self.stepper: Stepper | None = None
        """The stepper behind the panel's step view."""
        replies = Replies(self._store_of, lambda: self._desk.stores.here)
        self._study_items = StudyItems(self, self._desk.stores, self._subsets)
        super().__init__(replies, error=self._known.problem)
        self._open()
        self.observe(lambda _: self._items.look(), names=LOOKS)
        self.observe(lambda _: self.reset_prompt(), names="prompt_name")
        self.observe(lambda _: self._prompts.follow_models(), names=["solvers", "generators"])
        self.observe(lambda _: self._prompts.follow_text(), names=["prompt", "profile", "item"])
        self._prompts.follow_text()
        self._is_open = True

    # ---- items ---------------------------------------------------------------------------------

    show_items = forwarded("_items", ItemList.show_only)
    filter = forwarded("_items", ItemList.filter)
    choose = forwarded("_items", ItemList.choose)
    choose_items = forwarded("_items", ItemList.choose_exactly)
    choose_shown = forwarded("_items", ItemList.choose_shown)
    clear_choice = forwarded("_items", ItemList.choose_none)

    @property
    def shown(self) -> list[str]:
        """Ids of the items that match search and filters, in order."""
        return self._items.shown

    @property
    def chosen_ids(self) -> list[str]:
        """Ids of the chosen items."""
        return self._items.chosen

    def open_record(self) -> Item:
        """The item that is open.

        Raises:
            CgrError: None is.
        """
        if self._item is None:
            raise CgrError("no item is open", fix="click an item, or use open_item(id)")
        return self._item

    def open_item(self, item_id: str | None = None, *, place: int | None = None) -> None:
        """Show one item with its answers; gold is hidden again.

        Raises:
            CgrError: There is no such item.
        """
        at = self._items.catalogue.find(item_id, place)
        self._item = item = self._desk.stores.here.item(self._items.catalogue.ids[at])
        assert item is not None  # the catalogue was read from the same store
        shown = {**item_view(item), "gold_known": item.gold is not None, "place": at}
        answers = self._study_items.answers.of(item.id)
        self.show(item=shown, answers=answers, gold=[], trial={}, program={}, reply={})

    def show_gold(self) -> tuple[str, ...]:
        """Send the open item's correct letters to the page."""
        self.gold = list(self.open_record().gold or ())
        return tuple(self.gold)

    # ---- prompts and programs ------------------------------------------------------------------

    def free_models(self) -> int:
        """Free the models that stay loaded for the next run or trial, which then loads them again.

        Returns:
            MiB that they took; models that are answering stay.
        """
        freed = run_blocking(shared_pool().free_unused)
        self.memory = memory_view(shared_pool())
        return freed >> 20

    reset_prompt = forwarded("_prompts", PromptEditor.reset)
    use_prompt = forwarded("_prompts", PromptEditor.use)
    drop_prompt = forwarded("_prompts", PromptEditor.drop)
    preview_prompt = forwarded("_prompts", PromptEditor.preview)
    try_prompt = forwarded("_prompts", PromptEditor.try_it)

    def open_program(self, row_id: str) -> str:
        """Show the program of a row, to be changed and run again (see `try_program`).

        Returns:
            Its source.

        Raises:
            CgrError: No program was written for this row.
        """
        found = self._subsets.program(self._study_items.answers.where(row_id), row_id)
        self.program = {"row": row_id, "solver": found.solver, "source": found.source}
        return found.source

    @property
    def trial_execution(self) -> Execution | None:
        """The run of the program that was tried last."""
        return self._trials.execution

    def try_program(self, source: str, solver: str | None = None) -> None:
        """Run a program for the open item with a live solver, in the background; its calls appear
        as they are answered, and `trial_execution` holds the run in the end.

        Raises:
            CgrError: No item is open, no solver is chosen, or something is running.
        """
        item, card = self.open_record(), self._known.first(self.solvers, solver)
        self._trials.program(ProgramTrial(self._config, card, item, source))
        self.program = {**self.program, "source": source}

    # ---- running -------------------------------------------------------------------------------

    @property
    def pick(self) -> SubsetStudy:
        """What would run: the chosen items with the chosen models, prompts and arms.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        found = map(self._desk.stores.here.item, self.chosen_ids)
        items = [item for item in found if item is not None]
        choice = Choice(tuple(self.solvers), tuple(self.generators), tuple(self.arms))
        return own_subset(self._config, self._own_prompts, items, choice, self.prompts_used)

    def run(self) -> SubsetStudy:
        """Run the pick in the background; rows appear as they are finished, replies as they are
        written.

        Raises:
            CgrError: Something is missing, or a run is under way.
        """
        pick = self.pick
        pick.write(about(BenchState.of(self, self._desk.folder, self._items.only)))
        self._runs.start(pick, lambda: self._study_items.answers.begin(pick.folder.name))
        return pick

    def stop(self) -> None:
        """Stop the run or the trial now; finished rows stay, and `run` goes on from there."""
        self._job.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the run has ended; False when it has not by then."""
        return self._job.wait(seconds)

    def rows(self) -> pd.DataFrame:
        """Rows of the study and of its picks; `where` names the pick, or "study"."""
        return self._subsets.rows(frames.rows)

    # ---- going further -------------------------------------------------------------------------

    def step(self, row_id: str) -> Stepper:
        """Open the run behind a row in the panel's step view.

        Raises:
            CgrError: There is no such row.
        """
        from cgr_nb.api import Study

        folder = self._subsets.folder_of(self._study_items.answers.where(row_id))
        self.stepper = Stepper(Study.open(folder), row_id)
        self.step_state = self.stepper.saved_state()
        return self.stepper

    def step_trial(self) -> None:
        """Open the run of the program that was tried last in the panel's step view.

        Raises:
            CgrError: No program was tried.
        """
        self.step_state = self._trials.step_view(self.open_record())

    def close_step(self) -> None:
        """Close the step view."""
        self.stepper, self.step_state = None, {}

    def write_code(self) -> dict[str, str]:
        """Everything in the panel as code; writes the pick's files, which the code names.

        Raises:
            ConfigError: Items, solvers or generators are missing.
        """
        self.code = as_code(BenchState.of(self, self._desk.folder, self._items.only), self.pick)
        return self.code

    def summary_line(self) -> str:
        """The workbench in one line of text."""
        return f"Workbench: {len(self._items.catalogue):,} items, {len(self.chosen):,} chosen"

    def saved_state(self) -> dict[str, Any]:
        """The first items of the view, the open item and its answers."""
        return {
            **super().saved_state(),
            **self._items.saved(),
            "kept": self._replies.to_save([line["id"] for line in self.answers], len(self.answers)),
            **{"writing": [], "memory": {}},
        }

    # ---- the view ------------------------------------------------------------------------------

    def _open(self) -> None:
        """Show the study as it is."""
        pool, budget = shared_pool(), self._config.run.model_memory_mb
        if budget:
            pool.budget_bytes = budget << 20
        self.show(
            **choices_view(self._known),
            solvers=list(self._config.models.solvers),
            generators=list(self._config.models.generators),
            arms=list(self._config.arms),
            memory=memory_view(pool),
        )
        self.reset_prompt()

    def look(self) -> None:
        """Read the items, unless that is done."""
        # Whoever opens the panel is sent what it holds: no item is read for that.
        if self._is_open:
            self._study_items.look()

    @property
    def _items(self) -> ItemList:
        return self._study_items.list

    def _store_of(self, row_id: str) -> Store:
        """Where a row is on record: the study, or one of its picks."""
        return self._subsets.store_of(self._study_items.answers.where(row_id))

    def _row_done(self, item_id: str, row_id: str) -> None:
        """Called from the run's thread after each row."""
        if self._item is not None and item_id == self._item.id:
            self._study_items.answers.add(row_id)
            self.answers = self._study_items.answers.of(item_id)

    def _ended(self, how: str | Exception | None) -> None:
        """Called from the job's thread when it has ended."""
        self.memory = memory_view(shared_pool())
        if isinstance(how, Exception):
            self.error = error_text(how)
        if self.trial.get("running"):
            words = "stopped" if how == "stopped" else ""
            self.trial = {**self.trial, "running": False, "sentence": words}
        self._study_items.answers.reload()
        if self._item is not None:
            self.answers = self._study_items.answers.of(self._item.id)
        self._runs.end(how)
