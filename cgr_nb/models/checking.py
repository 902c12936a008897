"""Is a model what its card says, and does it answer?

For a weight file: its hash, what it says of itself, its chat template (whether it knows a system
turn, and whether a prompt would begin with the first token twice, which makes models stumble), and
one token. For a server: one token, and what `endpoint_check` finds out; for several, that of each
(see `servers_check`). Programs of files are counted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.models.backends import open_model
from cgr_nb.models.chat import ChatTemplate
from cgr_nb.models.endpoint import EndpointModel
from cgr_nb.models.endpoint_check import look_at
from cgr_nb.models.endpoint_options import without_retries
from cgr_nb.models.gguf import GgufHead
from cgr_nb.models.gguf_parts import read_weights_head
from cgr_nb.models.known_templates import template_source
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.programs import ProgramsModel
from cgr_nb.models.replicated import ReplicatedModel
from cgr_nb.models.servers_check import ServerCheck, differences, look_at_servers
from cgr_nb.models.weights import file_sha256, find_weights
from cgr_nb.records import Message, ModelCard, Reply, Sampling
from cgr_nb.util.blocking import run_blocking
from cgr_nb.util.bundled import bundled_folder

__all__ = ["ModelCheck", "check_model"]

_ASK = (Message("user", "Answer with one letter: A or B."),)
_ONE_TOKEN = Sampling(max_tokens=1)
_MARK = "\ue000cgr-first\ue000"


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """What was found out about one model."""

    model: str
    problem: str | None
    """Why it can't be used, in one line; None when it answers."""
    remarks: tuple[str, ...] = ()
    """What does not stop it but should be known."""
    sha256: str | None = None
    """Of the weight file as it lies there."""
    architecture: str | None = None
    quantisation: str | None = None
    parameters: int | None = None
    trained_context: int | None = None
    """Context window that the file says it was trained with, tokens."""
    system_turn: str | None = None
    """"own": the chat template, or the server, knows one; "folded": it is put before the user's
    first turn."""
    choices: str | None = None
    """How a server is held to choices (see `dialects`); None where it is in no known way."""
    scores: str | None = None
    """How a server tells log-probabilities of texts (see `told_tokens`); None where it does not."""
    first_token: str | None = None
    """Who puts the token that begins a sequence: "template", "tokeniser", "both" (one is kept),
    "none"."""
    reply: str | None = None
    """The one token it answered."""
    prompt_tokens: int | None = None
    runs: str | None = None
    """How the engine runs it here: mode, replies at once, threads, layers on a GPU."""
    seconds: float | None = None
    """To load the weights and answer one token."""
    speed: str | None = None
    """Tokens a second of prompts and replies, and the threads that were fastest; in words."""
    servers: tuple[ServerCheck, ...] = ()
    """Each of the servers of a card that lists several addresses."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def check_model(card: ModelCard, base: Path | None = None) -> ModelCheck:
    """Check a model and ask it for one token.

    Args:
        card: The model.
        base: Folder that a relative path starts from; None is that of the bundled weights.
    """
    facts: dict[str, Any] = {}
    remarks: list[str] = []
    base = bundled_folder("models") if base is None else base
    template = None
    try:
        if card.backend == "programs":
            return _check_programs(card, base)
        if card.backend == "llama_cpp":
            path = find_weights(card, base)
            head = read_weights_head(path)
            facts |= _file_facts(path, head)
            remarks += _differences(card, head)
            template = _template(card, base, head)
            facts["system_turn"] = _system_turn(template) if template else None
        reply, ways, served = run_blocking(lambda: _ask(card, base))
        facts |= {"reply": reply.text, "prompt_tokens": reply.prompt_tokens, **ways}
        remarks += served
        if template:
            first = reply.prompt_text.removesuffix(_beyond_first(_text(template, _ASK)))
            facts["first_token"] = _first_token(template, head, first)
        if template and _is_doubled(first):
            return ModelCheck(
                card.name,
                "the prompt begins with the first token twice",
                tuple(remarks),
                **facts,
            )
    except CgrError as error:
        return ModelCheck(card.name, str(error), tuple(remarks), **facts)
    return ModelCheck(card.name, None, tuple(remarks), **facts)


def _check_programs(card: ModelCard, base: Path) -> ModelCheck:
    """Programs are counted: they are looked up by item, and can't be asked."""
    model = ProgramsModel(card, base)
    remarks = [f"{len(model.programs):,} programs"]
    if model.unused:
        first = model.unused[0]
        why = f": {first.text}" if first.kind != "reply" else ""
        remarks.append(f"{len(model.unused):,} lines are not used, the first is {first.where}{why}")
    return ModelCheck(card.name, None, tuple(remarks), sha256=model.card.sha256)


