"""Where a sentence names options, in whatever form: a label, the option's text, or nearly its text.

"A (Methane)", "methane (option A)", "(A)", "options A and B", "the ribosome" for "Ribosomes": the
forms of one option that stand together are one naming, and namings that only joints part are one
run. Where a label and a text that stand together name different options nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.cues import SUMS_UP
from cgr_nb.answers.folding import mentions
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.near import telling_of, words_of

__all__ = ["RANGE", "Run", "runs_of"]

_LABEL = LazyPattern(
    r"(?P<noun>\b(?i:options?|statements?|choices?|answers?)\s)?"
    r"(?:(?<![\w)\]}])[(\[]\s?(?P<both>[A-Z])\s?[)\]](?![\^_(])"
    r"|(?<![\w\\^'’(=+*/<>-])(?P<one>[A-Z])(?![\w'’^_=+*/]|\.\s?[a-z]|\.\w|-\w)(?P<close>\))?)"
)
RANGE = LazyPattern(
    r"\b(?P<noun>(?:options?|statements?|choices?|answers?|items?)\s)?[(\[]?(?P<first>[A-Z])[)\]]?"
    r"\s?(?:through|thru|to|–|-)\s?[(\[]?(?P<last>[A-Z])(?![\w'’^_=+*/-])[)\]]?(?P<verb>\s(?:are|all|do|can"
    r"|is|have|will)\b)?",
    re.IGNORECASE,
)
"""All options from one to another."""
_WORD = LazyPattern(r"\d{1,12}(?:[.,]\d{1,12}){0,3}|[^\W\d_]{1,40}(?:['’][^\W\d_]{1,3})?")
_BESIDE = LazyPattern(
    r"[)\]]?\s?[:.,–—=-]?\s?[(\[\"'“]{0,2}\s?(?:(?:the|a|an)\s)?\Z", re.IGNORECASE
)
_BEHIND = LazyPattern(
    r"[\"'”’)]{0,2}\s?(?:,\s|[–—-]\s)?\s?[(\[]?\s?(?:(?:i\.e\.,?|that\sis,?|which\sis)\s)?"
    r"(?:(?:option|choice|answer)\s)?[(\[]?\Z",
    re.IGNORECASE,
)
_JOINT = LazyPattern(
    r"[)\]\"'”}]{0,3}\s?(?:(?P<or>,?\s(?:or|oder|ou|либо|или)\s|\sor\s)"
    r"|,\s?(?:and\s|und\s|et\s|y\s|e\s)?|;\s?|\s?&\s?|\s?\+\s?"
    r"|\s(?:and|und|et|y|e|и|i|en|as\swell\sas|plus|along\swith)\s"
    r"|\s?(?:と|や|和|与|與|及び|及|以及|및|와|과|,)\s?)"
    r"(?:(?:also|the|a|an|both|die|der|das|les|le|la|el|los|las|a|as|il|i|options?|statements?"
    r"|choices?)\s){0,2}(?:[A-Za-z]\s?=\s?)?[(\[\"'“{]{0,2}\Z",
    re.IGNORECASE,
)
_BRACKETS = LazyPattern(r"\s?\([^()\n]{1,160}\)")
_ARTICLE = LazyPattern(
    r"A\s(?!(?:is|are|was|has|have|does|do|can|must|works?|holds?|fails?|fits?|match(?:es)?"
    r"|satisf\w{2,4}|and|or|only|alone|because|since|as|which|it|says?|follows|remains?|ok|und"
    r"|oder|et|ou|e|y|o|i"
    r"|en|ve|dan|meets?|shows?|gives?|makes?)\b)[a-z]"
)
_DETERMINED = LazyPattern(r"\b(?:the|an?|some|few|your)\s\Z", re.IGNORECASE)
_HEAD = LazyPattern(r"\s?[(\[]?(?P<letter>[A-Z])[)\]]?[).:](?=\s|\Z)")
"""A label that begins a line."""


@dataclass(frozen=True, slots=True)
class _Named:
    """One option, named at one place."""

    letter: str
    """Its capital; of a range, all of them."""
    start: int
    end: int
    label: bool
    """Its label is a part of it."""
    text: bool
    """Its text, or nearly that, is a part of it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Namings that only joints part."""

    letters: tuple[str, ...]
    start: int
    end: int
    either: bool
    """They are joined by "or"."""
    label: bool
    """Each of them has a label."""
    text: bool
    """Each of them has its text, or nearly that."""


def runs_of(
    text: str,
    start: int,
    end: int,
    choices: Choices,
    *,
    letters: frozenset[str],
    heads: bool | None = None,
) -> list[Run] | None:
    """The options that a sentence names, run by run; None where a label and a text contradict.

    Args:
        text: The reply.
        start: Where the sentence begins.
        end: Where it ends; it should be short.
        choices: The item's options, prepared for reading.
        letters: Capitals that count as labels without a bracket or a noun.
        heads: The sentence begins a line, so that a label with a mark may begin it: "C. its text".
            None where the last word of a text does not name its option: "the chicken".
    """
    head = _HEAD.match(text, start, end) if heads else None
    labels = list(_labels(text, start, end, choices, letters))
    told = list(_texts(text, start, end, choices))
    shortened = _shortened(text, start, end, choices) if heads is not None else []
    begins = [] if head is None or head["letter"] not in choices.letters else [head]
    found = sorted(
        [
            *(
                _Named(each["letter"], each.start("letter"), each.end("letter"), True, False)
                for each in begins
            ),
            *labels,
            *(each for each in told if not labels or not _in_formula(text, each)),
            *_near(text, start, end, choices, told, short=heads is not None),
            *shortened,
        ],
        key=lambda each: (each.start, -each.end),
    )
    named = _merged(text, found)
    return None if named is None else _joined(text, named)


def _labels(
    text: str, start: int, end: int, choices: Choices, letters: frozenset[str]
) -> Iterator[_Named]:
    pos = start
    for each in RANGE.finditer(text, start, end):
        first, last = (
            choices.letters.index(mark) if mark in choices.letters else -1
            for mark in (each["first"], each["last"])
        )
        if -1 < first < last - 1 and (each["noun"] or each["verb"] or each.start() == start):
            pos = each.end("last")
            named = "".join(choices.letters[first : last + 1])
            yield _Named(named, each.start(), pos, label=True, text=False)
    for each in _LABEL.finditer(text, pos, end):
        letter = each["both"] or each["one"]
        if letter not in choices.letters:
            continue
        if each["one"] and not each["noun"] and not each["close"]:
            word = letter == "I" or _ARTICLE.match(text, each.start("one"), end)
            if letter not in letters or word:
                continue
        yield _Named(letter, each.start(), each.end(), label=True, text=False)


def _texts(text: str, start: int, end: int, choices: Choices) -> Iterator[_Named]:
    for each in mentions(text, start, end, choices.keys):
        key = choices.keys[each.letter]
        if len(key) > 1 or not (key.isascii() and key.isalpha()):
            yield _Named(each.letter, each.start, each.end, label=False, text=True)


def _in_formula(text: str, each: _Named) -> bool:
    """Whether a number is a part of a formula: beside a label it names no option."""
    if not _NUMBER.fullmatch(text, each.start, each.end):
        return False
    before, after = text[max(0, each.start - 2) : each.start], text[each.end : each.end + 2]
    return bool(_SIGN_BEFORE.search(before) or _SIGN_BEHIND.match(after))


_NUMBER = LazyPattern(r"[-−–]?\s?\d[\d.,/]{0,12}[²³]?|[-−–]?[a-z]")
_SIGN_BEFORE = LazyPattern(r"[=≈<>≤≥+×·*/^(−-]\s?\Z")
_SIGN_BEHIND = LazyPattern(r"\s?[=≈<>≤≥+×·*/^²³]")


def _near(
    text: str, start: int, end: int, choices: Choices, exact: Sequence[_Named], *, short: bool
) -> Iterator[_Named]:
    """Runs of words of which one tells an option apart, and most of the option's own."""
    telling = telling_of(choices)
    owners = {word: letter for letter, own in telling.own.items() for word in own}
    if not owners:
        return  # options without texts: no word tells one apart
    pos, words = start, []
    for each in _WORD.finditer(text, start, end):
        said = words_of(each[0])
        words.append((said[0] if said else "", each.start(), each.end()))
    taken = [(each.start, each.end) for each in exact]
    index = 0
    while index < len(words):
        word, begin, _ = words[index]
        letter = owners.get(word)
        index += 1
        if letter is None or len(word) < 3 or word[0].isdigit() or begin < pos:
            continue
        wanted = telling.words[letter]
        first = last = index - 1
        while first > 0 and _goes_with(text, words, first - 1, first, wanted):
            first -= 1
        while last + 1 < len(words) and _goes_with(text, words, last, last + 1, wanted):
            last += 1
        given = {words[at][0] for at in range(first, last + 1)} - {""}
        while not words[first][0] and text[words[first][2]] != ".":
            first += 1
        while not words[last][0]:
            last -= 1
        pos = words[last][2]
        index = last + 1
        core = len(words_of(choices.texts[letter].split(" (")[0])) or len(wanted)
        surname = words[last][0] == wanted[-1] and text[words[last][1]].isupper()
        if (3 if surname else 2) * len(given & set(wanted)) < core and not (
            short
            and word == _last_of(choices.texts[letter])
            and len(word) > 3
            and _DETERMINED.search(text, max(start, words[first][1] - 12), words[first][1])
        ):
            continue
        if any(words[first][1] < stop and pos > at for at, stop in taken):
            continue
        yield _Named(letter, words[first][1], pos, label=False, text=True)


