"""A card's `extra`: fields for the body of every request, and `headers`.

    extra = { reasoning_effort = "low", chat_template_kwargs = { enable_thinking = false },
              headers = { "X-Tenant" = "lab", "api-key" = "${GATEWAY_KEY}" } }

Both are part of what the model is. `${NAME}` in a header is read from the environment when the
model is opened; it is never told, stored or packed, and no part of identity. What the study itself
decides (messages, sampling, choices) can't be set here: a record must not say one thing and the
request another.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cgr_nb.errors import ModelError

__all__ = ["RequestExtra"]

_OF_THE_STUDY = frozenset(
    (
        *("model", "messages", "temperature", "top_p", "top_k", "min_p", "seed", "stop", "n"),
        *("max_tokens", "max_completion_tokens", "stream", "stream_options", "best_of", "prompt"),
        *("tools", "tool_choice", "functions", "function_call", "response_format", "grammar"),
        *("structured_outputs", "guided_choice", "guided_json", "guided_regex", "guided_grammar"),
        *("json_schema", "format", "options"),
    )
)
"""Fields that sampling and choices are sent in; "options" holds them for Ollama."""
_OF_THE_CONNECTION = frozenset(
    (
        *("host", "content-length", "content-type", "content-encoding", "transfer-encoding"),
        *("connection", "accept-encoding", "te", "trailer", "upgrade", "expect"),
    )
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[ -~]{1,4096}")
_FROM_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,200})\}")
_SECRET_FIELD = re.compile(
    r"api[-_]?key|secret|passw|authori[sz]ation|credential|bearer|(?:access|auth)[-_]?token", re.I
)
_SECRET_HEADER = re.compile(
    r"key|secret|token|passw|auth|cookie|credential|signature|session", re.I
)
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class RequestExtra:
    """What every request of a model has beside what the study decides."""

    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """As the card has them."""

    @classmethod
    def of(cls, value: object, where: str, max_tokens_field: str) -> RequestExtra:
        """Check a card's option.

        Args:
            value: The option.
            where: What errors call the card.
            max_tokens_field: What the card calls the field of the reply's length.

        Raises:
            ModelError: It is no table, not JSON, sets what the study decides, or holds a secret.
        """
        if not isinstance(value, Mapping):
            raise ModelError(
                "option extra is a table",
                where=where,
                got=repr(value)[:80],
                fix='such as extra = { reasoning_effort = "low" }',
            )
        body = {name: part for name, part in value.items() if name != "headers"}
        for name in body:
            if not isinstance(name, str) or name in (*_OF_THE_STUDY, max_tokens_field):
                raise ModelError(
                    "option extra sets something that the study sets",
                    where=where,
                    got=f"'{name}'"[:80],
                    fix="set it in study.toml, or leave it out",
                )
        _refuse_secrets(body, where)
        try:
            size = len(json.dumps(body, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise ModelError(f"option extra is not JSON: {error}", where=where) from None
        if size > _MOST_BYTES:
            raise ModelError(
                "option extra is too long",
                where=where,
                got=f"{size:,} bytes",
                fix=f"use {_MOST_BYTES:,} or fewer",
            )
        return cls(body, _headers(value.get("headers", {}), where))

    def resolved(self, where: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """The headers as they are sent, and the secrets in them.

        Raises:
            ModelError: An environment variable that they name holds nothing that can be sent.
        """
        secrets: list[str] = []

        def read(match: re.Match[str]) -> str:
            text = os.environ.get(match[1], "").strip()
            if not _HEADER_VALUE.fullmatch(text):
                raise ModelError(
                    f"environment variable {match[1]} has no value that a header can carry",
                    where=where,
                    fix=f"export {match[1]}=... before starting",
                )
            secrets.append(text)
            return text

        sent = {name: _FROM_ENVIRONMENT.sub(read, text) for name, text in self.headers.items()}
        return sent, tuple(secrets)


def _headers(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ModelError("option extra.headers is a table", where=where, got=repr(value)[:80])
    for name, text in value.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ModelError("not a valid header name", where=where, got=repr(name)[:80])
        place = f"{where}, header '{name}'"
        if name.lower() in _OF_THE_CONNECTION:
            raise ModelError(
                "this header belongs to the connection", where=place, fix="leave it out"
            )
        if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise ModelError("the value of a header is one line of ASCII text", where=place)
        if text.startswith("sha256:"):
            raise ModelError(
                "the value of this header is not on record, only its digest",
                where=place,
                fix="take the model from its registry file",
            )
        if _SECRET_HEADER.search(name) and not _FROM_ENVIRONMENT.search(text):
            raise ModelError(
                "a registry file must not contain a key",
                where=place,
                fix="put it into an environment variable, and write ${NAME} in its place",
            )
    return dict(value)


def _refuse_secrets(value: object, where: str, depth: int = 0) -> None:
    if depth > 20:
        raise ModelError("option extra is nested too deeply", where=where)
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(name, str) and _SECRET_FIELD.search(name):
                raise ModelError(
                    "a registry file must not contain a key",
                    where=where,
                    got=f"field '{name[:60]}' of extra",
                    fix="put it into an environment variable, and name that in key_env or in a"
                    " header of extra as ${NAME}",
                )
            _refuse_secrets(part, where, depth + 1)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _refuse_secrets(part, where, depth + 1)
