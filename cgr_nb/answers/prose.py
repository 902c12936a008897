"""What a reply in prose decides, where nothing is announced and no label is singled out.

Each sentence that names options (naming.py) is read as a claim: some options are affirmed in it,
others are denied or stand aside ("rather than Nice", "such as Lyon"). Two claims can decide:

- the conclusion: the last sentence that names options affirms one run of them, behind a word of
  conclusion or a link, or with "only";
- the opening: the first one affirms one run, as its subject or behind a link, and what follows
  speaks of other options in other terms.

A conclusion in so many words wins; else the two must not differ. Nothing is decided by a reply that
was cut, that doubts, asks, supposes or plans, nor by a walk through the options in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cgr_nb.answers.claims import DENIED, Claim, claims_of
from cgr_nb.answers.conclusion import concluded
from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.hedges import DOUBT
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.opening import opened
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["prose"]

_SHORT = 60
"""Characters of a reply that need not end in a full stop."""
_EVERY = LazyPattern(
    r"(?:\A|(?<=[.!?:]\s)|(?<=\n))(?:(?:so|thus|hence|therefore|in\sfact),?\s)?(?P<all>all\s(?:"
    r"of\s(?:the|these|those)\s(?:\w{2,16}\s){0,2}(?:listed|given|above|mentioned|options?"
    r"|statements?"
    r"|choices?|answers?)(?:\s(?:listed|given|above|here))?"
    r"|(?:of\s)?(?:the\s)?(?:listed|given)\s(?:options?|\w{2,16}s)"
    r"|(?P<count>two|three|four|five|six)(?:\sof\s(?:them|these))?|of\s(?:these|them))\s"
    r"(?:are|is|have|can|do|apply|hold|occur|exist|match|qualify|satisfy|count|contribute|cause"
    r"|belong)"
    r"\b(?![^.!?\n]{0,160}\b(?:except|but|none|no|not|could|might|false|wrong|incorrect)\b)"
    r"(?![^.!?\n]{0,160}n['’]t\b)[^.!?\n]{0,200}[.!])",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ALL_BUT = LazyPattern(
    r"(?:\b(?:all|every|each|everything(?!\sbut))\b[^.,;!?]{0,40}?\s(?:except|but|other\sthan"
    r"|apart\sfrom"
    r"|excluding|besides|save)(?:\sfor)?|\bexcept(?:\sfor)?|\bexception\sof)"
    r"\s(?:the\s|an?\s)?(?:option\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)


def prose(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """What the opening or the conclusion of a reply in prose decides.

    Example:
        "Jupiter is the largest planet. Saturn is a close second.", "Of the animals listed, (B) and
        (C) are mammals. The penguin is a bird.", "That leaves Lille."
    """
    finished = view.text[view.stop - 1] in ENDS_WELL
    if not (finished or view.stop - view.start <= _SHORT):
        return
    if not choices.letters or _doubts(view, choices):
        return
    every = _EVERY.search(view.text, view.start, view.stop) if multi else None
    if every and len(choices.letters) == _COUNTS.get(
        (every["count"] or "").lower(), len(choices.letters)
    ):
        yield Statement("all_options", WEAK, choices.letters, every.start("all"), every.end())
        return
    claims, count = claims_of(view, choices)
    if not claims:
        return
    if multi and (rest := _all_but(view, choices, claims)):
        yield rest
        return
    if multi and (told := _told_one_by_one(choices, claims)):
        yield told
        return
    last = concluded(view, choices, claims, count, multi)
    first = opened(view, choices, claims, count, multi) if finished else None
    if last and (last[1] or first is None or set(first.letters) == set(last[0].letters)):
        found = last[0]
    elif first and last is None:
        found = first
    else:
        return
    yield Statement("prose", WEAK, found.letters, found.start, found.end)


def _doubts(view: View, choices: Choices) -> bool:
    """Whether the reply says that it can't decide, and no option says that too."""
    if any(DOUBT.search(text) for text in choices.texts.values()):
        return False
    return DOUBT.search(view.text, view.start, view.stop) is not None


def _told_one_by_one(choices: Choices, claims: Sequence[Claim]) -> Statement | None:
    """Every option, each affirmed or denied, and none both."""
    affirmed = {letter for each in claims for one in each.affirmed for letter in one.letters}
    denied = {letter for each in claims for letter in each.denied}
    if not (affirmed and denied and affirmed.isdisjoint(denied)):
        return None
    if affirmed | denied != set(choices.letters) or len(claims) > 2 * len(choices.letters):
        return None
    affirming = [each for each in claims if each.affirmed]
    if len(affirming) > 1 or any(one.either for one in affirming[0].affirmed):
        return None
    letters = choices.in_order(affirmed)
    return Statement("prose", WEAK, letters, claims[0].start, claims[-1].end)


def _all_but(view: View, choices: Choices, claims: Sequence[Claim]) -> Statement | None:
    """ "All except argon.": every option but those that the last claim spares."""
    claim = claims[-1]
    run = claim.runs[0]
    found = _ALL_BUT.search(view.text[claim.start : run.start])
    if (
        found is None
        or len(claim.runs) > 1
        or run.either
        or DENIED.search(view.text, run.end, claim.end)
    ):
        return None
    rest = tuple(letter for letter in choices.letters if letter not in run.letters)
    return Statement("all_options", WEAK, rest, claim.start, run.end) if rest else None
