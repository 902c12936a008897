"""Words by which a reply, or a sentence of it, leaves open what it decides."""

from __future__ import annotations

import re

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = ["DOUBT", "PLANNED", "SUPPOSED"]

DOUBT = LazyPattern(
    r"\b(?:don['’]t\ssee|would\shave\sto\sknow|(?:may|might)\s(?:or\smay\snot|vary)|can(?:no"
    r"|['’])t\s(?:say|tell|determine|decide|settle|answer|help|see|provide|identify|confirm"
    r"|verify|assess|be\sdetermined|choose|pick"
    r"|know|agree)|(?:can\s?not|unable\sto|hard\sto|difficult\sto|impossible\sto)\s(?:say|tell"
    r"|determine|decide|settle|answer|help|see|provide|choose|pick|know|agree)|not\s(?:sure|certain"
    r"|clear|enough|able\sto)|unclear|unsure|(?:it|that|this|answer)\s(?:really\s|all\s)?depends"
    r"|depending\son\s(?:what|which|how|whether|the\s(?:context|reading|source))|no\sidea"
    r"|don['’]t\sknow"
    r"|more\s(?:context|information|than\sone\s(?:way|answer))|isn['’]t\s(?:clear|included|among"
    r"|listed)|aren['’]t\stold|doesn['’]t\s(?:match|appear|help)|sorry|(?:not\samong"
    r"|none\sof)\s(?:the"
    r"|these|those)|ambiguous|can(?:no|['’])t\s\w{3,12}\s(?:\w{2,6}\s)?yet|insufficient|(?:(?:is"
    r"|are|was|were)n['’]t|not)\s(?:given|stated"
    r"|specified|provided|known|shown)|doesn['’]t\ssay|please\s(?:consult|contact|ask|see|share"
    r"|provide)|talk\sto\syour|(?:consult|ask)\s(?:a|your)\s\w{2,12}|back\sand\sforth|either\sof"
    r"|may\sor\smay|do\syou\smean|could\syou\s(?:clarify|specify|share|provide|tell))\b",
    re.IGNORECASE,
)
"""The reply says that it does not, or cannot, decide."""
SUPPOSED = LazyPattern(
    r"\b(?:if(?!\syou\s(?:want|need|wish))|whether|let\s\w{1,3}\s(?:be|denote)|suppose|supposing"
    r"|assum\w{1,5}|imagine|might"
    r"|maybe|perhaps|possibly|tempting"
    r"|could|candidates?"
    r"|let['’]?s|let\sus"
    r"|let\sme|we\sneed|need\sto|have\sto|wonder\w{0,3}|unless|confused|confuse|next|first\slook"
    r"|at\sfirst|(?:to|we)\sevaluate|please|many\speople|people\sthink|often\ssaid|say\ssome"
    r"|some\s(?:say|people)|start\swith|unless|(?<!if\s)you\swant|asks?\s(?:about|whether|for"
    r"|which)"
    r"|si|wenn|falls|ob|se)\b|\blet\s\w{1,3}\s?=|(?<![a-z,]\s)\b(?:consider|check|compare"
    r"|examine)\b|\b(?:first|next|then),?\swe\b",
    re.IGNORECASE,
)
"""A sentence supposes, asks, plans or leaves open."""
PLANNED = LazyPattern(
    r"\b(?:let['’]?s|let\sus|let\sme(?!\sknow)|(?:next|now|then),?\s(?:we|i|let|consider"
    r"|the\sothers?)"
    r"|we\s(?:still\s)?(?:need|have)\sto|what\sabout|to\sgo\son|(?:others?|rest)\snext)\b",
    re.IGNORECASE,
)
"""A sentence says what is to be done: something is to follow."""
