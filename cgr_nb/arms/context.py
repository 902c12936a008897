"""Everything an arm can access while it answers an item: models, programs, prompts, budget, record.

Calls and runs made through the context are recorded in the order in which they were started, and
their cost is counted; those already recorded are reused. The item has no gold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from cgr_nb.answer_record import Answer, ReadOut, Role, Setup, TrailEntry
from cgr_nb.answers import option_of
from cgr_nb.arms.begun import noting
from cgr_nb.arms.branches import to_their_ends
from cgr_nb.arms.budget import Budget, Spending
from cgr_nb.arms.conversation import Conversation, chosen_letter
from cgr_nb.arms.extract_once import extract_once
from cgr_nb.arms.interpreter import Interpreter
from cgr_nb.arms.place import Place
from cgr_nb.arms.ports import Resources
from cgr_nb.arms.programs import ProgramRuns, refused_read, runnable
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import generator_request, request_of
from cgr_nb.arms.scaffolding import check_filled, write_program
from cgr_nb.arms.solver_stand_in import SolverStandIn, stub
from cgr_nb.arms.trail import Trail
from cgr_nb.errors import ConfigError
from cgr_nb.models import Model
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import RenderedPrompt, render
from cgr_nb.records import (
    Execution,
    Extraction,
    Item,
    Message,
    ModelCall,
    ModelCard,
    Reply,
    Scaffold,
)
from cgr_nb.sandbox import RunMode
from cgr_nb.scaffolds import program_id

__all__ = ["ArmContext"]

T = TypeVar("T")
Prompt = RenderedPrompt | Sequence[Message] | str
_WAITED_FOR = ("branches", "call", "choose", "look_at", "run", "scaffold", "write")


@noting(**{name: f"ctx.{name}(...)" for name in _WAITED_FOR})
class ArmContext:
    """See the module."""

    def __init__(
        self, resources: Resources, place: Place, spending: Spending | None = None
    ) -> None:
        self._resources = resources
        self._place, self.begun = place, place.begun
        self._spending = spending or Spending(place.budget)
        self.trail = Trail()

    # ---- what it was given -----------------------------------------------------------------------

    @property
    def item(self) -> Item:
        """The item, without gold."""
        return self._place.item

    @property
    def multi(self) -> bool:
        """Whether the answer is a set of letters."""
        return self._place.multi

    @property
    def answers(self) -> Mapping[str, Answer]:
        """Arm -> its answer to this item, for the arms in `needs`."""
        return self._place.answers or {}

    @property
    def companions(self) -> tuple[Item, ...]:
        """Other items that the arm uses (`Companions`; in a setup, `Examples`), without gold."""
        return self._place.companions

    @property
    def parameters(self) -> Any:  # noqa: ANN401 - of the arm's own type
        """The arm's parameters."""
        return self._place.parameters

    @property
    def setup(self) -> Setup | None:
        """The result of the dataset's setup."""
        return self._place.setup

    @property
    def seed(self) -> int:
        """The study's seed, for `derive_seed`."""
        return self._resources.settings.seed

    @property
    def program_decoding(self) -> Decoding:
        """The study's sampling settings for programs."""
        return self._resources.settings.generator

    @property
    def budget(self) -> Budget:
        """The budget for this item."""
        return self._spending.budget

    def left(self, role: Role) -> int | None:
        """Calls that may still be made; None: unlimited."""
        return self._spending.left(role)

    def card(self, role: Role) -> ModelCard:
        """The card of a model."""
        return self._model(role).card

    def about(self, item: Item) -> ArmContext:
        """This context for another item: a held-out one, during an arm's setup."""
        other = ArmContext(self._resources, self._place.about(item), self._spending)
        other.trail = self.trail
        return other

    # ---- calls -----------------------------------------------------------------------------------

    def prompt(
        self, name: str, item: Item | None = None, order: int | None = None, **fields: str
    ) -> RenderedPrompt:
        """Fill one of the arm's templates with the item and fields of its own.

        Args:
            name: A key of the arm's `prompts`.
            item: An item to use instead of the arm's own.
            order: Seed of the order of the template's worked examples; None: as in its file.
            fields: Values of the fields that the arm declares for it.

        Raises:
            PromptError: The template is missing or malformed.
            ConfigError: The arm declares no such template, or other fields.
        """
        declared = (self._place.prompts or {}).get(name)
        if declared is None or set(fields) != set(declared.fields):
            due = ", ".join(declared.fields) or "no fields" if declared else "no such template"
            raise ConfigError(
                f"the arm does not declare template {name!r} with these fields",
                where="prompts",
                got=", ".join(sorted(fields)) or "no fields",
                fix=f"declared: {due}",
            )
        if self.multi and declared.multi is not None:
            name = declared.multi
        profile = self.card(declared.role).prompts
        folder = self._resources.settings.prompts_folder
        about = item or (self._written_for if declared.role == "generator" else self.item)
        return render(name, about, profile, folder=folder, fields=fields, order=order)

    async def call(
        self,
        role: Role,
        prompt: Prompt,
        decoding: Decoding,
        *,
        key: str,
        choices: tuple[str, ...] = (),
        purpose: str | None = None,
    ) -> Reply:
        """Ask a model.

        Args:
            role: Which.
            prompt: A filled template, messages, or one user turn as text.
            decoding: How the reply is sampled.
            key: Names the call on record; no two of one answer share it.
            choices: If not empty, the reply is exactly one of these, and `Reply.scores` has their
                log-probabilities, if the model provides them.
            purpose: Feeds the seed; by default the key.

        Raises:
            OutOfBudget: The arm's budget is exhausted.
            Refusal: The call can't be served.
        """
        most = self._spending.take(role, decoding.max_tokens)
        shown = (Message("user", prompt),) if isinstance(prompt, str) else prompt
        request = request_of(
            self._resources.settings,
            purpose or key,
            decoding,
            shown,
            max_tokens=most,
            choices=choices,
        )
        place = self.trail.begin(key, role)
        call = await self._resources.calls.call(self._model(role), request)
        return self._landed(place, call)

    def _landed(self, place: int, call: ModelCall) -> Reply:
        self.trail.end(place, call)
        if call.reply is None:
            self.trail.read(place, refused_read(call.error))
            raise Refusal(call.error or "no reply on record")
        self._spending.pay(call.reply)
        return call.reply

    def read(self, reply: Reply) -> Extraction:
        """Extract letters from a reply, and record them with it."""
        found = extract_once(reply, self.item.options, self.multi)
        self.note(reply, found.status, found.letters, found.rule, found.span)
        return found

    def note(
        self,
        reply: Reply,
        status: str,
        letters: Sequence[str] = (),
        rule: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> None:
        """Record how the arm itself interpreted a reply.

        Args:
            reply: The reply.
            status: See `Answer.status`.
            letters: The extracted letters, in option order.
            rule: The arm's own name for the extraction rule.
            span: Start and end of the extracted text in the reply.
        """
        self.trail.read(reply, ReadOut(status, tuple(letters), rule, span))

    def recall(self, trail: Sequence[TrailEntry]) -> list[ModelCall]:
        """Record the calls of another answer as calls of this one too: it would have to make them
        on its own."""
        found = []
        for entry in trail:
            call = self._resources.store.call(entry.call)
            if call is not None:
                self.trail.add(entry.key, entry.role, call.id, call.reply, entry.read)
                found.append(call)
        return found

    def conversation(self, role: Role, opening: Prompt = ()) -> Conversation:
        """A conversation with a model, turn by turn."""
        return Conversation(self, role, opening)

    async def choose(self, role: Role, before: Sequence[Message], *, key: str) -> str | None:
        """Let a model choose the most probable letter at the current point of a conversation.

        Args:
            role: The model.
            before: The turns so far (`Conversation.turns`); the last is the user's.
            key: Names the recorded call.

        Returns:
            The letter; None if the model was not constrained to the choices.
        """
        return await chosen_letter(self, role, before, key)

    def option(self, value: object) -> str | None:
        """The letter of the option that a program's value stands for; see `answers.option_of`."""
        return option_of(value, self.item.options)

    # ---- programs --------------------------------------------------------------------------------

    async def scaffold(self, item: Item | None = None) -> Scaffold:
        """The study's own scaffold of the item, or of a companion.

        Raises:
            Refusal: The generator's prompt can't be served.
        """
        request = generator_request(
            self._resources.settings, self.card("generator"), item or self._written_for
        )
        assert request.prompt is not None  # it is rendered from a template
        return await self.write(request.prompt, key="generator", item=item)

    async def write(
        self,
        prompt: RenderedPrompt,
        *,
        key: str,
        decoding: Decoding | None = None,
        item: Item | None = None,
    ) -> Scaffold:
        """Have the generator write a program.

        Args:
            prompt: A filled template.
            key: Names the call on record, and feeds its seed.
            decoding: How it is sampled; by default, with the study's settings for scaffolds.
            item: The item for which it is written; by default, the arm's own.

        Raises:
            OutOfBudget, Refusal: As `call`.
        """
        check_filled(prompt, where=f"ctx.write(key={key!r})")
        resources, model = self._resources, self._model("generator")
        how = decoding or resources.settings.generator
        most = self._spending.take("generator", how.max_tokens)
        request = request_of(resources.settings, key, how, prompt, max_tokens=most)
        place = self.trail.begin(key, "generator")
        call, scaffold = await write_program(
            resources.store, resources.calls, model, item or self._written_for, request
        )
        self._landed(place, call)
        assert scaffold is not None  # the call was served
        self.trail.read(place, ReadOut("program" if scaffold.program_id else "no_program"))
        return scaffold

    async def run(
        self,
        program: Scaffold | str,
        *,
        key: str = "program",
        behind: SolverStandIn | None = None,
        twin: Item | None = None,
        mode: RunMode = "solve",
    ) -> Execution:
        """Run a program for the item, or for a twin of it.

        Args:
            program: A scaffold, or the source. If a generator's reply contains no program, `source`
                is None, and there is nothing to run.
            key: Names the recorded run; unique within an answer.
            behind: What replies when the program calls `ask`; None: the solver, whose calls are
                recorded as "ask/0", "ask/1" ..., prefixed by the key unless it is "program".
            twin: The twin for which it is run instead of the item (see `items.twins`); recorded
                with the run.
            mode: How it is run (see `sandbox.modes`).

        Raises:
            OutOfBudget: No further call is allowed.
        """
        self.trail.check_no_session(f"ctx.run(key={key!r})")
        source = runnable(program, twin, self.item, where=f"ctx.run(key={key!r})")
        item = twin or self.item
        if behind is None and self._place.control == "stub":
            behind = stub(self.seed, program_id(source), item)
        runs = ProgramRuns(self._resources, item, self.trail, self._spending)
        if behind is None:
            return await runs.with_solver(source, key, mode)
        return await runs.with_other(source, key, behind, mode)

    def interpreter(self, key: str = "cell") -> Interpreter:
        """An interpreter for use in an `async with` block, which runs cells in one namespace (see
        `arms.interpreter`). Nothing else can be run within the block. Its runs are recorded as
        "cell/1", "cell/2" ..."""
        return Interpreter(self._resources, self._place, self.trail, self._spending, key)

    async def look_at(self, scaffold: Scaffold) -> Execution:
        """The run of the study's own scaffold with the solver, for the names that its module
        defines before `solve` is called; it is run if not yet recorded, and is not part of this
        answer."""
        return await ArmContext(self._resources, self._place, Spending(Budget())).run(scaffold)

    # ---- order -----------------------------------------------------------------------------------

    def step(self, letters: Sequence[str], n: int | None = None, m: int | None = None) -> None:
        """Record what the answer would be if the arm stopped here.

        Args:
            letters: The answer; empty: none yet.
            n: After how many calls of the trail; None: all so far.
            m: After how many runs.
        """
        self.trail.step(letters, n, m)

    async def branches(self, *jobs: Callable[[ArmContext], Awaitable[T]]) -> list[T]:
        """Run several chains of calls concurrently.

        Each gets its own context; their calls and runs are recorded in the order of the jobs,
        whichever ends first. If the arm has a budget, they run one after the other, so that which
        of them gets the last call is deterministic. Other exceptions are raised after all chains
        have ended, so that no chain continues after its answer was abandoned.

        Raises:
            OutOfBudget, Refusal: The first of the jobs, in their order, that raised.
        """
        self.trail.check_no_session("ctx.branches")
        children = [ArmContext(self._resources, self._place, self._spending) for _ in jobs]
        jobs_of = [job(child) for job, child in zip(jobs, children, strict=True)]
        ends = await to_their_ends(jobs_of, self.budget.is_bounded or not self._resources.waits)
        for child in children:
            self.trail.take_over(child.trail)
        for _, failure in ends:
            if failure is not None:
                raise failure
        return [result for [result], _ in ends]

    @property
    def _written_for(self) -> Item:
        """The item that the generator writes for."""
        foreign = self._place.control == "foreign"
        return self._place.companions[0] if foreign else self.item

    def _model(self, role: Role) -> Model:
        resources = self._resources
        model = resources.solver if role == "solver" else resources.generator
        if model is None:
            raise ConfigError("the study has no generator", fix="name one in models.generators")
        return model
