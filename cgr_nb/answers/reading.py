"""What the attentive reader takes from a reply."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.answers.labels import Choices

__all__ = ["Reading", "fits_mode", "reading_of"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an attentive reader takes from a reply."""

    letters: tuple[str, ...]
    start: int
    end: int
    how: str
    """ "conclusion", "list", "row", "whole" or "opening"; "contested" where what is read in
    other ways is doubtful, but decides nothing itself."""


def fits_mode(letters: set[str], choices: Choices, multi: bool) -> bool:
    """Whether as many options are named as may be right: one, or some of several."""
    return 0 < len(letters) < len(choices.letters) if multi else len(letters) == 1


def reading_of(choices: Choices, letters: set[str], start: int, end: int, how: str) -> Reading:
    """A reading of some letters.

    Args:
        choices: The item's options, prepared for reading.
        letters: Those that are read.
        start: Where it begins in the text of the view.
        end: Where it ends.
        how: What it is read from.
    """
    return Reading(choices.in_order(letters), start, end, how)
