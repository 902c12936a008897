"""Which options a concluding utterance affirms, and whether they belong together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cgr_nb.answers.claims import is_wordy
from cgr_nb.answers.cues import (
    BREAKS_OFF,
    ELLIPTIC,
    ENDS_CLAUSE,
    JOINS,
    LEADS,
    LEADS_OFF,
    LINKS,
    NUMBER,
    SO_WORD,
    SUMS_UP,
    THAN,
    UNREAD_BEFORE,
    UNREAD_BEHIND,
)
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.naming import Run
from cgr_nb.answers.roles import BEFORE_LABEL, COPULA, CUT_OFF, FURTHER
from cgr_nb.answers.utterances import DENIES, Stance, Utterance
from cgr_nb.answers.view import View

__all__ = ["affirmed_by", "are_values", "has_unread", "labels_stand", "leans_on_denial"]


def affirmed_by(text: str, each: Utterance, begin: int) -> set[str] | None:
    """The letters that a concluding utterance affirms from a place on; None where it is not clear
    that they belong together."""
    pairs = [
        (run, stance)
        for run, stance in zip(each.runs, each.stances, strict=True)
        if run.end > begin
    ]
    if any(run.either for run, stance in pairs if stance != Stance.NO):
        return None
    if len(pairs) > 1 and _compares(text, pairs):
        return None
    unsure = [run for run, stance in pairs if stance == Stance.UNSURE]
    chosen = [run for run, stance in pairs if stance == Stance.YES]
    told = [run for run, stance in pairs if stance == Stance.TOLD]
    if unsure:
        return None
    taken = told + chosen if told and not chosen else chosen
    if told and chosen:
        # "So the soup, with peas, and the hummus are fine": one row, or two sentences.
        taken = sorted(told + chosen, key=lambda run: run.start)
        same = {letter for run in told for letter in run.letters}
        further = {letter for run in chosen for letter in run.letters}
        if len(same | further) > 1 and not (same <= further or _one_row(text, taken)):
            return None
    elif not _one_row(text, taken):
        return None
    if not taken:
        return None
    if CUT_OFF.search(text[begin : taken[0].start]) or (
        taken[-1].label and FURTHER.match(text[taken[-1].end : each.end])
    ):
        return None
    if has_unread(text, each, begin, taken):
        return None
    letters = {letter for run in taken for letter in run.letters}
    denied = each.letters(Stance.NO)
    return None if letters & denied else letters


def _compares(text: str, pairs: Sequence[tuple[Run, str]]) -> bool:
    """ "So convection is slower than conduction.": told of one by the other, and no more."""
    (one, first), (two, second) = pairs[0], pairs[1]
    between = text[one.end : two.start]
    return first == Stance.TOLD and second == Stance.BESIDE and THAN.search(between) is not None


def has_unread(text: str, each: Utterance, begin: int, taken: Sequence[Run]) -> bool:
    """Whether the row of what is named has members that name no option as far as we see.

    Args:
        text: The reply.
        each: The utterance.
        begin: Where its conclusion begins.
        taken: What is named in the row.
    """
    if all(run.label for run in taken):
        return False
    if UNREAD_BEHIND.match(text, taken[-1].end, each.end):
        return True
    before = text[max(begin, each.start) : taken[0].start]
    found = UNREAD_BEFORE.match(SUMS_UP.sub("", before))
    if found is None:
        return False
    first = SO_WORD.sub("", found["first"].strip())
    return len(first.split()) > 2 and not LEADS_OFF.match(first)


def _one_row(text: str, runs: Sequence[Run]) -> bool:
    """Whether runs stand in one row: only joints, with remarks before them, part them."""
    for one, two in pairwise(runs):
        between = text[one.end : two.start]
        if set(two.letters) <= set(one.letters):
            continue
        if len(between) > 120 or not JOINS.search(between) or BREAKS_OFF.search(between):
            return False
    return True


def are_values(view: View, each: Utterance, choices: Choices) -> bool:
    """Whether numbers for options are what the utterance comes to, not some among others."""
    if all(is_wordy(run, choices) or len(run.letters) > 1 for run in each.runs):
        return True
    around, pos = "", each.start
    for run in each.runs:
        around, pos = around + " " + view.text[pos : run.start], run.end
    return len(each.runs) == 1 and not NUMBER.search(around + " " + view.text[pos : each.end])


def labels_stand(text: str, each: Utterance, letters: set[str]) -> bool:
    """Whether bare capitals stand as labels do, and not as names of quantities."""
    for run in each.runs:
        if not set(run.letters) & letters or run.text or not run.label:
            continue
        if not text[run.start].isupper() or len(text[run.start : run.end]) > 1:
            continue  # a bracket, a noun, or several
        before = text[each.start : run.start]
        if not (BEFORE_LABEL.search(before) and ENDS_CLAUSE.match(text, run.end, each.end)):
            return False
        if not (LINKS.search(before) or COPULA.search(before) or LEADS.search(before)):
            return False
    return True


def leans_on_denial(text: str, said: Sequence[Utterance]) -> bool:
    """Whether the verb of an utterance stands for one that is denied: "They are sources that don't
    run out. Coal and gas do.": who does is not who is asked for."""
    elliptic = any(
        each.runs and ELLIPTIC.match(text[each.runs[-1].end : each.end]) for each in said
    )
    return elliptic and any(
        not each.runs and DENIES.search(text, each.start, each.end) for each in said
    )
