"""Made-up solver replies: what a program is told in place of a model, one plan a run.

Plans aim at making a program return each option in turn (by its letter, its text, a number, a yes),
and at disturbing a recorded run one reply at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import AskRequest

__all__ = ["Plan", "plans"]

_NUMBERS = ("0", "1", "2", "3", "5", "10", "100")
_WORDS = ("yes", "no", "true", "false")
_WHOLE = re.compile(r"-?\d{1,9}")
_MOST_CHANGED = 8
"""Recorded replies after these are not changed one by one, so the number of runs stays bounded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the solver says in one run."""

    name: str
    """In words, unique among the plans of an item."""
    blank: bool
    """Whether some reply is empty: silence that moves an answer proves less than a reply does."""
    reply: Callable[[AskRequest], str]


def plans(item: Item, calls: Sequence[Ask] = ()) -> Iterator[Plan]:
    """All plans for an item, in a fixed order.

    Args:
        item: Its letters, texts and the whole numbers in them become replies. Gold is not used.
        calls: Recorded asks of a real run; without any, only made-up replies.
    """
    # The kinds that move most programs come first: whoever probes may stop when all is said.
    for letter, text in item.options.items():
        yield _constant(f"every reply the text of {letter}", text)
    for letter, text in item.options.items():
        yield Plan(f"yes where {letter} is asked about, else no", False, _favours(letter, text))
    for letter in item.options:
        yield _constant(f"every reply {letter!r}", letter)
        yield _constant(f"every reply 'Answer: {letter}'", f"Answer: {letter}")
    for word in (*_numbers(item), *_WORDS):
        yield _constant(f"every reply {word!r}", word)
    yield _constant("every reply blank", "")
    replies = [call.reply for call in calls if call.reply is not None]
    if replies:
        yield _replay("the record", replies)
        yield _replay("the record backwards", replies[::-1])
        yield _replay("the record shifted by one", [*replies[1:], replies[0]])
    for position, reply in enumerate(replies[:_MOST_CHANGED]):
        for other in _others(reply, item):
            changed = [*replies[:position], other, *replies[position + 1 :]]
            yield _replay(f"the record with reply {position + 1} {other!r}", changed)


def _constant(name: str, reply: str) -> Plan:
    return Plan(name, not reply, lambda request: _within(request, reply))


def _replay(name: str, replies: Sequence[str]) -> Plan:
    """Reply by position; a program that asks for more hears the last reply again."""

    def reply(request: AskRequest) -> str:
        return _within(request, replies[min(request.index, len(replies) - 1)])

    return Plan(name, "" in replies, reply)


def _favours(letter: str, text: str) -> Callable[[AskRequest], str]:
    """A solver that believes in one option and is asked about options one by one."""
    named = re.compile(rf"(?<!\w){re.escape(letter)}(?!\w)")

    def reply(request: AskRequest) -> str:
        agrees = text in request.prompt or named.search(request.prompt) is not None
        if not request.choices:
            return "yes" if agrees else "no"
        return letter if letter in request.choices else request.choices[0 if agrees else -1]

    return reply


def _within(request: AskRequest, reply: str) -> str:
    """The reply, or, where the program offers choices, one of them: nothing else can come back."""
    if not request.choices or reply in request.choices:
        return reply
    return request.choices[sum(map(ord, reply)) % len(request.choices)]


def _numbers(item: Item) -> list[str]:
    """Small numbers, and the whole numbers that the options name."""
    named = [number for text in item.options.values() for number in _WHOLE.findall(text)]
    return list(dict.fromkeys([*_NUMBERS, *named]))


def _others(reply: str, item: Item) -> list[str]:
    """Replies of the same kind with another meaning, and none at all."""
    number = _WHOLE.search(reply)
    if number:
        head, value, tail = reply[: number.start()], int(number[0]), reply[number.end() :]
        steps = {-1, 1, *_steps_between_options(item)}
        others = [f"{head}{value + step}{tail}" for step in sorted(steps)]
    elif reply.strip().lower() in _WORDS:
        others = list(_WORDS)
    else:
        others = [*item.options, *item.options.values()]
    return [other for other in dict.fromkeys([*others, ""]) if other != reply]


def _steps_between_options(item: Item) -> set[int]:
    """Differences between numeric options: a sum moved by one of them lands on another option."""
    texts = [text.strip() for text in item.options.values()]
    values = [int(text) for text in texts if _WHOLE.fullmatch(text)]
    return {a - b for a in values for b in values if a != b}
