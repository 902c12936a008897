"""The part of a workbench that tries things on one item: another wording of a prompt, another line
of a program, asked live and streamed. Nothing is recorded until a run uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from cgr_nb.arms.requests import template_request
from cgr_nb.errors import CgrError
from cgr_nb.models import shared_pool
from cgr_nb.records import Execution, Item, ModelCard
from cgr_nb.util.blocking import run_blocking
from cgr_nb.widgets.background import Background
from cgr_nb.widgets.catalogue import Catalogue
from cgr_nb.widgets.item_picker import ItemPicker
from cgr_nb.widgets.own_prompts import PROMPT_NAMES, OwnPrompts
from cgr_nb.widgets.run_view import drawn_item, drawn_run, sentence
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy
from cgr_nb.widgets.trial import rendered, try_program, try_prompt
from cgr_nb.widgets.workbench_view import Pace, drawn_card, registry_of

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["PromptBench"]

OF_GENERATORS = ("generator", "pal")


class PromptBench(ItemPicker):
    """Items, models, and prompts and programs under edit.

    Args:
        study: An open study with items.
        catalogue: Its items.
    """

    item = traitlets.Dict().tag(sync=True)
    """The item that is open; empty when none is."""
    models: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The registry: name, roles, family, parameters, quantisation."""
    solvers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of the chosen solvers."""
    generators: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Names of the chosen generators."""
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
    """Messages that the template makes for the open item: [role, text]."""
    program = traitlets.Dict().tag(sync=True)
    """The program under edit: source, solver and the row it is of; empty when none is."""
    trial = traitlets.Dict().tag(sync=True)
    """What is being tried: the reply to a prompt or the calls of a program, as they are
    written."""
    memory = traitlets.Dict().tag(sync=True)
    """Models that stay loaded in this kernel: their names, and what they take of how much (MiB)."""
    step_state = traitlets.Dict().tag(sync=True)
    """The stepper that is open in the panel; empty when none is."""

    def __init__(self, study: Study, catalogue: Catalogue) -> None:
        self._desk = ThreadLocalStudy(study)
        self._config = study.config
        self._registry, problem = registry_of(self._config, study)
        self._prompts = OwnPrompts(study.folder, self._config.prompts_folder)
        self._item: Item | None = None
        self._job = Background(self._ended)
        self.trial_execution: Execution | None = None
        """The run of the program that was tried last."""
        super().__init__(catalogue, problem)
        self.models = [drawn_card(card) for card in self._registry.cards]
        self.solvers = list(self._config.models.solvers)
        self.generators = list(self._config.models.generators)
        self.reset_prompt()
        if self._config.run.model_memory_mb:
            shared_pool().budget_bytes = self._config.run.model_memory_mb << 20
        self._show_memory()
        self.observe(lambda _: self.reset_prompt(), names="prompt_name")
        self.observe(lambda _: self._follow_profile(), names=["solvers", "generators"])

    # ---- models ----------------------------------------------------------------------------------

    def free_models(self) -> int:
        """Free the models that stay loaded for the next run or trial, which then loads them again.

        Returns:
            MiB that they took; models that are answering stay.
        """
        freed = run_blocking(shared_pool().free_unused)
        self._show_memory()
        return freed >> 20

    # ---- prompts -------------------------------------------------------------------------------

    def reset_prompt(self) -> None:
        """Put back the text that runs use now."""
        self.profile = self._profile()
        key = f"{self.profile}/{self.prompt_name}"
        version = self.prompts_used.get(key)
        self.prompt = self._prompts.text(self.profile, self.prompt_name, version)
        self.preview = []

    def use_prompt(self) -> int:
        """Keep the edited text as a new version of the study's own, and run with it from now on.

        Returns:
            The version.

        Raises:
            PromptError: The template is malformed.
        """
        version = self._prompts.save(self.profile, self.prompt_name, self.prompt)
        key = f"{self.profile}/{self.prompt_name}"
        self.prompts_used = {**self.prompts_used, key: version}
        return version

    def drop_prompt(self, key: str) -> None:
        """Run without a wording of one's own again, such as "tiny/direct"; its file stays."""
        self.prompts_used = {name: v for name, v in self.prompts_used.items() if name != key}
        self.reset_prompt()

    def preview_prompt(self) -> list[list[str]]:
        """Show the messages that the edited template makes for the open item.

        Raises:
            CgrError: No item is open, or the template is malformed.
        """
        messages = rendered(self.prompt, self.prompt_name, self.profile, self._open_item())
        self.preview = [[message.role, message.content] for message in messages]
        return self.preview

    def try_prompt(self, solver: str | None = None) -> None:
        """Put the edited prompt to one solver, in the background; the reply appears as it is
        written.

        Raises:
            CgrError: No item is open, no solver is chosen, or something is running.
        """
        if self.prompt_name not in ("direct", "cot"):
            raise CgrError(
                f"a {self.prompt_name} prompt can't be tried alone",
                fix="preview it, or use it in a run of one item",
            )
        item, card = self._open_item(), self._solver(solver)
        messages = rendered(self.prompt, self.prompt_name, card.prompts, item)
        name, config = self.prompt_name, self._config
        decoding = config.direct if name == "direct" else config.decoding_of(name)
        how = template_request(config, name, decoding, card, item).sampling
        said: list[str] = []
        pace = Pace()

        def on_text(piece: str) -> None:
            said.append(piece)
            if not pace.due():
                return
            self.trial = {"solver": card.name, "reply": "".join(said), "running": True}

        async def job() -> None:
            done = await try_prompt(card, messages, item, how, on_text)
            found = {"letter": done.read.letter, "read": done.read.status, "rule": done.read.rule}
            # As it was seen coming in, thoughts and all.
            text = done.reply.thoughts + done.reply.text
            reply = {"reply": text, "tokens": done.reply.reply_tokens}
            self.trial = {"solver": card.name, **reply, **found, "running": False}

        def announce() -> None:
            self.trial = {"solver": card.name, "reply": "", "running": True}
            self.preview = [[message.role, message.content] for message in messages]

        self._job.start(job, announce)

    # ---- programs ------------------------------------------------------------------------------

    def close_program(self) -> None:
        """Put the program under edit away."""
        self.program = {}

    def try_program(self, source: str, solver: str | None = None) -> None:
        """Run a program for the open item with a live solver, in the background; its calls appear
        as they are answered, and `trial_execution` holds the run in the end.

        Raises:
            CgrError: No item is open, no solver is chosen, or something is running.
        """
        item, card = self._open_item(), self._solver(solver)
        asked: list[dict[str, str]] = []

        def show(**more: object) -> None:
            calls = [dict(call) for call in asked]
            self.trial = {"solver": card.name, "calls": calls, "running": True, **more}

        def on_ask(index: int, prompt: str) -> None:
            asked.append({"prompt": prompt[:300], "reply": ""})
            show()

        pace = Pace()

        def on_text(index: int, piece: str) -> None:
            asked[index]["reply"] += piece
            if pace.due():
                show()

        async def job() -> None:
            done = await try_program(self._config, card, item, source, on_ask, on_text)
            for call, ask in zip(asked, done.calls, strict=False):
                call["reply"] = ask.reply or ""
            self.trial_execution = done
            show(running=False, letter=done.solver_answer, sentence=sentence(done))
            self._trial_source = source

        def announce() -> None:
            show()
            self.program = {**self.program, "source": source}

        self._job.start(job, announce)

    def step_trial(self) -> None:
        """Open the run of the program that was tried last in the panel's step view.

        Raises:
            CgrError: No program was tried.
        """
        if self.trial_execution is None:
            raise CgrError("no program was tried yet", fix="edit a program and run it")
        item, done = self._open_item(), self.trial_execution
        run = drawn_run(self._trial_source, item, done)
        row = {"solver": self.trial.get("solver", ""), "assisted": done.solver_answer}
        self.step_state = {
            "run": run,
            "item": drawn_item(item),
            "row": {**row, "direct": None, "generator": done.generator_answer},
            "source": self._trial_source,
            "position": run["start"],
            **{"gold": [], "gold_known": False, "other": {}, "difference": {}, "pending": {}},
        }

    # ---- inside --------------------------------------------------------------------------------

    _trial_source = ""

    def _open_item(self) -> Item:
        if self._item is None:
            raise CgrError("no item is open", fix="click an item, or use open_item(id)")
        return self._item

    def _solver(self, name: str | None) -> ModelCard:
        if name is None and not self.solvers:
            raise CgrError("no solver is chosen", fix="choose one")
        return self._registry.get(name or self.solvers[0])

    def _show_memory(self) -> None:
        pool = shared_pool()
        names = list(pool.names)
        # What the machine offers is asked of llama.cpp, which a panel without models need not load.
        room = {"used": pool.used_bytes >> 20, "budget": pool.budget_bytes >> 20} if names else {}
        self.memory = {"names": names, **room}

    def _follow_profile(self) -> None:
        """Another choice of models keeps what is being edited, unless it needs another template."""
        if self._profile() != self.profile:
            self.reset_prompt()

    def _profile(self) -> str:
        """The profile of the first chosen model that the template under edit is for."""
        chosen = self.generators if self.prompt_name in OF_GENERATORS else self.solvers
        known = {card.name: card for card in self._registry.cards}
        return next((known[name].prompts for name in chosen if name in known), "full")

    def _ended(self, how: str | Exception | None) -> None:
        """Called from the job's thread when it has ended."""
        self._show_memory()
        if isinstance(how, Exception):
            known = isinstance(how, CgrError)
            self.error = (
                str(how) if known else f"unexpected {type(how).__name__}: {how}; please report this"
            )
        if self.trial.get("running"):
            words = "stopped" if how == "stopped" else ""
            self.trial = {**self.trial, "running": False, "sentence": words}
