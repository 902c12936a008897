"""One request to an endpoint: what is asked, and in which of the forms that the server takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgr_nb.models.choosing import Way
from cgr_nb.models.dialects import chosen, request_body
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.system_turn import fold_system
from cgr_nb.records import Message, Sampling

__all__ = ["Asking"]


@dataclass(slots=True)
class Asking:
    """What is asked."""

    messages: tuple[Message, ...]
    sampling: Sampling
    way: Way | None
    """How the server is held to the choices; None without any."""
    streamed: bool
    folded: bool
    """System turns are put before the user's first."""

    @property
    def sent(self) -> list[Message]:
        """The conversation as the server gets it."""
        return fold_system(self.messages) if self.folded else list(self.messages)

    @property
    def has_system_turn(self) -> bool:
        """Whether the server gets a system turn."""
        return any(turn.role == "system" for turn in self.sent)

    def choice(self, text: str) -> str | None:
        """The choice that a reply is; None where it is none."""
        if self.way is None:
            return None
        return chosen(self.way.choosing, self.sampling.choices, text)

    def body(self, how: EndpointOptions) -> dict[str, Any]:
        """The fields of the request, `omit` not yet left out.

        Raises:
            RequestError: The server can't do what the sampling asks for.
        """
        body = request_body(
            how.dialect,
            "none" if self.way is None else self.way.choosing,
            how.model,
            self.sent,
            self.sampling,
            how.max_tokens_field,
        )
        if self.streamed:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return {**body, **how.extra.body}
