"""Plans whose replies are in the program's own formats.

`formats.Formats` knows what a reply must look like; a plan here decides what it means. *Said*:
every reply names one option. *Favoured*: a question about one option is answered with one word or
number, a question about any other with another. *Led*: the first reply is an option's number, the
others 0 or 1, so that a sum or product of them lands on the option. *Drawn*: each reply is drawn
from all that the program looks for, by a generator seeded with the plan and the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from typing import Literal

from cgr_nb.audit.probes.formats import Formats
from cgr_nb.audit.probes.listening import REPORT
from cgr_nb.audit.probes.plans import Plan, about, within
from cgr_nb.audit.probes.rendering import Marking, Writer, time_in
from cgr_nb.audit.probes.sites import Site
from cgr_nb.records import Item
from cgr_nb.sandbox import AskRequest

__all__ = ["marked_replies", "own_plans"]

_MOST_OPTIONS = 6
_SAID = 6
"""Ways of saying an option; the later ones are tried for the first option only."""
_SAID_OF_EACH = 2
_FAVOURED = 3
_IN_ORDER = 2
"""The led plan whose replies are the question's numbers, in their order."""
_DRAWN = 16
_OPPOSITES = {
    "yes": "no", "no": "yes", "true": "false", "false": "true", "y": "n", "n": "y", "t": "f",
    "correct": "incorrect", "incorrect": "correct", "right": "wrong", "wrong": "right",
    "valid": "invalid", "agree": "disagree", "high": "low", "low": "high", "up": "down",
    "down": "up", "good": "bad", "bad": "good", "pass": "fail", "fail": "pass",
}  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_HUNDRED = re.compile(r"%|percent|\b100\b", re.IGNORECASE)
_UNIT = re.compile(r"\b0(?:\.0)?\s*(?:to|and|-|\.\.)\s*1(?:\.0)?\b|\b0\.\d")
_DRAWN_NUMBERS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "25", "50", "75", "90")
_TIMES = ("%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%d/%m/%Y", "%H:%M", "%I:%M %p", "%Y", "%d %b %Y")

Way = Literal["said", "favoured", "led", "drawn"]


