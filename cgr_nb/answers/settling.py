"""Two readers of a reply against each other: the rules for forms of words, and the attentive one.

What the rules read as a statement stands, unless the attentive reader sees more options joined to
it in the same place. What they read from labels, texts and prose alone stands only where the other
reader agrees or sees nothing; where the two differ the later conclusion counts, or nothing does.
"""

from __future__ import annotations

from cgr_nb.answers.cross_check import conflicts, cut_amid, joined
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.reading import Reading
from cgr_nb.answers.view import View
from cgr_nb.records import Extraction

__all__ = ["settled"]


_DOUBTABLE = frozenset(
    {"prose", "only_named", "concluding_text", "behind_own_text", "closing", "completing"}
)
"""Rules of the last rounds, that read an utterance for itself."""


def settled(
    seen: View,
    choices: Choices,
    multi: bool,
    found: Extraction,
    reading: Reading | None,
    *,
    stated: bool | None,
) -> Extraction:
    """What the two readers together give.

    Args:
        seen: The reply.
        choices: The item's options, prepared for reading.
        multi: Whether several options may be right.
        found: What the rules for forms of words read.
        reading: What the attentive reader read.
        stated: Whether the rules read a statement; None where they read nothing at all.
    """
    if (
        reading is None
        and found.span
        and found.status == "answered"
        and found.rule in _DOUBTABLE
        and conflicts(seen, choices, found.span, _capitals(choices, found), multi, found.rule)
    ):
        return Extraction("ambiguous", None, found.letters, found.rule, found.span)
    read = multi and found.status == "answered"
    if read and cut_amid(seen, choices, _capitals(choices, found)):
        return Extraction("ambiguous", None, found.letters, found.rule, found.span)
    if multi and found.letter and found.span and reading is None:
        row = joined(seen, choices, found.span, _capitals(choices, found))
        if row and len(row) < len(choices.letters):
            return Extraction("answered", None, choices.written(row), "attentive_row", found.span)
    if reading and reading.how == "contested":
        same = choices.written(reading.letters) == found.letters
        if stated or same or found.status != "answered":
            return found
        return Extraction("ambiguous", None, found.letters, found.rule, found.span)
    if reading is None or (found.rule is None and stated is not None):
        return found  # nothing more, or what was stated is withdrawn
    letters = choices.written(reading.letters)
    if set(letters) == set(found.letters) and found.status == "answered":
        return found
    span = seen.span(reading.start, reading.end)
    letter = letters[0] if len(letters) == 1 else None
    taken = Extraction("answered", letter, letters, f"attentive_{reading.how}", span)
    if stated is None:
        return taken
    if found.status == "out_of_range" or found.span is None:
        return found
    if reading.how == "list" and not stated and found.status == "ambiguous":
        return taken
    together = found.span[0] < span[1] and span[0] < found.span[1]
    more = multi and set(letters) > set(found.letters)
    if found.status == "answered" and more and together and reading.how != "whole":
        return taken
    if found.rule == "verdict" and more and reading.how in {"whole", "opening"}:
        return taken  # judgements one by one, of which the rules read some
    if stated:
        return found
    if reading.how != "opening" and (
        together or span[0] >= found.span[1] or reading.how in {"whole", "row"}
    ):
        return taken
    every = choices.written(
        tuple(
            each
            for each in choices.letters
            if {*choices.written((each,))} & {*letters, *found.letters}
        )
    )
    return Extraction("ambiguous", None, every, found.rule, found.span)


def _capitals(choices: Choices, found: Extraction) -> set[str]:
    return {each for each in choices.letters if choices.written((each,))[0] in found.letters}
