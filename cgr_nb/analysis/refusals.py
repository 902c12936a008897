"""Does a reply decline to answer? Told by phrases, listed here, near its beginning.

Limits: English only. A model that declines in other words is not found, and one that quotes such a
phrase and then answers is; so it is a count to look into, never a reason to drop a row.
"""

from __future__ import annotations

import re

__all__ = ["PHRASES", "declines"]

PHRASES = (
    r"i(?:'m| am) (?:sorry|afraid)[,;.]? (?:but )?(?:i|as an)\b",
    r"i (?:apologi[sz]e|regret)[,;.]? (?:but )?i\b",
    r"i (?:can ?not|can't|could not|couldn't|won't|will not|would rather not|must decline to|"
    r"am unable to|am not able to|do not wish to)"
    r" (?:answer|assist|help|provide|respond|comply|give|offer|discuss|fulfil+|do that|do this)",
    r"i'm (?:unable|not able) to (?:answer|assist|help|provide|respond|comply|give|offer|discuss)",
    r"i(?:'m| am) not (?:comfortable|qualified|allowed|permitted)\b",
    r"as an? (?:ai|artificial intelligence|(?:large )?language model)\b[^.]{0,60}"
    r"\b(?:can ?not|can't|unable|not able|do not|don't|won't)\b",
    r"(?:unable|not able) to (?:answer|assist with|help with) (?:this|that|the|your)",
)
"""Regular expressions, matched without case."""
_WITHIN = 240
_DECLINES = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)


def declines(reply: str) -> bool:
    """Whether a reply declines to answer, by its first 240 characters.

    Args:
        reply: The reply as decoded.
    """
    start = reply.strip()[:_WITHIN]
    # Letters beyond ASCII may match one of it without case.
    if start.isascii():
        return _hints(start.lower()) and _DECLINES.search(start) is not None
    return _DECLINES.search(start.replace("\u2019", "'")) is not None


def _hints(text: str) -> bool:
    """Whether a text in small letters holds what all that the phrases match holds one of: most
    replies hold none, and are told faster. One after the other: a loop takes three times as
    long."""
    return (
        "not" in text
        or "n't" in text
        or "unable" in text
        or "decline" in text
        or "sorry" in text
        or "afraid" in text
        or "apolog" in text
        or "regret" in text
    )
