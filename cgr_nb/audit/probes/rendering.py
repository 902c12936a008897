"""Replies in a format: fills the holes, for listening (with markers) and for probing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol

from cgr_nb.audit.probes.patterns import parse_pattern
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
    is_node,
)
from cgr_nb.audit.probes.sites import MARK, Site, marker
from cgr_nb.records import Item

__all__ = ["NAMING", "Fill", "Marking", "Writer", "time_in"]

NAMING = (":", "=", "|")
"""Separators between a name and its value."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Fill(Protocol):
    """Says what goes into a hole."""

    rng: Random

    def values(self, site: Site, hole: int, option: str | None) -> Sequence[str]:
        """Texts for a hole, the best first; `option`: the one that this part is about."""

    def times(self, form: str) -> str:
        """A date or time in a format."""

    def order(self) -> Sequence[str | None]:
        """The options that a list names, in its order."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes replies for an item."""

    item: Item

    def text(self, site: Site, node: Node, fill: Fill, option: str | None = None) -> str:
        """A reply in a format.

        Args:
            site: The call that is answered.
            node: The format.
            fill: What goes into its holes.
            option: The option that the reply speaks for; None: no one in particular.
        """
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
                blank = " " if separator in NAMING else ""
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

    def _json(self, site: Site, value: Part, fill: Fill, option: str | None) -> Part:
        if isinstance(value, Hole):
            text = self.text(site, value, fill, option)
            if value.number in site.booleans:
                return text.lower() in ("yes", "true")
            return _number(text) if value.number in site.numbers else text
        if is_node(value):
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
        self, site: Site, value: Sequence[Part], fill: Fill, option: str | None
    ) -> Sequence[str | None]:
        """The option that each part of a JSON list is about."""
        texts = all(isinstance(part, Hole) and part.number not in site.numbers for part in value)
        if texts and len(value) > 1:
            return fill.order()
        alike = len(value) == len(self.item.options)
        return list(self.item.options) if alike else [option] * len(value)


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


def time_in(form: str, year: int, month: int, day: int, hour: int = 10, minute: int = 20) -> str:
    """A date and time in a program's format.

    Args:
        form: As `strftime` has it.
        year: Of the date.
        month: 1 to 12.
        day: From 1 on.
        hour: 0 to 23.
        minute: 0 to 59.
    """
    try:
        return datetime(year, month, day, hour, minute).strftime(form[:60])
    except (ValueError, UnicodeError):
        return ""


def _marks(texts: Sequence[str]) -> bool:
    return any(MARK.search(text) for text in texts[:1])


def _number(text: str) -> float | int | str:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
