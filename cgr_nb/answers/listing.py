"""Several labels in one stretch: an answer of several options, or a mere echo of the options."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cgr_nb.answers.labels import Choices, Group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.verdicts import is_wrong

__all__ = ["Listed", "contradicted", "is_echo", "is_name", "listed"]

_ITEM = LazyPattern(
    r"(?P<joint>[,;.]|\b(?:and\s?/\s?or|and|or|as\swell\sas)\b|&|\n)[\s}]{0,3}(?:\d{1,2}[.)]\s)?"
    r"(?:(?P<more>and\s?/\s?or|and|or)\s)?(?:either\s)?(?:the\s)?"
    r"(?:(?:options?|statements?|choices?)\s)?(?:\\boxed\s?\{\s?)?"
    r"(?:[(\[]\s?(?P<letter>[A-Z])\s?[)\]](?![\^_])|(?P<bare>[A-Z])(?:[):.](?=\s)|(?=\s\(\w\w))"
    r"|(?<=\n)(?:\d{1,2}[.)]\s)?(?P<alone>[A-Z])"
    r"(?=[.,;]?\s?(?:\n|\Z)|,\s|\s[-–—→:(]|:\s|\s(?:is|because|since)\b))",
)
_TURN = LazyPattern(
    r"\.\s(?!\s?(?:and\s)?[(\[][A-Z][)\]])|\n\n(?!\s?[(\[]?[A-Z][)\].:])"
    r"|\b(?:because|since|as|while|whereas|which|but|not|given|than|unlike"
    r"|where|wrong|incorrect|false|except)\b|\?"
)
_SMALL_WORD = LazyPattern(
    r"\.[ \t]{1,4}(?!(?:because|since|as|it|the|this|that|which|so|in|for)\b)[a-z]"
)
_SENTENCE_ENDS = LazyPattern(r"[\n\r]|[.;!?](?=\s|\Z)")
_LIST_LABEL = LazyPattern(
    r"(?:[(\[]\s{0,2}([A-Z])\s{0,2}[)\]]|(?<![\w'’])([A-Z])[.):]"
    r"(?:(?=\s|[^\x00-\u024f])|(?<=[;\n][A-Z].)(?=[A-Z])))"
    r"(?![a-z0-9^_])"
)
_JOINED_BY_WORD = LazyPattern(r"(?:\b(?:and|or)\b|&)[\s(\[]{0,6}\Z")
_HEADED = LazyPattern(
    r"\n[^\n]{0,40}\b(?:others?|incorrect|wrong|why|explanations?|reason(?:s|ing)?|rest"
    r"|analysis|justification)\b[^\n]{0,60}(?=\n)",
    re.IGNORECASE,
)
_REASON = LazyPattern(r"\b(?:because|since|as|while|whereas|but|not)\b")


def is_name(text: str, group: Group, choices: Choices, stop: int) -> bool:
    """Whether "E. coli" goes on like a name where the option's text, which is known, does not.

    Args:
        text: The reply.
        group: The labels that it begins with.
        choices: The item's options, prepared for reading.
        stop: Where reading ends.
    """
    letter = group.letters[0]
    if len(group.letters) > 1 or not choices.texts.get(letter):
        return False
    rest = text[group.end + 1 : min(stop, group.end + 80)].split("\n")[0]
    return bool(_SMALL_WORD.match(text, group.end, stop)) and not choices.begins(letter, rest)


def is_echo(text: str, group: Group, choices: Choices, stop: int) -> bool:
    """Whether the options themselves are listed here: "A) red B) blue C) green".

    Two labels in alphabetical succession after this one (one, where there are only two options),
    each with words of its own between them and no joint, are a list of options and not an answer.

    Args:
        text: The reply.
        group: The labels that it begins with.
        choices: The item's options, prepared for reading.
        stop: Where reading ends.
    """
    if len(group.letters) > 1 or group.letters[0] not in choices.letters:
        return False
    rest = choices.letters[choices.letters.index(group.letters[0]) + 1 :]
    if group.letters[0] != choices.letters[0] or not rest:
        return False
    pos = group.end
    for place, expected in enumerate(rest):
        found = _LIST_LABEL.search(text, pos, min(stop, pos + 240))
        if found is None or (found[1] or found[2]) != expected:
            return place >= 2 or (place == 1 and text[stop - 1] in ";,")
        if _JOINED_BY_WORD.search(text, max(pos, found.start() - 12), found.start()):
            return False  # "A x, B y, C z and D w" says which
        if _REASON.search(text, pos, found.start()):
            return place >= 2
        if _HEADED.search(text, pos, found.start()):
            return False  # the others are explained under a heading of their own
        pos = found.end()
    return True


def contradicted(text: str, group: Group, choices: Choices, stop: int) -> tuple[str, ...]:
    """Another option whose exact text stands after the one label: "A: London" where B is London.

    Label and words name different options, and neither is more the answer than the other.

    Args:
        text: The reply.
        group: The labels that it begins with.
        choices: The item's options, prepared for reading.
        stop: Where reading ends.
    """
    if len(group.letters) > 1 or not choices.longest:
        return ()
    if choices.follows(group.letters[0], text[group.end : group.end + 240].lstrip(" )]}.:,\t")):
        return ()
    window = text[group.end : min(stop, group.end + 240)].lstrip(" )]}.:-–—,\t")
    ends = [*[end.start() for end in _SENTENCE_ENDS.finditer(window)][:2], len(window)]
    for end in ends:
        named = choices.named(window[:end])
        if named:
            return () if group.letters[0] in named else named
    return ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Labels of one sentence or list, with option text between."""

    letters: tuple[str, ...]
    """All letters, in the order read."""
    end: int
    """Where the last one ends."""
    either: bool = False
    """Some are joined by "or"."""


