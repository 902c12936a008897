"""What stands behind a cue that announces an answer: labels, or one option's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.judged import judged_after
from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import contradicted, is_echo, is_name, listed
from cgr_nb.answers.near import near_named
from cgr_nb.answers.verdicts import is_wrong, spared_letters
from cgr_nb.answers.view import View

__all__ = ["CLAUSE_ENDS", "LEAD", "LINK", "UNSAID", "announced", "near_phrase", "say", "text_after"]

LINK = (
    r"(?:\b(?:is\s?\(?are\)?|is|are|was|(?:would|should|must|will|could|might|may|can\sonly"
    r"|(?:would\s)?(?:has|have)\sto)(?:\s(?:therefore|thus|then|only|also|probably|likely"
    r"|definitely"
    r"|surely|hence))?\sbe|turns?\sout\sto\sbe|becomes|remains|corresponds?\sto)\b\)?\s?:?"
    r"|'s\b|’s\b|-(?=\s)|:|=(?!=)|[-=]>|→|⇒|—|–)"
)
# Between the link and the label: quotes, hedges, a repeated cue.
LEAD = LazyPattern(
    r"(?:\n\d{1,2}[.)]\s|[\s\"“”‘’'`:…~,]|\.{2,3}|\\(?:boxed|fbox|framebox)\s?\{"
    r"|(?:most\slikely|likely|probably|possibly|either|both|indeed|clearly|simply|definitely"
    r"|therefore|thus|hence|then|just|only|as\sfollows|(?:a\scombination|all|each)\sof"
    r"|options?|choices?|letters?|statements?|alternatives?|selections?|to\sbe|closest\sto|is"
    r"|are|that|the|it's|it\sis|label(?:l?ed)?"
    r"|(?:the\s)?(?:(?:final|correct|best|right)\s){0,2}(?:answer|option|choice|statement)s?"
    r"(?:\s(?:is|are))?)(?![A-Za-z])){0,12}",
    re.IGNORECASE,
)
UNSAID = LazyPattern(
    r"(?:\b(?:if|whether|suppose|assum\w{1,5}|unless|incorrect|wrong|false|thought|imagine"
    r"|previous|another|other)\b"
    r"[^.\n,;:)]{0,24}|(?:\bnot|n't)\s{1,2}(?:be\s|the\s|a\s|an\s)?(?:final\s|correct\s|right\s"
    r"|best\s)?)\Z",
    re.IGNORECASE,
)
_NOT = LazyPattern(r"\s{0,3}(?:not|never)\b", re.IGNORECASE)
_BUT = LazyPattern(r"[,;]?\s{1,3}(?:but|rather)\s{1,3}(?:rather\s{1,3})?", re.IGNORECASE)
CLAUSE_ENDS = LazyPattern(r"[ \t\"')]{0,6}(?:[.,;:!\n\r]|\Z)")
_TEXT_ENDS = LazyPattern(r"[\n\r]|[.;!?](?=\s|\Z)")


def announced(
    view: View,
    choices: Choices,
    multi: bool,
    name: str,
    strength: int,
    start: int,
    pos: int,
    *,
    small: bool = False,
    article: bool = False,
    marked: bool = False,
    several: bool = False,
) -> Iterator[Statement]:
    """Read what a cue announces: labels, or the exact text of one option.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        multi: Whether a set of labels is asked for.
        name: Rule that a statement is read by.
        strength: WEAK, STATED or FINAL.
        start: Where the cue begins.
        pos: Where it ends.
        small: Lower-case labels count.
        article: A bare lower-case "a" at the end of a line counts ("answer: a").
        marked: Only labels in brackets, or several labels, are read, and no texts of options.
        several: The cue may be of several options ("are", a colon).
    """
    text = view.text
    spelt = next(text_after(view, choices, name, strength, start, pos), None)
    if spelt and len(choices.texts[spelt.letters[0]]) > 1:
        yield spelt
        return
    if denial := _NOT.match(text, pos, view.stop):
        yield from _not_but(view, choices, name, strength, start, denial.end())
        return
    lead = LEAD.match(text, pos, view.stop)
    at = lead.end() if lead else pos
    group = read_group(text, at, choices, stop=view.stop, small=small, article=article)
    if group is None:
        if not marked:
            yield from text_after(view, choices, name, strength, start, pos)
            yield from _behind(view, choices, name, strength, start, pos)
        return
    closed = text[group.start].isupper() and name == "option_is" and _STOPS.match(text, group.end)
    alone = not (group.marked or len(group.letters) > 1 or closed)
    if (
        marked
        and alone
        and not (several and len(listed(text, group, choices, view.stop, plural=True).letters) > 1)
    ):
        return
    one_verb = len(group.letters) > 1 and spared_letters(text, group, view.stop)
    judged = None if one_verb else judged_after(text, group, choices, view.stop)
    if judged and (judged.right or len(judged.wrong) > len(group.letters)):
        letters = judged.right or judged.wrong
        yield Statement(name, strength, letters, start, judged.end, denies=not judged.right)
        return
    if is_wrong(text, group.end, view.stop):
        spared = spared_letters(text, group, view.stop)
        if spared:
            yield Statement(name, strength, spared, start, group.end)
        else:
            yield Statement(name, strength, group.letters, start, group.end, denies=True)
        return
    if not group.marked and is_name(text, group, choices, view.stop):
        return
    if not several and is_echo(text, group, choices, view.stop):
        return
    found = listed(text, group, choices, view.stop, plural=several)
    other = contradicted(text, group, choices, view.stop) if found.letters == group.letters else ()
    letters = (*found.letters, *other)
    if (
        name == "chosen"
        and found.either
        and len(choices.letters) > 2
        and set(letters) == set(choices.letters)
    ):
        return  # the task told again: "choose one of A, B, C or D"
    yield Statement(name, strength, letters, start, found.end, either=found.either or bool(other))


_STOPS = LazyPattern(r"[ \t\"')]{0,6}(?:[.!]\s?(?:\n|\Z)|\n|\Z)")
_BEHIND = LazyPattern(
    r"[^.;:!?\n()\[\]]{0,12}(?:[^.;:!?\n()\[\]]|\.(?=\d)){1,100}?\s"
    r"\((?:(?:option|choice|answer)\s)?(?P<letter>[A-Z])\)(?=\s?(?:[.;!\n]|\Z|,\s[a-z]))",
    re.IGNORECASE,
)
_NAMED_FOR_IT = LazyPattern(
    r"\b(?:equations?|eqn?s?|figures?|fig|points?|cases?|parts?|steps?|graphs?|columns?"
    r"|rows?|lines?"
    r"|statements?|reactions?|compounds?|sets?|and|or|not|from|in|with)\.?\s\Z",
    re.IGNORECASE,
)


def _behind(
    view: View, choices: Choices, name: str, strength: int, start: int, pos: int
) -> Iterator[Statement]:
    """ "is Paris (B)": the label stands behind the answer's own words."""
    found = _BEHIND.match(view.text, pos, view.stop)
    if found is None or found["letter"] not in choices.letters:
        return
    bracket = found.start("letter") - 1
    if not _NAMED_FOR_IT.search(view.text, pos, view.text.rindex("(", pos, bracket + 1)):
        yield Statement(name, min(strength, STATED), (found["letter"],), start, found.end())


