"""Sites: a program's prompts, those of one wording taken together, and what is known of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cgr_nb.audit.probes.reply_forms import Hole, Node
from cgr_nb.records import Item

__all__ = ["MARK", "Site", "Sites", "marker"]

MARK = re.compile(r"zq([a-z])([a-z])z", re.IGNORECASE)
"""A marker: the letters of its site and its hole."""
_MOST_SITES = 26
_MOST_HOLES = 26
_SAME = 0.7
"""Share of words that two prompts of one site have in common."""
_LIKE = 0.3
_WORD = re.compile(r"[a-z]+|\d+", re.IGNORECASE)
_PROMPT_CHARS = 4_000
"""Characters of a prompt that are looked at."""


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
class Sites:
    """The sites of a program.

    Args:
        item: Its item.
    """

    item: Item
    all: list[Site] = field(default_factory=list)

    def site(self, prompt: str) -> Site:
        """The site of a prompt, a new one where it is like none."""
        prompt = prompt[:_PROMPT_CHARS]
        words = self._own_words(prompt)
        site, share = self._nearest(words)
        if site is not None and (share >= _SAME or len(self.all) >= _MOST_SITES):
            return site
        made = Site(chr(ord("a") + len(self.all)), prompt, words)
        self.all.append(made)
        return made

    def like(self, prompt: str) -> Site | None:
        """The site that a prompt is most like; None when it is like none."""
        site, share = self._nearest(self._own_words(prompt[:_PROMPT_CHARS]))
        return site if share >= _LIKE or len(self.all) == 1 else None

    def _nearest(self, words: frozenset[str]) -> tuple[Site | None, float]:
        best: tuple[Site | None, float] = (None, -1.0)
        for site in self.all:
            either = len(words | site.words)
            share = len(words & site.words) / either if either else 1.0
            if share > best[1]:
                best = (site, share)
        return best

    def _own_words(self, prompt: str) -> frozenset[str]:
        for text in (self.item.question, *self.item.options.values()):
            prompt = prompt.replace(text, " ")
        return frozenset(word.lower() for word in _WORD.findall(MARK.sub(" ", prompt)))


def marker(site: str, hole: int) -> str:
    """The text that stands for one hole of one site."""
    return f"Zq{site}{chr(97 + hole)}z"