def listed(text: str, group: Group, choices: Choices, stop: int, *, plural: bool = False) -> Listed:
    """A group and further labels that go on from it: "(A) 5 atoms and (D) 4 atoms", or lines.

    Text between labels may be long, but no reason, turn or end of a sentence. An "or" between makes
    them alternatives. Lines that begin with a label go on as a list, blank lines between or not.
    After a plural cue ("the correct options are") sentences may go on, and what can't be told from
    a further label is left open.

    Args:
        text: The reply.
        group: The labels that it begins with.
        choices: The item's options, prepared for reading.
        stop: Where reading ends.
        plural: The cue before it is a plural one.
    """
    letters, end, either = list(group.letters), group.end, group.either
    lines = _begins_line(text, group.start)
    if letters[-1] not in choices.letters or not (
        group.marked
        or text[group.end : group.end + 1] in {":", "."}
        or lines
        or (
            text[group.end : group.end + 2] == " ("
            and text[group.end + 2 : group.end + 3].isalnum()
        )
    ):
        return Listed(group.letters, end, either)
    while len(letters) < len(choices.letters):
        window = min(stop, end + 600)
        aside = _IN_BRACKETS.match(text, end, window)
        if aside:
            end = aside.end()
        item = _ITEM.search(text, end, window)
        turn = _TURN.search(text, end, window)
        if item is None:
            break
        if lines and _TITLE.search(text, end, item.start()):
            break
        in_line = item["joint"] in {"\n"} or (item["joint"] == "." and "\n" in item[0])
        letter = item["letter"] or item["bare"] or item["alone"]
        # "A (one), C (three) and D (four)"
        styled = aside is not None and item["bare"] and text[item.end() : item.end() + 2] == " ("
        joined = item["joint"] not in {",", ";", ".", "\n"} or item["more"] or styled
        if turn and turn.start() < item.start() and not (lines and in_line):
            if not (plural and joined and item["letter"] and turn[0] in _IN_TEXT):
                break
            # "(A) x is not an integer and (C) y": a reason, or the text of the option?
            either = letter in choices.letters and not is_wrong(text, item.end(), stop)
            if either and letter not in letters:
                letters.append(letter)
            break
        own = choices.follows(letters[-1], text[end:window].lstrip(_OPENS_TEXT))
        own = own and choices.follows(letter, text[item.end() : window].lstrip(_OPENS_TEXT))
        if item["bare"] and not ((in_line and lines) or joined or own):
            break
        told = len(text[end : item.start()].strip(" )]}")) > 2
        if item["joint"] == "." and not ((lines and in_line) or (plural and told)):
            break
        if lines and not in_line and not (joined or own) and item["bare"]:
            break
        if (
            letter not in choices.letters
            or letter in letters
            or is_wrong(text, item.end(), stop)
            or (letter < letters[-1] and not (joined and item["letter"]))
        ):
            break
        either = either or _OR.search(f"{item['joint']} {item['more'] or ''}") is not None
        letters.append(letter)
        end = item.end()
    return Listed(tuple(letters), end, either)


_OPENS_TEXT = " )]}.:-–—"
_TITLE = LazyPattern(r"\n[^\n]{2,80}:\s?\Z")
"""A line above an item that introduces another list."""
_IN_BRACKETS = LazyPattern(r"\s\((?:[^()\n]|\([^()\n]{0,40}\)){1,200}\)")
_IN_TEXT = frozenset({"not", "as", "which", "than", "given", "where"})
_LINE_HEAD = LazyPattern(r"\s?(?:\d{1,2}[.)]\s?)?\Z")
_OR = LazyPattern(r"\bor\b")


def _begins_line(text: str, pos: int) -> bool:
    before = text[max(0, pos - 12) : pos]
    return _LINE_HEAD.match(before.rsplit("\n", 1)[-1]) is not None
