"""Answers in the sentences of other languages, by the words of `languages.toml`.

A sentence is taken apart into known words, unknown words, marks and labels. A label, or several
joined by "and" or "or", is stated when known words alone lead from it to a cue:

- a word for answer, or praise, with a link between ("la respuesta correcta es la C", "答案是C");
- a verb of choice on either side ("elijo la C", "Cを選びます");
- praise after it ("die Option C ist richtig", "선택지 C가 옳습니다").

Nothing is stated in a question, where a word supposes or leaves open, or where an unknown word
stands between. With a word of denial the label is denied. So a sentence that only talks about
options gives no letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import WORD, Language, Token, named_in
from cgr_nb.answers.statement import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.view import View

__all__ = ["in_sentence"]

_LONGEST = 600
"""Characters of a sentence that are looked at."""
_ENDS = re.compile(
    r"[!?;\n]|\.(?=\s|\Z|[\"')\]]|[^\x00-\u024f])|(?<=[^\x00-\u024f])\.",
)
_LABEL = re.compile(
    r"(?P<open>[(\[<{\"“‘]\s?)?(?P<letter>[A-Za-z\ue000-\ue0ff])(?P<close>\s?[)\]>}])?"
)
_RUN = re.compile(r"[A-Z]{2,10}(?![A-Za-z0-9_'’^-])")
_WORDISH = re.compile(r"[A-Za-z0-9_\u00c0-\u024f\u0300-\u036f\u0400-\u052f\u1e00-\u1eff]")
_OPTION_TEXT = re.compile(r"\s?(?:[)\]:]|\.(?=\s|\Z)|[-–—](?=\s))")
_ENGLISH_SENTENCE = re.compile(
    r"\b(?:the|and|that|which|are|because|with|this|therefore|since|would|answer|of|has)\b",
    re.IGNORECASE,
)
_KANA = re.compile(r"[\u30a1-\u30fc]")
_IDEOGRAPH = re.compile(r"[\u30a1-\u30fc\u4e00-\u9fff]")
_ONLY_MARKS = re.compile(r"[\s.,;:!\"”»’)\]]{0,12}\Z")
_LINKS = frozenset(":=：→-–—")
_SOFT = frozenset("\"'“”‘’«»()[]{}<>*:=：→–—-.")


@dataclass(frozen=True, slots=True)
class _Label:
    """Letters that stand at one place of a sentence."""

    letters: tuple[str, ...]
    start: int
    end: int
    marked: bool
    either: bool
    first: int
    """Index of its first token ..."""
    last: int
    """... and of its last."""


def in_sentence(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A sentence of another language that says which option is the answer.

    Example:
        "La respuesta correcta es la C.", "Cが正解です。", "Правильный ответ — C", "सही उत्तर C है।"
    """
    languages = list(named_in(view.text[view.start : view.stop]))
    if not languages:
        return
    for start, end, asks in _sentences(view):
        sentence = view.text[start:end]
        if asks or _ENGLISH_SENTENCE.search(sentence):
            continue
        for language in languages:
            yield from _read(view, start, end, language, choices)


