"""What the failures of an endpoint mean: wait and try again, this request can't be served, or
nothing can.

What a server says is repeated in its own words, in one line, with keys struck out.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

from cgr_nb.errors import CallFailed, ContextOverflow, ModelError, RequestError
from cgr_nb.models.error_body import ErrorBody
from cgr_nb.models.pacing import Patience
from cgr_nb.models.redaction import Redaction

__all__ = [
    "BrokenReply",
    "EndpointFailed",
    "NotAChoice",
    "NotACompletion",
    "OddReply",
    "ServerError",
    "TooMuch",
    "failures",
    "meaning",
    "patience_with",
    "refuses_fields",
    "refuses_system_turns",
]

_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window|limit)"
    r"|maximum context|too many tokens|prompt is too long|input is too long|prompt too long"
    r"|reduce the length|tokens?\b.{0,80}(?:must be <=|maximum number of tokens)",
    re.IGNORECASE,
)
_OVERFLOW_FOR_SURE = re.compile(
    r"context_length_exceeded|exceed_context_size"
    r"|context (?:length|size|window|limit)\b.{0,80}exceed"
    r"|exceed.{0,80}\bcontext (?:length|size|window|limit)",
    re.IGNORECASE,
)
"""Where a server fails for its own reasons, "context" may be in its words for others."""
_POLICY = re.compile(
    r"content_filter|content_policy|content policy|content management policy|safety|moderation"
    r"|flagged",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"insufficient_quota|insufficient_balance|insufficient balance|insufficient credits"
    r"|credit balance|billing_hard_limit",
    re.IGNORECASE,
)
_KEY = re.compile(r"invalid_api_key|authentication_error|api key not valid", re.IGNORECASE)
_CARD = re.compile(r"unsupported_parameter|unsupported_value|unknown_parameter", re.IGNORECASE)
_MODEL = re.compile(r"model_not_found|invalid_model|not a valid model", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"\bjinja|\bTemplateError\b|chat template|prompt template|roles? must alternate"
    r"|(?:applying|rendering) (?:the )?(?:prompt|template)",
    re.IGNORECASE,
)
"""Words of a chat template that refuses a conversation: it will refuse it again."""
_SYSTEM_TURN = re.compile(
    r"\bsystem\W{0,3}(?:role|turn|message|prompt|instruction)s?\b|\brole\W{0,4}system\b"
    r"|\bgot\W{0,3}system\b|\broles? (?:must|should) alternate|\bonly\b.{0,80}\broles?\b"
    r"|developer instruction",
    re.IGNORECASE,
)
_NOT_TAKEN = re.compile(
    r"\bnot\b|n't\b|\bonly\b|\bmust\b|\bshould\b|\bunsupported\b|\binvalid\b|\bunexpected\b"
    r"|\bunknown\b|\bcannot\b|\bno\b",
    re.IGNORECASE,
)
_BUSY = re.compile(r"rate.?limit|overloaded|too_many_requests|unavailable|timeout", re.IGNORECASE)
_OF_THIS_REQUEST = (400, 413, 422)
_PASSING = (408, 409, 425, 429)
_OF_THE_ACCESS = (401, 402, 403, 404, *_PASSING)
_BEHIND = (502, 503, 504, 529)
"""What stands before the model fails, or is too busy."""


class ServerError(Exception):
    """A server that says it failed, by its status or in a body of HTTP 200."""

    def __init__(
        self, body: ErrorBody, status: int = 200, asked_pause_s: float | None = None
    ) -> None:
        super().__init__(body.words)
        self.words = body.words
        self.codes = body.codes
        self.in_a_200 = status == 200
        self.status = body.status if status == 200 else status
        """The status that counts: the body's own where the reply was a 200; None when not told."""
        self.asked_pause_s = asked_pause_s
        """Seconds that the server asks to be left alone; None when it does not say."""


class BrokenReply(Exception):
    """A reply without its end, or that says itself that it came to none."""


class OddReply(Exception):
    """A completion with a field that the API does not define so."""


class NotACompletion(Exception):
    """A body that is something else than a completion."""


class NotAChoice(Exception):
    """A whole reply that is none of the choices that were given."""

    def __init__(self, text: str, is_cut_thought: bool) -> None:
        super().__init__(text)
        self.is_cut_thought = is_cut_thought
        """The model thought, and never came to answer."""


class TooMuch(Exception):
    """A body longer than any reply to this request can be."""


