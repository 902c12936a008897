"""Options judged one by one: lines, paragraphs or a row of them, each with its own verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.verdicts import is_right, is_wrong
from cgr_nb.answers.view import View

__all__ = ["LINE", "Judged", "judged_after", "judged_one_by_one", "verdict_at"]

_GOOD = r"true|correct|right|yes|valid|[✓✔✅☑]"
_BAD = r"false|incorrect|wrong|untrue|invalid|no|[✗✘❌✖☒]"
_AFTER_LABEL = re.compile(
    rf"\s?[)\].]?\s?[-–—:=→,]?\s?(?:(?:this\sis|it's|it\sis|is|are)\s)?(?:(?P<good>{_GOOD})|(?P<bad>{_BAD}))"
    r"(?=\s?(?:[.,;:!)\]}(–—\n-]|\Z)|\s(?:[(\[]?[A-Z][)\]]|because|since|as)(?![A-Za-z]))",
    re.IGNORECASE,
)
_SAID_OF_IT = re.compile(
    r"\b(?:this|that|it|(?:the|given)\s(?:statement|option|choice|assertion|relation))\s"
    r"(?:(?:statement|option|choice|one|assertion|relation)\s)?(?:is|was|must\sbe)\s"
    r"(?:(?:also|indeed|therefore|clearly|thus|hence|always)\s){0,2}"
    r"(?:(?P<not>not\s)?(?P<good>true|correct|right|valid)|(?P<bad>false|incorrect|wrong|invalid))\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\n\s?(?:therefore|thus|so|hence|in\s(?:conclusion|summary)|final|overall|finally"
    r"|the\s(?:correct|answer|final))\b",
    re.IGNORECASE,
)
_AT_END = re.compile(
    rf"(?:[-–—:(→=]\s?|\bis\s|\bare\s|(?=[✓✔✅☑✗✘❌✖☒]))(?P<not>not\s)?(?:also\s|too\s)?"
    rf"(?:(?P<good>{_GOOD})|(?P<bad>{_BAD}))(?:\stoo|\sas\swell)?[\s.,;)\]!]{{0,4}}\Z",
    re.IGNORECASE,
)
_TICKED = re.compile(
    r"^\s?(?:(?P<good>[✓✔✅☑])|(?P<bad>[✗✘❌✖☒]))\s?(?:(?i:option)\s)?[(\[]?(?P<letter>[A-Z])\b",
    re.MULTILINE,
)
LINE = re.compile(
    r"^\s?(?:(?i:options?|statements?|choices?)\s)?(?:[(\[](?P<both>[A-Z])[)\]]"
    r"|(?P<one>[A-Z])(?=\s?[).:]|\s[-–—=→]\s))",
    re.MULTILINE,
)
"""The label that begins a line."""
_INLINE = re.compile(
    r"(?:^|(?<=[,;.:]\s)|(?<=[✓✔✅☑✗✘❌✖☒]\s))(?:[(\[](?P<both>[A-Z])[)\]]|(?P<one>[A-Z])(?=\s?[:=–]\s))",
    re.MULTILINE,
)
_NEXT = re.compile(r"(?<![\w^\\'’(])(?:[(\[]\s?)?[A-Z](?=[)\]\s,;:/&])")
_SEGMENT = 4000
"""Characters of one option's paragraph; of longer ones the beginning and the end are read."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Options judged in a row."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    end: int


def verdict_at(text: str, pos: int, stop: int) -> bool | None:
    """What the words right after a label say of it: right, wrong, or nothing."""
    if is_wrong(text, pos, stop):
        return False
    if is_right(text, pos, stop):
        return True
    found = _AFTER_LABEL.match(text, pos, stop)
    return None if found is None else found["good"] is not None


