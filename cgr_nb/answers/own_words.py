"""Conclusions in the options' own words or by their place: "so the platypus and the chicken", "the
second option is right". They count only in the last sentence, and where nobody names a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.folding import Mention, mentions
from cgr_nb.answers.hedges import DOUBT, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import NOT_CHOSEN, named_in
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import RANGE
from cgr_nb.answers.tokens import tokens_of
from cgr_nb.answers.utterances import DENIES
from cgr_nb.answers.view import View

__all__ = ["behind_own_text", "concluding_text", "only_named", "ordinals"]

_LONGEST = 300
"""Characters of a last sentence that is read."""
_SENTENCE_START = LazyPattern(r"(?:\A|[.!?](?=\s)|\n|;)\s?")
_DENIED = LazyPattern(
    r"\b(?:not|never|neither|nor|except|wrong|false|incorrect|unlike|if|whether|could|might"
    r"|may|than"
    r"|cannot|isn|aren|would)\b|n't\b",
    re.IGNORECASE,
)
_LEADS = LazyPattern(
    r"(?:\b(?:is|are|be|equals?|remains?|becomes?|called|leaves|leaving|choose|pick|select|take"
    r"|include|includes|i\.e\."
    r"|ist|sind|est|sont|es|son|é|são|è|sono)"
    r"(?:\s(?:therefore|thus|then|hence|both|just|only|exactly|simply))?\s?:?|[:=→⇒])\s?"
    r"(?:(?:the|a|an|both|either)\s)?\Z|(?:\A|,\s)(?:so|thus|therefore|hence),?(?:\s(?:it's"
    r"|it\sis|the|a|an))?\s?:?\s?\Z",
    re.IGNORECASE,
)
_IS = LazyPattern(
    r"\A\s(?:(?:divided\sby|times|plus|minus|over|of)\s[\d.,]{1,8}\s)?(?:is|are|equals"
    r"|becomes?)\s(?:therefore\s|thus\s|then\s)?(?:the\s|a\s|an\s)?:?\Z"
)
_LABEL = LazyPattern(r"[(\[]\s?[A-Z]\s?[)\]]|\b(?i:option|choice)\s[A-Z]\b|\A[A-Z][.):]")
_JOINT = LazyPattern(
    r"[)\]\"'”}]{0,2}\s?(?:,\s?(?:and\s|und\s|et\s|y\s|e\s)?|;\s?|&\s?|\s(?:and|und|et|y|e|и|i"
    r"|as\swell\sas|plus)\s)"
    r"\s?(?:(?:the|a|an|die|der|das|les|le|la|el|los"
    r"|las)\s)?(?P<name>[A-Za-z]\s?=\s?)?[(\[\"'“{]{0,2}\Z",
    re.IGNORECASE,
)
_EQUATION = LazyPattern(r"\A\s?[A-Za-z][\w{}\\]{0,8}\s?[=≈]\s?\Z")
_OR = LazyPattern(r"\s?,?\sor\s(?P<name>[A-Za-z]\s?=\s?)\Z")
_CONNECTED = LazyPattern(
    r"\A\s?(?:(?:so|thus|therefore|hence|in\s(?:conclusion|summary)|finally|answer"
    r"|and)\s?[,:]?\s?){0,2}"
    r"(?:(?:the|a|an|both|just|only)\s)?\Z",
    re.IGNORECASE,
)
_CONCLUDED = LazyPattern(
    r"\b(?:so|thus|therefore|hence|answer|finally|total|gives|get)\b", re.IGNORECASE
)
_WORDY = LazyPattern(r"[^\W\d_]{4}")
_OF = LazyPattern(
    r"\s?(?:of\s[^\s.]{1,14}|(?!(?:per|and|or|by|to|in|at|for|from|then|but)\b)[a-z]{3,14})?\s?[.!]?\s?\Z"
)
_COMPUTED = LazyPattern(r"[\d)].{0,120}[-+*/×·−–÷^√=≈(]", re.DOTALL)
_ANY_OR = LazyPattern(r"\bor\b")
_EQUALS = LazyPattern(r"[=≈]\s?\Z")
_ENGLISH = LazyPattern(r"\b(?:the|is|are|was|of|a|an|because|it)\b", re.IGNORECASE)
_CAPITAL = LazyPattern(r"(?<![A-Za-z0-9'’])[A-Z](?![A-Za-z0-9'’]|\s[a-z])")
_STOPS = LazyPattern(r"[.!](?=\s|\Z)|\n")
_SHORT = 320
"""Characters of a reply that may be about nothing but the option that it names."""


def _last_sentence(view: View) -> tuple[int, int]:
    """Start and end of the last sentence, its mark left out."""
    stop = len(view.text[view.start : view.stop].rstrip(" .!\n")) + view.start
    begin = max(view.start, stop - _LONGEST)
    starts = [found.end() for found in _SENTENCE_START.finditer(view.text, begin, stop)]
    if starts:
        return starts[-1], stop
    return (view.start if begin == view.start else stop), stop


def concluding_text(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A last sentence that names options by their texts, all of them in one place.

    Example:
        "Thus the missing nutrient is vitamin C.", "x = 2 or x = 3", "Chicken and turtle lay eggs.",
        "So I would take the tent and the flashlight."
    """
    if not choices.longest or view.text[view.stop - 1] in "?,;:":
        return
    if DOUBT.search(view.text, view.start, view.stop):
        return
    start, stop = _last_sentence(view)
    sentence = view.text[start:stop]
    if not sentence or _LABEL.search(sentence) or sentence in view.text[view.start : start]:
        return
    named = _unlike(mentions(view.text, start, stop, choices.keys), choices)
    if not named:
        return
    if not multi and (value := _value(view, named, stop)):
        yield Statement("concluding_text", WEAK, (value.letter,), value.start, value.end)
        return
    runs = _runs(view.text, named)
    if len(runs) > 1 and not multi and len(runs[-1]) == 1:
        # "The conjugate base of HSO4- is SO4 2-": what is asked about may be an option too.
        last = runs[-1][0]
        led = view.text[named[-2].end : last.start]
        if (
            not view.text[last.end : stop].strip(" )}*")
            and _IS.search(led)
            and not (NOT_CHOSEN.search(view.text[start:stop]))
        ):
            yield Statement("concluding_text", WEAK, (last.letter,), last.start, last.end)
        return
    if len(runs) != 1 or len({each.letter for each in named}) == len(choices.letters):
        return
    letters = tuple(dict.fromkeys(each.letter for each in named))
    if len(letters) > 1 and not multi:
        return
    before = view.text[start : named[0].start].rstrip("([{\"'“")
    after = view.text[named[-1].end : stop].lstrip(")]}\"'”")
    if (
        NOT_CHOSEN.search(before)
        or NOT_CHOSEN.search(after)
        or _parallel(view, choices, start, letters)
    ):
        return
    if _concludes(view, choices, start, before, after, letters, multi):
        yield Statement("concluding_text", WEAK, letters, named[0].start, named[-1].end)


