"""A conversation of an arm with one model, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cgr_nb.answer_record import READ_OUT, Role
from cgr_nb.arms.begun import noting
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Message, Reply, Scaffold

if TYPE_CHECKING:
    from cgr_nb.arms.context import ArmContext

__all__ = ["OBSERVATION_CHARS", "Conversation", "chosen_letter", "shortened"]

OBSERVATION_CHARS = 2_000
"""Most characters of what is put into a conversation by `observe`."""


@noting(ask="conversation.ask(...)")
class Conversation:
    """A conversation: turns so far; `ask` adds the model's."""

    def __init__(
        self,
        context: ArmContext,
        role: Role,
        opening: RenderedPrompt | Sequence[Message] | str = (),
    ) -> None:
        self._context, self.begun = context, context.begun
        self._role = role
        if isinstance(opening, str):
            opening = (Message("user", opening),)
        turns = opening.messages if isinstance(opening, RenderedPrompt) else opening
        self.turns: tuple[Message, ...] = tuple(turns)

    def add(self, prompt: RenderedPrompt | str) -> None:
        """Add a user turn. Of a template, only user turns are added: a system turn must be the
        first.
        """
        if isinstance(prompt, str):
            self.turns += (Message("user", prompt),)
        elif self.turns:
            self.turns += tuple(turn for turn in prompt.messages if turn.role != "system")
        else:
            self.turns = prompt.messages

    def observe(self, text: str) -> None:
        """Add an observation as a user turn, truncated to `OBSERVATION_CHARS` characters."""
        self.add(shortened(text, OBSERVATION_CHARS))

    async def ask(
        self,
        decoding: Decoding,
        *,
        key: str,
        choices: tuple[str, ...] = (),
        purpose: str | None = None,
    ) -> Reply:
        """Let the model reply to the turns so far, and add its reply to them.

        Args:
            decoding: How the reply is sampled.
            key: Names the call on record.
            choices: When not empty, the reply is exactly one of these.
            purpose: Feeds the seed; by default the key.

        Raises:
            OutOfBudget, Refusal: As `ArmContext.call`.
        """
        reply = await self._context.call(
            self._role, self.turns, decoding, key=key, choices=choices, purpose=purpose
        )
        self.turns += (Message("assistant", reply.text),)
        return reply

    def keep(self, text: str) -> None:
        """Replace the model's last turn with this text: the part of its reply that counts."""
        self.turns = (*self.turns[:-1], Message("assistant", text))

    def add_program(self, written: Scaffold) -> None:
        """Add a program as a turn of the generator that wrote it, without the surrounding text;
        nothing if there is none.
        """
        if written.source is not None:
            source = written.source.strip("\n")
            self.turns += (Message("assistant", f"```python\n{source}\n```"),)

    async def write(
        self, prompt: RenderedPrompt, *, key: str, decoding: Decoding | None = None
    ) -> Scaffold:
        """Add a prompt, have the generator write a program, and add that.

        Args:
            prompt: A filled template.
            key: Names the call on record, and feeds its seed.
            decoding: How it is sampled; by default as the study samples scaffolds.

        Raises:
            OutOfBudget, Refusal: As `ArmContext.write`.
        """
        asked = prompt.following(self.turns)
        written = await self._context.write(asked, key=key, decoding=decoding)
        self.turns = asked.messages
        self.add_program(written)
        return written


async def chosen_letter(
    context: ArmContext, role: Role, before: Sequence[Message], key: str
) -> str | None:
    """See `ArmContext.choose`.

    Args:
        context: Of the item.
        role: The model.
        before: The turns so far.
        key: Names the call on record.
    """
    letters = {f"Answer: {letter}": letter for letter in context.item.options}
    how, choices = Decoding(max_tokens=16), tuple(letters)
    reply = await context.call(role, before, how, key=key, choices=choices)
    letter = letters.get(reply.text.strip())
    read = ("answered", (letter,), READ_OUT) if letter else ("none",)
    context.note(reply, *read)
    return letter


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters: head and tail, and how much is left out between."""
    if len(text) <= most:
        return text
    half = most // 2 - 20
    return f"{text[:half]}\n[{len(text) - 2 * half:,} characters]\n{text[len(text) - half :]}"