def _not_but(
    view: View, choices: Choices, name: str, strength: int, start: int, pos: int
) -> Iterator[Statement]:
    """ "is not B but C": B is denied, C announced."""
    lead = LEAD.match(view.text, pos, view.stop)
    group = read_group(view.text, lead.end() if lead else pos, choices, stop=view.stop)
    if group is None:
        return
    yield Statement(name, strength, group.letters, start, group.end, denies=True)
    but = _BUT.match(view.text, group.end, view.stop)
    then = read_group(view.text, but.end(), choices, stop=view.stop) if but else None
    if then:
        yield say(name, strength, then, group.end)


def text_after(
    view: View, choices: Choices, name: str, strength: int, start: int, pos: int
) -> Iterator[Statement]:
    """ "The answer is Paris.": the sentence or line after the cue is exactly one option's text.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        name: Rule that a statement is read by.
        strength: WEAK, STATED or FINAL.
        start: Where the cue begins.
        pos: Where it ends.
    """
    limit = min(view.stop, pos + 40)
    while pos < limit and view.text[pos].isspace():
        pos += 1
    window = view.text[pos : min(view.stop, pos + 400)]
    ends = [end.start() for end in _TEXT_ENDS.finditer(window)][:4]
    if len(window) < 400:
        ends.append(len(window))
    for end in ends:
        named = choices.named(window[:end])
        if named:
            yield Statement(
                f"{name}_text", strength, named, start, pos + end, either=len(named) > 1
            )
            return
    if ends and not _LABELLED.search(window[: ends[0]]):
        near = near_phrase(window, choices)
        if near:
            yield Statement(f"{name}_text", WEAK, near[0], start, pos + near[1])


def near_phrase(window: str, choices: Choices) -> tuple[tuple[str, ...], int] | None:
    """The option that the first phrase of a text names in other words, and where the phrase ends;
    None where a further option follows.

    Args:
        window: The text, from where the phrase begins.
        choices: The item's options, prepared for reading.
    """
    for end in _PHRASE_ENDS.finditer(window[:_NEAR]):
        phrase = window[: end.start()]
        named = choices.named(phrase) or near_named(phrase, choices)
        if named:
            following = window[end.end() : end.end() + _NEAR].lstrip()
            more = _PHRASE_ENDS.search(following)
            beside = following[: more.start()] if more else following
            if end[0].strip() in {"", ",", ":"} and (
                set(near_named(beside, choices)) | set(choices.named(beside)) - set(named)
            ):
                return None
            return named, end.start()
        if end["stop"] is not None:
            return None
    return None


_NEAR = 160
"""Characters of a phrase that may be an option's text in other words."""
_PHRASE_ENDS = LazyPattern(
    r"(?P<stop>[\n\r;?!]|\.(?=\s|\Z)|\Z)|,\s|:\s|\s[(\[–—-]|\s(?:because|since|as|which|who|where"
    r"|so|and\snot|not|rather|instead)\s"
)
_LABELLED = LazyPattern(
    r"\A[A-Z](?![A-Za-z0-9])|(?<![A-Za-z0-9])[(\[]?[A-Z][)\]](?![\w^(])|\b(?:option"
    r"|choice)\s[A-Z]\b"
)


def say(name: str, strength: int, group: Group, start: int) -> Statement:
    """A statement of one group of labels, as it was read.

    Args:
        name: Rule that a statement is read by.
        strength: WEAK, STATED or FINAL.
        group: The labels.
        start: Where the statement begins.
    """
    return Statement(name, strength, group.letters, start, group.end, either=group.either)
