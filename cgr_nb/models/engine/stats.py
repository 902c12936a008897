"""What an engine has done so far, in counts and seconds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EngineStats"]


@dataclass(slots=True)
class EngineStats:
    """Counts since the engine was opened. A copy stands still, the engine's own goes on."""

    requests: int = 0
    """Requests that were begun."""
    replies: int = 0
    """Requests that ended in a reply."""
    prompt_tokens: int = 0
    """Tokens of all prompts that were begun."""
    reused_tokens: int = 0
    """Those of them that were copied from another sequence and never computed."""
    computed_tokens: int = 0
    """Rows that went through the model, of prompts and replies."""
    reply_tokens: int = 0
    steps: int = 0
    """Batches."""
    working_s: float = 0.0
    """Wall time with something to do."""
    computing_s: float = 0.0
    """The part of it that was spent inside llama.cpp's decoder."""

    prompt_threads: int = 0
    """Threads that compute batches of prompts, as things stand."""
    reply_threads: int = 0
    """Threads that compute batches of replies, as things stand."""
    thread_changes: int = 0
    """How often one of these numbers was changed, as batches took longer or shorter."""

    @property
    def reused_share(self) -> float:
        """Share of prompt tokens that were never computed; 0 before the first prompt."""
        return self.reused_tokens / self.prompt_tokens if self.prompt_tokens else 0.0

    @property
    def overhead_share(self) -> float:
        """Share of working time spent outside the decoder: order, sampling, text."""
        return 1 - self.computing_s / self.working_s if self.working_s else 0.0
