"""A reply in prose as utterances: sentences and lines, and the stance of what they name.

An utterance is a sentence or a line. The options that it names (naming.py) stand in it as its
subject or behind its verb, and it affirms them, denies them, or only speaks of them. Nothing is
decided here: attentive.py says what the utterances together amount to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.capitals import used_otherwise
from cgr_nb.answers.cues import IS_NOT
from cgr_nb.answers.folding import starts_with
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import Run, runs_of
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.roles import COPULA, LEADS_IN
from cgr_nb.answers.view import View

__all__ = ["DENIES", "Stance", "Utterance", "utterances_of"]

_HEAD, _TAIL = 1_500, 3_000
"""Characters at the beginning and at the end of a reply that are taken apart."""
_LONGEST = 600
"""Characters of an utterance that is read."""
_MOST = 120
"""Utterances of one reply."""
_ENDS = LazyPattern(
    r"(?P<asks>\?)[\"'”’)]{0,2}(?=\s|\Z)|[.!][\"'”’)]{0,2}(?=\s|\Z)"
    r"|(?<=[^\x00-\u024f])[.!]|;(?=\s)(?!\s[(\[]?[A-Z][)\]]?\s?(?:[;,.)\n]|\Z|and\b))"
    r"|(?P<line>\n{1,2})"
)
_ABBREVIATED = LazyPattern(
    r"(?:\b(?:e\.g|i\.e|vs|cf|ca|approx|Dr|Mr|Mrs|St|No)|\b[A-Z]\.\s?[A-Z])\Z"
)
_LABEL_DOT = LazyPattern(r"(?<![\w'’])[(\[]?(?P<letter>[A-Z])\Z")
_NUMBERED = LazyPattern(r"(?:\A|\n)\s?\d{1,2}\Z")
_GOES_ON = LazyPattern(r"[.!]\s[a-z]")

DENIES = LazyPattern(
    r"\b(?:not|never|neither|nor|cannot|no|none|without|wrong|incorrect|false|untrue|invalid"
    r"|excluded?|exclud(?:ing|es)|(?:rul\w{1,3}|is|are|crossed|struck)\sout|fails?"
    r"|contradict\w{0,3}"
    r"|violat\w{1,3}|contraindicated|unsuitable|unsafe|avoided|useless|irrelevant|reject\w{0,3}"
    r"|discard\w{0,3}|eliminat\w{1,3}|except|lacks|lacking|absent|missing"
    r"|unrelated|unlikely|impossible|inappropriate|inaccurate|unnecessary|exempt|distractors?|myth"
    r"|misconception|unlike|rather\sthan|instead\sof|as\sopposed\sto"
    r"|far\sfrom|hardly|nicht|kein\w{0,2}|pas|não|non|nie|niet|geen|falsch\w{0,2}|fals[aeo]s?|non(?=\s)"
    r"|не|değil\w{0,6}|không|bukan|tidak|inte|ikke|لا)\b"
    r"|n['’]t\b|[✗✘❌✖☒]|ません|ない|なく|ではな|不|没|沒|非|아니|아닙|아닌|않|못|없|नहीं|ليس|نفي|নয়|নেই",
    re.IGNORECASE,
)
_SPOKEN_OF = LazyPattern(
    r"\b(?:than|such\sas|like|besides|compared\s(?:to|with)|contrast\s(?:to|with)|followed\sby"
    r"|confused\swith|different\sfrom|distinct\sfrom|opposite\sof|between|versus|vs\.?|despite"
    r"|by\seither|alongside|works?\sof|observations\sof|(?:anything|everything|all|nothing)\sbut"
    r"|apart\sfrom|exception\sof|whether|if)\s(?:the\s|an?\s|both\s|either\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_CLAUSE = LazyPattern(
    r"[,;:](?=\s)|\s[—–-]\s|(?<=\s)(?:while|whereas|but|although|though|and\sso|which|who|whose"
    r"|that"
    r"|because|since|so|when|where|as|if|unless|until|even|without|rather"
    r"\sthan|instead\sof|unlike|as\sopposed\sto|and\snot)(?=\s)",
    re.IGNORECASE,
)
_BEFORE_CLAUSE = LazyPattern(
    r"[,;](?=\s)|\s[—–-]\s|(?<=\s)(?:while|whereas|but|although|though|and\sso|because|since"
    r"|so)(?=\s)",
    re.IGNORECASE,
)
_TURNED_ROUND = LazyPattern(
    r"\b(?:ones?|options?|statements?|choices?|things?|what|those|sentences?|items?|answers?"
    r"|\w{3,16}s)"
    r"\s(?:that|which|who|are|is|not|we|you)?\s?[^,;:]{0,80}(?:not\b|n['’]t\b|never\b|cannot\b"
    r"|no\b)"
    r"[^,;]{0,80}(?:\b(?:is|are)|:)\s?(?:the\s|both\s|therefore\s|thus\s|only\s|just\s|an?\s){0,2}"
    r"[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
"""Before what is singled out by a denial: "the ones that aren't required are", "not needed:"."""
_WRONG_ONES = LazyPattern(
    r"\b(?:wrong|incorrect|false|untrue|invalid|excluded?|eliminated?|reject\w{0,3})\b",
    re.IGNORECASE,
)
_NO_VERDICT = LazyPattern(r"[)\]\"'”}]{0,2}\s?[:,–—→⇒-]{0,2}\s?(?P<words>[^.;,(\n]{1,60})")
_ANSWERS = LazyPattern(
    r"\s(?:(?:is|are|was|were|would\sbe)\s(?:all\s|both\s|also\s|clearly\s|indeed\s|thus\s)?"
    r"(?:correct|right|true|valid|fine|ok|okay|safe|suitable|the\s(?:best|right|correct|closest"
    r"|only"
    r"|one|answer)|needed|required)|meets?\s(?:all|both|the|every)|fits?|match(?:es)?|works?|holds?"
    r"|appl(?:y|ies)|qualif(?:y|ies)|satisf(?:y|ies)|counts?|remains?|applies)\b",
    re.IGNORECASE,
)


_BUT = LazyPattern(r"\bbut\s(?:rather\s|the\s|an?\s){0,2}[(\[\"'“]{0,2}\Z", re.IGNORECASE)
_IN_ROW = LazyPattern(
    r"[^.;:]{0,100}?(?:,|\band\b|&|\bplus\b)[^.;:]{0,80}\Z(?<!while\s)(?<!whereas\s)(?<!but\s)",
    re.IGNORECASE,
)
_ENDS_CLAUSE = LazyPattern(
    r"[)\]\"'”}]{0,2}\s?(?:[.,;:!–—(]|\Z|(?:which|who|where|when|because|since|as|for|with|if|in"
    r"|on|and)\b)"
)


_SUBJECT = LazyPattern(
    r"\W{0,6}(?:(?:and|or|but|so|also|then|finally|the|an?|both|while|whereas|only|options?"
    r"|statements?"
    r"|choices?|its|their|your|our)\b\W{0,4}){0,4}\Z",
    re.IGNORECASE,
)
_PLACE = LazyPattern(r"\b(?:at|in|of|from|through|on|near|towards?|under|off)\s\Z", re.IGNORECASE)


class Stance:
    """What an utterance says of the options it names in one place."""

    YES = "yes"
    """Affirmed: behind a verb, or called right."""
    NO = "no"
    """Denied or set aside."""
    TOLD = "told"
    """The subject of a sentence that judges nothing."""
    BESIDE = "beside"
    """Named for comparison only."""
    UNSURE = "unsure"
    """Singled out as false: whether that is the answer, the question says."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence or line, and the options that it names."""

    start: int
    end: int
    place: int
    """Its number in the reply."""
    asks: bool
    opens_line: bool
    """It begins a line."""
    closes_line: bool
    """It ends a line."""
    after_gap: bool
    """An empty line stands before it."""
    runs: tuple[Run, ...]
    stances: tuple[str, ...]

    def letters(self, *stances: str) -> set[str]:
        """The letters named with one of these stances."""
        pairs = zip(self.runs, self.stances, strict=True)
        return {letter for run, said in pairs if said in stances for letter in run.letters}


