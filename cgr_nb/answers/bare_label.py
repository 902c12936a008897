"""Rules for labels that nothing announces: a reply that is a label, begins with one, or ends with
one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.folding import starts_with
from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.languages import leading_words
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import contradicted, is_echo, is_name, listed
from cgr_nb.answers.verdicts import is_right, is_wrong
from cgr_nb.answers.view import View

__all__ = ["closing_line", "first_label", "last_label", "last_words", "lone"]

# Pictures and arrows, but no cross: that one says "not".
_PICTURES = r"[^\w([{<❌✗✘✖❎☒×🚫👎⛔\\≠~!?-]{0,12}"
_NOUN = r"(?:(?:options?|choices?|letters?|statements?)\b[\s:\"'`]{1,8})?"
_BEFORE = LazyPattern(_PICTURES + _NOUN, re.IGNORECASE)
_HEDGED = LazyPattern(
    _PICTURES + r"(?:(?:(?:most\s)?(?:likely|probably)|maybe|perhaps|definitely|certainly|clearly"
    r"|surely|obviously|sure|okay|ok|yes|it's|it\sis|that's|that\swould\sbe|that\sis|both|either"
    r"|must\sbe|hence|therefore|thus|so|then)"
    r"\b[\s,:!]{1,3}){1,3}" + _NOUN,
    re.IGNORECASE,
)
_ARTICLE = LazyPattern(
    lambda: rf"{_PICTURES}(?:{leading_words()})\s(?=[(\[]?[A-Z]\b)", re.IGNORECASE
)
_ONLY_MARKS = LazyPattern(r"[\s.,;:!?\"“”‘’'`)\]}|>/\\✓✔✅☑-]{0,24}\Z")
_AN_ASIDE = LazyPattern(r"\s?\((?:see|as|by|from|using|cf)\b[^()\n]{1,160}\)\s?[.!]?\s?\Z")
_QUOTED = LazyPattern(r"[\[({]\s?[\"'][A-Z][\"'](?:\s?,\s?[\"'][A-Z][\"']){0,25}\s?[\])}]\Z")
_SPACED = LazyPattern(r"(?:[A-Z](?: [A-Z]){1,9}|\([A-Z]\)(?: \([A-Z]\)){1,9})\.?\Z")
_SMALL_SET = LazyPattern(r"\(?[a-z]\)?(?:(?:\s?[,;&]\s?|\s)(?:and\s)?\(?[a-z]\)?){1,9}\s?\.?\Z")
_SMALL = LazyPattern(r"\b[a-z]\b")
_LINE_LABEL = LazyPattern(
    r"^\s?(?:(?i:options?)\s)?[(\[]?([A-Z])(?:[)\]]|[.:](?=\s|[^\x00-\u024f]))", re.MULTILINE
)
_END_LABELS = LazyPattern(
    r"(?<![\w^_\\)\]}=])\s(?:[(\[]\s?[A-Z]\s?[)\]](?:\s?,)?\s?(?:(?:and|or|&)\s)?){0,8}"
    r"[(\[]\s?(?P<last>[A-Z])\s?[)\]][\s.!*\"'}]{0,12}\Z"
)
_GOES_ON = LazyPattern(
    r"\s(?!(?:because|since|as|only|due|from|for|with|by|in|which|that|are|is|respectively|both|all"
    r"|together|while|given)\b)[a-z]{2,20}\s"
)
_ASKED = LazyPattern(r"\?\s([A-Z])\.?\Z")
_ARE = LazyPattern(r"\s(?:are|were|have|do|can)\s")
_REASON = LazyPattern(r"\s(?:because|since|due\sto|(?:only|alone)\s?(?=[.!,;\n]|\Z))")
_SPEAKS = LazyPattern(
    r"\s?:\s(?:so,?\s|well,?\s|sure[,!.]?\s)?(?:the|my|our|i|it)\s", re.IGNORECASE
)
"""After "A:": the one who answers a "Q:" speaks."""
_LONG = 240
"""A labelled first paragraph longer than this is a discussion of one option, unless it is that
option's text."""


