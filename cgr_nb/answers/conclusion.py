"""The last sentence of a reply that affirms an option, where it concludes."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.answers.claims import Claim, fits, is_wordy, set_against
from cgr_nb.answers.hedges import SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import Run
from cgr_nb.answers.roles import (
    BEFORE_LABEL,
    BREAKS,
    COPULA,
    CUT_OFF,
    FURTHER,
    LEADS_IN,
    LINK,
    MORE,
    ONLY,
    RESULT,
    ROOTS,
    SINGLED,
    SO,
    SO_AMID,
    THAT_IS,
    THE_BEST,
    VERB,
)
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["concluded"]

_EQUALS = LazyPattern(r"\s?(?:[=≈×*/^+<>≠·÷%]|-\s?\d)")
_NUMBER = LazyPattern(r"\d")


def concluded(
    view: View, choices: Choices, claims: Sequence[Claim], count: int, multi: bool
) -> tuple[Run, bool] | None:
    """The run that the last claim affirms, and whether it concludes in so many words.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        claims: Its sentences that name options; at least one.
        count: How many sentences it has.
        multi: Whether several options may be right.
    """
    text = view.text
    for claim in reversed(claims):
        if not claim.affirmed:
            continue
        amid = list(SO_AMID.finditer(text, claim.start, claim.end))[-1:]
        said = amid[0].start() if amid else claim.start
        if count - claim.place > 3 or SUPPOSED.search(text, said, claim.end):
            return None
        affirmed = [each for each in claim.affirmed if each.start >= said]
        if not affirmed:
            return None
        run = affirmed[-1]
        before, after = text[claim.start : run.start], text[run.end : claim.end]
        so = SO.search(before) is not None
        if (
            any(set(each.letters) != set(run.letters) for each in affirmed)
            or run.either
            or not fits(run, choices, multi)
        ):
            return None
        if not (_is_value(text, claim, run, choices) or THAT_IS.search(before)):
            return None
        if run.label and FURTHER.match(after):
            return None
        only = ONLY.search(before) is not None or after.strip(" .!)*") in {"only", "alone"}
        if only and len(run.letters) < len(choices.letters):
            return run, True
        subject = LEADS_IN.match(before) is not None and VERB.match(after) is not None
        link = COPULA.search(before) is not None and BREAKS.match(after) is not None
        ends = not after.strip(" .!)*\"'”]}✓✔✅")
        if not ends and view.text[view.stop - 1] not in ENDS_WELL:
            return None
        said_last = claim.place == count - 1
        singled = LEADS_IN.match(before) is not None and SINGLED.match(after) is not None
        if said_last and singled and not multi and run.text:
            return run, True
        if multi and len(run.letters) < 2:
            return (run, True) if said_last and singled and THE_BEST.match(after) else None
        if not run.text and not BEFORE_LABEL.search(before):
            return None
        if CUT_OFF.search(before) or not (run.text or so or claim.denied or MORE.search(before)):
            return None
        if so and (
            not is_wordy(run, choices)
            or (run.label and run.text)
            or link
            or subject
            or ends
            or BREAKS.match(after)
        ):
            return run, True
        if multi:
            contrast = bool(claim.denied) and claim.denied.isdisjoint(run.letters)
            beside = [each for each in claims if each is not claim]
            contrast = contrast or set_against(beside, set(run.letters))
            if link and not contrast and _affirms_other(claims, claim, run):
                return None
            if link or (subject and (contrast or count == 1)):
                return run, contrast or link
            return None
        if not (
            is_wordy(run, choices)
            or claim.start > view.start
            or RESULT.search(before)
            or ROOTS.search(before)
        ):
            return None
        if link and said_last:
            return run, False
        if ends and said_last and claim.start > view.start and LINK.search(before):
            return run, False
        return None
    return None


def _affirms_other(claims: Sequence[Claim], claim: Claim, run: Run) -> bool:
    """ "Immutable: tuple, str. Mutable: list, set.": an earlier claim affirms others."""
    return any(
        each.start < claim.start and set(one.letters) - set(run.letters) - each.denied
        for each in claims
        for one in each.affirmed
    )


def _is_value(text: str, claim: Claim, run: Run, choices: Choices) -> bool:
    """Whether a number is what the sentence comes to, not one among others."""
    roots = len(run.letters) > 1 and ROOTS.search(text, claim.start, run.start)
    if roots or is_wordy(run, choices):
        return True
    around = text[claim.start : run.start] + " " + text[run.end : claim.end]
    return not _NUMBER.search(around) and not _EQUALS.match(text, run.end, claim.end)
