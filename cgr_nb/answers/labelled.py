"""Options told by their labels in brackets, in whatever language: in one sentence, or as a list.

"Out of these, lentils (A) and chicken (C) are good sources. The others hold little.": who puts the
labels behind some options and not behind the others has chosen them, unless the sentence denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cgr_nb.answers.cues import BREAKS_OFF, CUE, EXAMINES, INTRODUCES, IS_RIGHT, WITHDRAWN
from cgr_nb.answers.folding import fold
from cgr_nb.answers.hedges import DOUBT, PLANNED, SUPPOSED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import named_in
from cgr_nb.answers.last_word import cue_of
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import RANGE
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.reading import Reading, fits_mode, reading_of
from cgr_nb.answers.roles import SO
from cgr_nb.answers.tokens import tokens_of
from cgr_nb.answers.utterances import DENIES, Stance, Utterance
from cgr_nb.answers.view import ENDS_WELL, View

__all__ = ["labelled_list", "labelled_row"]

_LABEL = LazyPattern(
    r"(?:(?<=[^\x00-\x7f])|(?<=[\s\"'*]))[(\[]\s?(?P<behind>[A-Z])\s?[)\]](?![\^_(=A-Za-z0-9])"
    r"|(?<![\w(\[^_\\])(?P<before>[A-Z])\)(?=\s)"
)
_JOINED = LazyPattern(
    r"[,;،、]|\s?&\s?|\sو|\b(?:and|plus|y|e|et|und|en|i|и|і|та|ve|và|dan|og|och|sowie|así\scomo)\s"
    r"|와|과|및|と|和|与|與|और|तथा|এবং|ও",
    re.IGNORECASE,
)
_APART = LazyPattern(
    r"\b(?:or|oder|ou|или|o|либо|mientras|während|tandis|mentre|enquanto|whereas|while"
    r"|by|against|from|into|with)\b|या|또는|あるいは|または|或",
    re.IGNORECASE,
)
_WORD = LazyPattern(r"[^\W_]")
_REST = LazyPattern(
    r"\b(?:rest|others?|remaining|none\sof\sthe\s\w{4,9}|demás|otr[ao]s|restantes|resto|autres"
    r"|übrigen|anderen?|altr[ie]|остальные|diğer\w{0,6}|pozostał\w|andere)\b|나머지|他|其他|其余",
    re.IGNORECASE,
)
_NUMBER = LazyPattern(r"\s?\d{1,2}[.)]\s")
_TURNS = LazyPattern(r"\s?(?:but|however|yet|still|actually)\b", re.IGNORECASE)
_SHORT = 6
"""Utterances of a reply in which a row decides, wherever it stands."""
_LEAST, _LONGEST = 2, 160
"""Labels of a row, and characters between two of them."""


def labelled_row(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """The options that one sentence names with labels, where no other has a label elsewhere.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.

    Example:
        "고래(B)와 박쥐(D)는 포유류입니다. 상어는 어류입니다.", "Two of them help: x (A) and y (D)."
    """
    text = view.text
    if not multi or text[view.stop - 1] not in ENDS_WELL:
        return None
    rows = [(each, named) for each in said if (named := _named(text, each, choices))]
    standing = [pair for pair in rows if not _sets_aside(text, pair[0], rows)]
    if len(standing) != 1:
        return None
    row, found = standing[0]
    letters = {letter for named, _, _ in found for letter in named}
    if len(letters) < _LEAST or not fits_mode(letters, choices, multi):
        return None
    aside = {
        letter for each, named in rows if each is not row for part in named for letter in part[0]
    }
    if row.asks or not _joined(text, found) or letters & aside:
        return None
    foreign = _denied_abroad(view, row, choices)
    if foreign or DENIES.search(text, row.start, row.end):
        return None
    if foreign is None and SUPPOSED.search(text, row.start, row.end):
        return None
    others = [each for each in said if each is not row]
    if any(DOUBT.search(text, each.start, each.end) or each.asks for each in said):
        return None
    last = row is said[-1] and SO.search(text[row.start : found[0][1]])
    if not last and not (len(said) <= _SHORT and _stands(view, said, row, letters, choices)):
        return None
    if any(
        words.search(text, each.start, each.end)
        for each in others
        if each.place > row.place
        for words in (WITHDRAWN, PLANNED)
    ):
        return None
    return reading_of(choices, letters, found[0][1], found[-1][2], "row")


def _named(text: str, each: Utterance, choices: Choices) -> list[tuple[str, int, int]]:
    """The labels of an utterance, those in brackets and ranges."""
    ranges = [
        ("".join(run.letters), run.start, run.end)
        for run in each.runs
        if run.label and len(run.letters) > _LEAST and RANGE.fullmatch(text[run.start : run.end])
    ]
    return ranges or list(_labels(text, each.start, each.end, choices))


def _sets_aside(
    text: str, each: Utterance, rows: Sequence[tuple[Utterance, list[tuple[str, int, int]]]]
) -> bool:
    """Whether an utterance behind the first denies what it names."""
    return each is not rows[0][0] and DENIES.search(text, each.start, each.end) is not None


def _labels(text: str, start: int, stop: int, choices: Choices) -> Iterator[tuple[str, int, int]]:
    for each in _LABEL.finditer(text, start, stop):
        letter = each["behind"] or each["before"]
        if letter in choices.letters:
            yield letter, each.start(), each.end()


def _joined(text: str, found: Sequence[tuple[str, int, int]]) -> bool:
    """Whether joints stand between the labels of a row, and nothing that sets them apart."""
    for (_, _, end), (_, begin, _) in pairwise(found):
        between = text[end:begin]
        if len(between) > _LONGEST or not _JOINED.search(between):
            return False
        if not _WORD.search(_JOINED.sub(" ", between)):
            return False  # "From (A) and (B) we get": labels of something else
        if BREAKS_OFF.search(between) or _APART.search(between):
            return False
    return True


def _denied_abroad(view: View, row: Utterance, choices: Choices) -> bool | None:
    """Whether a sentence denies or leaves open in another language; None where it is in none."""
    languages = list(named_in(view.text[view.start : view.stop]))
    if not languages:
        return None
    return any(
        token.kinds & {"not", "wrong", "if", "maybe", "except", "none"} and not token.english
        for language in languages
        for token in tokens_of(view.text, row.start, row.end, language, choices)
    )


def _stands(
    view: View, said: Sequence[Utterance], row: Utterance, letters: set[str], choices: Choices
) -> bool:
    """Whether the other utterances leave a row alone: they name all of the rest or nothing of it,
    without labels and conclusions."""
    text = view.text
    rest: set[str] = set()
    for run in row.runs:
        rest |= set(run.letters) - letters
    if rest:
        return False  # the row's own sentence tells of others, too
    for each in said:
        if each is row:
            continue
        named = {letter for run in each.runs for letter in run.letters} - letters
        denied = DENIES.search(text, each.start, each.end)
        if not denied and _TURNS.match(text, each.start, each.end):
            return False
        if cue_of(view, said, each) is not None and named and not denied:
            return False
        if any(IS_RIGHT.match(text, run.end, each.end) for run in each.runs):
            return False
        if not named and not denied and not _REST.search(text, each.start, each.end):
            continue
        if _REST.search(text, each.start, each.end):
            named = set(choices.letters) - letters
        elif not text.isascii():
            said_there = fold(text[each.start : each.end])
            named |= {
                letter
                for letter in set(choices.letters) - letters
                if not (key := choices.keys[letter]).isascii() and key in said_there
            }
        rest |= named
    return not rest or rest == set(choices.letters) - letters


def labelled_list(
    view: View, choices: Choices, said: Sequence[Utterance], multi: bool
) -> Reading | None:
    """The lines of a list, each with one label in brackets, under words that introduce them.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        said: Its utterances.
        multi: Whether several options may be right.

    Example:
        "You should:\\n1. Turn it off (A)\\n2. Call for help (C)\\n\\nNever pour water on it (D)."
    """
    if not multi or view.text[view.stop - 1] in ":,":
        return None
    text = view.text
    found: tuple[Utterance, list[tuple[Utterance, str]]] | None = None
    aside: set[str] = set()
    for each in said:
        if not each.closes_line or not text[each.start : each.end].rstrip(" *").endswith(":"):
            continue
        if any(run.label for run in each.runs):
            continue
        items = list(_items(text, said[each.place + 1 :], choices))
        if len(items) < _LEAST:
            continue
        words = text[each.start : each.end]
        if polarity(words) is False or DENIES.search(words):
            aside |= {letter for _, letter in items}
            continue  # the list of what is wrong
        if found:
            return None  # of two lists neither says which one is meant
        found = each, items
    if found is None:
        return None
    title, items = found
    letters = {letter for _, letter in items}
    if len(letters) < len(items) or not fits_mode(letters, choices, multi):
        return None
    words = text[title.start : title.end]
    others = set(choices.letters) - letters
    if aside & letters:
        return None
    denied = set(aside)
    for each in said[items[-1][0].place + 1 :]:
        if each.asks or DOUBT.search(text, each.start, each.end):
            return None
        if PLANNED.search(text, each.start, each.end):
            return None
        named = {letter for run in each.runs for letter in run.letters} & others
        if DENIES.search(text, each.start, each.end):
            denied |= named
        elif (named - aside and cue_of(view, said, each) is not None) or any(
            IS_RIGHT.match(text, run.end, each.end) for run in each.runs
        ):
            return None
    firm = CUE.search(words) or SO.search(words)
    told = firm or (INTRODUCES.search(words) and not EXAMINES.search(words))
    if (not told or SUPPOSED.search(words)) and denied != others:
        return None
    last = items[-1][0]
    if last is said[-1] and text[view.stop - 1] not in ENDS_WELL + ")]*":
        return None
    return reading_of(choices, letters, items[0][0].start, last.end, "list")


def _items(
    text: str, rest: Sequence[Utterance], choices: Choices
) -> Iterator[tuple[Utterance, str]]:
    """The lines of a list with the one label of each; none where one of them denies."""
    items: list[tuple[Utterance, str]] = []
    numbered: bool | None = None
    spaced: bool | None = None
    for each in rest:
        if not each.opens_line:
            if not items:
                return
            continue  # more about the last item
        number = _NUMBER.match(text, each.start, each.end) is not None
        if numbered is None:
            numbered = number
        if number != numbered:
            break
        if items and spaced is None:
            spaced = each.after_gap
        elif items and each.after_gap and not spaced:
            break
        named = {letter for letter, _, _ in _labels(text, each.start, each.end, choices)}
        if len(named) != 1:
            if numbered:
                return
            break
        if each.asks or DENIES.search(text, each.start, each.end):
            if numbered or each.letters(Stance.NO) & named or not each.after_gap:
                return
            break
        items.append((each, named.pop()))
    yield from items