def utterances_of(view: View, choices: Choices) -> list[Utterance] | None:
    """The utterances of a reply, in order; None where a label and a text contradict each other, or
    where there are too many."""
    letters = frozenset(choices.letters) - used_otherwise(view, choices.letters)
    result: list[Utterance] = []
    for start, end, asks, opens, closes, gap in _pieces(view, choices):
        if len(result) >= _MOST:
            return None
        stop = min(end, start + _LONGEST)
        runs = runs_of(view.text, start, stop, choices, letters=letters, heads=opens)
        if runs is None:
            return None
        result.append(
            Utterance(
                start,
                end,
                len(result),
                asks,
                opens,
                closes,
                gap,
                tuple(runs),
                tuple(_stances(view.text, start, stop, runs)),
            )
        )
    return result


def _pieces(view: View, choices: Choices) -> Iterator[tuple[int, int, bool, bool, bool, bool]]:
    """Start, end, whether it asks, opens a line, closes one, and stands behind an empty line."""
    windows = [(view.start, view.stop)]
    if view.stop - view.start > _HEAD + _TAIL:
        windows = [(view.start, view.start + _HEAD), (view.stop - _TAIL, view.stop)]
    for number, (begin, stop) in enumerate(windows):
        start, opens, gap, cut = begin, number == 0, False, number > 0
        for found in _ENDS.finditer(view.text, begin, stop):
            if found.start() < start or (
                found[0][0] in ".!" and _goes_on(view.text, found, begin, stop, choices)
            ):
                continue
            line = found["line"]
            if not cut and view.text[start : found.start()].strip(" .*\n"):
                closes = line is not None or view.text[found.end() : found.end() + 2].startswith(
                    "\n"
                )
                asks = found["asks"] is not None
                yield start, found.start(), asks, opens, closes, gap
            elif line is None:
                continue
            start, cut = found.end(), False
            opens, gap = line is not None, line is not None and len(line) > 1
        if not cut and view.text[start:stop].strip(" .*\n"):
            yield start, stop, False, opens, True, gap