@dataclass(slots=True)
class _Meaning:
    """Fills holes by one plan, for one prompt."""

    item: Item
    way: Way
    letter: str
    variant: int
    prompt: str
    agrees: bool
    """Whether the prompt is about the option."""
    index: int = 0
    """Place of the prompt in the run."""
    once: bool = False
    """Whether this prompt is asked once in a run that asks others for each option."""
    rng: Random = field(default_factory=Random)

    def values(self, site: Site, hole: int, option: str | None) -> Sequence[str]:
        """See `rendering.Fill`."""
        words = site.values.get(hole, [])
        if hole in site.booleans:
            return [self._boolean(site, option)]
        if self.way == "drawn":
            return self._drawn(words, hole in site.numbers, option)
        agree: bool | None = None
        if option is not None:
            agree = option == self.letter
        elif self.way == "favoured" and not self.once:
            agree = self.agrees
        letter = option or self.letter
        numbers, named = self._numbers(agree, letter), self._named(letter)
        if hole in site.numbers:
            return numbers
        exact = [word for word in words if word.casefold() in _folded(named)]
        if agree is None:
            turned = words[self.variant % len(words) :] if words else []
            return [*exact, *turned, *named, *numbers, *words]
        judged = self._judged(words, agree)
        if option is not None:
            return [*exact, *(judged if words else ()), *named, *numbers, *judged, *words]
        return [*judged, *numbers, *named, *words]

    def _boolean(self, site: Site, option: str | None) -> str:
        if self.way == "drawn":
            return self.rng.choice(("true", "false"))
        agree = self.agrees if option is None else option == self.letter
        if self.way == "said" and option is None:
            agree = self.variant % 2 == 0
        return "true" if agree else "false"

    def times(self, form: str) -> str:
        """See `rendering.Fill`."""
        letters = list(self.item.options)
        if self.way == "said":
            text = self.item.options[self.letter]
            for known in _TIMES:
                when = _time(text, known)
                if when is not None:
                    return time_in(form, when.year, when.month, when.day, when.hour, when.minute)
            days = letters.index(self.letter) * (self.variant + 1)
        elif self.way == "favoured":
            days = -400 if self.agrees == (self.variant % 2 == 0) else 400
        else:
            days = self.rng.randrange(-4000, 4000)
        when = datetime(2001, 5, 6, 9, 30) + timedelta(days=days, minutes=35 * days % 600)
        return time_in(form, when.year, when.month, when.day, when.hour, when.minute)

    def order(self) -> Sequence[str | None]:
        """See `rendering.Fill`."""
        letters = list(self.item.options)
        others = [letter for letter in letters if letter != self.letter]
        if self.way == "drawn":
            self.rng.shuffle(letters)
            return letters if self.rng.random() < 0.5 else letters[: self.rng.randint(1, 3)]
        orders = ([self.letter, *others], [self.letter], others, [*others, self.letter])
        return orders[self.variant % len(orders)]

    def _named(self, letter: str) -> list[str]:
        text = self.item.options[letter]
        return [letter, text] if self.variant % 2 == 0 else [text, letter]

    def _judged(self, words: Sequence[str], agree: bool) -> list[str]:
        """The word of one side, of the pair that this variant takes."""
        if not words:
            sides = ("yes", "no") if self.variant % 2 == 0 else ("true", "false")
            return [sides[0 if agree else 1]]
        some = list(words[:6])
        opposite = _OPPOSITES.get(words[0].strip().lower(), "none of it")
        if opposite not in some:
            some.insert(1, opposite)
        pairs = list(permutations(some, 2))
        # Neighbours first, in both directions: (0, 1), (1, 0), (0, 2) ...
        pairs.sort(key=lambda pair: (max(map(some.index, pair)), pair[0] != some[0]))
        pair = pairs[self.variant % len(pairs)]
        return [pair[0 if agree else 1]]

    def _numbers(self, agree: bool | None, letter: str) -> list[str]:
        if agree is None:
            own = _NUMBER.findall(self.item.options[letter])
            asked = _NUMBER.findall(self.item.question)[:4]
            more = ["0", *asked[:1], "1", *asked[1:]]
            turned = more[self.variant % len(more) :]
            if self.way == "led":
                return self._led(own)
            first = own[:2] if self.variant % 2 == 0 else ["0", *own[:2]]
            return [*first, *_padded([*turned, *more])]
        if self.variant % 2 and not _HUNDRED.search(self.prompt):
            agree = not agree if self.variant == _FAVOURED else agree
        if _HUNDRED.search(self.prompt):
            low = str(max(1, round(20 / max(1, len(self.item.options) - 1))))
            high = "80"
        elif _UNIT.search(self.prompt):
            high, low = "0.9", "0.1"
        else:
            high, low = "9", "1"
        years = ("1850", "2015")
        return [high if agree else low, *_padded(["9" if agree else "1"]), years[bool(agree)]]

    def _led(self, own: Sequence[str]) -> list[str]:
        asked = _NUMBER.findall(self.item.question)
        if self.variant == _IN_ORDER:
            return _padded([*asked[self.index % max(1, len(asked)) :], *asked])
        return _padded([*own[:1], "1"]) if self.index == 0 else _padded([str(self.variant)])

    def _drawn(self, words: Sequence[str], number: bool, option: str | None) -> list[str]:
        numbers = [*_DRAWN_NUMBERS, *_NUMBER.findall(self.item.question)[:8]]
        numbers += [one for text in self.item.options.values() for one in _NUMBER.findall(text)]
        self.rng.shuffle(numbers)
        numbers = [numbers[0], *_padded(numbers[1:3]), str(self.rng.randrange(1900, 2030))]
        if number:
            return numbers
        letter = option or self.rng.choice(list(self.item.options))
        named = [letter, self.item.options[letter]]
        some = list(words)
        self.rng.shuffle(some)
        if some and self.rng.random() < 0.8:
            return [*some, *named, *numbers]
        return [*named, *numbers, *some] if self.rng.random() < 0.7 else [*numbers, *named, *some]


