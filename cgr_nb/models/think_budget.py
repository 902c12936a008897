"""A budget for thoughts where a server writes them: a thought that is cut is given back, with the
request to answer now.

Our own engine closes a thought by itself (see `engine.thinking`). A server can only be told how
many tokens to write in all, so it has the budget and the room of the answer together; a reply that
ends inside its thought is asked again, in the same conversation, with what was thought so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from cgr_nb.records import Message, ModelCard, Reply, Sampling
from cgr_nb.thoughts import split_thoughts

__all__ = ["Ask", "ask_within_budget", "tokens_for_thoughts"]

_SO_FAR = "So far you have thought about this:"
_NOW = "There is no time to think further. Give your answer now, without thinking."


class Ask(Protocol):
    """One call, as `Model.reply` makes it."""

    async def __call__(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """The reply."""
        ...


def tokens_for_thoughts(card: ModelCard) -> int:
    """Tokens that a reply of a model may have beside its `max_tokens`."""
    said = card.options.get("think_tokens")
    return said if isinstance(said, int) else 0


async def ask_within_budget(
    ask: Ask,
    messages: Sequence[Message],
    sampling: Sampling,
    on_text: Callable[[str], None] | None,
    think_tokens: int,
) -> Reply:
    """Ask; where the reply is all thought, ask for the answer with that thought in the prompt.

    Args:
        ask: Makes one call.
        messages: The conversation.
        sampling: Its `max_tokens` are for the answer.
        on_text: See `Model.reply`.
        think_tokens: Most tokens of thoughts, about: what the answer leaves may go into them too.

    Returns:
        One reply; where it took two calls, the thoughts and the tokens of both.
    """
    longer = replace(sampling, max_tokens=sampling.max_tokens + think_tokens)
    first = _parted(await ask(messages, longer, on_text))
    if not first.is_cut_thought:
        return first
    *before, last = messages
    folded = f"{last.content}\n\n{_SO_FAR}\n\n{first.thoughts.strip()}\n\n{_NOW}"
    second = await ask([*before, Message(last.role, folded)], sampling, on_text)
    second = _parted(second)
    counts = (first.thought_tokens, second.thought_tokens if second.thoughts else 0)
    return replace(
        second,
        thoughts=first.thoughts + second.thoughts,
        thought_tokens=None if None in counts else sum(count or 0 for count in counts),
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        reply_tokens=first.reply_tokens + second.reply_tokens,
        duration_s=first.duration_s + second.duration_s,
    )


def _parted(reply: Reply) -> Reply:
    """The reply of a server that leaves thoughts where they are, with its thoughts apart."""
    if reply.thoughts:
        return reply
    thoughts, text = split_thoughts(reply.text)
    return replace(reply, thoughts=thoughts, text=text)
