"""The words everyone shares: frozen records that pass from room to room.

A record is made once and never changed; recorded text is kept byte for byte. Identity is content:
see `content_id`. Mappings inside records are read-only by agreement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from cgr_nb.calls import Message, ModelCall, Reply, Sampling, Score, Served
from cgr_nb.util.constraints import Between, NotEmpty
from cgr_nb.util.content_ids import canonical_json, content_id, content_id_of
from cgr_nb.util.quick_records import quick

__all__ = [
    "BASE_PROFILE",
    "DIFFICULTIES",
    "EXECUTION_STATUSES",
    "Ask",
    "Difficulty",
    "Execution",
    "ExecutionStatus",
    "Extraction",
    "ExtractionStatus",
    "Item",
    "Message",
    "Mode",
    "ModelCall",
    "ModelCard",
    "Reply",
    "Sampling",
    "Scaffold",
    "Score",
    "Served",
    "SessionCell",
    "Verdict",
    "canonical_json",
    "content_id",
    "content_id_of",
]

Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)

ExtractionStatus = Literal["answered", "none", "ambiguous", "out_of_range"]

ExecutionStatus = Literal[
    "ok",
    "no_answer",
    "invalid_answer",
    "exception",
    "timeout",
    "cpu_limit",
    "memory_limit",
    "call_limit",
    "output_limit",
    "syntax_error",
    "interface_error",
    "killed",
]
EXECUTION_STATUSES: tuple[ExecutionStatus, ...] = get_args(ExecutionStatus)


@dataclass(frozen=True, slots=True)
class Item:
    """One multiple-choice item, in the same shape for every dataset."""

    id: str
    """Content hash of dataset, question, context, options and gold (see `items.identity`)."""
    dataset: str
    """Dataset name, for example "mmlu_pro"."""
    config: str
    """Dataset configuration (subject, split or variant); "default" when there is none."""
    question: str
    """The question as a reader sees it, without its options."""
    options: Mapping[str, str]
    """Letter -> option text, in presented order. 1-26 single upper-case letters, the dataset's own
    labels where it has them (so they need not start at A)."""
    gold: tuple[str, ...] | None
    """Correct letters in option order; None when not known. Never shown to a model or a program."""
    context: str | None = None
    """Passage, table or series that belongs to the question; None when there is none."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready extras: source file and row, original labels and id, how options were made."""
    use: Literal["asked", "support", "twin"] = "asked"
    """"support": set aside for arms that need labelled items; "twin": made of another item, to try
    programs on (see `items.twins`). Neither is in a row of the study."""
    multi: bool = False
    """Whether the answer is a set of letters, asked for and scored as one."""


_TRANSPORT = frozenset(
    (
        *("base_url", "max_in_flight", "requests_per_minute", "timeout_s", "key_env"),
        *("retries", "retry_for_s", "backoff_s"),
    )
)
"""Options of a model that say where and how it is reached, never what it answers."""
_UNSAID = {"server": "openai", "max_tokens_field": "max_tokens"}
"""What a card of a server's model says by saying nothing."""
_FROM_ENVIRONMENT = "${"
_Price = Annotated[float, Between(0, 10**9)]
BASE_PROFILE = "base"
"""Prompt profile of models that complete texts and know no turns."""
Mode = Literal["exact", "batched"]
"""How an engine computes: one reply at a time, or many in a batch, where sums round otherwise."""


