"""Messages -> the text a model was trained to see, by the chat template inside its own file.

Templates come with weights from anywhere, so they run in a sandbox that counts what they do (see
`template_sandbox`): at load on two short conversations, and on each prompt. Over a limit a model is
refused at load, and a single conversation later. They find what transformers gives them: its
`tojson`, `raise_exception`, `strftime_now`, loop controls, the tag `generation`, `tools` and
`documents` that are None. Dates are fixed (`strftime_now` knows one day), so that a prompt has the
same bytes tomorrow.

Content is data: where a message contains the text of a control token ("<|end|>", "</s>"), that text
is marked while the template runs and afterwards tokenised as plain text. It reaches the model as
the characters it is, and can't end a turn or open one. User-defined tokens that are not control
tokens are not held back (no tokeniser of llama.cpp does).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.system_turn import fold_system
from cgr_nb.models.template_meter import METER, OverLimit, allowance
from cgr_nb.models.template_sandbox import TemplateSandbox
from cgr_nb.records import Message
from cgr_nb.thoughts import opened_thought

__all__ = ["ChatTemplate", "Part"]

TODAY = "2024-07-26"
"""The day every template is told, unless the card says another."""
_MOST_FORM, _MOST_SAID = 200, 300
_ABSENT = {"tools": None, "documents": None}
"""What transformers gives a template where there is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of prompt text and how to tokenise it."""

    text: str
    special: bool
    """True where texts of control tokens are meant as control tokens."""


class ChatTemplate:
    """One model's chat template."""

    def __init__(
        self,
        source: str,
        bos: str = "",
        eos: str = "",
        control: Sequence[str] = (),
        arguments: Mapping[str, Any] | None = None,
        name: str = "chat template",
    ) -> None:
        """Compile a template and try it on a short conversation.

        Args:
            source: Jinja source.
            bos: Text of the token that begins a sequence; "" when there is none.
            eos: Text of the token that ends one.
            control: Texts of all control tokens of the vocabulary.
            arguments: Extra variables for the template, such as {"enable_thinking": False};
                "today" (YYYY-MM-DD) is the day `strftime_now` tells.
            name: What errors call it.

        Raises:
            ModelError: The template is not valid Jinja, does not show what a user says, or costs
                more than a rendering may.
        """
        self._name = name
        self._arguments = {"bos_token": bos, "eos_token": eos, **dict(arguments or {})}
        today = datetime.fromisoformat(str(self._arguments.pop("today", TODAY)))
        ordered = sorted(filter(None, control), key=len, reverse=True)
        self._control = "|".join(map(re.escape, ordered)) or r"(?!)"
        environment = TemplateSandbox(jinja2.ext.loopcontrols, _GenerationBlock)
        environment.filters["tojson"] = _json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = partial(_day, today)
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            raise ModelError(
                f"the chat template is not valid: {_brief(error)}", where=name
            ) from error
        self._in_parts = False
        self._in_parts = not self._takes_text()
        self._folds_system = not self._shows("system")

    def render(self, messages: Sequence[Message]) -> tuple[Part, ...]:
        """Text of a conversation up to where the reply begins, in parts to tokenise in order.

        A system turn is put before the first user turn where the template knows no such role.

        Raises:
            ModelError: The template refuses the conversation.
            RequestError: It costs more than a rendering may.
        """
        turns = self._turns(messages)
        mark = _unused_mark(turns)
        held: list[str] = []

        def hold(match: re.Match[str]) -> str:
            held.append(match[0])
            return f"{mark}{len(held) - 1}\ue001"

        marked = [Message(turn.role, re.sub(self._control, hold, turn.content)) for turn in turns]
        text = self._render(marked)
        if not held:
            return (Part(text, True),)
        place = re.compile(f"{mark}(\\d+)\ue001")
        parts: list[Part] = []
        # Plain stretches between control tokens stay whole, so no merge of tokens is broken.
        for piece in re.split(f"({self._control})", text):
            literal = place.search(piece) is not None
            piece = place.sub(lambda match: held[int(match[1])], piece)
            if parts and parts[-1].special and not literal:
                parts[-1] = Part(parts[-1].text + piece, True)
            elif piece:
                parts.append(Part(piece, not literal))
        return tuple(parts)

    def tail(self, parts: Sequence[Part]) -> str:
        """What stands behind the last control token of a rendered prompt."""
        last = parts[-1]
        return re.split(self._control, last.text)[-1] if last.special else last.text

    def opened_thought(self, messages: Sequence[Message], prompt: str) -> str:
        """The mark with which a rendered prompt opens a thought; "" where it opens none.

        Args:
            messages: The conversation.
            prompt: What `render` made of it.

        Raises:
            ModelError: As `render`.
            RequestError: As `render`.
        """
        if not opened_thought(prompt):
            return ""
        # Somebody may only have talked of such a mark: what stands behind the last turn counts. It
        # is found with a second rendering, in which that turn ends in a mark of ours.
        turns = self._turns(messages)
        last, mark = turns[-1], _unused_mark(turns) + "\ue001"
        tail = self._render([*turns[:-1], Message(last.role, last.content + mark)])
        tail = tail.rpartition(mark)[2]
        if not prompt.endswith(tail):
            tail = prompt.rpartition(last.content.strip())[2]
        return opened_thought(tail)

    def _turns(self, messages: Sequence[Message]) -> list[Message]:
        return fold_system(messages) if self._folds_system else list(messages)

    def _content(self, text: str) -> object:
        return [{"type": "text", "text": text}] if self._in_parts else text

    def _render(self, messages: Sequence[Message]) -> str:
        turns = [
            {"role": message.role, "content": self._content(message.content)}
            for message in messages
        ]
        meter = allowance([message.content for message in messages])
        token = METER.set(meter)
        pieces = []
        try:
            for piece in self._template.generate(
                **{"messages": turns, "add_generation_prompt": True, **_ABSENT, **self._arguments}
            ):
                meter.write(piece)
                pieces.append(piece)
            return "".join(pieces)
        except OverLimit as error:
            raise RequestError(
                f"the chat template costs too much on this conversation: {error}",
                where=self._name,
                got=f"{len(messages)} turns",
                fix="shorten the conversation, or use another model",
            ) from error
        except Exception as error:
            # A template is a program from outside: whatever it raises is a finding about it.
            raise ModelError(
                f"the chat template refuses this conversation: {_brief(error)}",
                where=self._name,
                got=_brief(", ".join(message.role for message in messages)),
            ) from error
        finally:
            METER.reset(token)

    def _takes_text(self) -> bool:
        """Whether a turn's content is to be a text; some templates, of models that also see
        pictures, go through its parts."""
        refusal = ModelError("the chat template omits the user's turn", where=self._name)
        try:
            if self._shows("user"):
                return True
        except _TooCostly:
            raise
        except ModelError as error:
            refusal = error
        self._in_parts = True
        try:
            if self._shows("user"):
                return False
        except ModelError:
            pass  # what it says of a text is the better reason
        raise refusal

    def _shows(self, role: str) -> bool:
        probe = "cgr-probe"
        turns = [Message("user", probe if role == "user" else "hello")]
        if role == "system":
            turns.insert(0, Message("system", probe))
        try:
            return probe in self._render(turns)
        except RequestError as error:
            raise _TooCostly(
                error.what,
                where=error.where,
                fix="use another model, or a file with its own template",
            ) from error
        except ModelError:
            if role == "system":
                return False
            raise


class _TooCostly(ModelError):
    """A word is more than a template can render for what a rendering may cost: no need to try it
    again."""


class _GenerationBlock(jinja2.ext.Extension):
    """`{% generation %}`, with which some templates mark the reply for training: a plain block."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _json(
    value: Any,  # noqa: ANN401 - whatever a template has
    ensure_ascii: bool = False,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """`tojson` as transformers has it: Jinja's own escapes for HTML, and takes `indent` alone."""
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _brief(said: object) -> str:
    """One line; a template chooses its own words, and as many as it likes."""
    text = " ".join(str(said).split())
    return text if len(text) <= _MOST_SAID else text[:_MOST_SAID] + "…"


def _day(today: datetime, form: str) -> str:
    if len(form) > _MOST_FORM:
        raise OverLimit("it asks for a date of more than 200 letters")
    return today.strftime(form)


def _unused_mark(messages: Sequence[Message]) -> str:
    runs = (run for message in messages for run in re.findall("\ue000+", message.content))
    return "\ue000" * (1 + max(map(len, runs), default=0))