class EndpointFailed(CallFailed):
    """One of several servers gave no usable reply, with what decides whether, and when, it may."""

    patience: Patience = "none"
    asked_pause_s: float | None = None
    """Seconds that the server asks to be left alone; None when it does not say."""
    is_of_the_reply = False
    """The server is well, as far as is known: only this reply is none."""

    @classmethod
    def of(cls, failure: CallFailed, error: Exception) -> EndpointFailed:
        """The same failure.

        Args:
            failure: What `meaning` made of it.
            error: As it was raised.
        """
        made = cls(failure.what, where=failure.where, got=failure.got, fix=failure.fix)
        made.patience = patience_with(error)
        made.asked_pause_s = error.asked_pause_s if isinstance(error, ServerError) else None
        made.is_of_the_reply = isinstance(error, NotAChoice)
        return made


def failures() -> tuple[type[Exception], ...]:
    """All that an attempt can raise when the server, or the way to it, fails."""
    from httpx2 import HTTPError, InvalidURL

    ours = (ServerError, BrokenReply, OddReply, NotACompletion, NotAChoice, TooMuch)
    return *ours, TimeoutError, HTTPError, InvalidURL


def patience_with(error: Exception) -> Patience:
    """Whether, and for how long, the same request may do better later."""
    from httpx2 import DecodingError, LocalProtocolError, TransportError, UnsupportedProtocol

    if isinstance(error, ServerError):
        return _patience_with_server(error)
    if isinstance(error, NotAChoice):
        return "none" if error.is_cut_thought else "once"
    if isinstance(error, BrokenReply | DecodingError):
        return "short"
    if isinstance(error, LocalProtocolError | UnsupportedProtocol) or _is_distrusted(error):
        return "none"
    if _is_unknown_name(error):
        return "short"
    return "long" if isinstance(error, TransportError | TimeoutError) else "none"


def _is_distrusted(error: Exception) -> bool:
    return any(isinstance(one, ssl.SSLCertVerificationError) for one in _causes(error))


