"""Judgements: options that are called right or wrong, one by one or all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.statement import STATED, WEAK, Statement
from cgr_nb.answers.view import View

__all__ = [
    "all_or_none",
    "concluding",
    "is_right",
    "is_wrong",
    "judged_lines",
    "spared_letters",
    "verdict",
    "verdicts_after",
]

_BE = r"(?:is|are|was|were|seems?|appears?|must\sbe|would\sbe|should\sbe)"
_WRONG = re.compile(
    r"\s{0,3}(?:(?:options?|choices?|statements?)\s)?"
    r"(?:"
    + _BE
    + r"\s{1,2}(?:\w{2,12}\s){0,2}?(?:not\b|incorrect|wrong|false\b|untrue|invalid|ruled\sout"
    r"|eliminated"
    r"|excluded|out\b|impossible|unlikely|inaccurate|inappropriate|irrelevant|never)"
    r"|(?:isn|aren|wasn|can|could|does|do|would)'?n?'t\b|can\s?not\b|(?:does|do|could|would)\snot\b"
    r"|[-–—:]\s{0,3}(?:incorrect|wrong|false)\b)",
    re.IGNORECASE,
)
_SINGULAR = re.compile(r"\s{0,3}(?:is|was|isn)\b", re.IGNORECASE)
_RIGHT = re.compile(
    r"\s{0,3}(?:(?:"
    + _BE
    + r")\s{1,2}(?:(?:the|also|all|both|indeed|most|likely|therefore|definitely|clearly|only|thus"
    r"|probably|then|always|hence|certainly|actually|both|a|an|necessarily|one|ones|our|my)\s){0,3}(?:correct|right|true\b|accurate|best\b|answers?\b)"
    r"|[-–—:]\s{0,3}(?:correct|right|true)\b)",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"[(\[]?\b([A-Z])[)\]]?(?=\s{1,3}(?:is|are)\s|\s{0,3}[-–:]\s{0,3}(?i:true|false|correct"
    r"|incorrect|wrong))"
)


def is_wrong(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them wrong: " is incorrect", " are
    not"."""
    return _WRONG.match(text, pos, stop) is not None


def is_right(text: str, pos: int, stop: int) -> bool:
    """Whether the words at `pos` call what stands before them right: " is correct"."""
    return _RIGHT.match(text, pos, stop) is not None


def spared_letters(text: str, group: Group, stop: int) -> tuple[str, ...]:
    """In "the answer is A and B is wrong" only B is called wrong: the letters before it."""
    return group.letters[:-1] if _SINGULAR.match(text, group.end, stop) else ()


def verdicts_after(text: str, group: Group, choices: Choices, stop: int) -> tuple[str, ...]:
    """Judgements in a row after a cue: "(A) is true. (B) is false. (C) is true" gives A, C; nothing
    else does."""
    if len(group.letters) > 1 or not _RIGHT.match(text, group.end, stop):
        return ()
    letters, pos = [group.letters[0]], group.end
    while len(letters) < 26:
        found = _JUDGED.search(text, pos, min(stop, pos + 120))
        if found is None:
            break
        pos = found.end()
        if _RIGHT.match(text, pos, stop) and not is_wrong(text, pos, stop):
            letters.append(found[1])
    return tuple(dict.fromkeys(letters)) if len(letters) > 1 else ()


_JUDGEMENT = re.compile(
    r"(?P<noun>\b(?i:options?|choices?|answers?|statements?)\s{1,3})?"
    r"(?<![\w^\\'’])(?P<label>(?:[(\[]\s{0,2})?(?<![\w^\\'’])[A-Z])(?=[)\]\s,;/&])"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:if|whether|suppose|assum\w{1,5}|unless|when|that|why|since|nor|neither)\s{1,2}(?:\w{2,9}\s)?\Z",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\s\Z", re.IGNORECASE)
_TRUE = re.compile(r"\s{0,3}(?:is|are)\s(?:\w{2,9}\s){0,2}true\b", re.IGNORECASE)


