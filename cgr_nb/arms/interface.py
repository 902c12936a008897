"""What an arm is: one way of answering an item.

An arm is a class, found by entry point in group `cgr_nb.arms`, made with its parameters:

    class Twice:                          # its templates: see `cgr_nb.prompts.template`
        summary = "the direct question asked twice; the second reply counts"
        version = 1                       # increased whenever answers may change
        roles = ("solver",)               # the models that it uses
        prompts = {"direct": ArmPrompt("solver")}

        @dataclass(frozen=True)
        class Parameters:                 # [arm.twice] in study.toml; every field has a default
            decoding: Decoding = Decoding(max_tokens=64)

        def __init__(self, parameters):
            self._parameters = parameters

        def expected(self, asks):
            return Expected(solver_calls=2)

        async def answer(self, ctx):
            prompt = ctx.prompt("direct")
            for number in range(2):
                reply = await ctx.call("solver", prompt, self._parameters.decoding,
                                       key=f"try/{number}")
                found = ctx.read(reply)
                ctx.step(found.letters)
            return Outcome.read(found)

An arm is a deterministic function of the item, of the answers it `needs`, and of recorded calls and
runs: the same input leads to the same calls, in the same order. It does not depend on time, token
counts, iteration over sets, or the order in which calls complete (`ctx.branches` runs several
chains concurrently and records them in the order in which they were given). Resuming, sharing
calls, verifying a package and showing an answer step by step therefore need no code in the arm.
`cgr_nb.testing.check_arm` checks all this for any arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from cgr_nb.answer_record import Control, Role
from cgr_nb.answers import CUT_THOUGHT
from cgr_nb.records import Difficulty, Execution, Extraction, Item, ModelCard
from cgr_nb.util.quick_records import quick

if TYPE_CHECKING:
    from cgr_nb.arms.context import ArmContext
    from cgr_nb.arms.requests import Request, Settings

__all__ = [
    "Arm",
    "ArmPrompt",
    "AsksAhead",
    "Companions",
    "Examples",
    "Expected",
    "ExpectsSetup",
    "NoParameters",
    "Outcome",
    "Prepared",
    "Prepares",
    "PreparesAhead",
    "Writes",
]


@dataclass(frozen=True, slots=True)
class ArmPrompt:
    """A template that an arm uses."""

    role: Role
    """The model that receives it; the profile is that of the model's card."""
    fields: tuple[str, ...] = ()
    """Fields of the template besides those of an item: `ctx.prompt(name, field="...")`."""
    multi: str | None = None
    """The template used instead for items that ask for a set of letters; None: the same."""


@dataclass(frozen=True, slots=True)
class NoParameters:
    """Parameters of an arm that has none."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected number of calls of an arm, for `study plan`."""

    solver_calls: float = 0
    """Solver calls per row."""
    generator_calls: float = 0
    """Generator calls per item, besides its scaffold."""
    solver_setup: float = 0
    """Solver calls of the setup, once per dataset."""
    generator_setup: float = 0


