"""Further labels after one that a sentence of another language announces: lines, or "A x and D y".

Each label wears a bracket and has its option's text behind it. Lines that begin with a label go on
as a list. In a line the next label counts when a word for "and", a comma or a semicolon leads to
it. A line that is called wrong is left out, and what is called wrong in a sentence ends the list;
after a reason or a turn nothing is told, so labels from there on are left out when a mark stands
before it, and left open otherwise. "Solution:" before a walk through the options announces none.
"""

from __future__ import annotations

import re

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import Language, Token
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.tokens import Label, tokens_of
from cgr_nb.answers.view import View

__all__ = ["going_on"]

_WINDOW = 600
"""Characters within which the next label must stand."""
_NEXT_LINE = LazyPattern(
    r"\n{1,2}[-*•–]?\s?(?:\d{1,2}[.)]\s)?(?:[(\[]\s?(?P<both>[A-Z])\s?[)\]]"
    r"|(?P<one>[A-Z])[):.](?=\s|[^\x00-\u024f]))"
)
_IN_LINE = LazyPattern(r"[(\[]\s?(?P<both>[A-Z])\s?[)\]](?![\^_])")
_STOPS = LazyPattern(r"\n|[.!?](?=\s|\Z)|(?<=[^\x00-\u024f\s\d])\.")
_MARKS = frozenset(",;")


def going_on(
    view: View, label: Label, language: Language, choices: Choices, *, firm: bool
) -> tuple[tuple[str, ...], int, bool]:
    """The letters from an announced label on, where the last one ends, and whether it is left open
    which of them are meant. No letters: nothing is announced.

    Args:
        view: The reply.
        label: The announced label.
        language: Of the sentence.
        choices: The item's options, prepared for reading.
        firm: More than a bare heading such as "Solution:" leads to the label.

    Example:
        "正确的说法是：\\n[B] x\\n[C] y" gives B and C, "[A] x 和 [D] y 是正确的" gives A and D.
    """
    letters, end = list(label.letters), label.end
    if not set(letters) <= set(choices.letters):
        return label.letters, end, False
    in_lines = _begins_line(view.text, label.start)
    seen, wrong = set(letters), set()
    if in_lines and _called_wrong(view, end, min(view.stop, end + _WINDOW), language, choices):
        wrong |= set(letters)
    while len(seen) < len(choices.letters):
        limit = min(view.stop, end + _WINDOW)
        found = _line(view.text, end, limit) if in_lines else None
        lined = found is not None
        verdict: bool | None = True
        if found is None:
            found = _IN_LINE.search(view.text, end, _sentence_end(view.text, end, limit))
            if found is None:
                break
            verdict = _joined(view.text, end, found.start(), language, choices)
        letter = found["both"] or found.groupdict().get("one") or ""
        if letter not in choices.letters or letter in seen or verdict is False:
            break
        called = _called_wrong(view, found.end(), limit, language, choices)
        if called and not lined:
            break
        seen.add(letter)
        letters.append(letter)
        if called:
            wrong.add(letter)
        end = found.end()
        if verdict is None:
            return tuple(letters), end, True
    if in_lines and letters[0] == choices.letters[0] and not (firm and len(letters) > 1):
        later = _goes_through(view, end, choices)
        if later or (not firm and len(letters) == len(choices.letters) > 2):
            return (), end, False
    return tuple(letter for letter in letters if letter not in wrong), end, False


def _goes_through(view: View, pos: int, choices: Choices) -> bool:
    """Whether paragraphs of the other options follow: "Solution:", and then each is discussed."""
    found = {each["both"] or each["one"] for each in _NEXT_LINE.finditer(view.text, pos, view.stop)}
    return bool(found & set(choices.letters[1:]))


def _begins_line(text: str, pos: int) -> bool:
    return not text[max(0, pos - 12) : pos].rsplit("\n", 1)[-1].strip(" -*•–")


def _line(text: str, pos: int, limit: int) -> re.Match[str] | None:
    """The label at the beginning of the next line that is not empty."""
    line = text.find("\n", pos, limit)
    return _NEXT_LINE.match(text, line, limit) if line >= 0 else None


def _sentence_end(text: str, pos: int, limit: int) -> int:
    found = _STOPS.search(text, pos, limit)
    return found.start() if found else limit


def _joined(text: str, pos: int, stop: int, language: Language, choices: Choices) -> bool | None:
    """Whether the words before a further label join it: yes, no, or it can't be told."""
    tokens = list(tokens_of(text, pos, stop, language, choices))
    turn = next((place for place, token in enumerate(tokens) if _turns(token)), None)
    if turn is not None:
        return False if turn == 0 or tokens[turn - 1].mark in _MARKS else None
    while tokens and tokens[-1].kinds & {"option", "filler"} and "and" not in tokens[-1].kinds:
        tokens.pop()
    if not tokens or "and" in tokens[-1].kinds or tokens[-1].mark in _MARKS:
        return True
    return None


def _turns(token: Token) -> bool:
    return bool(token.kinds & {"because", "but"}) and "and" not in token.kinds


def _called_wrong(view: View, pos: int, limit: int, language: Language, choices: Choices) -> bool:
    """Whether the item that begins here ends in a word for wrong."""
    stop = min(_sentence_end(view.text, pos, limit), limit)
    following = _IN_LINE.search(view.text, pos, stop)
    tokens = list(
        tokens_of(view.text, pos, following.start() if following else stop, language, choices)
    )
    heard: set[str] = set()
    for token in reversed(tokens):
        if not (token.mark or token.kinds):
            break
        heard |= token.kinds
    return "wrong" in heard or {"not", "right"} <= heard
