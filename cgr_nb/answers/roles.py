"""Words around a naming that tell its role in a sentence: subject, complement, conclusion."""

from __future__ import annotations

import re

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = [
    "ARTICLES",
    "BEFORE_LABEL",
    "BREAKS",
    "COPULA",
    "CUT_OFF",
    "FURTHER",
    "LEADS_IN",
    "LINK",
    "MORE",
    "OBJECT",
    "ONLY",
    "POSSESSIVE",
    "RESULT",
    "ROOTS",
    "SINGLED",
    "SO",
    "SO_AMID",
    "THAT_IS",
    "THE_BEST",
    "TOPIC",
    "VERB",
]

SO = LazyPattern(
    r"\A[\s\"'*]{0,3}(?:(?:and|but|now|well)[,:]?\s)?(?:so|thus|hence|therefore|consequently"
    r"|accordingly|in\s(?:conclusion|summary|short|total|all)|finally|overall|altogether|conclusion"
    r"|result|summary|by\selimination|all\sin\sall|answer|∴|⇒|→|=>|por\s(?:lo\s)?tanto|portanto"
    r"|logo"
    r"|entonces|en\sconclusi[oó]n|donc|ainsi|par\sconséquent|also|daher|somit|folglich|dunque"
    r"|quindi|perciò|dus|więc|zatem|поэтому|итак|следовательно)(?![A-Za-z])"
    r"|[,;:—–]\s(?:and\s)?(?:so|thus|hence|therefore|donc|also|quindi)\b|\b(?:is"
    r"|are)\s(?:therefore|thus|hence)\b"
    r"|\bit\sfollows\sthat\b|\b(?:answer|choice|option|solution)s?\s(?:here\s)?(?:is|are)\b",
    re.IGNORECASE,
)
SO_AMID = LazyPattern(
    r"[,;:—–]\s(?:and\s)?(?:so(?!\sthat)|thus|hence|therefore|donc|quindi)\b", re.IGNORECASE
)
LINK = LazyPattern(
    r"(?:\b(?:is|are|was|were|be|been|being|equals?|becomes?|remains?|called|named|termed"
    r"|(?:known|described|classified|given|identified)\sas|leaves?|leaving|means?|gives?|giving"
    r"|yields?|namely|i\.e\.|points?\sto|suggests?|indicates?|corresponds?\sto|(?:by|of|on|from"
    r"|in|with"
    r"|for|to)|that|uses?|produces?|choose|pick|select|take|bring|include|includes|defines?"
    r"|say|it['’]s|that['’]s|they['’]re|example\sof|ist|sind|est|sont|es|son|é|são|è|sono|это)"
    r"(?:\s(?:therefore|thus|then|hence|both|just|only|exactly|simply|most\slikely|likely|probably"
    r"|actually|indeed|clearly|definitely|mostly|mainly|called|always))?\s?:?|[:=→⇒≈])\s?"
    r"(?:(?:the|a|an|both|about|that\sof|la|el|las|los|le|les|die|der|das|as|os|il|lo|l')\s){0,2}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
COPULA = LazyPattern(
    r"(?:\b(?:is|are|was|were|be|equals?|remains?|called|named|termed|(?:known|described|given"
    r"|identified)\sas|leaves?|leaving|namely|i\.e\.|points?\sto|corresponds?\sto|it['’]s|that['’]s"
    r"|they['’]re|example\sof|makes(?:\sit)?|making(?:\sit)?|definitely|clearly|surely|obviously"
    r"|must\sbe|say|ist"
    r"|sind|est|sont|es|son"
    r"|é|são|è|sono|это)(?:\s(?:therefore|thus|then|hence|both|just|only|exactly|simply"
    r"|most\slikely"
    r"|likely|probably|actually|indeed|clearly|definitely|always))?\s?:?|[:=→⇒≈])\s?"
    r"(?:the\s(?:first|last|other|remaining)\s(?:two|three)[,:]?\s)?(?:(?:the|a|an|both|that\sof"
    r"|la|el|las|los|le|les|die|der|das|as|os|il|lo|l')\s){0,2}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
ONLY = LazyPattern(
    r"\b(?:only|just|solely|alone|nur|sólo|solo|seulement)\s(?:(?:the|both|an?|options?|statements?"
    r"|choices?|with)\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
LEADS_IN = LazyPattern(
    r"\A\s?[\"'“(\[]{0,2}(?:(?:great|good|nice)\squestion\s?[,:!.]?\s?|(?:sure|well|okay|yes|so"
    r"|thus|hence"
    r"|therefore|finally|(?:for\sth(?:is|at)|as\sa)\s(?:reason|result)|in\sconclusion|explanation"
    r"|answer)[,:!]?\s)?(?P<among>(?:of|among|from"
    r"|out\sof)\b[^,]{0,60},\s|(?:the\s)?"
    r"(?:remaining|other)\s\w{3,10}(?:\s\w{3,10})?,?\s|(?:only|both)\s(?=\S))?"
    r"(?:(?:for|here|overall|historically|in|during|after|when|with|as|at|because"
    r"|since)\b[^,]{0,100},\s)?"
    r"[^\w\s]{0,4}\s?(?:(?:so|thus|hence|therefore|it['’]s|only|both|the|a|an|our|use\sof)\s){0,3}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
VERB = LazyPattern(
    r"[)\]\"'”}]{0,2}\s?(?:\([^()\n]{1,80}\)\s?)?,?\s?(?!(?:of|and|or|in|to|than|vs|from|with|for"
    r"|at|on"
    r"|by|as|but|nor|not|is\snot|are\snot|was\snot|does\snot|do\snot)\b)[a-zà-ÿ]{2,20}\b"
)
BREAKS = LazyPattern(
    r"[)\]\"'”}*]{0,3}\s?(?:\([^()\n]{1,120}\))?\s?(?:[.!✓✔✅🎉]|\Z|[,:—–]|\s-\s"
    r"|(?:which|who|whose|that|because|since|as|in|on|at|for|from|by|with|when|where|during"
    r"|and\snot"
    r"|rather|than|not|after|before|here|again|left|ways?|times|only|alone|and\s\w{2,12}\s"
    r"|to\s\w{2,12}|the\s(?:right|best|correct|only|safest|one))\b)",
)
OBJECT = LazyPattern(
    r"\b(?:needs?|brings?|makes?(?:\s(?:you|him|her|them|us|one))?|feels?|takes?|uses?|wants?|buys?|packs?|choose|prefers?|carry|gets?"
    r"|requires?"
    r"|finds?|visits?|includes?|goes?\sto|to\sbring|needed)\s(?:(?:the|a|an|some"
    r"|both)\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
SINGLED = LazyPattern(
    r"[)\]\"'”}]{0,2}\s?(?:\([^()\n]{1,80}\)\s?)?(?:is|are|has|have|was|were|had)"
    r"\s(?:(?:by\sfar|thus|therefore|hence|then|clearly)\s)?(?:the\s"
    r"(?:\w{2,12}\s){0,1}(?:(?:drug|treatment|method|test|agent)\sof\schoice"
    r"|\w{2,12}\sthat\b[^.!?\n]{1,60}\bbest|\w{2,12}est|most|least|first|only|main|one|correct"
    r"|right|best"
    r"|answer)\b)",
    re.IGNORECASE,
)
THE_BEST = LazyPattern(
    r"[^.!?\n]{0,40}\bthe\s(?:only\b|one\b|\w{2,12}\sthat\b[^.!?\n]{1,60}\bbest)", re.IGNORECASE
)
THAT_IS = LazyPattern(r"\b(?:i\.e\.|namely|that\sis),?\s\Z", re.IGNORECASE)
RESULT = LazyPattern(
    r"\b(?:comes?|turns?|works?)\sout\b|\b(?:amounts?\sto|final|resulting|result|total|overall)\b",
    re.IGNORECASE,
)
ROOTS = LazyPattern(r"\b[A-Za-zθ]\s?[=∈]\s?[{]?\s?\Z")
"""A variable, before its values."""
FURTHER = LazyPattern(r"\s?(?:,|,?\s(?:and|or)\b|&)\s?[(\[]?[A-Z](?![A-Za-z])")
"""A further label right behind, that was not read as one."""
CUT_OFF = LazyPattern(r"(?<![A-Za-z])[A-Z](?:,?\s(?:(?:and|or|und|et|y|e)\s)?|\s?[,;&]\s?)\Z")
"""A further label right before, that was not read as one."""
BEFORE_LABEL = LazyPattern(r"(?:\A|[A-Za-zÀ-ÿ'’.:,;→⇒>—–-])\s{0,2}\Z")
"""What may stand before a bare label: no degree sign, no bracket of a formula."""
MORE = LazyPattern(r"\b(?:remaining|others?)\b", re.IGNORECASE)
POSSESSIVE = LazyPattern(r"['’]s?\b")
TOPIC = LazyPattern(
    r"\b(?:in|during|for|with|at|on|under|by|after|before)\s(?:the\s)?\Z", re.IGNORECASE
)
ARTICLES = LazyPattern(r"\A\s?[\"'“(]{0,2}(?:the|a|an)\s\Z", re.IGNORECASE)
