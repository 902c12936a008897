"""What a reply decides without a conclusion: by all that it says, or by its first utterance."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.answers.affirming import affirmed_by, are_values, leans_on_denial
from cgr_nb.answers.cues import (
    ADDS,
    BUT_IS,
    ENDS_CLAUSE,
    EXAMINES,
    HEDGE,
    LINKS,
    TITLE,
    VERB_BEFORE,
    WITHDRAWN,
)
from cgr_nb.answers.hedges import DOUBT, PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.last_word import cue_of
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.reading import Reading, fits_mode, reading_of
from cgr_nb.answers.utterances import Stance, Utterance
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["as_whole", "opening_of"]


def as_whole(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """Every option is named, each is affirmed or denied, and none both.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.
    """
    text = view.text
    if text[view.stop - 1] not in ENDS_WELL or any(
        words.search(text, view.start, view.stop) for words in (DOUBT, WITHDRAWN)
    ):
        return None
    if leans_on_denial(text, said):
        return None
    said = [each for each in said if each.runs]
    for each in said:
        if each.asks or each.letters(Stance.UNSURE) or any(run.either for run in each.runs):
            return None
        if SUPPOSED.search(text, each.start, each.runs[-1].end):
            return None
        if not are_values(view, each, choices):
            return None
        if cue_of(view, said, each) is not None:
            return None  # a conclusion, that the rules for conclusions did not read
    yes: set[str] = set()
    for each in said:
        yes |= each.letters(Stance.YES)
        if yes and ADDS.search(text, each.start, each.end):
            yes |= each.letters(Stance.TOLD)
    no = {letter for each in said for letter in each.letters(Stance.NO)}
    rest = set(choices.letters) - yes - no
    told = [each for each in said if each.letters(Stance.TOLD) & rest]
    if rest and not yes and len(told) == 1 and told[0].letters(Stance.TOLD) == rest:
        # "Tuples and strings are immutable. Lists are not, nor are sets."
        yes, rest = rest, set()
    if yes & no or rest or not no or not fits_mode(yes, choices, multi):
        return None
    return reading_of(choices, yes, said[0].start, said[-1].end, "whole")


def opening_of(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """What the first utterance that names options affirms, where no other is affirmed behind it.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.
    """
    text = view.text
    if text[view.stop - 1] not in ENDS_WELL or any(
        words.search(text, view.start, view.stop) for words in (DOUBT, WITHDRAWN)
    ):
        return None
    naming = [each for each in said if each.runs]
    if not naming:
        return None
    first, *rest = naming
    if first.asks or SUPPOSED.search(text, first.start, first.runs[-1].end):
        return None
    letters = affirmed_by(text, first, first.start)
    if letters is None or not fits_mode(letters, choices, multi):
        return None
    before = text[first.start : first.runs[0].start]
    if not multi and first.letters(Stance.NO) and not first.letters(Stance.TOLD):
        last = first.runs[-1]
        gap = text[first.runs[-2].end : last.start]
        if first.stances[-1] != Stance.YES or not (BUT_IS.search(gap) and last.text):
            return None
    elif not multi and TITLE.match(before) and first.place == 0:
        title = EXAMINES.search(before) or polarity(before) is False
        if title or text[first.runs[-1].end : first.end].strip(" .!)`*\"'"):
            return None
    elif not multi:
        if not (
            first.place == 0 and first.runs[0].label and HEDGE.match(before)
            and ENDS_CLAUSE.match(text, first.runs[0].end)
        ):  # fmt: skip
            return None
    elif len(letters) < 2 or first.letters(Stance.TOLD) or not _is_object(before):
        return None
    named: set[str] = set()
    for each in rest:
        if each.asks or each.letters(Stance.UNSURE) or PLANNED.search(text, each.start, each.end):
            return None
        if (each.letters(Stance.YES) - letters) or each.letters(Stance.NO) & letters:
            return None
        if cue_of(view, said, each) is not None and each.letters(Stance.TOLD) - letters:
            return None
        named |= {letter for run in each.runs for letter in run.letters}
    apart = named - letters == set(choices.letters) - letters
    if multi and not apart and not (len(said) < 4 and all(run.text for run in first.runs)):
        return None
    return reading_of(choices, letters, first.runs[0].start, first.runs[-1].end, "opening")


def _is_object(before: str) -> bool:
    """Whether what follows these words is what their verb is about: no subject, no place."""
    return LINKS.search(before) is not None or (
        VERB_BEFORE.search(before) is not None and len(before.split()) < 12
    )
