"""Options judged one by one: lines, paragraphs, table rows, or a row of marks, each with a verdict.

A reply that goes through its options keeps a ledger: option -> right, wrong, or not told. An entry
begins with a label or with the option's text (heads.py). Its verdict stands right behind its head
or the option's text, at the end of its first line, at its end, or in a column of its own; two
verdicts of one entry that differ are none. The ledger as a whole gives all right options or none:
an entry without a verdict, an option that is judged both ways, or a list that was cut leaves open
what the reply decides, unless it says so elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.entry_verdict import SENTENCE_ENDS, clause_at, verdict_of
from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.folding import mentions
from cgr_nb.answers.heads import Head, heads_of_lines
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.polarity import TICK, polarity
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["Ledger", "ledger_of"]

_CONCLUDES = LazyPattern(
    r"\n\s?(?:therefore|thus|so|hence|in\s(?:conclusion|summary)|conclusion|summary|final|overall"
    r"|finally|answer|the\s(?:correct|answer|final|right|true)|only|correct\s(?:answer|option"
    r"|choice)s?)\b",
    re.IGNORECASE,
)
_VERDICT = (
    rf"(?:{TICK.pattern}|true|false|correct|incorrect|right|wrong|yes|no|T|F|sí|richtig|falsch"
    r"|vrai|faux|correct[ao]|incorrect[ao]|верно|неверно|对|错|正确|错误)"
)
_ROW = LazyPattern(
    r"(?<![\w^\\'’(])(?:(?:options?|statements?"
    r"|choices?)\s)?[(\[\"']{0,2}\s?(?P<letter>[A-Z])\s?[)\]\"']{0,2}"
    rf"\s?(?:[-–—:=→.]|is|are)?\s?(?P<said>(?i:{_VERDICT}))"
    r"(?=\s?(?:[.,;|)}\n(–—]|\Z|and\b)|\s[(\[]?[A-Z]\b)",
)
_INLINE = LazyPattern(
    r"(?:^|(?<=[,;.:]\s)|(?<=[✓✔✅☑✗✘❌✖☒]\s)|(?<=\band\s))(?:[(\[](?P<both>[A-Z])[)\]]"
    r"|(?P<one>[A-Z])(?=\s?[:=–]\s))",
    re.MULTILINE,
)
_TICKED = LazyPattern(
    rf"(?:^|(?<=[\s,;|]))(?P<said>{TICK.pattern})"
    r"\s?(?:(?i:option)\s)?[(\[]?(?P<letter>[A-Z])(?![\w'’])"
)
_MARKED = 2_000
"""Characters at the end of a reply in which options' texts may wear marks."""
_TICK_BEHIND = LazyPattern(rf"[)\]\"'”]{{0,2}}\s?[:=–—-]?\s?(?P<tick>{TICK.pattern})")
_DENIES = LazyPattern(
    r"\b(?:not|cannot|never|no|nicht|pas|não|non|nie|не)\b|n['’]t\b", re.IGNORECASE
)
_AUXILIARY = LazyPattern(
    r"\b(?:not|cannot|never|no|nicht|ne|pas|não|non|nie|не|is|are|do|does|did|can|was|will"
    r"|has|have)"
    r"(?:n['’]t)?\b|\bcan['’]t\b|\bwon['’]t\b"
)
_WORDS = LazyPattern(r"[^\W_]{1,40}")
_POLAR = frozenset({"true", "false", "correct", "incorrect", "right", "wrong", "yes", "no"})
_MAY_JUDGE = LazyPattern(
    rf"{TICK.pattern}|\b(?:true|false|correct|incorrect|right|wrong|yes|no|not|holds?|fails?|works?"
    rf"|satisf\w{{2,4}}|violates?|valid|invalid|fits?|match(?:es)?|T|F)\b|n['’]t\b|[^\x00-\u024f]"
    r"|\b(?:fals|corre|verd|richtig|vrai|faux|cert|errad|sí|non|nein|ja|oui|sim|não|tak|nie|waar"
    r"|juist|onjuist|evet|hayır|benar|salah)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a reply says of its options one by one."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    start: int
    last: int
    """Where the last entry begins."""
    end: int
    complete: bool
    """Every option is judged, and none both ways."""
    partial: bool = False
    """Every entry is judged, and the reply ends well, but some options have none."""

    def statements(self) -> Iterator[Statement]:
        """The whole ledger as one statement, where it is complete."""
        if not (self.complete or self.partial):
            return
        if self.right:
            yield Statement(
                "judged", WEAK, self.right, self.start, self.end, one_of_many=True,
                complete=self.complete,
            )  # fmt: skip
        elif self.complete:
            yield Statement("no_option", STATED, self.wrong, self.start, self.end, denies=True)


@dataclass(frozen=True, slots=True)
class _Entry:
    letter: str
    verdict: bool | None
    start: int
    end: int


def ledger_of(view: View, choices: Choices) -> Ledger | None:
    """The ledger of a reply; None where fewer than two options are judged one by one.

    Example:
        "A) False\\nB) True", "A ✅, B ❌", "| A | Yes |\\n| B | No |", "Methane ✓\\nArgon ✗"
    """
    if len(choices.letters) < 2 or any(text in _POLAR for text in choices.texts.values()):
        return None
    if not _MAY_JUDGE.search(view.text, view.start, view.stop):
        return None
    ended = view.text[view.stop - 1] in ENDS_WELL
    row = _summed(_row(view, choices), choices, ended=ended)
    if row and row.complete:
        return row
    lines = _summed(_entries(view, choices), choices, ended=ended)
    if lines and (lines.complete or row is None):
        return lines
    return row or lines


def _summed(entries: Sequence[_Entry], choices: Choices, *, ended: bool) -> Ledger | None:
    said: dict[str, set[bool]] = {}
    headed = {each.letter for each in entries}
    for each in entries:
        if each.verdict is not None:
            said.setdefault(each.letter, set()).add(each.verdict)
    if len(said) < 2:
        return None
    whole = all(len(verdicts) == 1 for verdicts in said.values()) and headed == set(said)
    right = choices.in_order({letter for letter, verdicts in said.items() if True in verdicts})
    wrong = choices.in_order({letter for letter, verdicts in said.items() if False in verdicts})
    return Ledger(
        right,
        wrong,
        min(each.start for each in entries),
        max(each.start for each in entries),
        max(each.end for each in entries),
        complete=whole and set(said) == set(choices.letters),
        partial=whole and set(said) != set(choices.letters) and bool(right) and ended,
    )


def _row(view: View, choices: Choices) -> list[_Entry]:
    """Labels with a verdict right behind each, or right before each."""
    for pattern in (_ROW, _TICKED):
        found: dict[str, _Entry] = {}
        for each in pattern.finditer(view.text, view.start, view.stop):
            letter = each["letter"]
            if letter not in choices.letters:
                continue
            if letter in found:
                found.clear()  # another round: only one that goes through all of them counts
            found[letter] = _Entry(letter, polarity(each["said"]), each.start(), each.end())
            if len(found) == len(choices.letters):
                return list(found.values())
    ticked = _ticked_texts(view, choices)
    if ticked:
        return ticked
    heads = [
        each
        for each in _INLINE.finditer(view.text, view.start, view.stop)
        if (each["both"] or each["one"]) in choices.letters
    ]
    if tuple(each["both"] or each["one"] for each in heads) != choices.letters:
        return []
    if sum(view.text[each.start() - 1 : each.start()] in {"", "\n"} for each in heads) > 1:
        return []  # lines, which have entries of their own
    ends = [each.start() for each in heads[1:]] + [view.stop]
    entries = [
        _inline(view.text, each, end, choices) for each, end in zip(heads, ends, strict=True)
    ]
    return [] if any(each.verdict is None for each in entries) else entries


def _ticked_texts(view: View, choices: Choices) -> list[_Entry]:
    """ "HCl ✓ strong, HF ✗ weak": each option's text, with a mark right behind it."""
    if not choices.longest or len(TICK.findall(view.text, view.start, view.stop)) < len(
        choices.letters
    ):
        return []
    found: dict[str, _Entry] = {}
    for each in mentions(view.text, max(view.start, view.stop - _MARKED), view.stop, choices.keys):
        tick = _TICK_BEHIND.match(view.text, each.end, view.stop)
        if tick is None:
            continue
        if each.letter in found:
            return []
        found[each.letter] = _Entry(each.letter, polarity(tick["tick"]), each.start, tick.end())
    return list(found.values()) if len(found) == len(choices.letters) else []


def _inline(text: str, found: re.Match[str], end: int, choices: Choices) -> _Entry:
    letter = found["both"] or found["one"]
    head = Head(letter, found.start(), found.end(), None, cell=False, worded=False)
    sentence = SENTENCE_ENDS.search(text, found.end(), end)
    stop = sentence.start() if sentence else end
    verdict = verdict_of(text, head, stop, choices)
    if verdict is None and stop < end:
        verdict, stop = verdict_of(text, head, end, choices), end
    return _Entry(letter, verdict, head.start, stop)


def _entries(view: View, choices: Choices) -> list[_Entry]:
    """Entries that begin a line each, with what they say."""
    heads = heads_of_lines(view, choices)
    if len({head.letter for head in heads}) < 2:
        return []
    columns = _columns(view, heads)
    if columns is not None:
        return columns
    result = []
    ends = [head.start for head in heads[1:]] + [view.stop]
    for place, (head, end) in enumerate(zip(heads, ends, strict=True)):
        last = place == len(heads) - 1
        if head.ticked is not None:
            result.append(_Entry(head.letter, head.ticked, head.start, min(end, head.end + 40)))
            continue
        verdict, stop = _of_entry(view.text, head, end, choices, last=last)
        if (
            last
            and verdict is not None
            and (said := clause_at(view.text, head.end, stop))[1] == verdict
        ):
            stop = said[0]  # more may be said behind it
        result.append(_Entry(head.letter, verdict, head.start, stop))
    if all(each.verdict is None for each in result):
        return _contrasted(view, heads, result, choices)
    return result


def _contrasted(
    view: View, heads: Sequence[Head], entries: list[_Entry], choices: Choices
) -> list[_Entry]:
    """Lines that all say one thing or deny it: "x^2 isn't one-to-one.\\nx^3 is one-to-one."."""
    said: list[tuple[tuple[str, ...], bool]] = []
    for head in heads:
        line = view.text.find("\n", head.end, view.stop)
        clause = view.text[head.end : min(view.stop if line < 0 else line, head.end + 160)]
        clause = re.split(r"[,;(]|\.\s", clause)[0]
        denied = len(_DENIES.findall(clause))
        words = tuple(word[:5] for word in _WORDS.findall(_AUXILIARY.sub(" ", clause.lower())))
        if not words or denied > 1:
            return entries
        said.append((words, denied == 1))
    alike = len({words for words, _ in said}) == 1
    if not alike and len({head.letter for head in heads}) == len(choices.letters):
        alike = len({words[-1] for words, _ in said}) == 1  # "9 = 3 × 3 is not prime."
    if not alike or len({denied for _, denied in said}) != 2:
        return entries
    return [
        _Entry(each.letter, not denied, each.start, each.end)
        for each, (_, denied) in zip(entries, said, strict=True)
    ]


def _columns(view: View, heads: Sequence[Head]) -> list[_Entry] | None:
    """The entries of a table, by the one column whose cells all judge; None where it is none."""
    rows: list[tuple[Head, list[bool | None], int]] = []
    for head in heads:
        end = view.text.find("\n", head.end, view.stop)
        end = view.stop if end < 0 else end
        if not head.cell and "|" not in view.text[head.end : min(end, head.end + 400)]:
            return None
        cells = view.text[head.end : min(end, head.end + 800)].strip().strip("|").split("|")
        told = [_cell(cell.strip()) for cell in cells] if any(map(str.strip, cells)) else []
        rows.append((head, told, end))
    width = max(len(cells) for _, cells, _ in rows)
    full = [
        at
        for at in range(width)
        if sum(len(cells) > at and cells[at] is not None for _, cells, _ in rows) > 1
        and all(len(cells) <= at or cells[at] is not None for _, cells, _ in rows)
    ]
    above = view.text.rfind("\n", view.start, max(view.start, heads[0].start - 1))
    header = view.text[max(view.start, above - 400) : heads[0].start].casefold()
    denied = any(
        word in header for word in (" not ", "n't ", "incorrect", "wrong", "false |", "except")
    )
    entries = []
    plain = not denied or "true/false" in header
    for head, told, end in rows:
        verdicts = {told[at] for at in full if at < len(told)}
        verdict = verdicts.pop() if len(verdicts) == 1 and plain else None
        entries.append(_Entry(head.letter, verdict, head.start, end))
    return entries


def _cell(cell: str) -> bool | None:
    """What a cell judges: "Yes", "No (single membrane)"."""
    whole = polarity(cell)
    return clause_at(cell, 0, len(cell))[1] if whole is None and "(" in cell else whole


def _of_entry(
    text: str, head: Head, end: int, choices: Choices, *, last: bool
) -> tuple[bool | None, int]:
    """The verdict of an entry, and where the entry ends."""
    if not last:
        return verdict_of(text, head, end, choices), end
    stop = head.end
    if found := _CONCLUDES.search(text, head.end, end):
        end = found.start()
    for _ in range(12):
        # The last entry has no next head: it ends with the paragraph that judges it.
        following = text.find("\n\n", stop + 1, end)
        stop = end if following < 0 else following
        verdict = verdict_of(text, head, stop, choices)
        if verdict is not None or stop >= end:
            return verdict, stop if verdict is not None else head.end
    return None, head.end
