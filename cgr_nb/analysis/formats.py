"""The reply formats of a program, found round by round, and replies made in them.

In a round every reply is made of markers ("Zqabz": site a, hole b) set in the format known so far.
What the program then does to a marker tells more: a pattern is a text around holes, a separator a
list, `json.loads` an object, a comparison a word for the hole, `int` a number. A *site* is a prompt
and those like it: prompts of one wording get replies of one format.

Limits: what a program does to a reply beside comparing, calling and looking up is not heard; the
format of a reply that only another reply's words unlock is found as far as the rounds go.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Protocol, TypeAlias

from cgr_nb.analysis.listening import Event, read_report
from cgr_nb.analysis.patterns import parse_pattern
from cgr_nb.records import Ask, Item

__all__ = ["Fill", "Formats", "Site", "marker"]

_MOST_SITES = 26
_MOST_HOLES = 26
_MOST_WORDS = 24
_MOST_FORMATS = 4
_SAME = 0.7
"""Share of words that two prompts of one site have in common."""
_LIKE = 0.3
_MARK = re.compile(r"zq([a-z])([a-z])z", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|\d+", re.IGNORECASE)
_STRUCTURES = ("pattern", "json", "key", "number", "split", "time", "inner")
_EXAMPLE_CHARS = 400
_NAMING = (":", "=", "|")
"""Separators between a name and its value."""
_QUOTED = re.compile(
    r"(?:like|e\.g\.:?|such as|form|format|exactly|as|example:?)\s+[\"'`]([^\"'`\n]{1,40})[\"'`]"
)
_DIGITS = re.compile(r"\\d|0-9")
_CLOSED = re.compile(r"</.*|<.*/>")
"""Tags that nothing follows."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LISTED = re.compile(r"\b(?:array|list)\b", re.IGNORECASE)
_PROMPT_CHARS = 4_000
"""Characters of a prompt that are looked at."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value goes."""

    number: int


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that a pattern finds."""

    pattern: str
    flags: int
    many: bool
    """Whether the program takes all that it finds: then there is one for each option."""
    groups: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Pieces, one for each option, between separators."""

    separator: str
    piece: Node


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pieces with a separator between them: a name and its value."""

    separator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Together:
    """Texts that are all in one reply."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Json:
    """JSON text; the holes stand in it as `Hole`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Time:
    """A date or time, in the words of `strftime`."""

    form: str


@dataclass(frozen=True, slots=True)
class Example:
    """A reply as the prompt shows it; its letters and numbers are replaced."""

    text: str
    holes: tuple[Hole, Hole]
    """Of the letters, and of the numbers."""


Node: TypeAlias = Hole | Matching | Listing | Pair | Together | Json | Time | Example


class Fill(Protocol):
    """Says what goes into a hole."""

    rng: Random

    def values(self, site: Site, hole: int, option: str | None) -> Sequence[str]:
        """Texts for a hole, the best first; `option`: the one that this part is about."""

    def times(self, form: str) -> str:
        """A date or time in a format."""

    def order(self) -> Sequence[str | None]:
        """The options that a list names, in its order."""


@dataclass(slots=True, eq=False)
class Site:
    """A prompt, and those like it."""

    name: str
    """Its letter in markers."""
    prompt: str
    words: frozenset[str]
    """Words of the prompt without what it takes from the item."""
    formats: list[Node] = field(default_factory=lambda: [Hole(0)])
    """The last one is used in the next round."""
    values: dict[int, list[str]] = field(default_factory=dict)
    """Hole -> what the program compares it to."""
    numbers: set[int] = field(default_factory=set)
    """Holes that are read as numbers."""
    booleans: set[int] = field(default_factory=set)
    """Holes of JSON that are true or false."""
    asked: int = 0
    """Times it was asked in one run, at most."""
    holes: int = 1

    def hole(self) -> Hole:
        """A new hole."""
        self.holes += 1
        return Hole(min(self.holes - 1, _MOST_HOLES - 1))

    @property
    def plain(self) -> bool:
        """Whether nothing is known of it but that it asks."""
        return self.formats == [Hole(0)] and not self.values and not self.numbers


@dataclass(slots=True)
class Formats:
    """What is known of a program's replies.

    Args:
        item: Its item.
    """

    item: Item
    sites: list[Site] = field(default_factory=list)
    met: set[tuple[str, ...]] = field(default_factory=set)
    unmet: set[tuple[str, ...]] = field(default_factory=set)
    heard: bool = False
    """Whether any report came."""
    _known: int = 0
    """Sites after the last round."""

    @property
    def understood(self) -> bool:
        """Whether the program has found in its replies whatever it looked for, at least once."""
        return self.heard and not self.unmet - self.met

    @property
    def plain(self) -> bool:
        """Whether the program looks for nothing in its replies."""
        return all(site.plain for site in self.sites)

    @property
    def numeric(self) -> bool:
        """Whether several replies of a run are read as numbers."""
        read = [
            site.asked
            for site in self.sites
            if site.numbers or any(_DIGITS.search(repr(one)) for one in site.formats)
        ]
        return sum(read) > 1

    def site(self, prompt: str) -> Site:
        """The site of a prompt, a new one where it is like none."""
        prompt = prompt[:_PROMPT_CHARS]
        words = self._own_words(prompt)
        site, share = self._nearest(words)
        if site is not None and (share >= _SAME or len(self.sites) >= _MOST_SITES):
            return site
        made = Site(chr(ord("a") + len(self.sites)), prompt, words)
        self.sites.append(made)
        return made

    def like(self, prompt: str) -> Site | None:
        """The site that a prompt is most like; None when it is like none."""
        site, share = self._nearest(self._own_words(prompt[:_PROMPT_CHARS]))
        return site if share >= _LIKE or len(self.sites) == 1 else None

    def _nearest(self, words: frozenset[str]) -> tuple[Site | None, float]:
        best: tuple[Site | None, float] = (None, -1.0)
        for site in self.sites:
            either = len(words | site.words)
            share = len(words & site.words) / either if either else 1.0
            if share > best[1]:
                best = (site, share)
        return best

    def _own_words(self, prompt: str) -> frozenset[str]:
        for text in (self.item.question, *self.item.options.values()):
            prompt = prompt.replace(text, " ")
        return frozenset(word.lower() for word in _WORD.findall(_MARK.sub(" ", prompt)))

    # --- making replies

    def text(self, site: Site, node: Node, fill: Fill, option: str | None = None) -> str:
        """A reply in a format."""
        match node:
            case Hole(number):
                return next(iter(fill.values(site, number, option)), "")
            case Matching():
                return self._matching(site, node, fill, option)
            case Listing(separator, piece):
                return separator.join(
                    self.text(site, piece, fill, one or option) for one in fill.order()
                )
            case Pair(separator, left, right):
                # "answer: B" is read with and without the blank.
                blank = " " if separator in _NAMING else ""
                ends = (self.text(site, part, fill, option) for part in (left, right))
                return f"{separator}{blank}".join(ends)
            case Example():
                return self._like(site, node, fill)
            case Together(parts):
                return " ".join(self.text(site, part, fill, option) for part in parts)
            case Json(value):
                return json.dumps(self._json(site, value, fill, option))
            case Time(form):
                return fill.times(form)

    def _matching(self, site: Site, node: Matching, fill: Fill, option: str | None) -> str:
        pattern = parse_pattern(node.pattern, node.flags)
        if pattern is None:
            return ""

        def one(about: str | None) -> str:
            def wanted(group: int) -> Sequence[str]:
                inner = node.groups[group - 1] if group <= len(node.groups) else None
                if isinstance(inner, Hole):
                    return fill.values(site, inner.number, about)
                return [] if inner is None else [self.text(site, inner, fill, about)]

            whole = self.item.options.get(about or "", "")
            found = pattern.within(whole) if whole and not _marks(wanted(1)) else None
            # "10:35" out of an option is a better time than one put together.
            return found if found and len(node.groups) > 1 else pattern.text(wanted, fill.rng)

        if not node.many or option is not None:
            return one(option)
        return ", ".join(one(about) for about in fill.order())

    def _like(self, site: Site, node: Example, fill: Fill) -> str:
        """The example with other letters, each always for the same one, and other numbers."""
        others: dict[str, str] = {}
        order = [one for one in fill.order() if one] or list(self.item.options)
        left = [*order, *(one for one in self.item.options if one not in order)]

        def letter(found: re.Match[str]) -> str:
            if found[1] not in others:
                others[found[1]] = left[len(others) % len(left)]
            return others[found[1]] * len(found[0])

        def number(found: re.Match[str]) -> str:
            values = fill.values(site, node.holes[1].number, None)
            return next((one for one in values if _NUMBER.fullmatch(one)), found[0])

        letters = re.escape("".join(self.item.options))
        return _NUMBER.sub(number, re.sub(rf"(?<!\w)([{letters}])\1*(?!\w)", letter, node.text))

    def add_examples(self) -> None:
        """Let prompts that show a reply be answered like it, where nothing else is known."""
        for site in self.sites:
            shown = _QUOTED.search(site.prompt) if len(site.formats) == 1 else None
            if shown and site.formats == [Hole(0)]:
                site.formats.insert(0, Example(shown[1], (site.hole(), site.hole())))

    def _json(self, site: Site, value: Any, fill: Fill, option: str | None) -> Any:
        if isinstance(value, Hole):
            text = self.text(site, value, fill, option)
            if value.number in site.booleans:
                return text.lower() in ("yes", "true")
            return _number(text) if value.number in site.numbers else text
        if isinstance(value, Matching | Listing | Pair | Together | Time | Json):
            return self.text(site, value, fill, option)
        if isinstance(value, dict):
            return {
                key: self._json(site, part, fill, key if key in self.item.options else option)
                for key, part in value.items()
            }
        if isinstance(value, list):
            abouts = self._abouts(site, value, fill, option)
            pairs = zip(value, abouts, strict=False)
            return [self._json(site, part, fill, about or option) for part, about in pairs]
        return value

    def _abouts(
        self, site: Site, value: Sequence[Any], fill: Fill, option: str | None
    ) -> Sequence[str | None]:
        """The option that each part of a JSON list is about."""
        texts = all(isinstance(part, Hole) and part.number not in site.numbers for part in value)
        if texts and len(value) > 1:
            return fill.order()
        alike = len(value) == len(self.item.options)
        return list(self.item.options) if alike else [option] * len(value)

    # --- hearing

    def hear(self, calls: Sequence[Ask]) -> bool:
        """Learn from a round.

        Args:
            calls: Its prompts and replies, the report last.

        Returns:
            Whether anything is new.
        """
        events = read_report(calls[-1].prompt) if calls else None
        if events is None:
            return False
        self.heard = True
        before = self._state()
        asked = [self.site(call.prompt) for call in calls[:-1]]
        rendered = {site.name: call.reply or "" for site, call in zip(asked, calls, strict=False)}
        for site in self.sites:
            site.asked = max(site.asked, asked.count(site))
        for event in events:
            self._one(event, rendered)
        state = self._state()
        new, self._known = state != before or len(self.sites) != self._known, len(self.sites)
        return new

    def _state(self) -> str:
        return repr([(s.formats, s.values, sorted(s.numbers)) for s in self.sites])

    def _one(self, event: Event, rendered: Mapping[str, str]) -> None:
        mark = _MARK.search(event.subject)
        name = mark[1].lower() if mark else ""
        if mark is None:
            # A reply that holds no marker, a number say, is known by being the whole.
            alike = (one for one, text in rendered.items() if _alike(text, event.subject))
            name = next(alike, "")
        site = next((one for one in self.sites if one.name == name), None)
        if site is None:
            return
        key = (event.kind, event.mode, *event.wanted)
        if event.kind in _STRUCTURES:
            (self.met if event.held else self.unmet).add(key)
            if not event.held:
                hole = ord(mark[2].lower()) - 97 if mark else None
                self._structure(event, site, hole, rendered)
        elif mark is None:
            return
        elif event.subject.strip().lower() == mark[0].lower():
            self._words(event, site, ord(mark[2].lower()) - 97)
        else:
            self._around(event, site, mark)

    def _words(self, event: Event, site: Site, hole: int) -> None:
        known = site.values.setdefault(hole, [])
        for word in event.wanted:
            says = word.strip()
            fits = says and len(known) < _MOST_WORDS and not _MARK.search(says)
            if event.mode in ("has", "starts") and not event.held:
                if self._opens(says, site, hole):
                    continue
            if event.mode == "inside":
                # Any word of the longer text would be found in it.
                self._inside(known, says)
            elif fits and says not in known and self._sayable(event.mode, says, site):
                known.append(says)

    def _opens(self, word: str, site: Site, hole: int) -> bool:
        """Make a text that a value follows ("Answer:", "<b>", "{") a format of the reply."""
        made: Node | None = None
        if word in ("{", "["):
            made = Json(self._example(site, word) or self._object(site, word == "["))
        elif len(word) > 1 and word[-1] in ":=>#*-(" and not _CLOSED.fullmatch(word):
            tag = re.fullmatch(r"<(\w+)[^>]*>", word)
            closed = f"</{tag[1]}>" if tag else ""
            made = Matching(
                rf"{re.escape(word)} *(.*){re.escape(closed)}", 0, False, (site.hole(),)
            )
        if made is None or not _holds(site.formats[-1], hole):
            return False
        site.formats[-1] = _replaced(site.formats[-1], Hole(hole), made)
        return True

    def _inside(self, known: list[str], text: str) -> None:
        for word in [text, *text.split()][:8]:
            if word not in known and len(known) < _MOST_WORDS and not _MARK.search(word):
                known.append(word)

    def _sayable(self, mode: str, word: str, site: Site) -> bool:
        """Whether somebody could say it unasked: a phrase that neither prompt nor item holds, as
        the whole of a reply, is a password."""
        if mode not in ("equal", "in") or " " not in word:
            return True
        offered = " ".join([site.prompt, self.item.question, *self.item.options.values()]).lower()
        return word.lower() in offered

    def _around(self, event: Event, site: Site, mark: re.Match[str]) -> None:
        """A comparison of a text that the marker is only a part of."""
        text = event.subject.strip()
        before, after = text[: text.find(mark[0])], text[text.find(mark[0]) + len(mark[0]) :]
        if event.mode in ("has", "starts", "ends"):
            if not event.held:
                self._words(event, site, ord(mark[2].lower()) - 97)
            return
        for word in event.wanted:
            if word.startswith(before) and word.endswith(after) and len(word) > len(before + after):
                middle = word[len(before) : len(word) - len(after)]
                self._words(replace(event, wanted=(middle,)), site, ord(mark[2].lower()) - 97)

    def _structure(
        self, event: Event, site: Site, hole: int | None, rendered: Mapping[str, str]
    ) -> None:
        if event.kind == "number":
            if hole is not None and _alike(event.subject, marker(site.name, hole)):
                site.numbers.add(hole)
                self.met.add((event.kind, event.mode))
            return
        if event.kind == "key":
            site.formats[-1] = self._with_key(site, site.formats[-1], event.wanted)
            return
        made = self._made(event, site)
        if made is None:
            return
        current = site.formats[-1]
        if hole is None or not _holds(current, hole):
            self._whole(event, site, made)
        elif _alike(event.subject, marker(site.name, hole)):
            if current == Hole(hole) and site.values.get(hole):
                # What it may be beside one of the words.
                self._whole(event, site, made)
                return
            site.formats[-1] = _replaced(current, Hole(hole), made)
        elif _alike(event.subject, rendered.get(site.name, "")):
            self._whole(event, site, made)
        else:
            inner = self._smallest(site, current, event.subject)
            if inner is not None:
                site.formats[-1] = _replaced(current, inner, made)
            else:
                self._whole(event, site, made)

    def _whole(self, event: Event, site: Site, made: Node) -> None:
        """Another thing that the whole reply is looked through for."""
        current = site.formats[-1]
        if made in site.formats or (isinstance(current, Together) and made in current.parts):
            return
        if event.kind == "pattern" and event.mode in ("search", "findall", "finditer"):
            same = isinstance(current, Matching) and current.pattern == event.wanted[0]
            if isinstance(current, Matching | Together) and not same:
                parts = current.parts if isinstance(current, Together) else (current,)
                known = {part.pattern for part in parts if isinstance(part, Matching)}
                if event.wanted[0] not in known and len(parts) < 6:
                    site.formats[-1] = Together((*parts, made))
                return
        if len(site.formats) < _MOST_FORMATS:
            site.formats.append(made)

    def _smallest(self, site: Site, node: Node, subject: str) -> Node | None:
        """The innermost part of a format that the text was made by."""
        fill = Marking(self.item, site)
        for part in _parts(node):
            found = self._smallest(site, part, subject)
            if found is not None:
                return found
        return node if _alike(subject, self.text(site, node, fill)) else None

    def _made(self, event: Event, site: Site) -> Node | None:
        match event.kind:
            case "pattern":
                pattern = parse_pattern(event.wanted[0], event.flags)
                if pattern is None:
                    return None
                if event.mode == "split":
                    return Listing(pattern.text(lambda group: (), Random(0)), site.hole())
                many = event.mode in ("findall", "finditer", "sub")
                groups = tuple(site.hole() for _ in range(max(1, min(pattern.groups, 8))))
                return Matching(event.wanted[0], event.flags, many, groups)
            case "split":
                if event.wanted[0].strip() in _NAMING:
                    return Pair(event.wanted[0], site.hole(), site.hole())
                return Listing(event.wanted[0], site.hole())
            case "json":
                listed = _LISTED.search(site.prompt) is not None
                return Json(self._example(site) or self._object(site, listed))
            case "inner":
                return Json({event.wanted[0]: site.hole()})
            case "time":
                return Time(event.wanted[0])
        return None

    def _example(self, site: Site, opening: str = "[{") -> Any:
        """JSON that the prompt shows, its values turned into holes."""
        for start in (m.start() for m in re.finditer(f"[{re.escape(opening)}]", site.prompt)):
            closing = "}" if site.prompt[start] == "{" else "]"
            ends = [
                m.end() for m in re.finditer(re.escape(closing), site.prompt) if m.end() > start
            ]
            for end in ends[:8]:
                if end - start > _EXAMPLE_CHARS:
                    break
                value = _shown(site.prompt[start:end])
                if value and value != dict(self.item.options):
                    return self._holed(site, value)
        return None

    def _object(self, site: Site, listed: bool) -> Any:
        """JSON where the prompt shows none: an object, or one for each option."""
        one = {"answer": site.hole()}
        return [one] * len(self.item.options) if listed else one

    def _holed(self, site: Site, value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): self._holed(site, part) for key, part in list(value.items())[:12]}
        if isinstance(value, list):
            return [self._holed(site, part) for part in value[:12]]
        hole = site.hole()
        if isinstance(value, bool):
            site.booleans.add(hole.number)
        elif isinstance(value, int | float):
            site.numbers.add(hole.number)
        return hole

    def _with_key(self, site: Site, node: Node, path: Sequence[str]) -> Node:
        if isinstance(node, Json) and isinstance(node.value, dict | list):
            return Json(_keyed(node.value, path, self.item, site.hole()))
        if isinstance(node, Matching):
            return replace(
                node, groups=tuple(self._with_key(site, part, path) for part in node.groups)
            )
        if isinstance(node, Together):
            return Together(tuple(self._with_key(site, part, path) for part in node.parts))
        return node


@dataclass(slots=True)
class Marking:
    """Fills the holes with markers, or, in later rounds, with what they are compared to.

    Args:
        item: The item.
        site: The site.
        turn: Which of the words; 0: markers.
    """

    item: Item
    site: Site
    turn: int = 0
    rng: Random = field(default_factory=lambda: Random(0))

    def values(self, site: Site, hole: int, option: str | None) -> Sequence[str]:
        """See `Fill`."""
        mark = marker(site.name, hole)
        words = site.values.get(hole, [])
        numbers = [str(3 + self.turn), "10", "1999"]
        if hole in site.numbers:
            return numbers
        if self.turn and words:
            first = words[(self.turn - 1) % len(words) :]
            return [*first, *words, mark, option or next(iter(self.item.options)), *numbers]
        letter = option or next(iter(self.item.options))
        return [mark, f"{{{mark}}}", f"[{mark}]", letter, *numbers, *self.item.options.values()]

    def times(self, form: str) -> str:
        """See `Fill`."""
        return time_in(form, 2001, 2, 3)

    def order(self) -> Sequence[str | None]:
        """See `Fill`."""
        return list(self.item.options)


def marker(site: str, hole: int) -> str:
    """The text that stands for one hole of one site."""
    return f"Zq{site}{chr(97 + hole)}z"


def time_in(form: str, year: int, month: int, day: int, hour: int = 10, minute: int = 20) -> str:
    """A date and time in a program's format."""
    from datetime import datetime

    try:
        return datetime(year, month, day, hour, minute).strftime(form[:60])
    except (ValueError, UnicodeError):
        return ""