def _is_unknown_name(error: Exception) -> bool:
    """Whether no machine has the address's name: more likely a slip than an outage."""
    return any(
        isinstance(one, socket.gaierror) and one.errno == socket.EAI_NONAME
        for one in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _patience_with_server(error: ServerError) -> Patience:
    said = f"{error.codes} {error.words}"
    if _is_overflow(error) or _is_policy(error) or _is_out_of_credit(error) or _KEY.search(said):
        return "none"
    if error.status is None:
        return "long" if _BUSY.search(said) else "short"
    if _is_of_the_template(error) or refuses_system_turns(error):
        return "none"
    return "long" if error.status in _PASSING or error.status >= 500 else "none"


def meaning(error: Exception, where: str, redaction: Redaction, key_env: str | None) -> ModelError:
    """The error of this house for a failed attempt.

    Args:
        error: As it was raised.
        where: The model and its address.
        redaction: Strikes the key out of what is said.
        key_env: The environment variable that the key came from.
    """
    from httpx2 import DecodingError, TimeoutException

    if isinstance(error, ServerError):
        return _of_server(error, where, redaction.in_one_line(error.words), key_env)
    said = redaction.in_one_line(str(error)) or type(error).__name__
    if isinstance(error, TimeoutError | TimeoutException):
        return CallFailed(
            "the endpoint did not answer in time",
            where=where,
            fix="raise timeout_s of its card, or ask it less at once (max_in_flight)",
        )
    if isinstance(error, NotAChoice):
        return _of_choices(error, where, redaction.in_one_line(str(error), 80))
    if isinstance(error, NotACompletion):
        return CallFailed(
            "what answers is no OpenAI-compatible server",
            where=where,
            got=said[:120],
            fix="check base_url of the card; it often ends in /v1",
        )
    if isinstance(error, OddReply | BrokenReply | TooMuch | DecodingError):
        return CallFailed(
            f"the endpoint gave no usable reply: {said}",
            where=where,
            fix="nothing was recorded; the same call may be made again",
        )
    return CallFailed(
        f"the endpoint can't be reached, or the connection broke: {said}",
        where=where,
        fix="check that the server runs at this address",
    )


def refuses_system_turns(error: Exception) -> bool:
    """Whether a server says that it takes no system turn, in any of the words of chat templates."""
    if not isinstance(error, ServerError) or error.status in (*_OF_THE_ACCESS, *_BEHIND):
        return False
    if _is_overflow(error) or _is_policy(error):
        return False
    said = f"{error.codes} {error.words}"
    return bool(_SYSTEM_TURN.search(said) and _NOT_TAKEN.search(said))


def refuses_fields(error: Exception) -> bool:
    """Whether a server refuses a request for what is in it, or breaks on it, rather than because of
    who asks, or when."""
    if isinstance(error, ServerError):
        is_busy = error.status is None and _BUSY.search(f"{error.codes} {error.words}")
        return error.status not in (*_OF_THE_ACCESS, *_BEHIND) and not is_busy
    return isinstance(error, BrokenReply | OddReply)


def _is_of_the_template(error: ServerError) -> bool:
    is_server_side = error.status is not None and error.status >= 400
    return is_server_side and bool(_TEMPLATE.search(error.words)) and not _BUSY.search(error.words)


def _of_choices(error: NotAChoice, where: str, said: str) -> ModelError:
    if error.is_cut_thought:
        return CallFailed(
            "the room for a choice was used up by thoughts",
            where=where,
            fix="switch thinking off in extra of the card's options, such as"
            " chat_template_kwargs = { enable_thinking = false } or reasoning_effort = 'none'",
        )
    return CallFailed(
        "the endpoint did not hold to the choices",
        where=where,
        got=repr(said),
        fix="nothing was recorded; set option choices of its card to what the server knows:"
        " structured_outputs (vLLM since 0.12), guided_choice (vLLM before), grammar (llama.cpp) or"
        " json_schema (most others)",
    )


def _of_server(error: ServerError, where: str, said: str, key_env: str | None) -> ModelError:
    status, codes = error.status, error.codes
    heard = (
        f"HTTP {status}" if not error.in_a_200 else f"HTTP 200 with error {status or ''}".strip()
    )
    heard += f": {said}" if said else ""
    if error.asked_pause_s:
        heard += f" (asks to wait {error.asked_pause_s:.0f} s)"
    if _is_out_of_credit(error):
        return CallFailed(
            "the endpoint's credit is used up",
            where=where,
            got=heard,
            fix="what is on record stays; go on when there is credit",
        )
    if _is_overflow(error):
        return ContextOverflow("prompt and reply do not fit", where=where, got=said or heard)
    if _is_policy(error):
        return RequestError("the endpoint refused the prompt", where=where, got=said or heard)
    if status in (401, 403) or _KEY.search(f"{codes} {said}"):
        return CallFailed(
            "the endpoint refuses the key",
            where=where,
            got=heard,
            fix=f"put a valid key into the environment variable {key_env}"
            if key_env
            else "name an environment variable that holds one: option key_env of the card",
        )
    if status == 404 or (status in _OF_THIS_REQUEST and _MODEL.search(f"{codes} {said}")):
        return CallFailed(
            f"the endpoint knows no such model or address: {said or 'HTTP 404'}",
            where=where,
            fix="check base_url (it often ends in /v1) and model of the card",
        )
    if status is not None and 300 <= status < 400:
        return CallFailed(
            "the endpoint is somewhere else",
            where=where,
            got=heard,
            fix="put the new address into base_url of the card",
        )
    if refuses_system_turns(error):
        return CallFailed(
            "the endpoint's chat template refuses the roles of this conversation",
            where=where,
            got=heard,
            fix="it takes no system turn, and refuses the conversation without one too: give the"
            " server a chat template that takes user and assistant turns",
        )
    if _is_of_the_template(error):
        return RequestError(
            "the endpoint's chat template refuses this conversation", where=where, got=heard
        )
    if status in _OF_THIS_REQUEST:
        if _CARD.search(codes):
            return CallFailed(
                "the endpoint does not take a field of the request",
                where=where,
                got=said,
                fix="see max_tokens_field and omit of the card's options",
            )
        return RequestError("the endpoint can't serve this request", where=where, got=said or heard)
    return CallFailed(
        "the endpoint fails", where=where, got=heard, fix="try again later; what is on record stays"
    )


def _is_overflow(error: ServerError) -> bool:
    said = f"{error.codes} {error.words}"
    if error.status in _OF_THIS_REQUEST:
        return bool(_OVERFLOW.search(said))
    if error.status is None:
        return bool(_OVERFLOW.search(said)) and not _BUSY.search(said)
    return error.status >= 500 and bool(_OVERFLOW_FOR_SURE.search(said))


def _is_policy(error: ServerError) -> bool:
    if error.status in (*_OF_THIS_REQUEST, 403):
        return bool(_POLICY.search(f"{error.codes} {error.words}"))
    return error.status is None and bool(_POLICY.search(error.codes))


def _is_out_of_credit(error: ServerError) -> bool:
    return error.status == 402 or bool(_CREDIT.search(f"{error.codes} {error.words}"))
