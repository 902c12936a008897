"""What a program may say on its call channel, read strictly: one typed record a frame, or a
refusal.

Everything in a frame may be forged. So each field has a type and a range of its own, a field that
has no business there is refused, each type of frame has a size of its own, and what is returned
holds nothing but bounded texts and numbers: nobody behind this reader has to look again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from cgr_nb.sandbox import protocol
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes.walked_lines import WalkedLines
from cgr_nb.sandbox.protocol import ProtocolError
from cgr_nb.util.surrogates import escape_surrogates

__all__ = [
    "AskRequest",
    "CellFrame",
    "CellKind",
    "EndFrame",
    "EndKind",
    "ModuleFrame",
    "check_ready",
    "read_frame",
]

EndKind = Literal["returned", "exception", "memory", "output", "exit", "syntax", "interface"]
"""How a program can report its own end. The other statuses are the host's to decide."""
_END_KINDS: Final[tuple[EndKind, ...]] = get_args(EndKind)
CellKind = Literal["finished", "exception", "syntax"]
"""How a cell can report its end, after which there may be another one."""
_CELL_KINDS: Final[tuple[CellKind, ...]] = get_args(CellKind)

_IN_WORDS: Final = ("exception", "exit", "syntax", "interface")
"""Ends that say nothing without their text."""

_MODULE_BYTES: Final = 4_096
_END_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class ModuleFrame:
    """What the module says of its item, once it has run."""

    generator_answer: str | None
    """GENERATOR_ANSWER; None when it is no text."""
    difficulty: str | None
    """DIFFICULTY; None when it is no text."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """One question of a running program to the solver."""

    index: int
    """0, 1, 2 ... within the run."""
    prompt: str
    choices: tuple[str, ...]
    """When not empty, the reply should be exactly one of these."""
    max_tokens: int | None
    """None: the study's default."""
    temperature: float | None
    """None: the study's default."""
    line: int | None
    """Line of the program, as told by it."""
    scores: bool = False
    """It asks for the log-probability of each choice too."""


@dataclass(frozen=True, slots=True)
class EndFrame:
    """How a program says it ended."""

    kind: EndKind
    text: str = ""
    """In words, for the kinds that need them."""
    value: str | None = None
    """The text that `solve` returned; None when it returned something else."""
    shown: str | None = None
    """What `solve` returned, as a bounded text; None when it returned None."""
    line: int | None = None
    walked: WalkedLines | None = None
    """Of a program that was walked."""


@dataclass(frozen=True, slots=True)
class CellFrame:
    """How a cell says it ended."""

    index: int
    """0, 1, 2 ... within the session."""
    kind: CellKind
    text: str = ""
    """In words, unless it is "finished"."""
    line: int | None = None


class _Fields:
    """The fields of one frame. Each is taken once and checked; `done` refuses what is left."""

    def __init__(self, message: dict[str, Any]) -> None:
        self._left = dict(message)
        self.type: str = self._left.pop("type")
        self._name = f"{'an' if self.type[:1] in 'ae' else 'a'} {self.type}"

    def take(self, name: str) -> object:
        """A field as it is; None when it is absent, which is how a frame leaves it open."""
        return self._left.pop(name, None)

    def text(self, name: str, most: int) -> str | None:
        """A text of at most so many characters, or None."""
        value = self.take(name)
        if value is None:
            return None
        if type(value) is not str:
            raise ProtocolError(f"{self._name} whose {name} is no text but {_kind(value)}")
        if len(value) > most:
            raise ProtocolError(f"{self._name} whose {name} is longer than {most} characters")
        return escape_surrogates(value)

    def line(self) -> int | None:
        """A line of the program, or None."""
        value = self.take("line")
        line = protocol.line_number(value)
        if line is None and value is not None:
            raise ProtocolError(f"{self._name} whose line is none")
        return line

    def walked(self) -> WalkedLines | None:
        """How many lines were emulated, or None."""
        value = self.take("walked")
        if value is None:
            return None
        if type(value) is not list or len(value) != 2 or not all(map(_is_count, value)):
            raise ProtocolError(f"{self._name} whose lines are no numbers")
        if value[0] > value[1]:
            raise ProtocolError(f"{self._name} with more lines emulated than there are")
        return WalkedLines(*value)

    def done(self) -> None:
        """Refuse what has not been taken."""
        for name in self._left:
            raise ProtocolError(f"{self._name} with a field {name[:40]!r}")


