"""Whether a few words judge: "is not correct", "→ True", "Doesn't satisfy it.", "✗", "错误".

A clause judges only when every word of it is known, by `languages.toml`, and exactly one says right
or wrong. Anything else says nothing: so no word of a subject is taken for a verdict.
"""

from __future__ import annotations

import re

from cgr_nb.answers.languages import Language, languages, verdicts
from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = ["BAD", "GOOD", "TICK", "polarity"]

GOOD, BAD = "✓✔✅☑👍🟢", "✗✘❌✖☒❎👎🔴"
"""Marks that say right, and wrong."""
TICK = LazyPattern(rf"[{GOOD}{BAD}]")
"""One such mark."""
_LONGEST = 90
_WIDE = LazyPattern(r"[\u3040-\u9fff\uac00-\ud7af]")
_NOT_SHORT = LazyPattern(r"n['’]t\b", re.IGNORECASE)
_PASSED = frozenset(
    {"filler", "link", "option", "so", "answer", "final", "choose", "and", "all", "names", "only"}
)
_LIGHT = frozenset(" \t\n.,;:!*\"'“”‘’«»()[]|-–—→⇒=>_…")


def polarity(clause: str) -> bool | None:
    """Right, wrong, or nothing.

    Example:
        `polarity("this is not correct")` is False, `polarity("the field is zero")` is None.
    """
    if len(clause) > _LONGEST:
        return None
    marks = set(TICK.findall(clause))
    if marks:
        good, bad = marks & set(GOOD), marks & set(BAD)
        said = polarity(TICK.sub(" ", clause)) if not TICK.sub("", clause).isspace() else None
        if (good and bad) or (said is not None and said != bool(good)):
            return None
        rest = TICK.sub("", clause).strip(" .,;:!*()[]|")
        return bool(good) if not rest or said is not None else None
    if _WIDE.search(clause):
        for language in languages():
            found = _said(clause, language) if language.unspaced else None
            if found is not None:
                return found
        return None
    return _said(_NOT_SHORT.sub(" not", clause), verdicts())


def _said(clause: str, language: Language) -> bool | None:
    right = wrong = denied = no = 0
    pos, stop = 0, len(clause)
    while pos < stop:
        if clause[pos] in _LIGHT:
            pos += 1
            continue
        token = language.known(clause, pos, stop)
        if token is None or not token.kinds:
            return None
        kinds = token.kinds
        pos = token.end
        if {"right", "wrong"} <= kinds:
            return None
        if {"wrong", "not"} <= kinds:
            if right:
                return None
            no += 1
        elif "wrong" in kinds:
            wrong += 1
        elif "right" in kinds:
            right += 1
        elif "not" in kinds:
            denied += 1
        elif not kinds & _PASSED:
            return None
    if (right and wrong) or no + denied > 1:
        return None
    if right:
        return not (no or denied)
    if wrong:
        return None if no or denied else False
    return False if no else None