def _parallel(view: View, choices: Choices, start: int, letters: tuple[str, ...]) -> bool:
    """Whether the sentence before lists the other options: "Mutable: ... Immutable: ..."."""
    if len(letters) < 2:
        return False
    before = mentions(view.text, max(view.start, start - _LONGEST), start, choices.keys)
    others = {each.letter for each in before if each.letter not in letters}
    runs = [run for run in _runs(view.text, before) if {each.letter for each in run} == others]
    return len(others) > 1 and bool(runs) and view.text[start - 2 : start].strip() in {".", ";"}


def _concludes(
    view: View,
    choices: Choices,
    start: int,
    before: str,
    after: str,
    letters: tuple[str, ...],
    multi: bool,
) -> bool:
    """Whether what stands around the texts makes them the answer."""
    alone = _CONNECTED.match(before) is not None
    if not after.strip(" .!)*\"'}"):
        if alone:
            return start == view.start or len(letters) > 1 or _CONCLUDED.search(before) is not None
        if len(letters) > 1:
            return True
        wordy = any(_WORDY.search(choices.texts[letter]) for letter in letters)
        derived = (
            wordy
            or start > view.start
            or _CONCLUDED.search(before) is not None
            or (
                before.count("=") > 1
                or _EQUATION.match(before) is not None
                or _COMPUTED.search(before) is not None
            )
        )
        return derived and _LEADS.search(before) is not None
    # "Chicken and turtle lay eggs.": the subject of a sentence that is all, or that concludes.
    if not (multi and alone and len(letters) > 1 and after[:1] in " ,"):
        return False
    if not (start == view.start or _CONCLUDED.search(before)):
        return False
    return not {
        each.letter
        for each in mentions(view.text, max(view.start, view.stop - 600), start, choices.keys)
    } - set(letters)