def own_plans(formats: Formats) -> Iterator[Plan]:
    """Plans in the program's own formats, those that move most programs first."""
    letters = list(formats.item.options)[:_MOST_OPTIONS]
    for variant in range(max(_SAID_OF_EACH, _FAVOURED)):
        if variant < _FAVOURED:
            yield from (_plan(formats, "favoured", one, variant) for one in letters)
        if variant < _SAID_OF_EACH:
            yield from (_plan(formats, "said", one, variant) for one in letters)
    if formats.numeric:
        yield _plan(formats, "led", letters[0], _IN_ORDER)
        for variant in (1, 0):
            yield from (_plan(formats, "led", one, variant) for one in letters)
    for variant in range(_SAID_OF_EACH, _SAID):
        yield _plan(formats, "said", letters[0], variant)
    yield from (_plan(formats, "drawn", letters[0], variant) for variant in range(_DRAWN))


def _plan(formats: Formats, way: Way, letter: str, variant: int) -> Plan:
    item = formats.item

    def reply(request: AskRequest) -> str:
        agrees = about(item, letter, request.prompt)
        drawn = f"{way} {letter} {variant} {request.index} {request.prompt}"
        rng = Random(drawn.encode("utf-8", "surrogatepass"))
        meaning = _Meaning(item, way, letter, variant, request.prompt, agrees, request.index)
        meaning.rng = rng
        if request.choices:
            return _chosen(request.choices, meaning)
        site = formats.places.like(request.prompt)
        if site is not None:
            meaning.once = site.asked == 1 and any(one.asked > 1 for one in formats.sites)
        if site is None:
            return within(request, next(iter(meaning.values(_NO_SITE, 0, None))))
        number = rng.randrange(len(site.formats)) if way == "drawn" else -1 - variant
        return Writer(formats.item).text(site, site.formats[number % len(site.formats)], meaning)

    told = f"{letter}, way {variant + 1}" if way != "drawn" else f"number {variant + 1}"
    return Plan(f"in its own format, {way}: {told}", False, reply)


_NO_SITE = Site("", "", frozenset())


def _chosen(choices: Sequence[str], meaning: _Meaning) -> str:
    if meaning.way == "drawn":
        return meaning.rng.choice(list(choices))
    for name in meaning._named(meaning.letter):
        if name in choices:
            return name
    sides = [*choices[meaning.variant % len(choices) :], *choices]
    return sides[0] if meaning.way == "said" or meaning.agrees else sides[-1]


def marked_replies(formats: Formats, turn: int) -> Plan:
    """The plan of one round of listening: markers, set in the formats known so far.

    Args:
        formats: What is known; gets a site for each new prompt.
        turn: The round, from 0.
    """

    def reply(request: AskRequest) -> str:
        if request.prompt.startswith(REPORT):
            return ""
        site = formats.places.site(request.prompt)
        if request.choices:
            return request.choices[turn % len(request.choices)]
        return Writer(formats.item).text(site, site.formats[-1], Marking(formats.item, site, turn))

    return Plan(f"listened to, round {turn + 1}", True, reply)


def _folded(texts: Sequence[str]) -> set[str]:
    return {text.casefold() for text in texts}


def _padded(numbers: Sequence[str]) -> list[str]:
    """Numbers, and the same in two digits."""
    short = [one.zfill(2) for one in numbers if one.isdigit() and len(one) == 1]
    return [*numbers, *short, "11"]


def _time(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), form)
    except ValueError:
        return None