def verdict(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """An option that is called right or wrong.

    "True" is said of a bare capital in logic and algebra too, so there the label needs a bracket, a
    noun, or the beginning of the reply.

    Example:
        "Option B is correct.", "(A) and (D) are the correct statements", "C is the best answer", "B
        is wrong"
    """
    text, pos = view.text, view.start
    while found := _JUDGEMENT.search(text, pos, view.stop):
        at, pos = found.start("label"), found.end()
        group = read_group(text, at, choices, stop=view.stop)
        if group is None:
            continue
        pos = group.end
        if _HYPOTHETICAL.search(text, max(view.start, found.start() - 24), found.start()):
            continue
        if is_wrong(text, group.end, view.stop):
            spared = spared_letters(text, group, view.stop)
            wrong = tuple(letter for letter in group.letters if letter not in spared)
            yield Statement("verdict", WEAK, wrong, found.start(), group.end, denies=True)
        elif _RIGHT.match(text, group.end, view.stop):
            singled = _ONLY.search(text, max(view.start, found.start() - 8), found.start())
            named = group.marked or found["noun"] or at == view.start or singled
            if _TRUE.match(text, group.end, view.stop) and not named:
                continue
            yield Statement(
                "verdict",
                WEAK,
                group.letters,
                found.start(),
                group.end,
                either=group.either,
                one_of_many=True,
            )


_LINE_VERDICT = re.compile(
    r"(?:^|(?<=[,;.]\s))(?:(?:option|statement|choice)\s)?[(\[]?(?P<letter>[A-Z])(?:[)\]]|[.:])?\s?[-–—:=→]?\s?"
    r"(?:(?:is|are)\s)?(?:(?P<right>true|correct|right|yes|✓|✅|✔)|(?P<wrong>false|incorrect|wrong|no|✗|❌|✘))"
    r"(?=\s?(?:[.,;(–—\n-]|\Z))",
    re.IGNORECASE | re.MULTILINE,
)


def judged_lines(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Lines that each judge one option, where at least two do.

    Example:
        "A) False\nB) False\nC) True"
    """
    polar = {"true", "false", "correct", "incorrect", "right", "wrong", "yes", "no"}
    if any(text in polar for text in choices.texts.values()):
        return
    lines = [
        found
        for found in _LINE_VERDICT.finditer(view.text, view.start, view.stop)
        if found["letter"] in choices.letters
    ]
    if len({found["letter"] for found in lines}) < 2:
        return
    for found in lines:
        right = found["right"] is not None
        yield Statement(
            "verdict",
            WEAK,
            (found["letter"],),
            found.start(),
            found.end(),
            denies=not right,
            one_of_many=right,
        )


_LAST_SENTENCE = re.compile(
    r"(?:\A|[.\n]\s?)(?:(?:so|thus|therefore|hence|in\sconclusion|finally|overall|consequently)\b,?"
    r"[^.\n]{0,200}?\s|(?P<start>))(?:(?P<only>only)\s(?:(?:options?|statements?|choices?)\s)?"
    r"|(?P<noun>options?|statements?|choices?|functions?|equations?|reactions?|conclusions?|both)\s)"
    r"(?=[(\[]?[A-Z]\b)",
    re.IGNORECASE,
)
_CONCLUDING = 320
"""Characters at the end of a reply in which its last sentence begins."""


def concluding(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A last sentence that singles out labels, where nothing is announced at all.

    Example:
        "Therefore, only (C) has a solution.", "Thus, the functions [A] and [B] have a zero."
    """
    start = max(view.start, view.stop - _CONCLUDING)
    found = None
    for each in _LAST_SENTENCE.finditer(view.text, start, view.stop):
        found = each
    if found is None or (found["start"] is not None and not found["only"]):
        return
    if re.search(r"[.?!]\s[A-Z]|\n", view.text[found.end() : view.stop].rstrip()):
        return
    group = read_group(view.text, found.end(), choices, stop=view.stop)
    if group is None or not (found["only"] or len(group.letters) > 1):
        return
    if is_wrong(view.text, group.end, view.stop) or not (group.marked or found["noun"]):
        return
    more = _FURTHER.search(view.text, group.end, view.stop)
    if more:
        return
    yield Statement(
        "concluding", WEAK, group.letters, found.start(), group.end, either=group.either
    )


_FURTHER = re.compile(r"[(\[][A-Z][)\]]|\b(?:not|false|incorrect|cannot)\b")

_ALL = re.compile(
    r"\b(?P<how>all|none|neither)\s(?:of\s)?(?:the\s|these\s|those\s)?(?:given\s|above\s"
    r"|provided\s|listed\s|four\s|five\s){0,2}"
    r"(?:options?|choices?|answers?|statements?)\s(?:given\s|above\s|listed\s|provided\s"
    r"|here\s){0,2}"
    r"(?:is|are|match(?:es)?|seems?|fits?|satisf\w{2,4}|correspond)\b(?P<rest>[^.\n]{0,40})",
    re.IGNORECASE,
)
_CALLED_RIGHT = re.compile(r"\A\s?(?:\w{2,9}\s)?(?:correct|right|true)\b", re.IGNORECASE)


def all_or_none(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Every option, or none of them, called right in one breath.

    Example:
        "Therefore, all the options are correct.", "None of the given options match."
    """
    for found in _ALL.finditer(view.text, view.start, view.stop):
        if found["how"].lower() == "all":
            if _CALLED_RIGHT.match(found["rest"]):
                strength = STATED if multi else WEAK
                yield Statement(
                    "all_options", strength, choices.letters, found.start(), found.end()
                )
        else:
            yield Statement(
                "no_option", STATED, choices.letters, found.start(), found.end(), denies=True
            )
