"""The helpers of the scaffold contract, as a program finds them: `ask`, `read_letter`,
`read_number`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Protocol

from cgr_nb import answers
from cgr_nb.sandbox import program, protocol
from cgr_nb.sandbox.reply_text import Reply
from cgr_nb.sandbox.tracer import Tracer

__all__ = ["Wire", "make_ask", "make_helpers"]


class Wire(Protocol):
    """The program's end of the call channel."""

    def send(self, frame: bytes) -> None:
        """Send one frame."""

    def receive(self) -> dict[str, Any]:
        """Wait for one message."""


def make_helpers(item: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The helpers that a program can call without an import, by name."""

    def read_letter(text: str, options: Mapping[str, str] | None = None) -> str | None:
        """The one option letter that a text names, or None. Without options, those of the item."""
        return answers.read_letter(text, item["options"] if options is None else options)

    def read_number(text: str) -> float | None:
        """The number that a text states, or None."""
        return answers.read_number(text)

    return {"read_letter": read_letter, "read_number": read_number}


def make_ask(
    wire: Wire,
    tracer: Tracer,
    prompt_chars: int,
    place: Callable[[], FrameType | None] | None = None,
) -> Callable[..., Reply]:
    """The `ask` that `solve` is given.

    Args:
        wire: Where the host listens.
        tracer: Told of every call.
        prompt_chars: Characters of the longest prompt it takes.
        place: Where the program is when it asks; None: found from where `ask` is called.
    """
    most_bytes = protocol.HEADER_BYTES + protocol.frame_bytes(prompt_chars)
    lock = threading.Lock()
    index = 0

    def ask(
        prompt: str,
        choices: Iterable[str] | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        scores: bool = False,
    ) -> Reply:
        """Put one prompt to the solver and return its reply.

        Args:
            prompt: All that the solver sees.
            choices: When given, the reply is exactly one of these texts, the one that the solver
                finds likeliest. It is not shown them.
            max_tokens: Most tokens of the reply; None: the study's default.
            temperature: 0 is greedy; None: the study's default.
            scores: Whether `Reply.scores` is to tell the log-probability of each choice.
        """
        nonlocal index
        if not isinstance(prompt, str):
            raise TypeError(f"ask: the prompt must be a text, not {type(prompt).__name__}")
        if len(prompt) > prompt_chars:
            raise ValueError(f"ask: {len(prompt)} characters, the limit is {prompt_chars}")
        listed = [] if choices is None else list(choices)
        if not all(isinstance(choice, str) for choice in listed):
            raise TypeError("ask: choices must be texts")
        if max_tokens is not None and not 0 < max_tokens < 1 << 31:
            raise ValueError(f"ask: max_tokens must be positive, not {max_tokens}")
        if temperature is not None and not 0 <= temperature <= 100:
            raise ValueError(f"ask: temperature must be 0 to 100, not {temperature}")
        if len(listed) > protocol.MOST_CHOICES:
            raise ValueError(f"ask: {len(listed)} choices, the limit is {protocol.MOST_CHOICES}")
        if scores and not listed:
            raise ValueError("ask: scores are those of choices, and none were given")
        frame = program.line_of(sys._getframe(1)) if place is None else place()
        message = {
            "type": "ask",
            "prompt": prompt,
            "choices": listed,
            "max_tokens": None if max_tokens is None else int(max_tokens),
            "temperature": None if temperature is None else float(temperature),
            "scores": bool(scores),
            "line": protocol.line_number(frame.f_lineno if frame else None),
        }
        with lock:  # threads of one program ask one after another
            data = protocol.encode({**message, "id": index})
            if len(data) > most_bytes:
                raise ValueError("ask: the choices are too long")
            tracer.ask(index, frame)
            wire.send(data)
            index += 1
            told = wire.receive()
        if told["text"] is None:
            # One wording for every reason, so that a replay raises the same.
            raise RuntimeError("ask: the solver could not answer this prompt")
        found = told["scores"]
        by_choice = None if found is None else dict(zip(listed, found, strict=True))
        return Reply.of(told["text"], told["finish"], by_choice)

    return ask
