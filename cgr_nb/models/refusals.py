"""What the errors of an endpoint mean: try again, this request can't be served, or nothing can.

No message holds a key: what a server says to a refused key is not repeated, and a key that a server
sends back is struck out.
"""

from __future__ import annotations

import re
from typing import Any

from cgr_nb.errors import ContextOverflow, ModelError, RequestError

__all__ = ["is_passing", "meaning"]

_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window)|maximum context"
    r"|too many tokens|prompt is too long|input is too long",
    re.IGNORECASE,
)
_POLICY = re.compile(r"content_filter|content_policy|content policy|safety", re.IGNORECASE)
_PASSING = (408, 409, 425, 429)


def is_passing(error: Exception) -> bool:
    """Whether the same request may do better later."""
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, APIStatusError):
        return (error.status_code in _PASSING or error.status_code >= 500) and not _out_of_credit(
            error
        )
    return _is_transport(error) or isinstance(
        error, (APIConnectionError, TimeoutError, BrokenReply)
    )


def _is_transport(error: Exception) -> bool:
    """Whether the connection failed: told by name, since the client has changed the library below
    it (httpx, httpx2) and lets that one's errors through while it streams."""
    return any(base.__name__ == "TransportError" for base in type(error).__mro__)


class BrokenReply(Exception):
    """A reply that ended before its end."""


def meaning(error: Exception, where: str, key: str | None, key_env: str | None) -> ModelError:
    """The error of this house for one of the client.

    Args:
        error: As the client raised it.
        where: The model and its address.
        key: The key in use, to be struck out of what is said.
        key_env: The environment variable that it came from.
    """
    from openai import APIStatusError

    said = _said(error, key)
    if not isinstance(error, APIStatusError):
        if isinstance(error, TimeoutError) or "timed out" in said.lower():
            return ModelError(
                "the endpoint did not answer in time",
                where=where,
                fix="raise timeout_s of its card, or ask it less at once (max_in_flight)",
            )
        return ModelError(
            f"the endpoint can't be reached, or the connection broke: {said}",
            where=where,
            fix="check that the server runs at this address",
        )
    status = error.status_code
    if status in (401, 403):
        return ModelError(
            "the endpoint refuses the key",
            where=where,
            got=f"HTTP {status}",
            fix=f"put a valid key into the environment variable {key_env}"
            if key_env
            else "name an environment variable that holds one: option key_env of the card",
        )
    if status == 404:
        return ModelError(
            f"the endpoint knows no such model or address: {said}",
            where=where,
            fix="check base_url (it often ends in /v1) and model of the card",
        )
    if status in (400, 413, 422):
        if _OVERFLOW.search(f"{_code(error)} {said}"):
            return ContextOverflow("prompt and reply do not fit", where=where, got=said)
        if _POLICY.search(f"{_code(error)} {said}"):
            return RequestError("the endpoint refused the prompt", where=where, got=said)
        return RequestError("the endpoint can't serve this request", where=where, got=said)
    return ModelError(
        "the endpoint's credit is used up" if _out_of_credit(error) else "the endpoint fails",
        where=where,
        got=f"HTTP {status}: {said}",
        fix="try again later; what is on record stays",
    )


def _said(error: Exception, key: str | None) -> str:
    told = _body(error).get("message") or str(error) or type(error).__name__
    text = " ".join(str(told).split())[:300]
    return text.replace(key, "***") if key else text


def _body(error: Exception) -> dict[str, Any]:
    body = getattr(error, "body", None)
    return body if isinstance(body, dict) else {}


def _code(error: Exception) -> str:
    return f"{_body(error).get('code')} {_body(error).get('type')}"


def _out_of_credit(error: Exception) -> bool:
    return "insufficient_quota" in _code(error)
