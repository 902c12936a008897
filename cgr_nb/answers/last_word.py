"""The last utterance of a reply that concludes, and affirms options.

What follows it may explain, deny others and repeat, but not affirm others, nor conclude anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.answers.affirming import affirmed_by, are_values, labels_stand
from cgr_nb.answers.cues import (
    ALONE,
    APPOSED,
    CLEFT,
    CONCLUDES,
    CUE,
    EXAMINES,
    HEAD_CUE,
    IS_RIGHT,
    NONE_OF,
    PRONOUN,
    SO_AMID,
    SO_WIDE,
    SUPPOSES,
    TITLE,
    TURN,
    WITHDRAWN,
)
from cgr_nb.answers.hedges import DOUBT, PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import Run
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.reading import Reading, fits_mode, reading_of
from cgr_nb.answers.roles import ONLY, SO
from cgr_nb.answers.utterances import Stance, Utterance
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["cue_of", "is_heading", "last_word"]


def last_word(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """The options that the last concluding utterance affirms; None where there is no such one, or
    where it supposes, doubts, or is cut.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.
    """
    text = view.text
    later: set[str] = set()
    for each in reversed(said):
        if each.asks:
            return None
        if not each.runs:
            before = said[each.place - 1] if each.place else None
            if (
                not multi and before and before.runs and PRONOUN.match(text, each.start, each.end)
                and not before.asks and before.stances[-1] in (Stance.YES, Stance.TOLD)
            ):  # fmt: skip
                named = set(before.runs[-1].letters)
                if fits_mode(named, choices, multi) and not later - named:
                    last = before.runs[-1]
                    return reading_of(choices, named, last.start, each.end, "conclusion")
            if any(
                words.search(text, each.start, each.end) for words in (DOUBT, PLANNED, WITHDRAWN)
            ):
                return None
            if CONCLUDES.match(text, each.start, each.end):
                return None  # the last word, and it names no option
            continue
        begin = cue_of(view, said, each)
        if begin is None:
            if each.letters(Stance.UNSURE):
                return None
            later |= each.letters(Stance.YES)
            continue
        letters = affirmed_by(text, each, begin)
        if letters is None or not fits_mode(letters, choices, multi) or later - letters:
            return None
        if each is not said[-1] and view.text[view.stop - 1] not in ENDS_WELL:
            return None
        words = text[each.start : each.end].strip()
        if len(words) > 15 and words in text[view.start : each.start]:
            return None  # a loop, or one of several such conclusions
        if not labels_stand(text, each, letters) or _judged_before(text, said, each, letters):
            return None
        if SUPPOSES.match(text, each.start, each.end) or not are_values(view, each, choices):
            return None
        if multi and len(letters) == 1 and not _is_only(view, each, said, letters):
            return None
        if each is said[-1] and _is_cut(view, each):
            return None
        turn = [found.end() for found in TURN.finditer(text, each.start, each.runs[-1].start)]
        doubt = bool(DOUBT.search(text, max([each.start, *turn]), each.end))
        doubt = doubt or (not turn and bool(NONE_OF.search(text, view.start, each.end)))
        if doubt or SUPPOSED.search(text, max([begin, *turn[-1:]]), each.end):
            return None
        return reading_of(choices, letters, each.runs[0].start, each.runs[-1].end, "conclusion")
    return None


def _judged_before(
    text: str, said: Sequence[Utterance], each: Utterance, letters: set[str]
) -> bool:
    """Whether other options were called right before, one by one: this one is a step, too."""
    for one in said[: said.index(each)]:
        for run, stance in zip(one.runs, one.stances, strict=True):
            judged = stance == Stance.YES and IS_RIGHT.match(text, run.end, one.end)
            if judged and set(run.letters) - letters:
                return True
    return False


def _is_only(view: View, each: Utterance, said: Sequence[Utterance], letters: set[str]) -> bool:
    """Whether one option is all that is affirmed, where several might be."""
    others: set[str] = set()
    for one in said:
        affirming = Stance.YES, Stance.TOLD, Stance.UNSURE
        if one is not each and (one.place < each.place or one.opens_line):
            others |= one.letters(*affirming) - letters
    before = view.text[each.start : each.runs[0].start]
    if ALONE.match(view.text, each.runs[0].end, each.end):
        return True
    return ONLY.search(before) is not None or (not others and CUE.search(before) is not None)


def cue_of(view: View, said: Sequence[Utterance], each: Utterance) -> int | None:
    """Where the conclusion of an utterance begins; None where it draws none."""
    text = view.text
    affirming = (Stance.YES, Stance.TOLD, Stance.UNSURE)
    named = [
        run for run, stance in zip(each.runs, each.stances, strict=True) if stance in affirming
    ]
    if not named:
        return None
    first = named[0]
    amid = [
        found
        for found in SO_AMID.finditer(text, each.start, named[-1].start)
        if found.start() >= each.start
    ]
    if amid:
        return amid[-1].start()
    before = text[each.start : first.start]
    if (
        CLEFT.search(before)
        or SO_WIDE.search(before)
        or SO.search(before)
        or HEAD_CUE.match(before)
        or ONLY.search(before)
        or (first.label and ALONE.match(text, first.end, each.end))
        or (each is said[-1] and first.label and APPOSED.search(before))
        or (each is said[-1] and first.label and _sums_up(before, said, first))
    ):
        return each.start
    if CUE.search(text, each.start, min(each.end, first.end + 40)):
        return each.start
    at = said.index(each)
    above = said[at - 1] if at else None
    if above and not above.runs and above.closes_line and is_heading(text[above.start : above.end]):
        return each.start
    last = each is said[-1] and each.opens_line
    title = TITLE.match(before)
    if title and any(
        one is not each and one.opens_line and one.runs
        and TITLE.match(text[one.start : one.runs[0].start])
        for one in said[max(0, at - 3) : at]
    ):  # fmt: skip
        return None  # "Metals: A, C" and "Nonmetals: B, D"
    titled = last and title and all(run.label for run in each.runs)
    rest = text[each.runs[-1].end : each.end].strip(" .!)]*\"'")
    if titled and not rest and not EXAMINES.search(before) and polarity(before) is not False:
        return each.start
    return None


def _sums_up(before: str, said: Sequence[Utterance], row: Run) -> bool:
    """ "Lines B and C raise exceptions.", below a list in which each option has its line."""
    if len(row.letters) < 2 or not _PLURAL.match(before):
        return False
    if len(said) == 1:
        return True
    heads = [
        each.runs[0]
        for each in said[:-1]
        if each.opens_line and each.runs and each.runs[0].start - each.start <= 2
    ]
    named = {run.letters[0] for run in heads if run.label}
    return len(named) > len(row.letters) and set(row.letters) < named


_PLURAL = LazyPattern(
    r"\s?(?!(?:Points|Charges|Masses|Blocks|Forces|Particles|Vertices|Vectors|Angles|Sides|Cities|Curves"
    r"|Vitamins|Types|Groups|Plates|Planes|Bodies|Balls|Events|Sets)\b)[A-Z][a-z]{2,14}s\s[(\[]?\Z"
)


def is_heading(line: str) -> bool:
    """Whether a line of its own announces a conclusion."""
    line = line.strip(" :*#")
    return len(line) <= 40 and (
        HEAD_CUE.match(line + ": ") is not None or CUE.search(line) is not None
    )


def _is_cut(view: View, each: Utterance) -> bool:
    """Whether the reply ends amid its last utterance, behind what it names."""
    if view.text[view.stop - 1] in ENDS_WELL:
        return False
    rest = view.text[each.runs[-1].end : each.end].strip(" *\"'")
    return bool(rest) or not (each.runs[-1].label or each.opens_line)