def _unlike(named: list[Mention], choices: Choices) -> list[Mention]:
    """Without texts of one small letter or capital: a name of something else."""
    return [
        each
        for each in named
        if len(key := choices.keys[each.letter]) > 1 or not (key.isascii() and key.isalpha())
    ]


def _runs(text: str, named: Sequence[Mention]) -> list[list[Mention]]:
    """Mentions that joints alone part, run by run."""
    runs: list[list[Mention]] = []
    for each in named:
        between = text[runs[-1][-1].end : each.start] if runs else ""
        if runs and (_JOINT.match(between) or _OR.match(between)):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _value(view: View, named: Sequence[Mention], stop: int) -> Mention | None:
    """The option that a last equation comes out at: "2 × 0.25 = 0.5 mol of O2"."""
    last = named[-1]
    line = view.text.rfind("\n", view.start, last.start) + 1
    before = view.text[max(view.start, line, last.start - 160) : last.start]
    if not _EQUALS.search(before) or not _OF.match(view.text[last.end : stop]):
        return None
    if not _COMPUTED.search(before) or NOT_CHOSEN.search(before) or _ANY_OR.search(before):
        return None
    twice = any(each.end == last.end and each.letter != last.letter for each in named)
    return None if twice else last


def only_named(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The one option whose text a short reply names, in a sentence that affirms.

    Example:
        "Night blindness is caused by a deficiency of vitamin A, which rhodopsin needs."
    """
    size = view.stop - view.start
    if multi or not choices.longest or size > _SHORT or view.text[view.stop - 1] not in ".!":
        return
    if "?" in view.text[view.start : view.stop] or NOT_CHOSEN.search(
        view.text, view.start, view.stop
    ):
        return
    if DOUBT.search(view.text, view.start, view.stop) or SUPPOSED.search(
        view.text, view.start, view.stop
    ):
        return
    named = mentions(view.text, view.start, view.stop, choices.keys)
    if len({each.letter for each in named}) != 1:
        return
    own = choices.texts[named[0].letter]
    if not _ENGLISH.search(view.text, view.start, view.stop):
        if len(own) < (_FEW if own.isascii() else 2) or not _affirms_abroad(view, choices):
            return
    elif not _WORDY.search(own):
        return
    if any(
        found[0] in choices.letters
        and not any(each.start <= found.start() < each.end for each in named)
        for found in _CAPITAL.finditer(view.text, view.start, view.stop)
    ):
        return
    if len(_STOPS.findall(view.text[view.start : view.stop])) > 3:
        return
    yield Statement("only_named", WEAK, (named[0].letter,), named[0].start, named[-1].end)


_FEW = 6
"""Characters of an option's text that is not likely to be a word of something else."""


def _affirms_abroad(view: View, choices: Choices) -> bool:
    """Whether a reply is in another language, and nothing in it denies, supposes or leaves open."""
    known = any(True for _ in named_in(view.text[view.start : view.stop]))
    return (
        known
        and not DENIES.search(view.text, view.start, view.stop)
        and not _denied_abroad(view, choices, view.start, view.stop)
    )


def _denied_abroad(view: View, choices: Choices, start: int, stop: int) -> bool:
    """Whether a stretch has a word of another language that denies, supposes or leaves open."""
    return any(
        token.kinds & {"not", "wrong", "if", "maybe", "or", "except", "none"} and not token.english
        for language in named_in(view.text[view.start : view.stop])
        for token in tokens_of(view.text, start, stop, language, choices)
    )


_SET_APART = LazyPattern(r"\b(?:while|whereas|unlike|but|although|though)\b")
_TURNED = LazyPattern(r"\b(?:so|hence|thus|therefore|actually)\b")
_BEHIND = LazyPattern(r"[(\[]\s?(?P<letter>[A-Z])\s?[)\]]")


def behind_own_text(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Labels in brackets, each behind its option's text: all of the last sentence, or the only one
    of the reply.

    Example:
        "The bacterial diseases are cholera (C) and tuberculosis (B)."
    """
    if not choices.longest:
        return
    found = [
        each
        for each in _BEHIND.finditer(view.text, view.start, view.stop)
        if each["letter"] in choices.letters
    ]
    start, stop = _last_sentence(view)
    if len({each["letter"] for each in found}) == 1:
        start = max(view.start, view.text.rfind(".", view.start, found[0].start()) + 1)
        end = view.text.find(".", found[0].end(), view.stop)
        stop = view.stop if end < 0 else end
    last = [each for each in found if start <= each.start() < stop]
    if len(last) == 2 and _TURNED.search(view.text, last[0].end(), last[1].start()):
        last = last[1:]  # "at first it's x (C), but ..., so it's y (B)"
    if not last or _DENIED.search(view.text[start : last[-1].end()]):
        return
    if _denied_abroad(view, choices, start, stop) or (
        not view.text.isascii() and DENIES.search(view.text, start, stop)
    ):
        return
    if multi and (span := RANGE.search(view.text, view.start, start)) and span["first"].isupper():
        return  # "A to C do. D (its text) and E (its text) ..."
    if multi and len(last) == 1 and _beside_others(view, choices, found, last[0], stop):
        return
    for each in last:
        own = choices.texts[each["letter"]]
        before = view.text[max(start, each.start() - len(own) - 4) : each.start()]
        if not own or not before.casefold().rstrip(" \"'").endswith(own):
            return
    letters = tuple(dict.fromkeys(each["letter"] for each in last))
    if len(letters) > 1 and (
        set(letters) == set(choices.letters)
        or _SET_APART.search(view.text, last[0].end(), last[-1].start())
    ):
        return  # one half of the options against the other
    yield Statement("behind_own_text", WEAK, letters, last[0].start(), last[-1].end())


def _beside_others(
    view: View,
    choices: Choices,
    found: Sequence[re.Match[str]],
    one: re.Match[str],
    stop: int,
) -> bool:
    """Whether one label is told of among others, or its sentence denies behind it: then it is not
    the one that is chosen."""
    if _DENIED.search(view.text, one.end(), stop):
        return True
    return any(
        each["letter"] != one["letter"]
        and not _DENIED.search(view.text, max(view.start, each.start() - 60), each.end() + 60)
        for each in found
    )


_ORDINAL = r"(?:first|second|third|fourth|fifth|last)"
_ORDINALS = LazyPattern(
    rf"(?P<so>\b(?:so|thus|hence|therefore|accordingly|i\.e\.|(?:answer|choice"
    rf"|option)\sis),?\s)?\b(?:the\s)?"
    rf"(?P<list>{_ORDINAL}(?:\s(?P<count>two|three|four))?"
    rf"(?:(?:,\s(?:and\s)?|\sand\s)(?:the\s)?{_ORDINAL}){{0,4}})"
    r"(?P<noun>\s(?:options?|choices?|answers?|statements?|ones?))?(?P<rest>\s(?:is"
    r"|are)\s(?:the\s)?(?:both\s|all\s)?"
    r"(?:correct|right|true)\b|\s(?:hold|are\s(?:correct|true))\b)?(?P<ends>\s?(?:[.,;!:\n]|\Z))?",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_COUNTS = {"two": 2, "three": 3, "four": 4}


def ordinals(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Options called right by their place.

    Example:
        "The second option is right.", "So the first and the third options.", "Hence the last two
        options are correct."
    """
    for found in _ORDINALS.finditer(view.text, max(view.start, view.stop - _LONGEST), view.stop):
        if not (found["rest"] or (found["so"] and found["ends"] and found["noun"])):
            continue
        places = [_PLACES[each] for each in re.findall(_ORDINAL, found["list"].lower())]
        order = choices.letters
        if found["count"]:
            size = _COUNTS[found["count"].lower()]
            letters = order[:size] if places[0] == 0 else order[-size:]
        elif all(place < len(order) for place in places):
            letters = tuple(dict.fromkeys(order[place] for place in places))
        else:
            continue
        yield Statement("ordinals", WEAK, letters, found.start(), found.end())