def judged_after(text: str, group: Group, choices: Choices, stop: int) -> Judged | None:
    """Judgements in a row from a group on: "(A) is true. (B), (C) are false."; None where the group
    itself is not judged.

    Args:
        text: The reply.
        group: The first labels that may be judged.
        choices: The item's options, prepared for reading.
        stop: Where reading ends.
    """
    letters: dict[bool, list[str]] = {True: [], False: []}
    at: Group | None = group
    end = group.end
    while at is not None and len(letters[True]) + len(letters[False]) < 2 * len(choices.letters):
        verdict = verdict_at(text, at.end, stop)
        if verdict is None or not set(at.letters) <= set(choices.letters):
            break
        letters[verdict] += at.letters
        end = at.end
        at = _next_group(text, end, choices, min(stop, end + 400))
    if not letters[True] and not letters[False]:
        return None
    right = tuple(dict.fromkeys(each for each in letters[True] if each not in letters[False]))
    return Judged(right, tuple(dict.fromkeys(letters[False])), end)


def _next_group(text: str, pos: int, choices: Choices, stop: int) -> Group | None:
    """The next labels that are judged, if any are near."""
    for found in _NEXT.finditer(text, pos, stop):
        group = read_group(text, found.start(), choices, stop=stop)
        if group and verdict_at(text, group.end, stop) is not None:
            return group
    return None


def judged_one_by_one(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Lines or paragraphs that begin with a label, or labels in a row, each of them judged.

    Example:
        "A) False\\nB) True", "(A) x is 3. This is wrong.\\n(B) y is 4. This is true.", "✓ A\\n✗ B"
    """
    polar = {"true", "false", "correct", "incorrect", "right", "wrong", "yes", "no"}
    if any(text in polar for text in choices.texts.values()):
        return
    in_lines, in_row = _segments(view, choices, LINE), _segments(view, choices, _INLINE)
    for found in (_ticked(view), in_lines, in_row):
        judged = [each for each in found if each[0] in choices.letters]
        if len({letter for letter, *_ in judged}) < 2:
            continue
        for letter, right, start, end in judged:
            yield Statement(
                "verdict", WEAK, (letter,), start, end, denies=not right, one_of_many=right
            )
        return


def _ticked(view: View) -> list[tuple[str, bool, int, int]]:
    found = _TICKED.finditer(view.text, view.start, view.stop)
    return [(each["letter"], each["good"] is not None, each.start(), each.end()) for each in found]


def _segments(
    view: View, choices: Choices, pattern: re.Pattern[str]
) -> list[tuple[str, bool, int, int]]:
    """Letter, verdict, start and end of each judged segment. In a row every one must be judged."""
    starts = [
        (each["both"] or each.groupdict().get("one"), each)
        for each in pattern.finditer(view.text, view.start, view.stop)
    ]
    starts = [each for each in starts if each[0] in choices.letters]
    ends = [match.start() for _, match in starts[1:]] + [view.stop]
    result: list[tuple[str, bool, int, int]] = []
    for (letter, match), end in zip(starts, ends, strict=False):
        verdict = _of_segment(view.text, match.end(), end)
        if verdict is not None:
            result.append((letter or "", verdict, match.start(), min(end, match.end() + 40)))
        elif pattern is _INLINE:
            return []
    return result


def _of_segment(text: str, pos: int, end: int) -> bool | None:
    """The verdict at the beginning of a segment, or the last one of its own paragraph."""
    verdict = verdict_at(text, pos, end)
    if verdict is not None:
        return verdict
    piece = text[pos:end]
    if concluded := _CONCLUDES.search(piece):
        piece = piece[: concluded.start()]
    piece = piece.rstrip()
    if len(piece) > _SEGMENT:
        piece = piece[:400] + piece[-400:]
    opening = _SAID_OF_IT.match(piece.lstrip(" )].:-\n"))
    found = opening or _AT_END.search(piece[-60:]) or _AT_END.search(piece.split("\n")[0][-60:])
    if found is None:
        said = list(_SAID_OF_IT.finditer(piece))
        found = said[-1] if said else None
    if found is None:
        return None
    return found["good"] is not None and not found["not"]