def _goes_on(text: str, found: re.Match[str], begin: int, stop: int, choices: Choices) -> bool:
    """Whether a full stop ends no sentence: "e.g.", initials, "C. Geothermal", "2. Lyon"."""
    before = text[max(begin, found.start() - 8) : found.start()]
    if _ABBREVIATED.search(before) or _NUMBERED.search(
        text[max(0, found.start() - 4) : found.start()]
    ):
        return True
    label = _LABEL_DOT.search(before)
    if label and label["letter"] in choices.letters and found[0] == ".":
        pos = found.end() + 1
        if starts_with(text, pos, stop, choices.keys[label["letter"]]) > 0:
            return True
    return found[0] == "." and _GOES_ON.match(text, found.start(), stop) is not None


def _stances(text: str, start: int, end: int, runs: Sequence[Run]) -> Iterator[str]:
    last = ""
    for at, run in enumerate(runs):
        floor = runs[at - 1].end if at else start
        ceiling = runs[at + 1].start if at + 1 < len(runs) else end
        said = _stance(text, start, floor, run, ceiling)
        if said == Stance.TOLD and last == Stance.NO and _BUT.search(text[floor : run.start]):
            said = Stance.YES  # "it's not x but y"
        if said == Stance.TOLD and last == Stance.YES and _IN_ROW.match(text[floor : run.start]):
            ends = _ENDS_CLAUSE.match(text, run.end, end)
            said = last if ends else said  # "are x (A) and, by the way, y (D)"
        yield said
        last = said


def _stance(text: str, start: int, floor: int, run: Run, ceiling: int) -> str:
    before = text[start : run.start]
    begin = max(
        (each.end() for each in _BEFORE_CLAUSE.finditer(text, floor, run.start)), default=floor
    )
    stop = next((each.start() for each in _CLAUSE.finditer(text, run.end, ceiling)), ceiling)
    if _SPOKEN_OF.search(before):
        return Stance.BESIDE
    bare = run.label and not run.text and text[run.start].isupper() and len(run.letters) == 1
    if bare and _PLACE.search(before):
        return Stance.BESIDE  # "at B it is 2 N"
    own = text[begin : run.start]
    colon = own.rfind(": ")
    if colon > 0 and len(own[:colon].split()) > 3 and _SUBJECT.match(own[colon + 1 :]):
        own = f"it is {own[colon + 1 :]}"  # "the loop never ends: an infinite loop"
    if found := DENIES.search(own):
        if _TURNED_ROUND.search(before) or (COPULA.search(own) and _relative(own, found.end())):
            return Stance.UNSURE if _WRONG_ONES.search(own) else Stance.YES
        if _WRONG_ONES.fullmatch(found[0]) and COPULA.search(own):
            return Stance.UNSURE
        return Stance.NO
    if IS_NOT.match(text, run.end, ceiling):
        return Stance.NO
    if DENIES.search(text, run.end, stop) or _judged(text, run.end, ceiling) is False:
        return Stance.NO
    if LEADS_IN.match(before) or begin == run.start or _SUBJECT.match(own):
        right = _ANSWERS.match(text, run.end, ceiling) or _judged(text, run.end, ceiling)
        return Stance.YES if right else Stance.TOLD
    return Stance.YES


def _relative(own: str, pos: int) -> bool:
    """Whether words stand between a denial and the link before what is named."""
    return len(re.findall(r"\w+", own[pos:])) > 1


def _judged(text: str, pos: int, stop: int) -> bool | None:
    found = _NO_VERDICT.match(text, pos, min(stop, pos + 80))
    return polarity(found["words"]) if found else None
