"""Made-up solver replies: what a program is told in place of a model, one plan a run.

Plans aim at making a program return each option in turn (by its letter, its text, a number, a yes),
at what its own prompts offer, and at disturbing a recorded run one reply at a time. What was
recorded decides which kind comes first, so that a program that follows its solver is soon known to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import AskRequest

__all__ = ["Plan", "about", "few_plans", "opening", "plans", "uninformative_plans", "within"]

_NUMBERS = ("0", "1", "2", "3", "5", "10", "100")
_WORDS = ("yes", "no", "true", "false")
_TOLD_NOTHING = "qwx zzt"
_NO_OPTION = "987654"
_WHOLE = re.compile(r"-?\d{1,9}")
_DIGITS = re.compile(r"\d+")
_MOST_NUMBERS = 16
_MOST_SWITCHED = 4
_MOST_DRESSED = 2
_MOST_CHANGED = 8
"""Recorded replies after these are not changed one by one, so the number of runs stays bounded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the solver says in one run."""

    name: str
    """In words, unique among the plans of an item."""
    blank: bool
    """Whether some reply says nothing: what silence moves proves less than what a reply does."""
    reply: Callable[[AskRequest], str]


def opening(item: Item, calls: Sequence[Ask] = ()) -> Plan:
    """The plan that all others are compared to: the record where there is one.

    Args:
        item: The item.
        calls: Recorded asks of a real run; none: made-up replies only.
    """
    replies = _recorded(calls)
    return _replay("the record", replies) if replies else next(_texts(item))


def plans(item: Item, calls: Sequence[Ask] = (), letter: str | None = None) -> Iterator[Plan]:
    """Plans that could make a program return each option, in a fixed order.

    Args:
        item: Its letters, texts and the whole numbers in it become replies. Gold is not used.
        calls: Recorded asks of a real run: the kind of reply they got is tried first, then the
            record with one reply changed, for each reply and each meaning it could have had.
        letter: What the record leads to: a number is moved by its distance to the other options.
    """
    replies = _recorded(calls)
    first = _kind(replies, item)
    yield from _KINDS[first](item)
    if first == "word":
        yield from _one_by_one(len(replies))
    for position, reply in enumerate(replies[:_MOST_CHANGED]):
        for other in _others(reply, item, letter):
            changed = [*replies[:position], other, *replies[position + 1 :]]
            yield _replay(f"the record with reply {position + 1} {other!r}", changed)
    for kind, made in _KINDS.items():
        if kind != first:
            yield from made(item)
    if first != "word":
        yield from _one_by_one(len(replies) or _MOST_SWITCHED)
    yield from _prompted()
    yield from _empty_reply_plans()
    if len(replies) > 1:
        yield _replay("the record backwards", replies[::-1])
        yield _replay("the record shifted by one", [*replies[1:], replies[0]])


def few_plans(item: Item) -> Iterator[Plan]:
    """The plans that move most programs, for a second look at the options in another order."""
    yield from _texts(item)
    for letter in item.options:
        yield _constant(f"every reply {letter!r}", letter)


def uninformative_plans(item: Item, calls: Sequence[Ask] = ()) -> Iterator[Plan]:
    """Plans that lead a program to what it does when no reply helps it."""
    yield opening(item, calls)
    yield _constant(f"every reply {_NO_OPTION!r}", _NO_OPTION)
    yield from _empty_reply_plans()
    yield _constant("every reply 'no'", "no")
    yield _echo()


def _texts(item: Item) -> Iterator[Plan]:
    for letter, text in item.options.items():
        yield _constant(f"every reply the text of {letter}", text)


def _letters(item: Item) -> Iterator[Plan]:
    for letter in item.options:
        yield _constant(f"every reply {letter!r}", letter)
    for letter in list(item.options)[:_MOST_DRESSED]:
        yield _constant(f"every reply 'Answer: {letter}'", f"Answer: {letter}")


def _numbers(item: Item) -> Iterator[Plan]:
    """Whole numbers that the options name, those of the question, and small ones."""
    asked = _DIGITS.findall(item.question)[:_MOST_NUMBERS]
    for number in dict.fromkeys([*_named(item), *asked, *_NUMBERS]):
        yield _constant(f"every reply {number!r}", number)


def _named(item: Item) -> list[str]:
    found = [number for text in item.options.values() for number in _WHOLE.findall(text)]
    return list(dict.fromkeys(found))


def _words(item: Item) -> Iterator[Plan]:
    """Yes and no: to everything, to one option, in turn."""
    for word in _WORDS[:2]:
        yield _constant(f"every reply {word!r}", word)
    for letter in item.options:
        yield _favoured(item, letter)
    yield _switched("yes and no in turn", lambda index: index % 2 == 0)
    yield _switched("no and yes in turn", lambda index: index % 2 == 1)
    for word in _WORDS[2:]:
        yield _constant(f"every reply {word!r}", word)


def _one_by_one(questions: int) -> Iterator[Plan]:
    """Yes or no to one question of several."""
    for place in range(min(questions, _MOST_SWITCHED)):
        yield _switched(f"yes to question {place + 1}, else no", place.__eq__)
        yield _switched(f"no to question {place + 1}, else yes", place.__ne__)


def _prompted() -> Iterator[Plan]:
    """What a prompt itself offers: its first or last number, or all of it."""
    yield Plan("the first number of each prompt", False, lambda one: _offered(one, 0))
    yield Plan("the last number of each prompt", False, lambda one: _offered(one, -1))
    name = "the first and the last number of the prompts in turn"
    yield Plan(name, False, lambda one: _offered(one, -(one.index % 2)))
    yield _echo()


def _empty_reply_plans() -> Iterator[Plan]:
    yield Plan("every reply without sense", True, lambda one: within(one, _TOLD_NOTHING))
    yield _constant("every reply blank", "")


def _echo() -> Plan:
    return Plan("each prompt itself", False, lambda one: within(one, one.prompt))


def _constant(name: str, reply: str) -> Plan:
    return Plan(name, not reply, lambda request: within(request, reply))


def _switched(name: str, agrees: Callable[[int], bool]) -> Plan:
    return Plan(name, False, lambda one: within(one, "yes" if agrees(one.index) else "no"))


def _replay(name: str, replies: Sequence[str]) -> Plan:
    """Reply by position; a program that asks for more hears the last reply again."""

    def reply(request: AskRequest) -> str:
        return within(request, replies[min(request.index, len(replies) - 1)])

    return Plan(name, "" in replies, reply)


def about(item: Item, letter: str, prompt: str) -> bool:
    """Whether a prompt asks about one option, by its letter or its text."""
    # A prompt that repeats the question names options that it does not ask about.
    prompt = prompt.replace(item.question, " ")
    named = rf"(?<!\w){re.escape(letter)}(?!\w)"
    return item.options[letter] in prompt or re.search(named, prompt) is not None


def _favoured(item: Item, letter: str) -> Plan:
    """A solver that believes in one option and is asked about options one by one."""

    def reply(request: AskRequest) -> str:
        agrees = about(item, letter, request.prompt)
        if not request.choices:
            return "yes" if agrees else "no"
        return letter if letter in request.choices else request.choices[0 if agrees else -1]

    return Plan(f"yes where {letter} is asked about, else no", False, reply)


def _offered(request: AskRequest, place: int) -> str:
    numbers = _WHOLE.findall(request.prompt) or ["0"]
    return within(request, numbers[place])


def within(request: AskRequest, reply: str) -> str:
    """The reply, or, where the program offers choices, one of them: nothing else can come back."""
    if not request.choices or reply in request.choices:
        return reply
    return request.choices[sum(map(ord, reply)) % len(request.choices)]


def _recorded(calls: Sequence[Ask]) -> list[str]:
    return [call.reply for call in calls if call.reply is not None]


def _kind(replies: Sequence[str], item: Item) -> str:
    """What the last reply of a record is, as far as the plans tell kinds apart."""
    last = replies[-1].strip() if replies else ""
    if last.lower() in _WORDS:
        return "word"
    if last in item.options:
        return "letter"
    return "number" if _WHOLE.fullmatch(last) else "text"


def _others(reply: str, item: Item, letter: str | None) -> list[str]:
    """Replies of the same kind with another meaning."""
    said = reply.strip()
    number = _WHOLE.search(reply)
    if number:
        head, value, tail = reply[: number.start()], int(number[0]), reply[number.end() :]
        steps = {-1, 1, *_steps_from(item, letter)}
        asked = [f"{head}{shown}{tail}" for shown in _DIGITS.findall(item.question)]
        others = [*(f"{head}{value + step}{tail}" for step in sorted(steps)), *asked]
    elif said.lower() in _WORDS:
        others = ["yes" if said.lower() in ("no", "false") else "no"]
    else:
        others = list(item.options if said in item.options else item.options.values())
    return [other for other in dict.fromkeys(others) if other != reply]


def _steps_from(item: Item, letter: str | None) -> set[int]:
    """Distances from one numeric option to the others: a sum moved by one lands on another."""
    found = {key: _WHOLE.match(text.strip()) for key, text in item.options.items()}
    values = {key: int(match[0]) for key, match in found.items() if match}
    if letter not in values:
        return set()
    return {value - values[letter] for value in values.values()} - {0}


_KINDS = {"number": _numbers, "word": _words, "letter": _letters, "text": _texts}
"""Kind of reply -> its plans, in the order in which they are tried."""