def _marks(texts: Sequence[str]) -> bool:
    return any(_MARK.search(text) for text in texts[:1])


def _alike(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())


def _parts(node: Any) -> list[Any]:
    match node:
        case Matching():
            return list(node.groups)
        case Listing():
            return [node.piece]
        case Pair():
            return [node.left, node.right]
        case Together():
            return list(node.parts)
        case Json(value):
            return _parts(value)
        case dict():
            return [part for value in node.values() for part in _inside(value)]
        case list():
            return [part for value in node for part in _inside(value)]
    return []


def _inside(value: Any) -> list[Any]:
    return _parts(value) if isinstance(value, dict | list) else [value] if _is_node(value) else []


def _is_node(value: Any) -> bool:
    return isinstance(value, Hole | Matching | Listing | Pair | Together | Json | Time)


def _holds(node: Any, hole: int) -> bool:
    return node == Hole(hole) or any(_holds(part, hole) for part in _parts(node))


def _replaced(node: Any, old: Node, new: Node) -> Any:
    if node == old:
        return new
    match node:
        case Matching():
            return replace(node, groups=tuple(_replaced(one, old, new) for one in node.groups))
        case Listing():
            return replace(node, piece=_replaced(node.piece, old, new))
        case Pair(separator, left, right):
            return Pair(separator, _replaced(left, old, new), _replaced(right, old, new))
        case Together():
            return Together(tuple(_replaced(one, old, new) for one in node.parts))
        case Json(value):
            return Json(_replaced(value, old, new))
        case dict():
            return {key: _replaced(value, old, new) for key, value in node.items()}
        case list():
            return [_replaced(value, old, new) for value in node]
    return node


def _keyed(value: Any, path: Sequence[str], item: Item, hole: Hole) -> Any:
    """JSON with a key more; all options are keys where one is."""
    if isinstance(value, list):
        # What is looked for in one row is looked for in all.
        return [_keyed(part, path[1:], item, hole) for part in value] if path[1:] else value
    if not isinstance(value, dict):
        return _keyed({}, path, item, hole)
    first, *rest = path
    if rest:
        return {**value, first: _keyed(value.get(first), rest, item, hole)}
    keys = list(item.options) if first in item.options else [first]
    return {**{key: hole for key in keys}, **value}


def _shown(text: str) -> Any:
    """JSON, or the same as Python writes it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _number(text: str) -> float | int | str:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