async def _ask(card: ModelCard, base: Path) -> tuple[Reply, dict[str, Any], list[str]]:
    """One reply, how it came about, and remarks."""
    started = time.perf_counter()
    model = open_model(without_retries(card), base)
    try:
        remarks: list[str] = []
        ways: dict[str, Any] = {}
        if isinstance(model, LlamaModel):
            ways["runs"] = await model.load()
        if isinstance(model, ReplicatedModel):
            reply, ways["servers"] = await look_at_servers(model, _ASK, _ONE_TOKEN)
            well = next(one for one in ways["servers"] if one.problem is None)
            for name in ("choices", "system_turn", "scores"):
                ways[name] = getattr(well, name)
            ways["seconds"] = round(time.perf_counter() - started, 3)
            return reply, ways, differences(ways["servers"])
        reply = await model.reply(_ASK, _ONE_TOKEN)
        ways["seconds"] = round(time.perf_counter() - started, 3)
        if isinstance(model, EndpointModel):
            found = await look_at(model, _ASK, reply)
            ways |= {"choices": found.choices, "system_turn": found.system_turn}
            ways["scores"] = found.scores
            remarks += found.remarks
        if isinstance(model, LlamaModel):
            ways["speed"] = str(await model.measure_rates())
            remarks += filter(None, [model.note])
        return reply, ways, remarks
    finally:
        await model.close()


def _file_facts(path: Path, head: GgufHead) -> dict[str, Any]:
    return {
        "sha256": file_sha256(path),
        "architecture": head.architecture,
        "quantisation": head.quantisation,
        "parameters": head.parameters,
        "trained_context": head.context_tokens,
    }


def _differences(card: ModelCard, head: GgufHead) -> list[str]:
    """Where card and file tell different things; the hash has its own error."""
    pairs = (
        ("quantisation", card.quantisation, head.quantisation),
        ("parameters", card.parameters, head.parameters),
    )
    found = [
        f"the card says {name} {said}, the file {true}"
        for name, said, true in pairs
        if said is not None and said != true
    ]
    if card.sha256 is None:
        found.append("the card names no SHA-256: another file in its place would not be noticed")
    return found


def _template(card: ModelCard, base: Path, head: GgufHead) -> ChatTemplate | None:
    if head.chat_template is None and card.chat_template is None:
        return None  # opening the model says so
    source = template_source(card, base, head.chat_template)
    return ChatTemplate(source, bos=_MARK, arguments=card.options.get("template"), name=card.name)


def _system_turn(template: ChatTemplate) -> str:
    asked = [Message("system", "one"), Message("user", "two")]
    folded = [Message("user", "one\n\ntwo")]
    return "folded" if _text(template, asked) == _text(template, folded) else "own"


def _first_token(template: ChatTemplate, head: GgufHead, first: str) -> str:
    """Who puts it; `first` is what the prompt begins with beyond the template's own text."""
    by_template = _text(template, _ASK).startswith(_MARK)
    # Where a file does not say, its tokeniser's own habit holds: seen in the prompt.
    unsaid = bool(first) and not by_template
    by_tokeniser = head.flag("tokenizer.ggml.add_bos_token", unsaid)
    if by_template and by_tokeniser:
        return "both"
    return "template" if by_template else "tokeniser" if by_tokeniser else "none"


def _beyond_first(text: str) -> str:
    while text.startswith(_MARK):
        text = text.removeprefix(_MARK)
    return text


def _is_doubled(first: str) -> bool:
    half, odd = divmod(len(first), 2)
    return half > 0 and not odd and first[:half] == first[half:]


def _text(template: ChatTemplate, messages: Sequence[Message]) -> str:
    return "".join(part.text for part in template.render(messages))
