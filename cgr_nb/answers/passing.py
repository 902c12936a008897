"""Rules for answers said as a choice or in passing: "I choose B", "so B.", "(option A)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.announced import CLAUSE_ENDS, LEAD, UNSAID, announced, say, text_after
from cgr_nb.answers.cues import IS_NOT
from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import listed
from cgr_nb.answers.verdicts import is_wrong, judged_in_words
from cgr_nb.answers.view import View

__all__ = ["apposed", "aside", "best_is", "chosen", "it_is", "label_it_is"]

_CHOOSE = LazyPattern(
    r"\b(?:(?:i|we|you|one)(?:\s(?:would|will|must|shall|should|can))?|i'd|i'll|we'd|let's|let\sme"
    r"|to)\s{1,2}"
    r"(?:therefore\s|thus\s|finally\s|then\s|confidently\s|still\s|also\s|now\s|personally\s)?"
    r"(?:choose|pick|select|go\s(?:with|for)|opt\sfor|vote\sfor|settle\son|settle\sfor"
    r"|conclude|answer"
    r"|say|chose|picked|selected|lean\stowards?|lean\sto|prefer|favou?r|guess|bet\son|mark|tick"
    r"|stick\swith|end\s(?:up\s)?with)\b"
    r"(?:\sthat)?(?:\s(?:it\sis|it's|it\smust\sbe|it\sis\sprobably))?"
    r"|\b(?:my|so\sthe)\s(?:final\s|own\s|best\s)?(?:choice|pick|selection|guess|vote|decision"
    r"|response)\s"
    r"(?:is|would\sbe|will\sbe)\b"
    r"|\b(?:(?:i'm|i\sam|we\sare|we're)\s)?(?:leaning\stowards?|going\s(?:with|for)|opting\sfor"
    r"|inclined\sto(?:wards?|\ssay)?|choosing|selecting|picking)\b"
    r"|(?:^|(?<=[.!]\s))(?:choose|select|pick|go\swith)(?=\s(?:option\s)?[(\[]?[A-Z]\b)",
    re.IGNORECASE | re.MULTILINE,
)
_NEGATED = LazyPattern(
    r"\b(?:not|n't|never|cannot|if|wrong|incorrect|mistake|mistaken"
    r"|tempting)\s{1,2}(?:\w{1,9}\s)?\Z",
    re.IGNORECASE,
)


def chosen(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A choice put as a choice.

    Example:
        "I would choose B.", "I'll go with option (D)", "... but I lean towards B."
    """
    for cue in _CHOOSE.finditer(view.text, view.start, view.stop):
        if _NEGATED.search(view.text, max(view.start, cue.start() - 20), cue.start()):
            continue
        yield from announced(view, choices, multi, "chosen", STATED, cue.start(), cue.end())


_IT_IS = LazyPattern(
    r"(?P<so>(?:\b(?:so|thus|hence|therefore|then|no(?!\s{0,2}:)|wait|rather|instead|actually)\b|∴|⇒|=>|→"
    r"|\bi\.e\.)\s{0,3}[,:]?\s{0,3}"
    r"(?:it(?:'s|\sis|\smust\sbe|\shas\sto\sbe)\s)?(?=[(\[]?(?:(?:options?|statements?|choices?"
    r"|answers?)\s)?[(\[]?[A-Z]{1,6}\b))"
    r"|(?P<it>\b(?:it|(?P<value>which|that))(?:'s|\sis|\smust\sbe"
    r"|\shas\sto\sbe)\s{1,3}(?=(?:option\s)?[(\[]?[A-Z]\b))"
    r"|(?P<to>\b(?:corresponds?\sto|corresponding\sto|match(?:es|ing)?|(?:in\s)?(?:line|aligns?"
    r"|agrees?|consistent)\swith|points?\sto|(?:appears|listed|given|labell?ed|shown)\sas"
    r"|leads?\sto|namely|select(?:ing)?|equals|gives?"
    r"|closest\s(?:to|is)"
    r"|closest\s(?:option|answer|choice|value)\sis)\s(?:the\s)?(?=[(\[]|(?:option|choice"
    r"|answer)\b))"
    r"|(?P<left>\b(?:leav(?:es|ing)(?:\s(?:only|just|us\swith(?:\sonly)?))?|(?:must|should"
    r"|has\sto)\sbe(?:\s(?:just|only|simply))?"
    r"|(?:makes|making)\sthe\s(?:correct\s|right\s)?(?:answer|option|choice)"
    r"|left\swith|(?:likeliest|one\sleft|option\sleft)\sis)\s(?=(?:the\s)?[(\[]?(?:option\s|choice"
    r"\s|answer\s)?[(\[]?[A-Z]\b))"
    r"|(?P<think>\b(?:i|we)\s(?:(?:do|would|also|still|strongly|really|honestly)\s)?(?:think"
    r"|believe"
    r"|suspect|feel|reckon|suppose)\s(?:that\s)?"
    r"(?:(?:it's|it\sis|its|it\sshould\sbe|it\swould\sbe"
    r"|it\smust\sbe)\s)?(?=[(\[]?(?:option\s)?[(\[]?[A-Za-z]\b))"
    r"|(?P<be>\b(?:is|are|be|includes?|comprises?)\b\s?:?)(?=(?<=:)\s{0,2}[A-Z]\.\s"
    r"|\s{0,2}(?:\(?[A-Z][):]|(?:option|choice|answer)s?\s[(\[]?[A-Z]\b))",
    re.IGNORECASE,
)