def _shortened(text: str, start: int, end: int, choices: Choices) -> list[_Named]:
    """Options that a sentence which sums up names by a word of theirs, with an article: "the nurse
    should report the low potassium and the weight gain". One alone may be anything."""
    lead = SUMS_UP.match(text[start:end])
    if lead is None:
        return []
    owners = {word: letter for letter, own in telling_of(choices).own.items() for word in own}
    found: list[_Named] = []
    for each in _MEMBER.finditer(text, start + lead.end(), end):
        said = [word for given in _WORD.findall(each["words"]) for word in words_of(given)]
        letters = {owners[word] for word in said if word in owners and len(word) > 3}
        if len(letters) == 1:
            found.append(
                _Named(
                    letters.pop(), each.start("words"), each.end("words"), label=False, text=True
                )
            )
    return found if len({each.letter for each in found}) > 1 else []


_MEMBER = LazyPattern(
    r"(?:(?<=\sthe\s)|(?<=\sany\s)|(?<=\syour\s))(?P<words>[\w-]{2,20}(?:\s[\w-]{2,20}){0,3}?)"
    r"(?=\s?(?:[,;(]|\Z|and\s|as\swell\sas\s|of\s))"
)
"""A short phrase behind an article, as a member of a row."""


def _last_of(own: str) -> str:
    """The last word of an option's text, brackets left out: what its other words tell more of."""
    said = words_of(own.split(" (")[0])
    return said[-1] if said else ""


