"""Answers in the sentences of other languages, by the words of `languages.toml`.

A sentence is taken apart into known words, unknown words, marks and labels. A label, or several
joined by "and" or "or", is stated when known words alone lead from it to a cue:

- a word for answer, or praise, with a link between ("la respuesta correcta es la C", "答案是C");
- a verb of choice on either side ("elijo la C", "Cを選びます");
- praise after it ("die Option C ist richtig", "선택지 C가 옳습니다").

Nothing is stated in a question, where a word supposes or leaves open, or where an unknown word
stands between. With a word of denial the label is denied. So a sentence that only talks about
options gives no letter. What stands behind an announced label with a bracket is that option's text:
its words deny nothing, and further labels go on from it (going_on.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cgr_nb.answers.clause import (
    LINKS,
    are_those,
    asked_again,
    at_end,
    competes,
    concludes_in_own_words,
    heard_in,
    leads,
    part_of,
    resumed,
    singled_out,
    supposed,
)
from cgr_nb.answers.every import every_option
from cgr_nb.answers.evidence import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.folding import starts_with
from cgr_nb.answers.going_on import going_on
from cgr_nb.answers.labels import Choices, Group
from cgr_nb.answers.languages import Language, Token, named_in, spelling
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import is_echo
from cgr_nb.answers.tokens import Label, labels_of, sentences_of, tokens_of
from cgr_nb.answers.view import View

__all__ = ["in_sentence"]

_OPTION_TEXT = LazyPattern(
    r"\s?(?:[)\]:]|\.(?=\s|\Z|[^\x00-\u024f]|[a-z][^\x00-\u024f])|[-–—](?=\s))"
)
_ENGLISH_SENTENCE = LazyPattern(
    r"\b(?:the|and|that|which|are|because|with|this|therefore|since|would|answer|of|has)\b",
    re.IGNORECASE,
)
_MAY_LABEL = LazyPattern(r"(?<![A-Za-z])[A-Za-z\ue000-\ue0ff](?![A-Za-z])|[A-Z]{2}")
_BRACKETED = LazyPattern(r"[(\[]\s?[A-Z]\s?[)\]]")
_ONLY_MARKS = LazyPattern(r"[\s.,;:!\"”»’)\]}_*-]{0,24}\Z")


def in_sentence(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A sentence of another language that says which option is the answer.

    Example:
        "La respuesta correcta es la C.", "Cが正解です。", "Правильный ответ — C", "सही उत्तर C है।"
    """
    languages = list(named_in(view.text[view.start : view.stop]))
    if not languages:
        return
    others = {each for each in choices.labels.written if not each.isascii()}
    sentences = list(sentences_of(view))
    for place, (start, end, asks) in enumerate(sentences):
        if asks or _ENGLISH_SENTENCE.search(_before_label(view.text[start:end])):
            continue
        piece = view.text[start:end]
        labelled = _MAY_LABEL.search(piece) or not others.isdisjoint(piece)
        beside = sentences[max(0, place - 1) : place] + sentences[place + 1 : place + 2]
        for language in languages:
            if not labelled and not _of_all(piece, language):
                continue
            if _supposes(view.text, start, end, language) and any(
                _supposes(view.text, first, last, language) for first, last, _ in beside
            ):
                continue  # "if it rose, it would be B; if it fell, C"
            yield from _read(view, start, end, language, choices, multi)


def _of_all(sentence: str, language: Language) -> bool:
    """Whether a sentence has a word for all or none in it, spaces and case aside."""
    words = spelling(sentence)
    return any(word in words for word in language.of_all)


def _before_label(sentence: str) -> str:
    """What stands before the first label in brackets: behind it the option's own text follows,
    which may be in another language."""
    found = _BRACKETED.search(sentence)
    return sentence[: found.start()] if found and found.start() > 0 else sentence


def _supposes(text: str, start: int, end: int, language: Language) -> bool:
    """Whether a sentence begins with a word that supposes."""
    while start < end and not text[start].isalnum():
        start += 1
    word = language.known(text, start, end) if start < end else None
    return word is not None and word.kinds == {"if"}


def _read(
    view: View, start: int, end: int, language: Language, choices: Choices, multi: bool
) -> Iterator[Statement]:
    tokens = list(tokens_of(view.text, start, end, language, choices))
    every = every_option(tokens, choices, multi)
    if every:
        yield every
        return
    if not any(token.kinds and not token.english for token in tokens if not token.mark):
        return
    for label in labels_of(view.text, tokens, language, choices):
        found = _judged(view, tokens, label, language, choices, end)
        if found:
            yield found


_OF_TEXT = LazyPattern(r"\s?(?:の|[选選]?[项項]?的)\s?")


_NEXT = LazyPattern(
    r"\s?(?:と|や|、|および|及び|和|与|與|以及)\s?(?P<letter>[A-Z])(?=\s?(?:の|[选選]?[項项]?的))"
)


def _told_of(view: View, label: Label, choices: Choices) -> tuple[str, ...]:
    """The letters that stand with their own texts in one phrase: "Cの富士山", "AのxとDのy"."""
    letters: list[str] = []
    letter, pos = label.letters[0], label.end
    while len(label.letters) == 1 and letter in choices.letters and letter not in letters:
        found = _OF_TEXT.match(view.text, pos, view.stop)
        end = starts_with(view.text, found.end(), view.stop, choices.keys[letter]) if found else 0
        if end <= 0:
            break
        letters.append(letter)
        following = _NEXT.match(view.text, end, view.stop)
        if following is None:
            break
        letter, pos = following["letter"], following.end("letter")
    return tuple(letters)


