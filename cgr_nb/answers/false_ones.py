"""Conclusions that name the false option, or the odd one: the question asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.verdicts import is_wrong
from cgr_nb.answers.view import View

__all__ = ["false_ones", "odd_one"]

_FALSE_ONES = LazyPattern(
    r"(?P<so>\b(?:so|thus|therefore|hence|in\sconclusion|consequently|final\sanswer\s?:)\s?,?:?\s)?"
    r"(?:the\s)?(?:false|incorrect|wrong|untrue|not\s(?:true|correct))\s"
    r"(?:statements?|options?|choices?|ones?|conclusions?)(?:\s?\(s\))?\s"
    r"(?:is\s?/\s?are|is\s?\(are\)|is|are)\s?:?\s?",
    re.IGNORECASE,
)


def false_ones(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A conclusion that names the false options: so the question asked for these. Without a word of
    conclusion that is not sure.

    Example:
        "Therefore, the FALSE statements are (A) and (B)."
    """
    for found in _FALSE_ONES.finditer(view.text, max(view.start, view.stop - 300), view.stop):
        group = read_group(view.text, found.end(), choices, stop=view.stop)
        if group is None or len(view.text[group.end : view.stop].strip(" .*\n")) > 0:
            continue
        sure = found["so"] is not None
        before = view.text[max(view.start, found.start() - 2) : found.start()]
        if not sure and before.strip() not in {"", "."}:
            continue
        if sure or len(group.letters) > 1:
            yield Statement(
                "false_ones", STATED, group.letters, found.start(), group.end,
                either=group.either or not sure,
            )  # fmt: skip


_ODD_ONE = LazyPattern(
    r"(?:\A|(?<=[.!?]\s)|(?<=\n))(?:(?:so|thus|therefore|hence),?\s)?(?:the\s)?"
    r"(?:odd\sone(?:\sout)?|exception|(?:false|incorrect|untrue|wrong|inaccurate)\sstatement"
    r"|(?:statement|one)\s(?:that|which)\s(?:is|does)\s?(?:not\b|n't\b|false|incorrect|untrue"
    r"|wrong)[^.\n:;?]{0,60}?)"
    r"\s?(?:\bis\b|:)\s?:?\s?",
    re.IGNORECASE,
)


def odd_one(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The one that is not like the others, where nothing else is stated: so it was asked for.

    Example:
        "The odd one out is C.", "The incorrect statement is (B), because plants do respire."
    """
    for found in _ODD_ONE.finditer(view.text, view.start, view.stop):
        group = read_group(view.text, found.end(), choices, stop=view.stop)
        if group and not is_wrong(view.text, group.end, view.stop):
            yield Statement(
                "odd_one", WEAK, group.letters, found.start(), group.end, either=group.either
            )
