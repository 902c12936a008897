"""The figures of a report, read out of its page: what a reader sees, whatever it is made from.

Tables are read cell by cell. Of sentences the numbers are kept, under the words around them. Left
out: drawings (each has its numbers in a table), programs shown in full, and the sections that tell
how a study was made and what words mean.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

__all__ = ["report_figures"]

SECTIONS = ("much", "whom", "hurts", "arms", "cost", "sure", "trust", "missing")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SKIPPED = ("style", "svg", "details", "nav")
_CELLS = ("th", "td")


class _Page(HTMLParser):
    """Collects tables and sentences by section."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headline: list[str] = []
        self.tables: dict[str, list[list[tuple[str, str, int]]]] = {}
        """Section and name -> lines of (tag, text, rows that the cell spans)."""
        self.sentences: dict[str, list[str]] = {}
        self._section = self._name = ""
        self._skipped = 0
        self._text: list[str] | None = None
        self._in_headline = False
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self._skipped += tag in _SKIPPED
        if self._skipped:
            return
        if tag == "section":
            self._section = facts.get("id") or ""
        elif tag == "div" and facts.get("role") == "region":
            self._name = f"{self._section}: {facts.get('aria-label')}"
        elif tag == "table":
            self.tables[self._name] = []
        elif tag == "tr":
            self.tables[self._name].append([])
        elif tag == "ul":
            self._in_headline = facts.get("class") == "headline"
        elif tag in ("p", "li", *_CELLS):
            self._text = []
            self._span = int(facts.get("rowspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in _SKIPPED
        self._in_headline &= tag != "ul"
        if self._text is None or tag not in ("p", "li", *_CELLS):
            return
        text, self._text = " ".join("".join(self._text).split()), None
        if tag in _CELLS:
            self.tables[self._name][-1].append((tag, text, self._span))
        elif self._in_headline:
            self.headline.append(text)
        elif text and not self._skipped:
            self.sentences.setdefault(self._section, []).append(text)

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._skipped:
            self._text.append(data)


def report_figures(page: str) -> dict[str, dict[str, object]]:
    """Read a report.

    Returns:
        "headline": its sentences; "tables": "section: table / line / column" -> cell; "sentences":
        "section: the words, # for each number" -> the numbers.
    """
    found = _Page()
    found.feed(page)
    tables: dict[str, object] = {}
    for name, lines in found.tables.items():
        if name.partition(":")[0] in SECTIONS and lines:
            tables |= {f"{name} / {place}": cell for place, cell in _cells(lines).items()}
    sentences: dict[str, object] = {}
    for section in SECTIONS:
        for text in found.sentences.get(section, ()):
            if numbers := _NUMBER.findall(text):
                sentences[f"{section}: {_NUMBER.sub('#', text)}"] = numbers
    return {
        "headline": {"text": " ".join(found.headline)},
        "tables": tables,
        "sentences": sentences,
    }


def _cells(lines: list[list[tuple[str, str, int]]]) -> dict[str, str]:
    """Line and column -> text, a cell that spans lines in each of them."""
    head = [text or "(first)" for _, text, _ in lines[0]]
    columns = [f"{name} #{n}" if n > 1 else name for name, n in _numbered(head)]
    spans: dict[int, tuple[str, str, int]] = {}
    whole = []
    for line in lines[1:]:
        cells, given = [], iter(line)
        for place in range(len(columns)):
            cell = spans.pop(place) if place in spans else next(given, None)
            if cell is None:
                break
            tag, text, left = cell
            cells.append((tag, text))
            if left > 1:
                spans[place] = (tag, text, left - 1)
        whole.append(cells)
    names = [" ".join(text for tag, text in cells if tag == "th") or "(note)" for cells in whole]
    return {
        f"{name} #{n} / {columns[place]}" if n > 1 else f"{name} / {columns[place]}": text
        for (name, n), cells in zip(_numbered(names), whole, strict=True)
        for place, (tag, text) in enumerate(cells)
        if tag == "td"
    }


def _numbered(names: list[str]) -> list[tuple[str, int]]:
    """Each name with how often it has come so far."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append((name, seen[name]))
    return told
