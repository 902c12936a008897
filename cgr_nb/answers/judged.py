"""Options judged in a row behind a cue: "(A) is true. (B), (C) are false."."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.verdicts import is_right, is_wrong

__all__ = ["Judged", "judged_after", "verdict_at"]

_GOOD = r"true|correct|right|yes|valid|[✓✔✅☑]"
_BAD = r"false|incorrect|wrong|untrue|invalid|no|[✗✘❌✖☒]"
_AFTER_LABEL = LazyPattern(
    r"\s?[)\].]?\s?[-–—:=→,]?\s?(?:(?:this\sis|it's|it\sis|is|are)\s)?"
    rf"(?:(?P<good>{_GOOD})|(?P<bad>{_BAD}))"
    r"(?=\s?(?:[.,;:!)\]}(–—\n-]|\Z)|\s(?:[(\[]?[A-Z][)\]]|because|since|as)(?![A-Za-z]))",
    re.IGNORECASE,
)
_NEXT = LazyPattern(r"(?<![\w^\\'’(])(?:[(\[]\s?)?[A-Z](?=[)\]\s,;:/&])")


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