def it_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A label said in passing: a conclusion, a match, or "is" with a clearly marked label.

    Example:
        "so B.", "which corresponds to option (C)", "The most likely diagnosis is **C: Psoriasis"
    """
    for cue in _IT_IS.finditer(view.text, view.start, view.stop):
        before = max(view.start, cue.start() - 32)
        negated = _NEGATED.search(view.text, before, cue.start())
        unsaid = negated or UNSAID.search(view.text, before, cue.start())
        if unsaid and not (cue[0][0] in "→⇒=∴" and _DENIED_BEFORE.search(unsaid[0])):
            continue
        if cue["so"] and _LIKEWISE.match(view.text, cue.end(), view.stop):
            continue
        if cue["so"] and _PLANNED.search(view.text, before, cue.start()):
            continue
        if cue["so"] or cue["it"] or cue["left"] or cue["think"]:
            if _CHAIN.search(view.text, before, cue.start()) and cue[0][0] in "→⇒=":
                continue
            bare = _BARE.match(view.text, cue.end(), view.stop) is not None
            if cue["value"] and bare and not _VALUE.search(view.text, before, cue.start()):
                continue  # "the distance, which is D"
            found = _concluded(view, choices, cue)
        else:
            found = announced(view, choices, multi, "it_is", WEAK, cue.start(), cue.end())
        for each in found:
            if not IS_NOT.match(view.text, each.end, view.stop):
                yield each


def _concluded(view: View, choices: Choices, cue: re.Match[str]) -> Iterator[Statement]:
    """ "so B.": the label ends its clause; "so (B) is the radius" concludes nothing."""
    lead = LEAD.match(view.text, cue.end(), view.stop)
    at = lead.end() if lead else cue.end()
    group = read_group(view.text, at, choices, stop=view.stop, small=True)
    small = cue["think"] and view.stop - cue.start() <= 40
    if group is None or not (group.marked or view.text[group.start].isupper() or small):
        return
    if judged_in_words(view.text, group.end, view.stop) is not None:
        return  # a verdict
    found = listed(view.text, group, choices, view.stop)
    if len(found.letters) > len(group.letters):
        if is_wrong(view.text, found.end, view.stop):
            return
        yield Statement("it_is", WEAK, found.letters, group.start, found.end, either=found.either)
        return
    rest = view.text[group.end : min(view.stop, group.end + 240)].lstrip(" ).:-–")
    own = len(group.letters) == 1 and choices.follows(group.letters[0], rest)
    if (
        own
        or CLAUSE_ENDS.match(view.text, group.end, view.stop)
        or _THAT.match(view.text, group.end)
    ):
        yield say("it_is", WEAK, group, group.start)


_DENIED_BEFORE = LazyPattern(r"\A(?:not|n't)\b")
"""Before an arrow that denies something else: "I holds, II doesn't → A"."""
_LIKEWISE = LazyPattern(r"(?:is|are|was|do|does|did|has)\b")
_PLANNED = LazyPattern(
    r"\b(?:check|consider|look\sat|compare|try|test|examine)\b[^.!?\n]{0,20}\Z", re.IGNORECASE
)
_BARE = LazyPattern(r"[A-Z]\b(?![)\]])")
_VALUE = LazyPattern(r"\d[^\s,]{0,8},?\s\Z")
_CHAIN = LazyPattern(r"(?:(?:^|[^A-Za-z])[A-Z]|(?:^|[,;\n(])\s?[1-9ivx]{1,3})[)\].]?\s?\Z")
"""A label before an arrow: a sequence or a match of pairs, not an answer."""
_THAT = LazyPattern(
    r"\s(?:(?:that|which|but\s(?:I'm|I\sam)\b|(?:but\s|and\s)?not|as\s(?:the|our|my))\s|(?:only"
    r"|alone|after\sall|here)\s?(?:[.,;!\n]|\Z))"
)


_LABEL_IT_IS = LazyPattern(
    r"(?:^|[\s,(])(?P<label>[(\[]?[A-Z][)\]]?(?:(?:,\s|\sand\s)[(\[]?[A-Z][)\]]?){0,5})"
    r"\sit\sis(?=\s?[.!,]|\s?\Z)"
)


def label_it_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """ "... so B it is."."""
    for found in _LABEL_IT_IS.finditer(view.text, view.start, view.stop):
        letters = tuple(each for each in found["label"] if each.isupper())
        yield Statement("it_is", STATED, letters, found.start("label"), found.end())


_APPOSED = LazyPattern(
    r"[\w)}%°'’\"”]\s?(?:,|[—–-])\s(?:(?:i\.e\.|namely|that\sis),?\s|which\sis\s)?"
    r"(?:option|choice|answer)\s[(\[]?(?P<letter>[A-Z])[)\]]?\s?(?:[.!](?=\s|\Z)|\n|\Z)",
    re.IGNORECASE,
)


def apposed(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The last words of a sentence name the option of what it found, and no others do:
    "The force is 24 N, option B."."""
    if multi:
        return
    every = list(_APPOSED.finditer(view.text, view.start, view.stop))
    if len({each["letter"].upper() for each in every}) == 1:
        found = every[-1]
        yield Statement("it_is", WEAK, (found["letter"].upper(),), found.start(), found.end())


