"""A server's body -> a JSON object that is no error, or an exception of `refusals`."""

from __future__ import annotations

from typing import Any

from cgr_nb.models.endpoint_errors import BrokenReply, NotACompletion, ServerError
from cgr_nb.models.error_body import error_in
from cgr_nb.models.json_body import read_json

__all__ = ["body_of", "shown"]


def body_of(data: bytes, *, is_event: bool = False) -> dict[str, Any]:
    """Read a body.

    Args:
        data: The body, or the data of one event of a stream.
        is_event: What is no JSON is damaged then, whatever it looks like.

    Raises:
        ServerError: It tells an error.
        BrokenReply: It is cut or damaged.
        NotACompletion: It is something else.
    """
    try:
        value = read_json(data)
    except ValueError:
        if is_event or data.lstrip()[:1] in (b"{", b"["):
            raise BrokenReply("the server's JSON is cut or damaged") from None
        said = data[:400].decode("utf-8", "replace") if data.strip() else "an empty body"
        raise NotACompletion(said) from None
    if error := error_in(value):
        raise ServerError(error)
    if not isinstance(value, dict):
        raise NotACompletion(shown(value))
    return value


def shown(value: object) -> str:
    """A value for a message, cut."""
    try:
        return repr(value)[:400]
    except (RecursionError, ValueError):
        return type(value).__name__
