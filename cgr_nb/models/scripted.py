"""A model with scripted replies: for demonstrations, controls and tests.

Replies come from a function, from a sequence (in order of the calls), from a mapping (last user
turn -> reply) or from rules (regular expressions, first match wins). Stop texts, `max_tokens`
(counted in words) and `choices` are honoured as a real model honours them. Of the choices it is
certain: the one that it says has log-probability 0, each other one -20.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError
from cgr_nb.models.sampling import ReplyText, check_request
from cgr_nb.records import Message, ModelCard, Reply, Sampling, Score
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["Rules", "Script", "ScriptedModel", "from_card"]

_UNSAID = -20.0
"""Log-probability of a choice that it does not say."""


class Rules:
    """Pairs (regular expression, reply); a reply may use the match's groups as \\1 or \\g<name>."""

    def __init__(self, pairs: Sequence[tuple[str, str]], default: str | None = None) -> None:
        """Compile the expressions; they are searched in the last user turn.

        Raises:
            ModelError: An expression is not valid.
        """
        self._default = default
        try:
            self._pairs = [(re.compile(pattern), reply) for pattern, reply in pairs]
        except re.error as error:
            raise ModelError(
                f"not a regular expression: {error}", got=str(error.pattern)
            ) from error
        for pattern, reply in self._pairs:
            try:
                # Reads the reply with its groups, and replaces nothing.
                pattern.sub(reply, "")
            except (re.error, IndexError) as error:
                raise ModelError(
                    f"the reply of a rule can't be filled in: {error}",
                    got=repr(reply[:80]),
                    fix=r"write \\ for a backslash",
                ) from error

    def __call__(self, messages: Sequence[Message], sampling: Sampling) -> str:
        """The reply of the first rule that matches."""
        asked = messages[-1].content
        for pattern, reply in self._pairs:
            match = pattern.search(asked)
            if match:
                return match.expand(reply)
        if self._default is None:
            raise ModelError("no rule matches the prompt", got=repr(asked[:80]))
        return self._default


Script = Callable[[Sequence[Message], Sampling], str] | Mapping[str, str] | Sequence[str] | Rules


class ScriptedModel:
    """A model whose replies are given."""

    def __init__(self, script: Script, card: ModelCard | None = None, delay_s: float = 0.0) -> None:
        """Take a script.

        Args:
            script: A function of (messages, sampling), a mapping, a sequence or `Rules`.
            card: What the model is called; None makes a card named "scripted".
            delay_s: Seconds that each reply takes.
        """
        self.card = card or _card()
        self.asked: list[tuple[Message, ...]] = []
        """Every conversation it was given, oldest first."""
        self._answer = _answerer(script)
        self._delay_s = delay_s
        self._closed = False

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`.

        Raises:
            ModelError: The script has no reply to this, or none of the choices.
        """
        if self._closed:
            raise ModelError("the model is closed", where=f"model '{self.card.name}'")
        check_request(messages, sampling)
        started = time.perf_counter()
        self.asked.append(tuple(messages))
        scripted = escape_surrogates(self._answer(messages, sampling))
        if sampling.choices and scripted not in sampling.choices:
            raise ModelError(
                "the scripted reply is not one of the choices",
                where=f"model '{self.card.name}'",
                got=f"{scripted!r}, choices {list(sampling.choices)!r}",
            )
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        scores = None
        if sampling.choices:
            scores = tuple(_score(choice, choice == scripted) for choice in sampling.choices)
        words = re.findall(r"\s*\S+|\s+", scripted)
        room = len(words) if sampling.choices else sampling.max_tokens
        made = ReplyText(() if sampling.choices else sampling.stop, on_text)
        stopped = any(made.push(word.encode()) for word in words[:room])
        cut = len(words) > room and not stopped
        return Reply(
            text=made.finish(),
            finish="length" if cut else "stop",
            prompt_text="\n".join(f"{turn.role}: {turn.content}" for turn in messages),
            prompt_tokens=self.count_tokens(messages),
            reply_tokens=min(len(words), room),
            duration_s=time.perf_counter() - started,
            scores=scores,
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Words of the conversation."""
        return sum(len(message.content.split()) for message in messages)

    async def close(self) -> None:
        """See `Model.close`."""
        self._closed = True


def from_card(card: ModelCard, base: Path) -> ScriptedModel:
    """Open a scripted model from a registry.

    Options: `replies` (a list or a table), or `rules` (a list of [expression, reply]) with an
    optional `default`; `delay_s`.

    Raises:
        ModelError: The options hold no script.
    """
    options: dict[str, Any] = dict(card.options)
    delay_s = float(options.pop("delay_s", 0.0))
    if set(options) == {"replies"}:
        return ScriptedModel(options["replies"], card, delay_s)
    if "rules" in options and set(options) <= {"rules", "default"}:
        pairs = [(str(pattern), str(reply)) for pattern, reply in options["rules"]]
        return ScriptedModel(Rules(pairs, options.get("default")), card, delay_s)
    raise ModelError(
        "a scripted model takes 'replies', or 'rules' with 'default'",
        where=f"model '{card.name}'",
        got=", ".join(options) or "no options",
    )


def _score(choice: str, is_said: bool) -> Score:
    """How likely it finds a choice."""
    size = len(escape_surrogates(choice).encode())
    return Score(0.0 if is_said else _UNSAID, len(choice.split()), size)


def _answerer(script: Script) -> Callable[[Sequence[Message], Sampling], str]:
    if callable(script):
        return script
    if isinstance(script, Mapping):
        return lambda messages, _: _look_up(script, messages[-1].content)
    if isinstance(script, str):
        raise ModelError("a script is a sequence of replies, not one text", got=repr(script[:40]))
    replies = iter(tuple(script))
    return lambda _, __: _next(replies, len(script))


def _look_up(replies: Mapping[str, str], asked: str) -> str:
    if asked in replies:
        return replies[asked]
    close = get_close_matches(asked, replies, n=1, cutoff=0.0)
    raise ModelError(
        "no scripted reply for this prompt",
        got=repr(asked[:80]),
        fix=f"the nearest that has one is {close[0][:80]!r}" if close else None,
    )


def _next(replies: Iterator[str], count: int) -> str:
    for reply in replies:
        return reply
    raise ModelError("the script has no more replies", got=f"a call after all {count} replies")


def _card() -> ModelCard:
    return ModelCard(
        name="scripted",
        roles=("solver", "generator"),
        backend="scripted",
        family="scripted",
        parameters=None,
        quantisation="none",
        context_tokens=1_000_000,
        licence="Apache-2.0",
        source="a script",
        sha256=None,
    )