def lone(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The whole reply is one label or one group of labels.

    Example:
        "B", "(B)", "b.", "**B**", "Option C", "A, C and D."
    """
    named = choices.spelt_out(view.text[view.start : view.stop]) if view.short else ()
    if named:
        either = len(named) > 1
        yield Statement("option_text", FINAL, named, view.start, view.stop, either=either)
        return
    quoted = _QUOTED.match(view.text, view.start, view.stop)
    if quoted:
        letters = tuple(dict.fromkeys(each for each in quoted[0] if each.isalpha()))
        yield Statement("lone", FINAL, letters, view.start, view.stop)
        return
    if view.stop - view.start <= 60 and _SPACED.match(view.text, view.start, view.stop):
        letters = tuple(each for each in view.text[view.start : view.stop] if each.isalpha())
        if len(set(letters)) == 1:
            letters = letters[:1]
        if list(letters) == sorted(set(letters)) and set(letters) <= set(choices.letters):
            yield Statement("lone", FINAL, letters, view.start, view.stop)
            return
    small = _SMALL_SET.match(view.text, view.start, view.stop)
    if small:
        letters = tuple(each.upper() for each in _SMALL.findall(small[0]))
        if list(letters) == sorted(set(letters)) and set(letters) <= set(choices.letters):
            yield Statement("lone", FINAL, letters, view.start, view.stop)
            return
    group = _at_start(view, choices, view.stop, article=True, hedges=True)
    if group and _ONLY_MARKS.match(view.text, group.end, view.stop):
        yield Statement("lone", FINAL, group.letters, view.start, view.stop, either=group.either)


def first_label(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The reply begins with a label; what follows is that option's text or an explanation.

    Not so when a list of options follows, when the label is judged ("B is wrong"), or when the
    first paragraph is long without being the option's text: then one option is being discussed.

    Example:
        "B) Paris", "C.", "**C: Psori", "[A] $x^2$", "Option A: DNA", "D\\n\\nExplanation: ..."
    """
    text = view.text
    line_end = _line_end(view, view.start)
    group = _at_start(view, choices, view.stop)
    if group is None or group.end > line_end:
        return
    letter = group.letters[0]
    if _is_article(view, group, choices, line_end):
        return
    alone = _ONLY_MARKS.match(text, group.end, line_end) is not None
    alone = alone or _AN_ASIDE.match(text, group.end, view.stop) is not None
    rest = text[group.end : line_end].lstrip(" )]}.:-–—,")
    known = choices.begins(letter, rest) or choices.follows(letter, rest)
    if is_right(text, group.end, view.stop) or (
        len(group.letters) > 1
        and (_GOES_ON.match(text, group.end, view.stop) or _ARE.match(text, group.end, view.stop))
    ):
        return  # a verdict, or words about some options
    if is_wrong(text, group.end, view.stop) or is_echo(text, group, choices, view.stop):
        return
    if not alone and not known:
        mark = text[group.end : group.end + 2].lstrip()[:1]  # "**B**. The thyroid ..."
        mark = mark if mark in ".:" else text[group.end : group.end + 1]
        reasoned = letter != "I" and _REASON.match(text, group.end, view.stop) is not None
        styled = group.marked or mark in {".", ":", ")", "]", ","}
        if not (styled or reasoned or len(group.letters) > 1):
            return
        if mark == ":" and not group.marked and letter not in choices.letters:
            return  # "P: 35" names a quantity
        # "(a) The lens ..." opens the first part of a longer answer.
        small = not any(character.isupper() for character in text[view.start : group.end])
        if (view.stop if small else line_end) - view.start > _LONG:
            return
        if is_name(text, group, choices, view.stop):
            return
    if letter.isascii() and _is_parts(view, group):
        return
    if letter == "A" and not group.marked and _SPEAKS.match(text, group.end, view.stop):
        return
    labels = _labels_of_lines(view, choices)
    if _begins_list(view, choices):
        known = False
    if (len(labels) > 1 and not known) or len(labels) >= len(choices.letters) > 1:
        return
    if multi and len(labels) > 1 and _LINE_LABEL.match(text[line_end:].lstrip("\n")):
        return  # a list of several
    second = None if known else _label_alone(view, choices, group)
    if second:
        letters = tuple(dict.fromkeys((*group.letters, *second.letters)))
        yield Statement("first_label", STATED, letters, view.start, second.end)
        return
    other = contradicted(text, group, choices, view.stop)
    if other:
        letters = (letter, *other)
        yield Statement("first_label", STATED, letters, view.start, group.end, either=True)
        return
    found = listed(text, group, choices, line_end)
    if multi and known and len(found.letters) == 1 and _discussed(view, group, choices, line_end):
        return
    # A long reply that begins with a label may be going through the options one by one, and so may
    # one that begins "AB. text".
    joined = len(group.letters) > 1 and not group.marked and not alone
    firm = alone or known or (view.stop - line_end <= _LONG and not joined)
    yield Statement(
        "first_label",
        STATED if firm else WEAK,
        found.letters,
        view.start,
        found.end,
        either=found.either,
    )


def _is_article(view: View, group: Group, choices: Choices, stop: int) -> bool:
    """ "A tent is useful.": the article, though the option's text follows."""
    if group.letters != ("A",) or group.marked or view.text[group.end : group.end + 1] != " ":
        return False
    end = starts_with(view.text, group.end + 1, stop, choices.keys["A"])
    return end > 0 and view.text[end : end + 1] == " "


def _discussed(view: View, group: Group, choices: Choices, stop: int) -> bool:
    """Whether further options are talked about in the line: "(A) x is one, while (B) y is"."""
    found = {each[1] for each in _MARKED.finditer(view.text, group.end, stop)}
    return len(found & set(choices.letters) - set(group.letters)) > 1


_MARKED = LazyPattern(r"[(\[]\s?([A-Z])\s?[)\]]")


def _is_parts(view: View, group: Group) -> bool:
    """ "(a) ... (b) ...": parts of a longer answer, not labels."""
    own = view.text[group.start : group.end]
    if not own or any(character.isupper() for character in own):
        return False
    following = chr(ord(group.letters[-1].lower()) + 1)
    return re.search(rf"\({following}\)\s", view.text[group.end : view.stop]) is not None


def _begins_list(view: View, choices: Choices) -> bool:
    """Whether the first two lines are the first two options: the list of them, whole or cut."""
    lines = view.text[view.start : view.stop].split("\n", 3)
    found = [_LINE_LABEL.match(line) for line in lines if line.strip()][:2]
    return len(found) == 2 and tuple(each and each[1] for each in found) == choices.letters[:2]


def _label_alone(view: View, choices: Choices, group: Group) -> Group | None:
    """A second label with nothing around it, after the first or on the next line: "A: B"."""
    pos, limit = group.end, min(view.stop, group.end + 12)
    while pos < limit and (view.text[pos].isspace() or view.text[pos] in ")]}.:-,"):
        pos += 1
    second = read_group(view.text, pos, choices, stop=view.stop)
    if second and _ONLY_MARKS.match(view.text, second.end, _line_end(view, second.end)):
        return second
    return None


def closing_line(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The last line is one label and nothing else, and no other label begins a line; or it is
    several.

    Example:
        "C. its text\\n\\nWhy: ... so option C is wrong.\\n\\nC"
    """
    stop = len(view.text[view.start : view.stop].rstrip(" \n-—_=*")) + view.start
    begin = view.text.rfind("\n", view.start, stop) + 1
    if begin <= view.start or stop - begin > 12 or view.text[begin - 2 : begin - 1] != "\n":
        return
    line = View(view.text, begin, stop, unfinished_thought=False)
    group = _at_start(line, choices, stop)
    if group is None or not _ONLY_MARKS.match(view.text, group.end, stop):
        return
    if not any(each.isupper() for each in view.text[group.start : group.end]):
        return
    others = set(_labels_of_lines(view, choices)) - set(group.letters)
    apart = multi and len(group.letters) > 1
    if (apart or not others) and not view.text[group.end - 1 : stop].endswith((".", ":")):
        yield Statement("closing_line", STATED, group.letters, begin, stop, either=group.either)


_LAST_WORDS = LazyPattern(
    r"(?:[.!?]\s|\n)(?:(?i:option|choice)\s[(\[]?(?P<one>[A-Z])[)\]]?\s?[.!]"
    r"|\{(?P<set>[A-Z](?:,\s?[A-Z]){1,9})\}\s?[.!]?)\Z"
)


def last_words(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """ "... that is one element. Option A.", "... {A, C, D}"."""
    found = _LAST_WORDS.search(view.text, max(view.start, view.stop - 60), view.stop)
    if found:
        letters = tuple(each for each in (found["one"] or found["set"]) if each.isalpha())
        yield Statement("last_label", WEAK, letters, found.start() + 1, view.stop)


def last_label(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The reply ends with a label in brackets, or with a line that is a label or the only labelled
    line.

    Example:
        "... which makes 380. (A)", "... so we get\\n\\n(C) 12 km"
    """
    text = view.text
    asked = _ASKED.search(text, max(view.start, view.stop - 12), view.stop)
    if asked:
        yield Statement("last_label", WEAK, (asked[1],), asked.start(), view.stop)
        return
    found = _END_LABELS.search(text, max(view.start, view.stop - 80), view.stop)
    if found and not is_wrong(text, found.end("last") + 1, view.stop):
        letters = tuple(dict.fromkeys(re.findall(r"[(\[]\s?([A-Z])", found[0])))
        either = re.search(r"\bor\b", found[0]) is not None
        yield Statement("last_label", WEAK, letters, found.start() + 1, view.stop, either=either)
        return
    begin = 1 + max(
        text.rfind("\n", view.start, view.stop), text.rfind("\r", view.start, view.stop)
    )
    if begin <= view.start or view.stop - begin > _LONG:
        return
    line = View(text, begin + _indent(text, begin, view.stop), view.stop, unfinished_thought=False)
    group = _at_start(line, choices, view.stop)
    if (
        group is None
        or is_wrong(text, group.end, view.stop)
        or len(_labels_of_lines(view, choices)) > 1
    ):
        return
    alone = _ONLY_MARKS.match(text, group.end, view.stop)
    rest = text[group.end : view.stop].lstrip(" )]}.:-")
    own = choices.texts.get(group.letters[0], "")
    if alone or (choices.begins(group.letters[0], rest) and len(rest) <= len(own) + 20):
        yield Statement(
            "last_label", STATED, group.letters, line.start, view.stop, either=group.either
        )


def _at_start(
    view: View, choices: Choices, stop: int, *, article: bool = False, hedges: bool = False
) -> Group | None:
    """The group at the beginning; quotes, the word "option", and words such as "probably" may stand
    before it."""
    text = view.text
    patterns = (_BEFORE, _HEDGED, _ARTICLE) if hedges else (_BEFORE,)
    ends = [before.end() for each in patterns if (before := each.match(text, view.start, stop))]
    for pos in dict.fromkeys([view.start, *ends]):
        group = read_group(text, pos, choices, stop=stop, small=True, article=article)
        if group:
            return group
    return None


def _line_end(view: View, pos: int) -> int:
    ends = [
        at
        for at in (view.text.find("\n", pos, view.stop), view.text.find("\r", pos, view.stop))
        if at >= 0
    ]
    return min(ends, default=view.stop)


def _indent(text: str, pos: int, stop: int) -> int:
    return len(text[pos:stop]) - len(text[pos:stop].lstrip())


def _labels_of_lines(view: View, choices: Choices) -> tuple[str, ...]:
    """Labels that begin a line, as a list of options has them."""
    found = (match[1] for match in _LINE_LABEL.finditer(view.text, view.start, view.stop))
    return tuple(dict.fromkeys(letter for letter in found if letter in choices.letters))
