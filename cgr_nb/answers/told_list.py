"""The last list of a reply that a line introduces: the options below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cgr_nb.answers.cues import CONTRASTED, CUE, EXAMINES, INTRODUCES, NOTED
from cgr_nb.answers.hedges import DOUBT, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.last_word import cue_of
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.reading import Reading, fits_mode, reading_of
from cgr_nb.answers.roles import SO
from cgr_nb.answers.utterances import Stance, Utterance
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["told_list"]


def told_list(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """The last list that a line introduces, where what is not in it is denied or not named.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.
    """
    if not multi:
        return None
    found: tuple[int, list[Utterance]] | None = None
    for each in said:
        line = view.text[each.start : each.end].rstrip(" *")
        if not line.endswith(":") or not each.closes_line:
            continue
        if any(run.label for run in each.runs):
            continue
        items = list(_items(view, said[each.place + 1 :]))
        if items:
            found = each.place, items
    if found is None:
        return None
    title, items = said[found[0]], found[1]
    words = CONTRASTED.sub("", view.text[title.start : title.end])
    firm = CUE.search(words) or SO.search(words)
    if EXAMINES.search(words) and not firm:
        return None
    if (
        polarity(words) is False
        or SUPPOSED.search(words)
        or re.search(r"\b(?:not|incorrect|wrong|false)\b|n['’]t\b", words)
    ):
        return None
    if not firm and not INTRODUCES.search(words):
        return None
    letters = {letter for each in items for letter in each.runs[0].letters}
    if not fits_mode(letters, choices, multi) or len(letters) < 2:
        return None
    rest = said[items[-1].place + 1 :]
    if any(each.asks for each in rest):
        return None
    others = set(choices.letters) - letters
    for each in rest:
        if DOUBT.search(view.text, each.start, each.end) or each.letters(Stance.UNSURE):
            return None
        affirmed = each.letters(Stance.YES) & others
        if affirmed or each.letters(Stance.NO) & letters:
            if affirmed and firm and cue_of(view, said, each) is None:
                continue
            return reading_of(choices, letters, items[0].start, items[-1].end, "contested")
    if not rest and view.text[view.stop - 1] not in ENDS_WELL:
        last = items[-1]
        if view.text[last.runs[0].end : view.stop].strip(" *.)"):
            return None
    return reading_of(choices, letters, items[0].start, items[-1].end, "list")


def _items(view: View, rest: Sequence[Utterance]) -> Iterator[Utterance]:
    """The lines of a list: each begins with an option, and does not deny it."""
    spaced: bool | None = None
    inside = False
    for each in rest:
        if not each.opens_line:
            if not inside:
                return
            continue  # more about the last item
        heads = bool(each.runs) and NOTED.match(view.text[each.start : each.runs[0].start])
        if not heads or each.asks or each.stances[0] in (Stance.NO, Stance.UNSURE):
            return
        if inside:
            if spaced is None:
                spaced = each.after_gap
            elif each.after_gap and not spaced:
                return
        inside = True
        yield each
