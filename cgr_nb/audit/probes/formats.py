"""The reply formats of a program, found round by round, and replies made in them.

In a round every reply is made of markers ("Zqabz": site a, hole b) set in the format known so far.
What the program then does to a marker tells more: a pattern is a text around holes, a separator a
list, `json.loads` an object, a comparison a word for the hole, `int` a number. A *site* is a prompt
and those like it: prompts of one wording get replies of one format.

Limits: what a program does to a reply beside comparing, calling and looking up is not heard; the
format of a reply that only another reply's words unlock is found as far as the rounds go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from cgr_nb.audit.probes.listening import Event, read_report
from cgr_nb.audit.probes.patterns import parse_pattern
from cgr_nb.audit.probes.rendering import NAMING, Marking, Writer
from cgr_nb.audit.probes.reply_forms import (
    Example,
    Hole,
    Json,
    Listing,
    Matching,
    Node,
    Pair,
    Part,
    Time,
    Together,
    holds,
    keyed,
    parts,
    replaced,
    shown,
)
from cgr_nb.audit.probes.sites import MARK, Site, Sites, marker
from cgr_nb.records import Ask, Item

__all__ = ["Formats"]

_MOST_WORDS = 24
_MOST_FORMATS = 4
_STRUCTURES = ("pattern", "json", "key", "number", "split", "time", "inner")
_EXAMPLE_CHARS = 400
_QUOTED = re.compile(
    r"(?:like|e\.g\.:?|such as|form|format|exactly|as|example:?)\s+[\"'`]([^\"'`\n]{1,40})[\"'`]"
)
_DIGITS = re.compile(r"\\d|0-9")
_CLOSED = re.compile(r"</.*|<.*/>")
"""Tags that nothing follows."""
_LISTED = re.compile(r"\b(?:array|list)\b", re.IGNORECASE)


@dataclass(slots=True)
class Formats:
    """What is known of a program's replies.

    Args:
        item: Its item.
    """

    item: Item
    places: Sites = field(init=False)
    met: set[tuple[str, ...]] = field(default_factory=set)
    unmet: set[tuple[str, ...]] = field(default_factory=set)
    heard: bool = False
    """Whether any report came."""
    _known: int = 0
    """Sites after the last round."""

    def __post_init__(self) -> None:
        self.places = Sites(self.item)

    @property
    def sites(self) -> list[Site]:
        """All sites."""
        return self.places.all

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

    def add_examples(self) -> None:
        """Let prompts that show a reply be answered like it, where nothing else is known."""
        for site in self.sites:
            shown = _QUOTED.search(site.prompt) if len(site.formats) == 1 else None
            if shown and site.formats == [Hole(0)]:
                site.formats.insert(0, Example(shown[1], (site.hole(), site.hole())))

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
        asked = [self.places.site(call.prompt) for call in calls[:-1]]
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
        mark = MARK.search(event.subject)
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
            fits = says and len(known) < _MOST_WORDS and not MARK.search(says)
            opening = event.mode in ("has", "starts") and not event.held
            if opening and self._opens(says, site, hole):
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
        if made is None or not holds(site.formats[-1], hole):
            return False
        site.formats[-1] = replaced(site.formats[-1], Hole(hole), made)
        return True

    def _inside(self, known: list[str], text: str) -> None:
        for word in [text, *text.split()][:8]:
            if word not in known and len(known) < _MOST_WORDS and not MARK.search(word):
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
        if hole is None or not holds(current, hole):
            self._whole(event, site, made)
        elif _alike(event.subject, marker(site.name, hole)):
            if current == Hole(hole) and site.values.get(hole):
                # What it may be beside one of the words.
                self._whole(event, site, made)
                return
            site.formats[-1] = replaced(current, Hole(hole), made)
        elif _alike(event.subject, rendered.get(site.name, "")):
            self._whole(event, site, made)
        else:
            inner = self._smallest(site, current, event.subject)
            if inner is not None:
                site.formats[-1] = replaced(current, inner, made)
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
        for part in parts(node):
            found = self._smallest(site, part, subject)
            if found is not None:
                return found
        return node if _alike(subject, Writer(self.item).text(site, node, fill)) else None

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
                if event.wanted[0].strip() in NAMING:
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

    def _example(self, site: Site, opening: str = "[{") -> Part:
        """JSON that the prompt shows, its values turned into holes."""
        for start in (m.start() for m in re.finditer(f"[{re.escape(opening)}]", site.prompt)):
            closing = "}" if site.prompt[start] == "{" else "]"
            ends = [
                m.end() for m in re.finditer(re.escape(closing), site.prompt) if m.end() > start
            ]
            for end in ends[:8]:
                if end - start > _EXAMPLE_CHARS:
                    break
                value = shown(site.prompt[start:end])
                if value and value != dict(self.item.options):
                    return self._holed(site, value)
        return None

    def _object(self, site: Site, listed: bool) -> Part:
        """JSON where the prompt shows none: an object, or one for each option."""
        one = {"answer": site.hole()}
        return [one] * len(self.item.options) if listed else one

    def _holed(self, site: Site, value: Part) -> Part:
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
            return Json(keyed(node.value, path, self.item, site.hole()))
        if isinstance(node, Matching):
            return replace(
                node, groups=tuple(self._with_key(site, part, path) for part in node.groups)
            )
        if isinstance(node, Together):
            return Together(tuple(self._with_key(site, part, path) for part in node.parts))
        return node


def _alike(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())
