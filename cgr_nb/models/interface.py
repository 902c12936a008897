"""What every model is to the rest of the house: messages in, one reply out, awaited and
cancellable.

A backend is a callable `(card, base) -> Model`, found by entry point in group `cgr_nb.models`;
`base` is the folder that relative paths of the card start from. Cancelling the awaiting task stops
the reply at the next token and leaves the model usable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["Backend", "Model"]


@runtime_checkable
class Model(Protocol):
    """One loaded model. Safe to call concurrently from several tasks of one event loop."""

    card: ModelCard

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Answer one conversation.

        Args:
            messages: The turns, oldest first; the last one is the user's.
            sampling: How to sample; `sampling.seed` makes the reply reproducible.
            on_text: Called with each new piece of text as it is decoded, from any thread.

        Raises:
            RequestError: This conversation or sampling can't be served; others can. A
                ContextOverflow is one: prompt plus `max_tokens` do not fit the context window.
            CallFailed: No usable reply came this time; the model may answer others.
            ModelError: The model can't answer at all.
        """
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of a conversation, chat template included."""
        ...

    async def close(self) -> None:
        """Free the weights. Calling it twice is fine."""
        ...


Backend = Callable[[ModelCard, Path], Model]
