"""The first sentence of a reply that names options, where it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cgr_nb.answers.claims import LONGEST, Claim, fits, is_wordy, set_against
from cgr_nb.answers.hedges import PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import Run
from cgr_nb.answers.roles import (
    ARTICLES,
    BREAKS,
    COPULA,
    CUT_OFF,
    LEADS_IN,
    LINK,
    OBJECT,
    POSSESSIVE,
    SINGLED,
    SO,
    TOPIC,
    VERB,
)
from cgr_nb.answers.view import View

__all__ = ["opened"]

_CONTRAST = LazyPattern(r"\b(?:while|whereas|but|although)\b")
_ALSO = LazyPattern(r"(?:,|\sand)\s(?:and\s)?(?:(?:the|a|an)\s)?\Z", re.IGNORECASE)
_PLANS_ON = LazyPattern(rf"(?:{PLANNED.pattern})[^.!?]{{0,200}}[.!?:]?\s?\Z", re.IGNORECASE)


def opened(
    view: View, choices: Choices, claims: Sequence[Claim], count: int, multi: bool
) -> Run | None:
    """The run that the first claim affirms, where what follows speaks of others.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        claims: Its sentences that name options; at least one.
        count: How many sentences it has.
        multi: Whether several options may be right.
    """
    text, claim = view.text, claims[0]
    if not claim.affirmed or SUPPOSED.search(text, claim.start, claim.end):
        return None
    run = claim.affirmed[0]
    if run.either or not fits(run, choices, multi) or not is_wordy(run, choices):
        return None
    if _PLANS_ON.search(text, max(claim.end, view.stop - LONGEST), view.stop):
        return None
    named, others = set(run.letters), claims[1:]
    if any(_denies(text, each, named) for each in claims):
        return None
    if any(
        set(one.letters) - named and set(one.letters) & named
        for each in others
        for one in each.affirmed
    ):
        return None
    before, after = text[claim.start : run.start], text[run.end : claim.end]
    if POSSESSIVE.match(after) or TOPIC.match(before) or CUT_OFF.search(before):
        return None
    if text[claim.end : claim.end + 1] == ";" and others:
        others = others[1:]  # the rest of the same sentence
    others = [each for each in others if any(set(one.letters) - named for one in each.runs)]
    beside = [each for each in claim.affirmed[1:] if set(each.letters) - named]
    if claim.denied >= set(choices.letters) - named:
        return None  # "Paris is bigger than Lyon, Nice and Lille."
    if any(_names_as_answer(text, each, named) for each in others):
        return None
    led = LEADS_IN.match(before)
    if not run.text and not (multi and led and led["among"]):
        return None  # talk about labels; other rules read those that are singled out
    if led and not before.strip() and not after.strip(" .!:*") and multi == (len(run.letters) > 1):
        return None if any(_is_alone(text, each) for each in others) else run
    if led and VERB.match(after):
        if beside and (beside[0].start < _comma(text, run) or _is_even(text, claim, beside)):
            return None
        told = {letter for each in others for one in each.runs for letter in one.letters} - named
        singled = SINGLED.match(after) is not None or (
            before.strip(" \"'(") and not ARTICLES.match(before)
        )
        if others and not multi and _is_complement(text, others[-1], named):
            return None
        if (
            multi
            and not others
            and not (led["among"] or count == 1 or text[claim.end : claim.end + 1] == ";")
        ):
            return None
        if multi:
            return run if len(run.letters) > 1 and _contrasted(others, choices, named) else None
        walks = run.letters[0] == choices.letters[0]
        if not (walks and len(told) > 1) and (singled or not _begins_with_other(text, others)):
            return run
        return run if len(told) == len(choices.letters) - 1 and not walks else None
    if beside and not _CONTRAST.search(text, run.end, beside[0].start):
        return None
    firm = COPULA.search(before) is not None and BREAKS.match(after) is not None
    if firm and (not multi or len(run.letters) > 1):
        return run
    weak = (LINK.search(before) and BREAKS.match(after)) or OBJECT.search(before)
    if not weak or (multi and len(run.letters) < 2):
        return None
    if multi:
        return run
    return None if any(_is_complement(text, each, named) for each in others) else run


def _names_as_answer(text: str, claim: Claim, named: set[str]) -> bool:
    """Whether a later claim concludes, and affirms another option."""
    return any(
        set(one.letters) - named and SO.search(text[claim.start : one.start]) is not None
        for one in claim.affirmed
    )


def _denies(text: str, claim: Claim, named: set[str]) -> bool:
    """Whether a claim denies one of these by its label, or as its subject."""
    return any(
        set(one.letters) & named & claim.denied
        and (one.label or LEADS_IN.match(text[claim.start : one.start]) is not None)
        for one in claim.runs
    )


def _contrasted(others: Sequence[Claim], choices: Choices, named: set[str]) -> bool:
    """Whether what follows sets the other options against these: it denies them, or tells them
    apart one by one. "B and D are scalars. A and C are vectors." is even."""
    runs = [one for each in others for one in each.runs]
    told = {letter for one in runs for letter in one.letters}
    if not told or told & named:
        return not told
    if set_against(others, named):
        return True
    rest = set(choices.letters) - named
    return told == rest and (len(runs) > 1 or len(rest) == 1)


def _begins_with_other(text: str, others: Sequence[Claim]) -> bool:
    """Whether a later claim has its own option as its subject, as the first one has."""
    return any(LEADS_IN.match(text[each.start : each.runs[0].start]) is not None for each in others)


def _is_complement(text: str, claim: Claim, named: set[str]) -> bool:
    """Whether a later claim affirms another option behind a link."""
    return any(
        set(one.letters) - named and LINK.search(text[claim.start : one.start]) is not None
        for one in claim.affirmed
    )


def _is_alone(text: str, claim: Claim) -> bool:
    run = claim.runs[0]
    around = text[claim.start : run.start] + text[run.end : claim.end]
    return not around.strip(" .!:*")


def _is_even(text: str, claim: Claim, beside: Sequence[Run]) -> bool:
    """ "The mean is 5, the median is 4": other options are subjects of the same sentence."""
    return any(
        _ALSO.search(text, claim.start, each.start) and VERB.match(text, each.end, claim.end)
        for each in beside
    )


def _comma(text: str, run: Run) -> int:
    found = text.find(",", run.end, run.end + 200)
    return found if found >= 0 else run.end + 200