def check_ready(body: bytes) -> None:
    """Check the first frame, which comes before the first byte of the program is compiled.

    Raises:
        ProtocolError: It is another.
    """
    message = protocol.decode(body)
    if message != {"type": "ready", "version": protocol.VERSION}:
        raise ProtocolError(f"a message of type {message['type'][:40]!r} instead of 'ready'")


def read_frame(body: bytes, limits: Limits) -> ModuleFrame | AskRequest | CellFrame | EndFrame:
    """Read one frame of a running program.

    Args:
        body: The frame, without its header.
        limits: What the program may use.

    Raises:
        ProtocolError: It is none; the message says why, in words that suit "sent ...".
    """
    fields = _Fields(protocol.decode(body))
    match fields.type:
        case "module":
            _check_size(body, "a module", _MODULE_BYTES)
            return _module(fields)
        case "ask":
            return _ask(fields, limits)
        case "cell":
            _check_size(body, "the end of a cell", _END_BYTES)
            return _cell(fields)
        case "end":
            _check_size(body, "an end", _END_BYTES)
            return _end(fields)
    raise ProtocolError(f"a message of type {fields.type[:40]!r}")


def _check_size(body: bytes, name: str, most: int) -> None:
    if len(body) > most:
        raise ProtocolError(f"{name} of {len(body)} bytes, the limit is {most}")


def _module(fields: _Fields) -> ModuleFrame:
    names = (
        fields.text(name, protocol.MOST_VALUE_CHARS) for name in ("generator_answer", "difficulty")
    )
    frame = ModuleFrame(*names)
    fields.done()
    return frame


def _ask(fields: _Fields, limits: Limits) -> AskRequest:
    index, prompt, choices = (fields.take(name) for name in ("id", "prompt", "choices"))
    tokens, temperature = fields.take("max_tokens"), fields.take("temperature")
    scores = False if (told := fields.take("scores")) is None else told
    if type(index) is not int or index < 0:
        raise ProtocolError("a call without a number")
    if type(prompt) is not str or len(prompt) > limits.prompt_chars:
        raise ProtocolError("a call without a prompt, or with one too long")
    if type(choices) is not list or not all(type(choice) is str for choice in choices):
        raise ProtocolError("a call with choices that are no texts")
    if len(choices) > protocol.MOST_CHOICES:
        raise ProtocolError(f"a call with more than {protocol.MOST_CHOICES} choices")
    if tokens is not None and (type(tokens) is not int or not 0 < tokens < 1 << 31):
        raise ProtocolError("a call with a max_tokens that is no positive number")
    if temperature is not None and not (type(temperature) is float and 0 <= temperature <= 100):
        raise ProtocolError("a call with a temperature that is none")
    if type(scores) is not bool or (scores and not choices):
        raise ProtocolError("a call whose scores are no true or false, or of no choices")
    line = fields.line()
    fields.done()
    prompt, choices = escape_surrogates(prompt), map(escape_surrogates, choices)
    return AskRequest(index, prompt, tuple(choices), tokens, temperature, line, scores)


def _end(fields: _Fields) -> EndFrame:
    told = fields.take("kind")
    kind = next((known for known in _END_KINDS if known == told), None)
    if kind is None:
        raise ProtocolError("an end of no known kind")
    frame = EndFrame(
        kind,
        fields.text("text", protocol.MOST_TEXT_CHARS) or "",
        fields.text("value", protocol.MOST_VALUE_CHARS),
        fields.text("shown", protocol.MOST_TEXT_CHARS),
        fields.line(),
        fields.walked(),
    )
    fields.done()
    if kind in _IN_WORDS and not frame.text:
        raise ProtocolError(f"an end of kind {kind!r} without a text")
    return frame


def _cell(fields: _Fields) -> CellFrame:
    index, told = fields.take("index"), fields.take("kind")
    kind = next((known for known in _CELL_KINDS if known == told), None)
    if type(index) is not int or not 0 <= index < 1 << 31 or kind is None:
        raise ProtocolError("the end of no cell")
    text = fields.text("text", protocol.MOST_TEXT_CHARS) or ""
    frame = CellFrame(index, kind, text, fields.line())
    fields.done()
    if bool(text) != (kind != "finished"):
        raise ProtocolError(f"the end of a cell that says {kind!r} and {text[:40]!r}")
    return frame


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 31


def _kind(value: object) -> str:
    """What a JSON value is, in words."""
    names = {bool: "true or false", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