@dataclass(frozen=True)
class ModelCard:
    """A model as the registry knows it: metadata only, no weights."""

    name: str
    """Short unique name used in configs and rows."""
    roles: Annotated[tuple[Literal["solver", "generator"], ...], NotEmpty()]
    """Roles that the model can have in a study: "solver", "generator" or both."""
    backend: str
    """Entry point in group `cgr_nb.models`: "llama_cpp", "scripted", "replay" ..."""
    family: str
    """Architecture, such as "llama" or "qwen2"; stated in reports."""
    parameters: Annotated[int, Between(1, 10**15)] | None
    """Number of weights; None: not known."""
    quantisation: str
    """GGUF file type such as "Q8_0", or "none"."""
    context_tokens: Annotated[int, Between(1, 1 << 30)]
    """Context window: tokens of prompt and reply together."""
    licence: str
    """Licence of the weights, such as "apache-2.0"."""
    source: str
    """Origin of the weights (file, hf:repo/file or URL), or how they were trained."""
    sha256: str | None
    """SHA-256 of the weight file; None: it has none."""
    path: str | None = None
    """Weight file, relative to the registry file or absolute; None: it has none."""
    prompts: str = "full"
    """Prompt profile: "full" for instruction-tuned models, "base" for base (completion) models,
    "tiny" for the bundled ones.
    """
    options: Mapping[str, Any] = field(default_factory=dict)
    """Backend options such as n_threads or n_gpu_layers; for a server, base_url: its address, or a
    list of the addresses of servers that serve the same model."""
    price_input: _Price | None = None
    """Price per million prompt tokens, in any currency; None: unknown. Not part of the model's
    identity.
    """
    price_output: _Price | None = None
    """Price per million reply tokens."""

    def cost(self, prompt_tokens: float, reply_tokens: float) -> float | None:
        """What so many tokens cost; None for a model without a price."""
        if self.price_input is None and self.price_output is None:
            return None
        spent = prompt_tokens * (self.price_input or 0) + reply_tokens * (self.price_output or 0)
        return spent / 1_000_000

    @property
    def is_bundled_tiny(self) -> bool:
        """Whether it is one of the tiny models that come with the package: what it scores says
        nothing about real ones."""
        return self.family == "cgr-tiny"

    @property
    def mode(self) -> Mode:
        """How its engine computes: as its options say, else ("auto") exact for the bundled tiny
        models and batched for all others."""
        said = self.options.get("mode", "auto")
        is_exact = self.prompts == "tiny" if said == "auto" else said == "exact"
        return "exact" if is_exact else "batched"

    @property
    def chat_template(self) -> str | None:
        """Name, file or Jinja source of the one it names; None for that of its weight file."""
        default = BASE_PROFILE if self.prompts == BASE_PROFILE else None
        named: str | None = self.options.get("chat_template", default)
        return named

    @cached_property
    def identity(self) -> str:
        """What stands for this model in a call's id: the weight hash, with the options that change
        what it is asked or how exactly it computes; or backend, name and options.

        A model of a server is its name here, its name there, and the options that change what is
        asked; where the server stands is no part of it, nor is a header whose value comes from the
        environment.
        """
        if "base_url" in self.options:
            told: dict[str, Any] = {"model": self.name, **_of_requests(self.options)}
            return content_id("served", self.backend, self.name, told, self.sha256)
        if self.sha256:
            # Threads and layers on a GPU are not told: runs on different machines are to agree.
            told = {"mode": self.mode} if self.mode != "exact" else {}
            options = {**self.options, "chat_template": self.chat_template}
            for name in ("template", "chat_template", "think_tokens"):
                if (value := options.get(name)) not in (None, {}):
                    told[name] = value
            return content_id("model", self.sha256, told) if told else self.sha256
        told = {name: value for name, value in self.options.items() if name not in _TRANSPORT}
        return content_id("model", self.backend, self.name, told)

    @property
    def on_record(self) -> ModelCard:
        """The card as it is kept and packed: values of headers that stand in it are digests, so
        that what should not have been there goes no further. Its identity is the same."""
        extra = self.options.get("extra")
        if not isinstance(extra, Mapping) or not isinstance(extra.get("headers"), Mapping):
            return self
        headers = {name: _digest(value) for name, value in extra["headers"].items()}
        return replace(self, options={**self.options, "extra": {**extra, "headers": headers}})


def _of_requests(options: Mapping[str, Any]) -> dict[str, Any]:
    """What options of a server's model change in its requests."""
    told = {
        name: value
        for name, value in options.items()
        if name not in _TRANSPORT and value not in (None, "", (), [], {}, _UNSAID.get(name))
    }
    extra = told.get("extra")
    if isinstance(extra, Mapping) and isinstance(extra.get("headers"), Mapping):
        headers = {
            name.lower(): _digest(value)
            for name, value in extra["headers"].items()
            if _FROM_ENVIRONMENT not in str(value)
        }
        extra = {name: value for name, value in extra.items() if name != "headers"}
        told["extra"] = {**extra, "headers": headers} if headers else extra
        if not told["extra"]:
            del told["extra"]
    return told


