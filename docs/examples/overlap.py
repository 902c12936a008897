"""Backend overlap: a baseline without weights, which prefers what shares words with the prompt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.models.sampling import ReplyText, check_request
from cgr_nb.records import Message, ModelCard, Reply, Sampling, Score

OPTION = re.compile(r"^\(?([A-Z])[).:]\s*(.+)$", re.MULTILINE)


def words(text: str) -> list[str]:
    """Lower-case words of a text."""
    return re.findall(r"\w+", text.lower())


class OverlapModel:
    """See `cgr_nb.models.interface.Model`; made with a card and the folder its paths start at."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        unknown = sorted(set(card.options) - {"weight"})
        if unknown:
            raise ModelError(
                "unknown options", where=f"model '{card.name}'", got=", ".join(unknown)
            )
        self.card = card
        self._weight = float(card.options.get("weight", 1.0))

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Choose among `sampling.choices`, or name the option of the prompt that overlaps most."""
        check_request(messages, sampling)  # the checks that every backend makes
        started = time.perf_counter()
        prompt = "\n".join(turn.content for turn in messages if turn.role == "user")
        scores = None
        if sampling.choices:
            values = [self._score(choice, prompt) for choice in sampling.choices]
            scores = tuple(
                Score(value, len(words(choice)), len(choice.encode()))
                for value, choice in zip(values, sampling.choices, strict=True)
            )
            said = sampling.choices[values.index(max(values))]
        else:
            listed = OPTION.findall(prompt)
            best = max(listed, key=lambda one: self._score(one[1], prompt), default=("", ""))
            said = f"Answer: {best[0]}" if best[0] else "I can't tell."
        made = ReplyText(() if sampling.choices else sampling.stop, on_text)  # honours stop texts
        made.push(said.encode())
        return Reply(
            text=made.finish(),
            finish="stop",
            prompt_text="\n".join(turn.content for turn in messages),
            prompt_tokens=self.count_tokens(messages),
            reply_tokens=len(words(said)),
            duration_s=time.perf_counter() - started,
            scores=scores,
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Words stand for tokens here."""
        return sum(len(words(turn.content)) for turn in messages)

    async def close(self) -> None:
        """Nothing is held."""

    def _score(self, text: str, prompt: str) -> float:
        """A log-probability, at most 0; the more words the prompt repeats, the nearer to it."""
        there = words(prompt)
        return -1.0 / (1.0 + self._weight * sum(there.count(word) for word in words(text)))