_BEST = LazyPattern(
    r"\b(?:best|correct|right|(?:most|likeliest|ideal|recommended|preferred|appropriate)\b|answer"
    r"|diagnosis|next\sstep)\b[^.\n:?!]{0,120}?\b(?:is|are|would\sbe|should\sbe|will\sbe"
    r"|must\sbe)\b\s?:?",
    re.IGNORECASE,
)
_BRACKET_BEHIND = LazyPattern(
    r"(?P<words>[^.;\n()?!]{3,160})\((?P<noun>(?:option|choice|answer)\s)?(?P<letter>[A-Z])\)",
    re.IGNORECASE,
)
_DENIED = LazyPattern(r"\b(?:not|n't|never|neither|nor|if|incorrect|wrong|least)\b", re.IGNORECASE)


def best_is(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """What is called best, in an option's own words, its label in brackets behind them or not.

    Example:
        "The best next step is to order an ultrasound (option B).", "The best next step is **Order
        an ultrasound**."
    """
    for cue in _BEST.finditer(view.text, view.start, view.stop):
        before = view.text[max(view.start, cue.start() - 32) : cue.start()]
        if UNSAID.search(before) or _DENIED.search(cue[0]):
            continue
        behind = _BRACKET_BEHIND.match(view.text, cue.end(), view.stop)
        own = choices.texts.get(behind["letter"].upper(), "") if behind else ""
        stated = behind and (
            behind["noun"] or (own and behind["words"].casefold().rstrip().endswith(own))
        )
        if behind and stated and not _DENIED.search(behind[0]):
            letter = behind["letter"].upper()
            yield Statement("best_is", WEAK, (letter,), cue.start(), behind.end())
        else:
            yield from text_after(view, choices, "best_is", WEAK, cue.start(), cue.end())


_ASIDE = LazyPattern(
    r"\(\s{0,3}(?:option|choice|answer)\s[(\[]?([A-Z])[)\]]?\s{0,3}\)", re.IGNORECASE
)


def aside(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The one option that is ever named in brackets, where nothing is announced at all.

    Example:
        "The likeliest diagnosis is a common cold (option A), which ..."
    """
    for found in _ASIDE.finditer(view.text, view.start, view.stop):
        yield Statement("aside", WEAK, (found[1].upper(),), found.start(), found.end())