def _judged(
    view: View,
    tokens: Sequence[Token],
    label: Label,
    language: Language,
    choices: Choices,
    end: int,
) -> Statement | None:
    begin, stop, turn = part_of(tokens, label)
    told: tuple[str, ...] = ()
    text_follows = (
        label.marked
        or _OPTION_TEXT.match(view.text, label.end, view.stop) is not None
        or bool(told := _told_of(view, label, choices))
    )
    left = label.first
    while left > 0 and leads(tokens[left - 1]):
        left -= 1
    if left > 0 and "label" in tokens[left - 1].kinds:
        left = max(left, begin)  # the words behind another label are said of that one
    right = label.last + 1
    while right < stop and leads(tokens[right]):
        right += 1
    before, after = tokens[left : label.first], tokens[label.last + 1 : right]
    said_before = frozenset().union(*(token.kinds for token in before)) if before else frozenset()
    said_after = frozenset().union(*(token.kinds for token in after)) if after else frozenset()
    letters, last, either = label.letters, label.end, label.either
    concludes = concludes_in_own_words(tokens, label, said_before)
    asked = asked_again(tokens, label)
    announced = text_follows and (
        bool(said_before & {"answer", "right", "choose"}) or concludes or asked
    )
    if announced:
        # What stands behind the label is the option's text: its words say nothing of the label.
        letters, last, more = going_on(
            view, label, language, choices, firm=bool(said_before & {"right", "choose", "final"})
        )
        either = either or more
        letters = told if len(told) > 1 else letters
        bare = asked or not said_before & {"right", "choose", "final"}
        group = Group(label.letters, label.start, label.end, either, label.marked)
        if not letters or (bare and is_echo(view.text, group, choices, view.stop)):
            return None
        if not label.marked and any(
            competes(view.text, token, label, choices, text_follows=True)
            for token in tokens[stop:]
            if token.start >= last
        ):
            return None  # "b- one, and c- two"
        heard = heard_in(tokens[begin : label.first], ())
        heard |= said_after if right >= stop else frozenset()
    else:
        heard = heard_in(tokens[begin:stop], tokens[label.first : label.last + 1])
    beside = [*tokens[min(left, begin) : label.first], *tokens[label.last + 1 : stop]]
    if any(
        token.start >= last
        and competes(view.text, token, label, choices, text_follows=text_follows)
        for token in beside
    ):
        return None  # two that nothing known joins
    if any(
        token.start < label.start
        and competes(view.text, token, label, choices, text_follows=text_follows)
        for token in beside
    ):
        return None
    if stop < len(tokens) and tokens[stop].kinds >= {"but", "not"}:
        heard |= {"not"}
    if "if" in heard or "maybe" in heard or supposed(tokens[:begin]):
        if "maybe" in heard and len(label.letters) > 1 and label.either and "if" not in heard:
            return Statement(
                f"sentence_{language.name}",
                WEAK,
                label.letters,
                label.start,
                label.end,
                either=True,
            )
        return None
    own = tokens[max(left, begin) : label.first]
    named = frozenset().union(*(token.kinds for token in own)) if own else frozenset()
    if (
        not asked
        and {"wrong", "link"} <= named
        and "wrong" not in said_after
        and "not" not in heard
    ):
        return _false_one(view, tokens[:begin], own, label, language)
    denied = ("not" in heard or "wrong" in heard) and not asked
    linked = (
        language.linkless
        or (text_follows and left == 0 and "answer" in tokens[label.first - 1].kinds)
        or "link" in said_before
        or any(token.mark in LINKS for token in before)
        or ("option" in said_before and "right" in said_before)
    )
    whole = right >= stop
    cue = ""
    if "choose" in said_before or ("choose" in said_after and whole):
        if "choose" not in said_before and set(label.letters) == set(choices.letters):
            return None  # the task again: "choose one of A, B, C and D"
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
    elif resumed(tokens, label, begin, language) or asked:
        cue = "answer"
    elif not denied and (
        ((whole or announced) and concludes)
        or singled_out(tokens, label, said_before, last=end >= view.stop - 1)
        or are_those(tokens, said_before, said_after)
    ):
        cue = "concluding"
    elif (
        text_follows
        and "option" in said_before
        and at_end(tokens[label.last + 1 : stop], {"right", "names"} if label.marked else {"right"})
    ):
        cue, denied = "verdict", False  # "option [A] (its text) is correct"
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
    free = text_follows or (language.free and not (set(label.letters) & language.words))
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
    if cue not in {"answer", "choose", "concluding"}:
        letters, last, either = label.letters, label.end, label.either
    return Statement(
        f"sentence_{language.name}",
        WEAK if cue in {"verdict", "names", "concluding"} else strength,
        letters,
        label.start,
        last,
        either=either,
        one_of_many=cue == "verdict",
    )


def _false_one(
    view: View, earlier: Sequence[Token], before: Sequence[Token], label: Label, language: Language
) -> Statement | None:
    """ "Therefore the false statement is (C)", as the last words of a reply: the question asked for
    it. Elsewhere it neither states nor denies."""
    concludes = any("so" in token.kinds for token in (*earlier, *before))
    line = view.text.find("\n", label.end, view.stop)
    rest = label.end if line < 0 and not label.marked else max(line, label.end)
    if line < 0 and _OPTION_TEXT.match(view.text, label.end, view.stop):
        rest = view.stop  # its own text is all that follows
    if not concludes or not _ONLY_MARKS.match(view.text, rest, view.stop):
        return None
    return Statement(
        f"sentence_{language.name}", WEAK, label.letters, label.start, label.end,
        either=label.either,
    )  # fmt: skip