@quick
@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an arm for one item."""

    letters: tuple[str, ...]
    """The answer, in option order; empty if there is none."""
    status: str
    """See `Answer.status`; an arm may define its own words for its failures."""
    detail: str = ""
    """One line of text, without times and paths."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The arm's own statistics, JSON-serialisable."""
    difficulty: Difficulty | None = None
    """Difficulty stated by the program of the deciding run, if any."""
    isolation: str | None = None
    """Isolation level of the deciding run."""
    error: str | None = None
    """Why there is no answer, if a call was refused or the arm could not be run."""

    @classmethod
    def read(cls, found: Extraction, detail: str = "") -> Outcome:
        """The answer extracted from one reply."""
        words = f"read by rule {found.rule}" if found.rule else "no letter could be read"
        if found.rule == CUT_THOUGHT:
            words = "incomplete: the reply was cut while it thought"
        letters = found.letters if found.status == "answered" else ()
        return cls(letters, found.status, detail or words)

    @classmethod
    def of_run(cls, run: Execution | None, **facts: Any) -> Outcome:  # noqa: ANN401
        """The answer that a program returned; None: the generator's reply contained no program."""
        if run is None:
            return cls((), "no_program", "the generator's reply holds no program", facts)
        letters = tuple(run.solver_answer) if run.solver_answer is not None else ()
        return cls(letters, run.status, run.detail, facts, run.difficulty, run.isolation)

    @classmethod
    def impossible(cls, why: str) -> Outcome:
        """The arm could not be run, for an external reason."""
        return cls((), "error", why, error=why)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The result of an arm's setup for a dataset."""

    text: str
    program_id: str | None = None
    status: str = "ok"
    """Any other value is the status of every answer that would need the setup."""
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Arm(Protocol):
    """One way of answering. Optional: `needs`, `sampled`, `controls`, `Companions`, `Prepares`,
    `PreparesAhead`, `Examples`, `ExpectsSetup`, `Writes`, `AsksAhead`."""

    summary: ClassVar[str]
    """One line: what the arm does."""
    version: ClassVar[int]
    """Increased whenever answers may change: part of every answer's id."""
    roles: tuple[Role, ...]
    """The models that the arm uses. An answer names no other."""
    prompts: Mapping[str, ArmPrompt]
    """Template name -> the model that receives it, for all templates that the arm uses."""
    needs: tuple[str, ...]
    """Arms whose answers it receives (`ctx.answers`); they are run first."""
    sampled: bool
    """True where it draws replies at a temperature that neither a `Decoding` of its parameters nor
    the study's sampling of programs tells: then it is repeated with other seeds where a study asks
    for `repeats`."""
    controls: tuple[Control, ...]
    """Controls that can stand beside it; where it does not say, all that its roles allow. Empty for
    an arm whose later prompts hold its own earlier answers: for another item, these would be
    prompts that nobody asks."""

    def expected(self, asks: float) -> Expected:
        """Expected number of calls if a scaffold makes `asks` solver calls."""
        ...

    async def answer(self, ctx: ArmContext) -> Outcome:
        """Answer one item.

        If it raises `OutOfBudget` or `Refusal`, the answer is that of the last `ctx.step`, with the
        exception's status; errors of models and of the machine are passed on.
        """
        ...


class Companions(Protocol):
    """An arm that uses other items of the dataset (`ctx.companions`)."""

    def companions(self, dataset: Sequence[Item], seed: int) -> Mapping[str, tuple[Item, ...]]:
        """Item id -> the other items that its answer uses; called once for each dataset.

        Args:
            dataset: Its items, without gold.
            seed: The study's.
        """
        ...


class Writes(Protocol):
    """An arm whose prompts for programs are known before it runs, so that programs can be written
    outside the study."""

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """Requests to the generator for an item, each with the key of the call.

        Args:
            settings: The study's.
            card: The generator.
            item: The item.
        """
        ...


class AsksAhead(Protocol):
    """An arm that requests more than programs from a generator. These requests are known before it
    runs, so they can be made before the solver is available (phase "generate").
    """

    def generator_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[Request]:
        """Other requests that it may make to a generator about an item.

        Args:
            settings: The study's.
            card: The generator.
            item: The item.
        """
        ...


class Prepares(Protocol):
    """An arm that prepares something once for each dataset and pair of models."""

    needs_support: ClassVar[bool]
    """Whether it needs labelled items, which the study then holds out (`[support]`)."""

    async def prepare(self, ctx: ArmContext, support: Sequence[Item]) -> Prepared:
        """Run the setup; its result is `ctx.setup` of every answer.

        Args:
            ctx: As for an answer, but without an item (`ctx.about` gives the context of a held-out
                one); `ctx.companions` are the items chosen by `Examples`.
            support: Held-out items, with gold if `needs_support`; empty if the study holds none
                out.
        """
        ...


class PreparesAhead(Protocol):
    """An arm with a setup whose requests to a generator are known before it runs, as with
    `AsksAhead` for answers."""

    def setup_requests(
        self, settings: Settings, card: ModelCard, support: Sequence[Item]
    ) -> Iterable[Request]:
        """Requests that it will make to a generator for the setup of a dataset.

        Args:
            settings: The study's.
            card: The generator.
            support: Items held out from the dataset.
        """
        ...


class Examples(Protocol):
    """An arm whose setup uses some questions of the dataset, without their answers."""

    def examples(self, dataset: Sequence[Item], seed: int) -> tuple[Item, ...]:
        """Choose them; called once for each dataset.

        Args:
            dataset: Its items, without gold.
            seed: The study's.
        """
        ...


class ExpectsSetup(Protocol):
    """An arm whose setup cost depends on the number of held-out items."""

    def expected_setup(self, asks: float, support: int) -> Expected:
        """As `Arm.expected`, for the setup alone.

        Args:
            asks: Number of solver calls that a scaffold makes.
            support: Number of items held out from each dataset.
        """
        ...