def _digest(value: object) -> str:
    """A header's value as it is kept: its digest, or the names of environment variables."""
    text = str(value)
    if text.startswith("sha256:") or _FROM_ENVIRONMENT in text:
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


@quick
@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read out of a reply, and by which rule."""

    status: ExtractionStatus
    letter: str | None
    """The one letter that was read; None unless status is "answered" with a single letter."""
    letters: tuple[str, ...]
    """All letters read, in option order: one unless read with multi=True; the competing ones when
    ambiguous."""
    rule: str | None
    """Name of the rule that fired; None when none did."""
    span: tuple[int, int] | None = None
    """Start and end offset in the reply of the text the rule read; None when none did."""


@quick
@dataclass(frozen=True, slots=True)
class Scaffold:
    """A program that a generator wrote for one item."""

    id: str
    """Content hash of the item and the call that asked for it (which stands for the generator,
    prompt, sampling and seed): one scaffold for each."""
    item_id: str
    generator: str
    """ModelCard.name of the generator."""
    program_id: str | None
    """Content hash of the source; None when no program was found in the reply."""
    source: str | None
    """The program text exactly as it is run; None when no program was found in the reply."""
    call_id: str
    """The generator's call."""
    prompt_hash: str
    seed: int


@quick
@dataclass(frozen=True, slots=True)
class Ask:
    """One question that a running program put to the solver."""

    index: int
    """0, 1, 2 ... in the order in which the host received them."""
    prompt: str
    choices: tuple[str, ...]
    max_tokens: int | None
    """None: the study's default."""
    temperature: float | None
    reply: str | None
    """Text handed to the program; None when the solver could not answer the prompt (a context
    overflow, say): then `ask` raised in the program."""
    line: int | None
    """Line of the program the call came from; None when not known. As told by the program:
    advisory."""
    scores: bool = False
    """The program asked for the log-probability of each choice too."""
    finish: Literal["stop", "length"] | None = None
    """"length": the reply was cut at max_tokens. None without a reply, and where it is not on
    record."""
    reply_scores: tuple[float, ...] | None = None
    """Log-probability of each of the choices, in their order, as they were handed to the program;
    None where it did not ask for them, or got no reply."""


@quick
@dataclass(frozen=True, slots=True)
class Execution:
    """The outcome of one run of one program."""

    status: ExecutionStatus
    solver_answer: str | None
    """The letter `solve` returned, when status is "ok"."""
    generator_answer: str | None
    """GENERATOR_ANSWER of the program when it names an option, whatever the status."""
    difficulty: Difficulty | None
    """DIFFICULTY of the program when it is one of DIFFICULTIES."""
    detail: str
    """One line in words: what stopped the run, and where. Empty when status is "ok"."""
    calls: tuple[Ask, ...]
    output: str
    """What the program printed, up to the limit."""
    line: int | None
    """Line of the program where it failed; None when not known or not failed."""
    cpu_s: float | None
    wall_s: float
    """Wall time without the time spent waiting for the solver."""
    isolation: str
    """Isolation level in force, strongest first: "strict", "partial", "limits"."""
    trace: Any = None
    """Steps of the run; None when it was not traced."""


@dataclass(frozen=True, slots=True)
class SessionCell:
    """A cell that was run, with all that ran before it in its session."""

    id: str
    """Of its run."""
    program_id: str
    source: str
    """The text of the session up to it (see `sandbox.transcript`)."""
    item_id: str
    """The item that it ran for."""
    solver: str
    """The model behind `ask`."""
    execution: Execution


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's judgement of one program. A change of mind is a new verdict."""

    program_id: str
    rater: str
    label: Literal[
        "hard_coded",
        "fallback_only",
        "clean",
        "unsure",
        "withdrawn",
        "adjudicated:hard_coded",
        "adjudicated:fallback_only",
        "adjudicated:clean",
        "adjudicated:unsure",
    ]
    """"withdrawn" takes back the last verdict of this rater on this program. "adjudicated:" settles
    what raters disagree on, and counts as no rater's verdict (see `audit.standing`)."""
    note: str
    created: str
    """ISO 8601, UTC."""