def _goes_with(
    text: str, words: Sequence[tuple[str, int, int]], one: int, two: int, wanted: Sequence[str]
) -> bool:
    """Whether neighbouring words belong to one naming of an option with these words."""
    between = text[words[one][2] : words[two][1]]
    initial = text[words[one][1] : words[one][2]].lower()
    if len(initial) == 1 and between == ". " and any(each.startswith(initial) for each in wanted):
        return True  # "S. aureus"
    if len(between) > 2 or between.strip(" -–'’\"/"):
        return False
    return all(not words[at][0] or words[at][0] in wanted for at in (one, two))


def _merged(text: str, found: Sequence[_Named]) -> list[_Named] | None:
    """Label and text of one option that stand together as one; None where they differ."""
    merged: list[_Named] = []
    for each in found:
        last = merged[-1] if merged else None
        if last and each.start < last.end:
            continue  # a capital within an option's text
        between = text[last.end : each.start] if last else ""
        label_first = last and last.label and not last.text and each.text and not each.label
        text_first = last and last.text and not last.label and each.label
        if last and (
            (label_first and _BESIDE.match(between)) or (text_first and _BEHIND.match(between))
        ):
            if last.letter == each.letter:
                merged[-1] = _Named(last.letter, last.start, each.end, label=True, text=True)
                continue
            bracketed = between.rstrip().endswith(("(", "[")) or text[each.start] in "(["
            if bracketed:
                return None
        merged.append(each)
    return merged


def _joined(text: str, named: Sequence[_Named]) -> list[Run]:
    runs: list[Run] = []
    for each in named:
        last = runs[-1] if runs else None
        between = text[last.end : each.start] if last else ""
        aside = _BRACKETS.match(between)
        joint = _JOINT.match(between[aside.end() :] if aside else between) if last else None
        if last and joint:
            runs[-1] = Run(
                tuple(dict.fromkeys((*last.letters, *each.letter))),
                last.start,
                each.end,
                last.either or joint["or"] is not None,
                last.label and each.label,
                last.text and each.text,
            )
        else:
            runs.append(Run(tuple(each.letter), each.start, each.end, False, each.label, each.text))
    return runs
