"""What a server says that it serves: the list at /v1/models, and what kind of server writes so.

| server       | `owned_by`                                | its window                 |
|--------------|-------------------------------------------|----------------------------|
| llama-server | llamacpp                                  | `meta.n_ctx`               |
| vLLM         | vllm                                      | `max_model_len`            |
| Ollama       | library, or the namespace of the model    | not told                   |
| LM Studio    | organization_owner, whatever the model is | not told                   |

llama-server answers to any name, LM Studio to any it can load; Ollama adds ":latest" to a name
without a tag, and lists it so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cgr_nb.models.checked_body import body_of, shown
from cgr_nb.models.endpoint_errors import NotACompletion

__all__ = ["ServedModel", "close_name", "is_named", "read_served_models", "served_name"]

_KINDS = {
    "llamacpp": "llama.cpp",
    "vllm": "vllm",
    "library": "ollama",
    "organization_owner": "lmstudio",
    "organization-owner": "lmstudio",
}
_VERSION = re.compile(r"[-:@](?:latest|v?\d[\d.\-]*)")
"""What hosted models have behind their name in replies: "-2024-07-18", "@20241022"."""
_MOST_MODELS = 10_000
_MOST_NAME = 1_000
_MOST_TOKENS = 1 << 30


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model of a list."""

    name: str
    server: str | None
    """What kind of server writes so, as `server` of a card; None when it can't be told."""
    context_tokens: int | None
    """Its window; None when it is not told."""


def read_served_models(data: bytes) -> tuple[ServedModel, ...]:
    """The models in a list, by name.

    Raises:
        ServerError: It tells an error.
        BrokenReply: It is cut or damaged.
        NotACompletion: It is no such list.
    """
    body = body_of(data)
    models = body.get("data") or body.get("models") or []
    if not ({"data", "models"} & set(body)) or not isinstance(models, list):
        raise NotACompletion(shown(body))
    found: dict[str, ServedModel] = {}
    for model in models[:_MOST_MODELS]:
        name = (model.get("id") or model.get("name")) if isinstance(model, dict) else None
        if isinstance(name, str) and len(name) <= _MOST_NAME:
            owner = model.get("owned_by")
            kind = _KINDS.get(owner) if isinstance(owner, str) else None
            found[name] = ServedModel(name, kind, _window(model))
    return tuple(found[name] for name in sorted(found))


def served_name(wanted: str, names: Sequence[str]) -> str | None:
    """The name under which a server lists a model; None where it lists none of that name."""
    return next((name for name in (wanted, f"{wanted}:latest") if name in names), None)


def is_named(told: str | None, wanted: str, names: Sequence[str]) -> bool:
    """Whether the name in a reply can be that of the model that was asked for.

    Args:
        told: The name in the reply; None where it has none.
        wanted: The name that was asked for.
        names: Those that the server has for one model: vLLM answers by the first of several.
    """
    # LM Studio lists "model@q8_0" beside "model".
    if told is None or told in (*names, wanted.partition("@")[0]):
        return True
    return told.startswith(wanted) and (
        told == wanted or _VERSION.fullmatch(told[len(wanted) :]) is not None
    )


def close_name(wanted: str, names: Sequence[str]) -> str | None:
    """A name of the list that may be meant."""
    lower = {name.lower(): name for name in reversed(names)}
    # A file or an owner before the name, a tag behind it: "smollm2" means "hub/SmolLM2:135m".
    parts = {part: name for part, name in lower.items()}
    for name, full in lower.items():
        parts.setdefault(name.rpartition("/")[2], full)
        parts.setdefault(name.rpartition("/")[2].partition(":")[0], full)
    close = get_close_matches(wanted.lower(), parts, n=1, cutoff=0.6)
    return parts[close[0]] if close else None


def _window(model: dict[str, object]) -> int | None:
    meta = model.get("meta")
    told = model.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if type(told) is int and 0 < told <= _MOST_TOKENS else None
