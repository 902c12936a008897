"""What a reply in prose decides, where nothing is announced and no label is singled out.

Each sentence that names options (naming.py) is read as a claim: some options are affirmed in it,
others are denied or stand aside ("rather than Nice", "such as Lyon"). Two claims can decide:

- the conclusion: the last sentence that names options affirms one run of them, behind a word of
  conclusion or a link, or with "only";
- the opening: the first one affirms one run, as its subject or behind a link, and what follows
  speaks of other options in other terms.

A conclusion in so many words wins; else the two must not differ. Nothing is decided by a reply that
was cut, that doubts, asks, supposes or plans, nor by a walk through the options in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.capitals import used_otherwise
from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.hedges import DOUBT, PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.naming import Run, runs_of
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["prose"]

_HEAD, _TAIL = 1_000, 1_600
"""Characters at the beginning and at the end of a reply whose sentences are read."""
_SHORT = 60
"""Characters of a reply that need not end in a full stop."""
_LONGEST = 500
"""Characters of a sentence that is read."""
_ENDS = re.compile(r"(?P<asks>\?)(?=\s|\Z)|[.!](?=[\s\"”)]|\Z)(?!\s[a-z])|;(?=\s[a-z])|\n")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|vs|cf|approx|Dr|Mr|Mrs|St|[A-Z]\.\s[A-Z])\Z")
_INITIAL = re.compile(r"\s[A-Z]\.")
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|cannot|no|none|without|wrong|incorrect|false|untrue|invalid"
    r"|excluded?|ruled?|out|fails?|contradict\w{0,3}|violat\w{1,3}|contraindicated|unsuitable|unsafe|avoided|useless|irrelevant|reject\w{0,3}|discard\w{0,3}"
    r"|eliminated?|except|excluding|instead|lacks|nicht|kein\w{0,2}|pas|não|non|nie|niet|falsch\w{0,2}|fals[aeo]s?)\b|n['’]t\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:unlike|not|than|rather\sthan|instead\sof|as\sopposed\sto|such\sas|like|besides"
    r"|compared\s(?:to|with)|contrast\s(?:to|with)|except(?:\sfor)?|(?:anything|everything|all)\sbut|apart\sfrom|followed\sby"
    r"|confused\swith|different\sfrom|distinct\sfrom|opposite\sof|between|versus|vs\.?|nor"
    r"|neither|despite|by\seither|exception\sof|alongside|works?\sof|observations\sof)\s"
    r"(?:the\s|a\s|an\s|both\s|either\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"[,;:](?=\s)|\s[—–-]\s|(?<=\s)(?:while|whereas|but|although|though|and\sso|which|who|because"
    r"|since)(?=\s)"
)
_SO = re.compile(
    r"\A[\s\"'*]{0,3}(?:(?:and|but|now|well)[,:]?\s)?(?:so|thus|hence|therefore|consequently"
    r"|accordingly|in\s(?:conclusion|summary|short|total|all)|finally|overall|altogether|conclusion"
    r"|result|summary|by\selimination|all\sin\sall|answer|∴|⇒|→|=>|por\s(?:lo\s)?tanto|portanto|logo"
    r"|entonces|en\sconclusi[oó]n|donc|ainsi|par\sconséquent|also|daher|somit|folglich|dunque"
    r"|quindi|perciò|dus|więc|zatem|поэтому|итак|следовательно)(?![A-Za-z])"
    r"|[,;:—–]\s(?:and\s)?(?:so|thus|hence|therefore|donc|also|quindi)\b|\b(?:is|are)\s(?:therefore|thus|hence)\b"
    r"|\bit\sfollows\sthat\b|\b(?:answer|choice|option|solution)s?\s(?:here\s)?(?:is|are)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:\b(?:is|are|was|were|be|been|being|equals?|becomes?|remains?|called|named|termed"
    r"|(?:known|described|classified|given|identified)\sas|leaves?|leaving|means?|gives?|giving"
    r"|yields?|namely|i\.e\.|points?\sto|suggests?|indicates?|corresponds?\sto|(?:by|of|on|from|in|with"
    r"|for|to)|that|uses?|produces?|choose|pick|select|take|bring|include|includes|defines?"
    r"|say|it['’]s|that['’]s|they['’]re|example\sof|ist|sind|est|sont|es|son|é|são|è|sono|это)"
    r"(?:\s(?:therefore|thus|then|hence|both|just|only|exactly|simply|most\slikely|likely|probably"
    r"|actually|indeed|clearly|definitely|mostly|mainly|called|always))?\s?:?|[:=→⇒≈])\s?"
    r"(?:(?:the|a|an|both|about|that\sof|la|el|las|los|le|les|die|der|das|as|os|il|lo|l')\s){0,2}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_COPULA = re.compile(
    r"(?:\b(?:is|are|was|were|be|equals?|remains?|called|named|termed|(?:known|described|given"
    r"|identified)\sas|leaves?|leaving|namely|i\.e\.|points?\sto|corresponds?\sto|it['’]s|that['’]s"
    r"|they['’]re|example\sof|makes|making|definitely|clearly|surely|obviously|must\sbe|say|ist|sind|est|sont|es|son"
    r"|é|são|è|sono|это)(?:\s(?:therefore|thus|then|hence|both|just|only|exactly|simply|most\slikely"
    r"|likely|probably|actually|indeed|clearly|definitely|always))?\s?:?|[:=→⇒≈])\s?"
    r"(?:the\s(?:first|last|other|remaining)\s(?:two|three)[,:]?\s)?(?:(?:the|a|an|both|that\sof|la|el|las|los|le|les|die|der|das|as|os|il|lo|l')\s){0,2}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|solely|alone|nur|sólo|solo|seulement)\s(?:(?:the|both|an?|options?|statements?"
    r"|choices?|with)\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_LEADS_IN = re.compile(
    r"\A\s?[\"'“(\[]{0,2}(?:(?:great|good|nice)\squestion\s?[,:!.]?\s?|(?:sure|well|okay|yes|so|thus|hence"
    r"|therefore|finally|in\sconclusion|explanation|answer)[,:!]?\s)?(?P<among>(?:of|among|from|out\sof)\b[^,]{0,60},\s|(?:the\s)?"
    r"(?:remaining|other)\s\w{3,10}(?:\s\w{3,10})?,?\s|(?:only|both)\s(?=\S))?"
    r"(?:(?:for|here|overall|historically|in|during|after|when|with|as|at|because|since)\b[^,]{0,100},\s)?"
    r"[^\w\s]{0,4}\s?(?:(?:so|thus|hence|therefore|it['’]s|only|both|the|a|an|our|use\sof)\s){0,3}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"[)\]\"'”}]{0,2}\s?(?:\([^()\n]{1,80}\)\s?)?,?\s?(?!(?:of|and|or|in|to|than|vs|from|with|for|at|on"
    r"|by|as|but|nor|not|is\snot|are\snot|was\snot|does\snot|do\snot)\b)[a-zà-ÿ]{2,20}\b"
)
_BREAKS = re.compile(
    r"[)\]\"'”}*]{0,3}\s?(?:\([^()\n]{1,120}\))?\s?(?:[.!✓✔✅🎉]|\Z|[,:—–]|\s-\s"
    r"|(?:which|who|whose|that|because|since|as|in|on|at|for|from|by|with|when|where|during|and\snot"
    r"|rather|not|after|before|here|again|left|ways?|times|only|alone|and\s\w{2,12}\s|to\s\w{2,12})\b)",
)
_EQUALS = re.compile(r"\s?(?:[=≈×*/^+<>≠·÷%]|-\s?\d)")
_NUMBER = re.compile(r"\d")
_WORDY = re.compile(r"[^\W\d_]{3}")
_BEFORE_LABEL = re.compile(r"(?:\A|[A-Za-zÀ-ÿ'’.:,;→⇒>—–-])\s{0,2}\Z")
"""What may stand before a bare label: no degree sign, no bracket of a formula."""
_MORE = re.compile(r"\b(?:remaining|others?)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\b")
_TOPIC = re.compile(
    r"\b(?:in|during|for|with|at|on|under|by|after|before)\s(?:the\s)?\Z", re.IGNORECASE
)
_CUT_OFF = re.compile(r"(?<![A-Za-z])[A-Z],?\s(?:(?:and|or)\s)?\Z")
"""A further label right before, that was not read as one."""
_PLANS_ON = re.compile(rf"(?:{PLANNED.pattern})[^.!?]{{0,200}}[.!?:]?\s?\Z", re.IGNORECASE)
_ARTICLES = re.compile(r"\A\s?[\"'“(]{0,2}(?:the|a|an)\s\Z", re.IGNORECASE)
_SINGLED = re.compile(
    r"[)\]\"'”}]{0,2}\s?(?:\([^()\n]{1,80}\)\s?)?(?:is|are|has|have|was|were|had)\s(?:by\sfar\s)?(?:the\s"
    r"(?:\w{2,12}\s){0,1}(?:\w{2,12}est|most|least|first|only|main|one|correct|right|best|answer)\b)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\b(?:needs?|brings?|makes?|takes?|uses?|wants?|buys?|packs?|choose|prefers?|carry|gets?|requires?"
    r"|finds?|visits?|includes?|goes?\sto|to\sbring|needed)\s(?:(?:the|a|an|some|both)\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_THAT_IS = re.compile(r"\b(?:i\.e\.|namely|that\sis),?\s\Z", re.IGNORECASE)
_RESULT = re.compile(
    r"\b(?:comes?|turns?|works?)\sout\b|\b(?:amounts?\sto|final|resulting|result|total|overall)\b",
    re.IGNORECASE,
)
_ROOTS = re.compile(r"\b[A-Za-zθ]\s?[=∈]\s?[{]?\s?\Z")
"""A variable, before its values."""
_EVERY = re.compile(
    r"(?:\A|(?<=[.!?:]\s)|(?<=\n))(?:(?:so|thus|hence|therefore|in\sfact),?\s)?(?P<all>all\s(?:"
    r"of\s(?:the|these|those)\s(?:\w{2,16}\s){0,2}(?:listed|given|above|mentioned|options?|statements?"
    r"|choices?|answers?)(?:\s(?:listed|given|above|here))?"
    r"|(?:of\s)?(?:the\s)?(?:listed|given)\s(?:options?|\w{2,16}s)"
    r"|(?P<count>two|three|four|five|six)(?:\sof\s(?:them|these))?|of\s(?:these|them))\s"
    r"(?:are|is|have|can|do|apply|hold|occur|exist|match|qualify|satisfy|count|contribute|cause|belong)"
    r"\b(?![^.!?\n]{0,160}\b(?:except|but|none|no|not|could|might|false|wrong|incorrect)\b)"
    r"(?![^.!?\n]{0,160}n['’]t\b)[^.!?\n]{0,200}[.!])",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ALL_BUT = re.compile(
    r"(?:\b(?:all|every|each|everything(?!\sbut))\b[^.,;!?]{0,40}?\s(?:except|but|other\sthan|apart\sfrom"
    r"|excluding|besides|save)(?:\sfor)?|\bexcept(?:\sfor)?|\bexception\sof)"
    r"\s(?:the\s|an?\s)?(?:option\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_PLEASANT = re.compile(
    r"\b(?:let\sme\sknow|hope\s(?:this|that)|feel\sfree|happy\sto|if\syou(?:['’]d|\swould)?\s(?:like"
    r"|want|have|need))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence that names options."""

    start: int
    end: int
    affirmed: tuple[Run, ...]
    denied: frozenset[str]
    """Letters that it calls wrong, or sets aside."""
    runs: tuple[Run, ...]
    place: int
    """Number of the sentence in the reply."""