def _sentences(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of each sentence; a heading goes on in the next line."""
    start = view.start
    for end in _ENDS.finditer(view.text, view.start, view.stop):
        mark = end[0]
        if mark == "\n" and end.start() > start and end.start() - start <= 80:
            before = view.text[start : end.start()].rstrip(" *_")
            if before.endswith(":") or (len(before) <= 30 and not before.endswith((")", ","))):
                if not _has_label(before):
                    continue
        if end.start() > start:
            yield start, min(end.start(), start + _LONGEST), mark == "?"
        start = end.end()
    if start < view.stop:
        yield start, min(view.stop, start + _LONGEST), False


def _has_label(text: str) -> bool:
    return re.search(r"(?<![A-Za-z])[A-Z](?![A-Za-z])", text) is not None


def _read(
    view: View, start: int, end: int, language: Language, choices: Choices
) -> Iterator[Statement]:
    tokens = list(_tokens(view.text, start, end, language, choices))
    if not any(token.kinds and not token.english for token in tokens if not token.mark):
        return
    for label in _labels(view.text, tokens, language, choices):
        found = _judged(view, tokens, label, language)
        if found:
            yield found


def _tokens(
    text: str, start: int, end: int, language: Language, choices: Choices
) -> Iterator[Token]:
    pos = start
    while pos < end:
        character = text[pos]
        if character.isspace():
            pos += 1
            continue
        token = _label_token(text, pos, start, end, language, choices) or language.known(text, pos, end)
        if token is None:
            token = Token(frozenset(), pos, pos + 1, character)
        yield token
        pos = token.end


def _label_token(
    text: str, pos: int, start: int, end: int, language: Language, choices: Choices
) -> Token | None:
    """A label: a capital alone, or any letter in brackets."""
    run = _RUN.match(text, pos, end)
    if run and _is_run(run[0], choices) and not _beside(text[pos - 1 : pos] if pos else "", language):
        return Token(frozenset({"label"}), pos, run.end(), run[0])
    found = _LABEL.match(text, pos, end)
    if found is None:
        return _script_label(text, pos, end, choices)
    at, letter = found.start("letter"), found["letter"]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if _beside(before, language) or (before in {"'", "’"} and not found["open"]) or before == "\\":
        return None
    closed = found["close"]
    if closed:
        if letter in "ai" and not found["open"]:
            return None
        return Token(frozenset({"label"}), pos, found.end(), letter.upper())
    if found["open"] and found["open"].strip() in "([<{":
        return None
    if _beside(after, language) or after in {"^", "_", "("}:
        return None
    if after in {"'", "’"} and (language.name != "tr" and text[at + 2 : at + 3].isalpha()):
        return None
    if after == "-" and text[at + 2 : at + 3].isascii() and text[at + 2 : at + 3].isalpha():
        return None
    if letter.islower():
        if letter.upper() in language.words or letter in "aeiouy":
            return None
        if not re.match(r"\s?(?:[.,;]|\Z|\n)", text[at + 1 : end]):
            return None
    elif letter in language.words and at == start and not re.match(r"\s?[).:\]]", text[at + 1 : end]):
        word = language.known(text, _next(text, at + 1, end), end)
        if word is None or not word.kinds & {"link", "and", "or"} or "filler" in word.kinds:
            return None
    return Token(frozenset({"label"}), pos, at + 1, letter.upper())


def _is_run(run: str, choices: Choices) -> bool:
    """ "ABD": options in rising order."""
    rising = all(one < two for one, two in pairwise(run))
    return rising and set(run) <= set(choices.letters) and len(choices.letters) <= 10


def _beside(character: str, language: Language) -> bool:
    """Whether a character next to a letter makes it a part of a word."""
    if _WORDISH.match(character):
        return True
    return not language.unspaced and (character.isalnum() or WORD.match(character) is not None)


def _script_label(text: str, pos: int, end: int, choices: Choices) -> Token | None:
    """A letter of another script that may be a label, standing alone."""
    capital = choices.labels.capital(text[pos])
    if capital is None:
        return None
    after = text[pos + 1 : pos + 2]
    before = text[pos - 1 : pos] if pos else ""
    if _IDEOGRAPH.match(text[pos]) and not _KANA.match(after) and not _KANA.match(before):
        return Token(frozenset({"label"}), pos, pos + 1, capital)
    if (before and not before.isspace() and before not in "([{\"'“‘«:=-–—") or WORD.match(after):
        return None
    return Token(frozenset({"label"}), pos, pos + 1, capital)


def _next(text: str, pos: int, end: int) -> int:
    while pos < end and text[pos].isspace():
        pos += 1
    return pos


def _labels(
    text: str, tokens: Sequence[Token], language: Language, choices: Choices
) -> Iterator[_Label]:
    """Labels of a sentence, those joined by "and" or "or" as one."""
    index = 0
    while index < len(tokens):
        if "label" not in tokens[index].kinds:
            index += 1
            continue
        first = last = index
        named, either = _named(tokens[index], choices)
        marked = not text[tokens[index].end - 1].isalnum() and tokens[index].end > tokens[index].start + 1
        while True:
            joint = _joint(tokens, last + 1)
            if joint is None:
                break
            last, alternative = joint
            more, unclear = _named(tokens[last], choices)
            either = either or alternative or unclear
            named += more
        yield _Label(
            tuple(dict.fromkeys(named)), tokens[first].start, tokens[last].end, marked, either,
            first, last,
        )  # fmt: skip
        index = last + 1


def _named(token: Token, choices: Choices) -> tuple[list[str], bool]:
    """The capitals that a label stands for, and whether it is only one of them."""
    readings = [choices.labels.readings(letter) for letter in token.mark]
    return [each for some in readings for each in some], any(len(some) > 1 for some in readings)


def _joint(tokens: Sequence[Token], index: int) -> tuple[int, bool] | None:
    """The next label and whether it is an alternative, when only a joint stands before it."""
    joined = alternative = False
    for place in range(index, min(len(tokens), index + 6)):
        token = tokens[place]
        if "label" in token.kinds:
            return (place, alternative) if joined else None
        if "or" in token.kinds or token.mark == "/":
            joined = alternative = True
        elif "and" in token.kinds or token.mark in {",", "&", "+"}:
            joined = True
        elif not token.kinds & {"filler", "option", "final"} and token.mark not in _SOFT:
            return None
    return None


def _part(tokens: Sequence[Token], label: _Label) -> tuple[int, int, int]:
    """The tokens that are said together with a label: between commas, reasons and turns.

    Returns:
        Index of the first, index after the last, and index of the turn ("but") before it or -1.
    """
    begin, turn = label.first, -1
    while begin > 0:
        token = tokens[begin - 1]
        if token.mark == "," or token.kinds & {"because", "but"}:
            turn = begin - 1 if "but" in token.kinds else -1
            break
        begin -= 1
    if turn < 0 and begin > 1 and "but" in tokens[begin - 2].kinds:
        turn = begin - 2
    stop = label.last + 1
    while stop < len(tokens):
        token = tokens[stop]
        if token.mark == "," or token.kinds & {"because", "but"}:
            break
        stop += 1
    return begin, stop, turn


def _judged(
    view: View, tokens: Sequence[Token], label: _Label, language: Language
) -> Statement | None:
    begin, stop, turn = _part(tokens, label)
    text_follows = label.marked or _OPTION_TEXT.match(view.text, label.end, view.stop) is not None
    left = label.first
    while left > 0 and _leads(tokens[left - 1]):
        left -= 1
    right = label.last + 1
    while right < stop and _leads(tokens[right]):
        right += 1
    before, after = tokens[left : label.first], tokens[label.last + 1 : right]
    heard = _heard(tokens[begin:stop], tokens[label.first : label.last + 1])
    others = (*tokens[min(left, begin) : label.first], *tokens[label.last + 1 : stop])
    if any("label" in token.kinds for token in others):
        return None  # two that nothing known joins
    if stop < len(tokens) and tokens[stop].kinds >= {"but", "not"}:
        heard |= {"not"}
    said_before = frozenset().union(*(token.kinds for token in before)) if before else frozenset()
    said_after = frozenset().union(*(token.kinds for token in after)) if after else frozenset()
    if "if" in heard or "maybe" in heard or _supposed(tokens[:begin]):
        if "maybe" in heard and len(label.letters) > 1 and label.either and "if" not in heard:
            return Statement(
                f"sentence_{language.name}", WEAK, label.letters, label.start, label.end, either=True
            )
        return None
    denied = "not" in heard or "wrong" in heard
    linked = (
        language.linkless
        or "link" in said_before
        or any(token.mark in _LINKS for token in before)
        or ("option" in said_before and "right" in said_before)
    )
    whole = right >= stop
    cue = ""
    if "choose" in said_before or ("choose" in said_after and whole):
        cue = "choose"
    elif said_before & {"answer", "right"} and linked:
        cue = "answer"
    elif whole and said_after & {"right", "answer", "wrong"}:
        if label.first > begin and left == label.first and not tokens[left - 1].mark:
            return None  # a name: "vitamina C"
        cue = "verdict"
    elif turn >= 0 and not denied:
        earlier = frozenset().union(*(token.kinds for token in tokens[: turn + 1]))
        cue = "answer" if earlier & {"answer", "right", "choose"} and "not" in earlier else ""
    elif _resumed(tokens, label, begin, language):
        cue = "answer"
    elif "names" in said_before and (text_follows or "option" in said_before):
        cue = "names"
    elif (
        left == 0
        and right == len(tokens)
        and "option" in said_before
        and tokens[0].start == view.start
        and _ONLY_MARKS.match(view.text, label.end, view.stop)
    ):
        cue = "lone"
    if not cue:
        return None
    free = text_follows or language.free and not (set(label.letters) & language.words)
    if cue != "verdict" and not whole and not free and not after:
        return None
    if cue != "verdict" and not whole and not text_follows and not language.free:
        return None
    if denied:
        if "not" in heard and "wrong" in heard:
            return None
        return Statement(
            f"sentence_{language.name}", STATED, label.letters, label.start, label.end, denies=True
        )
    strength = FINAL if "final" in said_before and cue == "answer" else STATED
    return Statement(
        f"sentence_{language.name}",
        WEAK if cue in {"verdict", "names"} else strength,
        label.letters,
        label.start,
        label.end,
        either=label.either,
        one_of_many=cue == "verdict",
    )


def _leads(token: Token) -> bool:
    """Whether a token may stand between a label and its cue."""
    if token.mark:
        return "label" not in token.kinds and (token.mark in _SOFT or token.mark == ",")
    return bool(token.kinds) and not token.kinds & {"because", "but"}


def _heard(part: Sequence[Token], label: Sequence[Token]) -> frozenset[str]:
    """Kinds of the words said together with a label, those inside it aside."""
    inside = {token.start for token in label}
    kinds: set[str] = set()
    for token in part:
        if token.start not in inside:
            kinds |= token.kinds
    return frozenset(kinds)


def _supposed(earlier: Sequence[Token]) -> bool:
    """Whether the words right before this part still suppose: "if, as you say, ..."."""
    return any(token.kinds == {"if"} for token in earlier[-3:])


def _resumed(tokens: Sequence[Token], label: _Label, begin: int, language: Language) -> bool:
    """ "La respuesta a esta pregunta es C": words of its own, then a link right before the label."""
    place, linked = label.first - 1, False
    while place >= 0 and _leads(tokens[place]) and not tokens[place].kinds & {"answer"}:
        linked = linked or "link" in tokens[place].kinds or tokens[place].mark in _LINKS
        place -= 1
    if not linked or language.linkless:
        return False
    return any("answer" in token.kinds for token in tokens[max(begin, place - 12) : place + 1])
