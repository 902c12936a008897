"""Lines of a package's tables that are not records of their own elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cgr_nb.audit.probes.dependence import Probe
from cgr_nb.records import Ask, Difficulty, ExecutionStatus, Message, Sampling, Score, Served
from cgr_nb.util.quick_records import quick

__all__ = [
    "CallLine",
    "ConversationLine",
    "DependenceLine",
    "ExecutionLine",
    "ProgramLine",
    "PromptLine",
    "PromptTextLine",
    "ReplyLine",
    "ScaffoldLine",
    "SourceLine",
    "TraceLine",
]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One item file, as it was read."""

    source: str
    """Name of the item file, without its folder."""
    adapter: str
    """Dataset adapter that read it."""
    rows: int
    """Rows of the file."""
    accepted: int
    """Rows that became items; a study may use a sample of them."""
    rejected: Mapping[str, int]
    """Reason -> rows that became no item."""
    options_made: int
    """Items whose wrong options were made around a numeric answer."""
    sha256: str
    """SHA-256 of the file."""


@dataclass(frozen=True, slots=True)
class PromptLine:
    """One prompt template; its text is in the file named."""

    hash: str
    """SHA-256 of the template's bytes and of what it quotes, 64 hex digits."""
    name: str
    """"direct", "reask", "generator", or what an arm asks with."""
    version: int
    """Version of the template; what a file says never changes under its version."""
    profile: str
    """Prompt profile of the models it is for (see models.jsonl, `prompts`)."""
    file: str
    """File of this package that holds the text."""


@quick
@dataclass(frozen=True, slots=True)
class ConversationLine:
    """What models were asked, once, however many calls asked it."""

    id: str
    """Content hash of the messages."""
    messages: tuple[Message, ...]
    """The turns that were sent, oldest first."""


@quick
@dataclass(frozen=True, slots=True)
class PromptTextLine:
    """A conversation after a model's chat template, once, however many calls had it."""

    id: str
    """Content hash of the text."""
    text: str
    """The prompt as it was tokenised."""


@quick
@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What a model gave back for one prompt."""

    text: str
    """The reply as decoded, from where its thoughts end: the answer. Empty where the model was cut
    while it thought."""
    finish: Literal["stop", "length"]
    """"stop": the model or a stop text ended it; "length": cut at max_tokens."""
    prompt_text: str
    """The prompt after the chat template (prompt_texts.jsonl)."""
    prompt_tokens: int
    """Tokens of the prompt, chat template included."""
    reply_tokens: int
    """Tokens of the reply."""
    duration_s: float
    """Wall time of this reply, waiting in a queue not included."""
    scores: tuple[Score, ...] | None
    """Of each of the choices, in their order, not normalised. None without choices, and from
    backends that tell none."""
    thoughts: str
    """What the model said to itself before its answer; empty where it thought nothing."""
    thought_tokens: int | None
    """Tokens of `thoughts`, which count in `reply_tokens` too; None where there are no thoughts, or
    nobody counted."""
    served: Served | None
    """How a server gave it; None for models of the machine itself, and where it is not on
    record."""


@quick
@dataclass(frozen=True, slots=True)
class CallLine:
    """One call to a model, solver or generator."""

    id: str
    """Content hash of (model identity, messages, sampling); two studies can share it."""
    model: str
    """Name of the model (models.jsonl)."""
    conversation: str
    """What was asked (conversations.jsonl)."""
    sampling: Sampling
    """How the reply was sampled."""
    reply: ReplyLine | None
    """None when the call failed; then `error` says why."""
    error: str | None
    """"context_overflow: ..." or "refused: ..." and why; None when there is a reply."""


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One program, once, whoever wrote it how often."""

    id: str
    """Content hash of the source."""
    source: str
    """The program text exactly as it is run."""


@dataclass(frozen=True, slots=True)
class ScaffoldLine:
    """What a generator wrote for one item."""

    id: str
    """Content hash of the item and the call that asked for it."""
    item_id: str
    """The item (items.jsonl)."""
    generator: str
    """Name of the generator (models.jsonl)."""
    program_id: str | None
    """The program (programs.jsonl); null when the reply holds none."""
    call_id: str
    """The generator's call (calls.jsonl)."""
    prompt_hash: str
    """The template of the prompt (prompts.jsonl)."""
    seed: int
    """Seed of the call."""


@quick
@dataclass(frozen=True, slots=True)
class ExecutionLine:
    """One run of one program with one solver."""

    id: str
    """Content hash of program, item, solver, seed, sampling of asks and limits; where no model is
    behind `ask`, without sampling."""
    program_id: str
    """The program (programs.jsonl)."""
    item_id: str
    """The item (items.jsonl)."""
    solver: str
    """Name of the solver behind `ask` (models.jsonl); in the runs of some arms "stub", a solver
    that answers at random, or "none"."""
    status: ExecutionStatus
    """How the run ended; "ok" when `solve` returned an option letter."""
    solver_answer: str | None
    """The letter that `solve` returned, when status is "ok"."""
    generator_answer: str | None
    """GENERATOR_ANSWER of the program when it names an option, whatever the status."""
    difficulty: Difficulty | None
    """DIFFICULTY of the program when it is one of the three."""
    detail: str
    """One line in words: what stopped the run, and where. Empty when status is "ok"."""
    line: int | None
    """Line of the program where it failed; null when not known or not failed."""
    calls: tuple[Ask, ...]
    """The questions that the program put to the solver, in order."""
    output: str
    """What the program printed, up to the limit."""
    cpu_s: float | None
    """Processor time of the run. Not checked."""
    wall_s: float
    """Wall time of the run without the time spent waiting for the solver. Not checked."""
    isolation: str
    """Isolation level of the sandbox: "strict", "partial", "limits"."""


@dataclass(frozen=True, slots=True)
class TraceLine:
    """The steps of one run, as they are in the store."""

    execution_id: str
    """The run (executions.jsonl)."""
    trace: str
    """Base64 of zlib-compressed bytes: a line "cgr-trace 1", then one JSON line a step."""


@dataclass(frozen=True, slots=True)
class DependenceLine:
    """The behavioural audit of one program: does its answer follow the solver's replies?"""

    program_id: str
    """The program (programs.jsonl)."""
    item_id: str
    """The item that it was probed with (items.jsonl)."""
    verdict: str | None
    """"independent": no probe changed the letter; "dependent": more than half of the options can
    be reached; "partly": what lies between; "unsure": no probe changed it, but none may have spoken
    the program's format; null when nothing can be said."""
    reachable: tuple[str, ...]
    """Letters that some probe reached, sorted."""
    fixed: str | None
    """What an independent program holds on to when the option texts are turned round: "letter" or
    "text"; null when that can't be told, and for other verdicts."""
    probes: tuple[Probe, ...]
    """Every run with made-up replies, in order."""
