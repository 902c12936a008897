"""What servers that call themselves OpenAI-compatible take, each in its own words.

A server's defaults are not ours (llama.cpp cuts at top_k 40 unless told otherwise), so whatever a
server takes is sent, also where it switches something off. What a server does not take is refused,
never left out in silence.

| server    | top_k, min_p | choices                                                  |
|-----------|--------------|----------------------------------------------------------|
| openai    | no           | json_schema, else whatever the others take               |
| llama.cpp | yes          | grammar, json_schema                                     |
| vllm      | yes          | structured_outputs; guided_choice before 0.12            |
| ollama    | no; its own defaults hold, and it cuts long prompts in silence | json_schema |
| lmstudio  | no; the defaults set in it hold                          | json_schema  |

Log-probabilities of prompts, which score choices: llama_cpp.server tells them by `echo` where it
was started with all logits (its default), vLLM by `prompt_logprobs` and `echo`; llama-server,
Ollama and LM Studio do not.

A field that a server does not know is mostly ignored, with HTTP 200: which of the ways it holds to
is seen from what it replies (see `choosing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cgr_nb.errors import RequestError
from cgr_nb.models.json_body import read_json
from cgr_nb.models.told_tokens import Way
from cgr_nb.records import Message, Sampling
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["DIALECTS", "WAYS_TO_CHOOSE", "Choosing", "Dialect", "chosen", "request_body"]

Choosing = Literal["grammar", "guided_choice", "structured_outputs", "json_schema", "none"]
WAYS_TO_CHOOSE: tuple[Choosing, ...] = (
    "grammar",
    "guided_choice",
    "structured_outputs",
    "json_schema",
    "none",
)
_SHELL_TOKENS = 32
"""Room for what stands around a choice: braces, a key, the end of the turn."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of server takes beside the fields that all take."""

    cuts: bool
    """It takes top_k and min_p."""
    top_k_off: int
    """Its word for "no cut"."""
    always: Mapping[str, object]
    """Defaults of its own that would bend a reply, set straight."""
    choosing: tuple[Choosing, ...]
    """How it may be made to choose, the likeliest first."""
    scoring: tuple[Way, ...] = ("echo",)
    """How it may tell log-probabilities of prompts, the likeliest first."""


DIALECTS = {
    "openai": Dialect(
        False,
        0,
        {},
        ("json_schema", "structured_outputs", "grammar", "guided_choice"),
        ("echo", "prompt_logprobs"),
    ),
    "llama.cpp": Dialect(True, 0, {"repeat_penalty": 1.0}, ("grammar", "json_schema")),
    "vllm": Dialect(
        True,
        -1,
        {"repetition_penalty": 1.0},
        ("structured_outputs", "guided_choice", "json_schema"),
        ("prompt_logprobs", "echo"),
    ),
    "ollama": Dialect(False, 0, {}, ("json_schema",)),
    "lmstudio": Dialect(False, 0, {"repeat_penalty": 1.0}, ("json_schema",)),
}


def request_body(
    dialect: Dialect,
    choosing: Choosing,
    model: str,
    messages: Sequence[Message],
    sampling: Sampling,
    max_tokens_field: str = "max_tokens",
) -> dict[str, Any]:
    """The fields of one chat completion.

    Args:
        dialect: What the server takes.
        choosing: How it is held to choices.
        model: Its name there.
        messages: The conversation.
        sampling: How the reply is sampled.
        max_tokens_field: What the server calls the most tokens of a reply.

    Raises:
        RequestError: The server can't do what the sampling asks for.
    """
    for name in ("top_k", "min_p"):
        if getattr(sampling, name) and not dialect.cuts:
            raise RequestError(
                f"this server does not accept {name}",
                got=str(getattr(sampling, name)),
                fix=f"set {name} = 0, or name the server in the card: server = 'llama.cpp'",
            )
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": turn.role, "content": escape_surrogates(turn.content)} for turn in messages
        ],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        max_tokens_field: sampling.max_tokens,
    }
    body |= dialect.always
    if dialect.cuts:
        body |= {"top_k": sampling.top_k or dialect.top_k_off, "min_p": sampling.min_p}
    if sampling.stop and not sampling.choices:
        body["stop"] = list(sampling.stop)
    if sampling.choices:
        longest = max(len(escape_surrogates(choice).encode()) for choice in sampling.choices)
        # A choice is never cut: a token is at least a byte.
        body[max_tokens_field] = max(sampling.max_tokens, longest + _SHELL_TOKENS)
        body |= _shape(choosing, sampling.choices)
    return body


def _shape(choosing: Choosing, choices: Sequence[str]) -> dict[str, Any]:
    texts = list(dict.fromkeys(map(escape_surrogates, choices)))
    if choosing == "grammar":
        ways = " | ".join(json.dumps(text, ensure_ascii=False) for text in texts)
        # Many tokenisers begin a word with its space; a model should not have to do without.
        return {"grammar": f'root ::= " "? ({ways})'}
    if choosing == "guided_choice":
        return {"guided_choice": texts}
    if choosing == "structured_outputs":
        return {"structured_outputs": {"choice": texts}}
    if choosing == "json_schema":
        schema = {
            "type": "object",
            "properties": {"choice": {"type": "string", "enum": texts}},
            "required": ["choice"],
            "additionalProperties": False,
        }
        named = {"name": "choice", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    raise RequestError(
        "this endpoint does not support constrained choices",
        got=repr(texts[:4]),
        fix=f"set option choices of its card to {', '.join(WAYS_TO_CHOOSE[:-1])}, or leave it out"
        " to have it detected",
    )


def chosen(choosing: Choosing, choices: Sequence[str], text: str) -> str | None:
    """The choice that a reply is; None where it is none."""
    found = text.removeprefix(" ")
    if choosing == "json_schema":
        try:
            found = read_json(text)["choice"]
        except (ValueError, TypeError, KeyError):
            found = text
    for choice in choices:
        if found == escape_surrogates(choice):
            return choice
    return None