def prose(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """What the opening or the conclusion of a reply in prose decides.

    Example:
        "Jupiter is the largest planet. Saturn is a close second.", "Of the animals listed, (B) and
        (C) are mammals. The penguin is a bird.", "That leaves Lille."
    """
    finished = view.text[view.stop - 1] in ENDS_WELL
    if not (finished or view.stop - view.start <= _SHORT):
        return
    if not choices.letters or DOUBT.search(view.text, view.start, view.stop):
        return
    every = _EVERY.search(view.text, view.start, view.stop) if multi else None
    if every and len(choices.letters) == _COUNTS.get(
        (every["count"] or "").lower(), len(choices.letters)
    ):
        yield Statement("all_options", WEAK, choices.letters, every.start("all"), every.end())
        return
    claims, count = _claims(view, choices)
    if not claims:
        return
    if multi and (rest := _all_but(view, choices, claims)):
        yield rest
        return
    if multi and (told := _told_one_by_one(choices, claims)):
        yield told
        return
    last = _concluded(view, choices, claims, count, multi)
    first = _opened(view, choices, claims, count, multi) if finished else None
    if last and (last[1] or first is None or set(first.letters) == set(last[0].letters)):
        found = last[0]
    elif first and last is None:
        found = first
    else:
        return
    yield Statement("prose", WEAK, found.letters, found.start, found.end)


def _told_one_by_one(choices: Choices, claims: Sequence[_Claim]) -> Statement | None:
    """Every option, each affirmed or denied, and none both."""
    affirmed = {letter for each in claims for one in each.affirmed for letter in one.letters}
    denied = {letter for each in claims for letter in each.denied}
    if not (affirmed and denied and affirmed.isdisjoint(denied)):
        return None
    if affirmed | denied != set(choices.letters) or len(claims) > 2 * len(choices.letters):
        return None
    affirming = [each for each in claims if each.affirmed]
    if len(affirming) > 1 or any(one.either for one in affirming[0].affirmed):
        return None
    letters = choices.in_order(affirmed)
    return Statement("prose", WEAK, letters, claims[0].start, claims[-1].end)


def _all_but(view: View, choices: Choices, claims: Sequence[_Claim]) -> Statement | None:
    """ "All except argon.": every option but those that the last claim spares."""
    claim = claims[-1]
    run = claim.runs[0]
    found = _ALL_BUT.search(view.text[claim.start : run.start])
    if (
        found is None
        or len(claim.runs) > 1
        or run.either
        or _DENIED.search(view.text, run.end, claim.end)
    ):
        return None
    rest = tuple(letter for letter in choices.letters if letter not in run.letters)
    return Statement("all_options", WEAK, rest, claim.start, run.end) if rest else None


def _claims(view: View, choices: Choices) -> tuple[list[_Claim], int]:
    """The sentences that name options, and how many sentences there are. None at all where one
    contradicts itself."""
    letters = frozenset(choices.letters) - used_otherwise(view, choices.letters)
    claims: list[_Claim] = []
    count = 0
    for place, (start, end, asks) in enumerate(_sentences(view)):
        count = place + 1
        if view.text[start:end] in view.text[view.start : start]:
            return [], count  # a loop, cut somewhere
        if asks or end - start > _LONGEST or _PLEASANT.search(view.text, start, end):
            continue
        runs = runs_of(view.text, start, end, choices, letters=letters)
        if runs is None:
            return [], count
        if runs:
            claims.append(_claim(view.text, start, end, runs, place))
    return claims, count


def _sentences(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of the first and the last sentences of a reply."""
    pieces = [(view.start, view.stop)]
    if view.stop - view.start > _HEAD + _TAIL:
        pieces = [(view.start, view.start + _HEAD), (view.stop - _TAIL, view.stop)]
    for piece, (begin, stop) in enumerate(pieces):
        start, cut = begin, piece > 0
        for found in _ENDS.finditer(view.text, begin, stop):
            if found[0] == "." and _is_abbreviation(view.text, found, begin):
                continue
            if not cut and view.text[start : found.start()].strip(" .*\n"):
                yield start, found.start(), found["asks"] is not None
            start, cut = found.end(), False
        if not cut and view.text[start:stop].strip(" .*\n"):
            yield start, stop, False


def _is_abbreviation(text: str, found: re.Match[str], begin: int) -> bool:
    """Whether a full stop ends no sentence: "e.g.", the initials of a name."""
    if _ABBREVIATED.search(text, max(begin, found.start() - 8), found.start()):
        return True
    return text[found.start() - 1].isupper() and _INITIAL.match(text, found.end()) is not None


def _claim(text: str, start: int, end: int, runs: Sequence[Run], place: int) -> _Claim:
    affirmed: list[Run] = []
    denied: set[str] = set()
    for at, run in enumerate(runs):
        before_end = runs[at - 1].end if at else start
        after_end = runs[at + 1].start if at + 1 < len(runs) else end
        begin = max(
            (each.end() for each in _PARTS.finditer(text, before_end, run.start)),
            default=before_end if at else start,
        )
        stop = next((each.start() for each in _PARTS.finditer(text, run.end, after_end)), after_end)
        if (
            _ASIDE.search(text, max(start, run.start - 40), run.start)
            or _DENIED.search(text, begin, run.start)
            or _DENIED.search(text, run.end, stop)
        ):
            denied.update(run.letters)
        else:
            affirmed.append(run)
    return _Claim(start, end, tuple(affirmed), frozenset(denied), tuple(runs), place)


def _concluded(
    view: View, choices: Choices, claims: Sequence[_Claim], count: int, multi: bool
) -> tuple[Run, bool] | None:
    """The run that the last claim affirms, and whether it concludes in so many words."""
    text = view.text
    for claim in reversed(claims):
        if not claim.affirmed:
            continue
        if count - claim.place > 3 or SUPPOSED.search(text, claim.start, claim.end):
            return None
        run = claim.affirmed[-1]
        before, after = text[claim.start : run.start], text[run.end : claim.end]
        so = _SO.search(before) is not None
        if (
            any(set(each.letters) != set(run.letters) for each in claim.affirmed)
            or run.either
            or not _fits(run, choices, multi)
        ):
            return None
        if not (_is_value(text, claim, run, choices) or _THAT_IS.search(before)):
            return None
        only = _ONLY.search(before) is not None or after.strip(" .!)*") in {"only", "alone"}
        if only and len(run.letters) < len(choices.letters):
            return run, True
        subject = _LEADS_IN.match(before) is not None and _VERB.match(after) is not None
        link = _COPULA.search(before) is not None and _BREAKS.match(after) is not None
        ends = not after.strip(" .!)*\"'”]}✓✔✅")
        if not ends and view.text[view.stop - 1] not in ENDS_WELL:
            return None
        said_last = claim.place == count - 1
        if multi and len(run.letters) < 2:
            return None
        if not run.text and not _BEFORE_LABEL.search(before):
            return None
        if _CUT_OFF.search(before) or not (run.text or so or claim.denied or _MORE.search(before)):
            return None
        if so and (not _is_wordy(run, choices) or link or subject or ends or _BREAKS.match(after)):
            return run, True
        if multi:
            contrast = bool(claim.denied) and claim.denied.isdisjoint(run.letters)
            beside = [each for each in claims if each is not claim]
            contrast = contrast or _set_against(beside, set(run.letters))
            if link and not contrast and _affirms_other(claims, claim, run):
                return None
            if link or (subject and (contrast or len(claims) == 1)):
                return run, contrast or link
            return None
        if not (_is_wordy(run, choices) or claim.start > view.start or _RESULT.search(before)):
            return None
        if link and said_last and (ends or _LINK.search(before)):
            return run, False
        if ends and said_last and claim.start > view.start and _LINK.search(before):
            return run, False
        return None
    return None


def _affirms_other(claims: Sequence[_Claim], claim: _Claim, run: Run) -> bool:
    """ "Immutable: tuple, str. Mutable: list, set.": an earlier claim affirms others."""
    return any(
        each.start < claim.start and set(one.letters) - set(run.letters) - each.denied
        for each in claims
        for one in each.affirmed
    )


def _opened(
    view: View, choices: Choices, claims: Sequence[_Claim], count: int, multi: bool
) -> Run | None:
    """The run that the first claim affirms, where what follows speaks of others."""
    text, claim = view.text, claims[0]
    if not claim.affirmed or SUPPOSED.search(text, claim.start, claim.end):
        return None
    run = claim.affirmed[0]
    if run.either or not _fits(run, choices, multi) or not _is_wordy(run, choices):
        return None
    if _PLANS_ON.search(text, max(claim.end, view.stop - _LONGEST), view.stop):
        return None
    named, others = set(run.letters), claims[1:]
    if any(_denies(text, each, named) for each in claims):
        return None
    if any(
        set(one.letters) - named and set(one.letters) & named
        for each in others
        for one in each.affirmed
    ):
        return None
    before, after = text[claim.start : run.start], text[run.end : claim.end]
    if _POSSESSIVE.match(after) or _TOPIC.match(before) or _CUT_OFF.search(before):
        return None
    if text[claim.end : claim.end + 1] == ";" and others:
        others = others[1:]  # the rest of the same sentence
    others = [each for each in others if any(set(one.letters) - named for one in each.runs)]
    beside = [each for each in claim.affirmed[1:] if set(each.letters) - named]
    if claim.denied >= set(choices.letters) - named:
        return None  # "Paris is bigger than Lyon, Nice and Lille."
    if any(_names_as_answer(text, each, named) for each in others):
        return None
    led = _LEADS_IN.match(before)
    if not run.text and not (multi and led and led["among"]):
        return None  # talk about labels; other rules read those that are singled out
    if led and not before.strip() and not after.strip(" .!:*") and not multi:
        return None if any(_is_alone(text, each) for each in others) else run
    if led and _VERB.match(after):
        if beside and beside[0].start < _comma(text, run):
            return None
        told = {letter for each in others for one in each.runs for letter in one.letters} - named
        singled = _SINGLED.match(after) is not None or (
            before.strip(" \"'(") and not _ARTICLES.match(before)
        )
        if others and not multi and _is_complement(text, others[-1], named):
            return None
        if multi and not others and not (led["among"] or count <= 2):
            return None
        if multi:
            return run if len(run.letters) > 1 and _contrasted(others, choices, named) else None
        walks = run.letters[0] == choices.letters[0]
        if not (walks and len(told) > 1) and (singled or not _begins_with_other(text, others)):
            return run
        return run if len(told) == len(choices.letters) - 1 and not walks else None
    if beside:
        return None
    firm = _COPULA.search(before) is not None and _BREAKS.match(after) is not None
    if firm and (not multi or len(run.letters) > 1):
        return run
    weak = (_LINK.search(before) and _BREAKS.match(after)) or _OBJECT.search(before)
    if not weak or (multi and len(run.letters) < 2):
        return None
    if multi:
        return run
    return None if any(_is_complement(text, each, named) for each in others) else run


def _names_as_answer(text: str, claim: _Claim, named: set[str]) -> bool:
    """Whether a later claim concludes, and affirms another option."""
    return any(
        set(one.letters) - named and _SO.search(text[claim.start : one.start]) is not None
        for one in claim.affirmed
    )


def _denies(text: str, claim: _Claim, named: set[str]) -> bool:
    """Whether a claim denies one of these by its label, or as its subject."""
    return any(
        set(one.letters) & named & claim.denied
        and (one.label or _LEADS_IN.match(text[claim.start : one.start]) is not None)
        for one in claim.runs
    )


def _contrasted(others: Sequence[_Claim], choices: Choices, named: set[str]) -> bool:
    """Whether what follows sets the other options against these: it denies them, or tells them
    apart one by one. "B and D are scalars. A and C are vectors." is even."""
    runs = [one for each in others for one in each.runs]
    told = {letter for one in runs for letter in one.letters}
    if not told or told & named:
        return not told
    if _set_against(others, named):
        return True
    rest = set(choices.letters) - named
    return told == rest and (len(runs) > 1 or len(rest) == 1)


def _set_against(others: Sequence[_Claim], named: set[str]) -> bool:
    """Whether other claims deny all that they name, and name none of these."""
    return bool(others) and all(
        set(one.letters) <= each.denied and named.isdisjoint(one.letters)
        for each in others
        for one in each.runs
    )


def _begins_with_other(text: str, others: Sequence[_Claim]) -> bool:
    """Whether a later claim has its own option as its subject, as the first one has."""
    return any(
        _LEADS_IN.match(text[each.start : each.runs[0].start]) is not None for each in others
    )


def _is_complement(text: str, claim: _Claim, named: set[str]) -> bool:
    """Whether a later claim affirms another option behind a link."""
    return any(
        set(one.letters) - named and _LINK.search(text[claim.start : one.start]) is not None
        for one in claim.affirmed
    )


def _is_alone(text: str, claim: _Claim) -> bool:
    run = claim.runs[0]
    around = text[claim.start : run.start] + text[run.end : claim.end]
    return not around.strip(" .!:*")


def _comma(text: str, run: Run) -> int:
    found = text.find(",", run.end, run.end + 200)
    return found if found >= 0 else run.end + 200


def _fits(run: Run, choices: Choices, multi: bool) -> bool:
    if multi:
        return len(run.letters) < len(choices.letters)
    return len(run.letters) == 1


def _is_wordy(run: Run, choices: Choices) -> bool:
    return run.label or all(_WORDY.search(choices.texts[letter]) for letter in run.letters)


def _is_value(text: str, claim: _Claim, run: Run, choices: Choices) -> bool:
    """Whether a number is what the sentence comes to, not one among others."""
    if _is_wordy(run, choices) or (
        len(run.letters) > 1 and _ROOTS.search(text, claim.start, run.start)
    ):
        return True
    around = text[claim.start : run.start] + " " + text[run.end : claim.end]
    return not _NUMBER.search(around) and not _EQUALS.match(text, run.end, claim.end)
