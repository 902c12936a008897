"""What stands around a label in a sentence of another language: its clause, and what that says."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import Language, Token
from cgr_nb.answers.tokens import SOFT, Label

__all__ = [
    "LINKS", "are_those", "asked_again", "at_end", "competes", "concludes_in_own_words", "heard_in",
    "leads", "part_of", "resumed", "singled_out", "supposed",
]  # fmt: skip

LINKS = frozenset(":=：→-–—")
"""Marks that link a cue and its label as "is" does."""


def part_of(tokens: Sequence[Token], label: Label) -> tuple[int, int, int]:
    """The tokens that are said together with a label: between commas, reasons and turns.

    Returns:
        Index of the first, index after the last, and index of the turn ("but") before it or -1.
    """
    begin, turn = label.first, -1
    while begin > 0:
        token = tokens[begin - 1]
        if "and" in token.kinds and _judged_before(tokens, begin - 1):
            break
        if token.mark == "," or token.kinds & {"because", "but"}:
            turn = begin - 1 if "but" in token.kinds else -1
            break
        begin -= 1
    if turn < 0 and begin > 1 and "but" in tokens[begin - 2].kinds:
        turn = begin - 2
    stop, judged = label.last + 1, False
    while stop < len(tokens):
        token = tokens[stop]
        if token.mark == "," or token.kinds & {"because", "but"}:
            break
        verdict = bool(token.kinds & _VERDICT)
        if "and" in token.kinds and (judged or verdict) and _has_label(tokens[stop + 1 :]):
            stop += verdict
            break
        judged = judged or verdict
        stop += 1
    return begin, stop, turn


_VERDICT = frozenset({"right", "wrong"})


def _has_label(tokens: Sequence[Token]) -> bool:
    return any("label" in token.kinds for token in tokens)


def _judged_before(tokens: Sequence[Token], joint: int) -> bool:
    """Whether a judgement stands before a word for "and": "A is wrong and B is right"."""
    judged = False
    for token in reversed(tokens[: joint + 1]):
        if "label" in token.kinds:
            return judged
        if token.mark == ",":
            return False
        judged = judged or bool(token.kinds & _VERDICT)
    return False


def competes(
    text: str, token: Token, label: Label, choices: Choices, *, text_follows: bool
) -> bool:
    """Whether a further label of the sentence is one as this one is: letters of the option's own
    text, as in "(B) P = F(t)", are not.

    Args:
        text: The reply.
        token: What may be the further label.
        label: The label that was read.
        choices: The item's options, prepared for reading.
        text_follows: Words of the option follow the label that was read.
    """
    if "label" not in token.kinds or set(token.mark) <= set(label.letters):
        return False
    styled = text[token.end : token.end + 1] in {")", "-", ".", ":", "]"}
    if not label.marked and styled and set(token.mark) <= set(choices.letters):
        return True  # "b- one and c- two"
    wears = token.end > token.start + 1 and not text[token.end - 1].isalnum()
    if not label.marked and (token.start < label.start or not text_follows):
        return True
    argument = token.start > 0 and (
        text[token.start - 1].isalnum() or text[token.start - 1] in "})]"
    )
    return wears and not argument and set(token.mark) <= set(choices.letters)


def asked_again(tokens: Sequence[Token], label: Label) -> bool:
    """ "Of the following, what does not follow is: C": the question told again, and its answer."""
    place = label.first - 1
    while place >= 0 and (tokens[place].mark in SOFT or tokens[place].kinds & {"filler", "option"}):
        if tokens[place].mark in LINKS or "link" in tokens[place].kinds:
            break
        place -= 1
    if place < 0 or not (tokens[place].mark in LINKS or "link" in tokens[place].kinds):
        return False
    led = tokens[:place]
    return any("asked" in token.kinds for token in led) and not any(
        token.kinds & {"if", "maybe", "label"} for token in led
    )


def singled_out(
    tokens: Sequence[Token], label: Label, said_before: frozenset[str], *, last: bool
) -> bool:
    """ "Only D meets the condition", as the last sentence or after "therefore".

    Args:
        tokens: Of the clause.
        label: The label in it.
        said_before: Kinds of the words before the label.
        last: Whether it is the reply's last sentence.
    """
    concludes = last or any("so" in token.kinds for token in tokens[: label.first])
    doubtful = any(token.kinds & {"if", "maybe", "wrong", "not"} for token in tokens)
    return "only" in said_before and concludes and not label.either and not doubtful


def are_those(
    tokens: Sequence[Token], said_before: frozenset[str], said_after: frozenset[str]
) -> bool:
    """ "So options B and D are the options that ..."."""
    if not tokens or "so" not in tokens[0].kinds:
        return False
    return "option" in said_before and {"link", "option"} <= said_after


def at_end(tokens: Sequence[Token], kinds: AbstractSet[str]) -> bool:
    """Whether the last known words call what stands before them right, or name what it is."""
    trailing: set[str] = set()
    for token in reversed(tokens):
        if not (token.kinds or token.mark):
            break
        trailing |= token.kinds
    return bool(kinds & trailing) and not trailing & {"wrong", "not", "if", "maybe", "label"}


def concludes_in_own_words(
    tokens: Sequence[Token], label: Label, said_before: frozenset[str]
) -> bool:
    """ "So the option that holds only such oxides is [D]": a conclusion in words of its own."""
    led = tokens[: label.first]
    if not led or "so" not in led[0].kinds or not {"option", "link"} <= said_before:
        return False
    return not any(token.kinds & {"wrong", "not", "if", "maybe"} for token in led)


def leads(token: Token) -> bool:
    """Whether a token may stand between a label and its cue."""
    if token.mark:
        return "label" not in token.kinds and (token.mark in SOFT or token.mark == ",")
    return bool(token.kinds) and not token.kinds & {"because", "but"}


def heard_in(part: Sequence[Token], label: Sequence[Token]) -> frozenset[str]:
    """Kinds of the words said together with a label, those inside it aside."""
    inside = {token.start for token in label}
    kinds: set[str] = set()
    for token in part:
        if token.start not in inside:
            kinds |= token.kinds
    return frozenset(kinds)


def supposed(earlier: Sequence[Token]) -> bool:
    """Whether the words right before this part still suppose: "if, as you say, ..."."""
    return any(token.kinds == {"if"} for token in earlier[-3:])


def resumed(tokens: Sequence[Token], label: Label, begin: int, language: Language) -> bool:
    """ "La respuesta a esta pregunta es C": words of its own, then a link before the label.

    Args:
        tokens: Of the sentence.
        label: The label that the link may lead to.
        begin: Index of the first token that counts.
        language: Of the sentence.
    """
    place, linked = label.first - 1, False
    while place >= 0 and leads(tokens[place]) and not tokens[place].kinds & {"answer"}:
        linked = linked or "link" in tokens[place].kinds or tokens[place].mark in LINKS
        place -= 1
    before = [token for token in tokens[max(0, label.first - 4) : label.first] if not token.mark]
    if language.unspaced and before and "link" in before[-1].kinds:
        return _called_right(tokens[max(begin, place - 12) : place + 1])
    if not linked or language.linkless:
        return False
    return any("answer" in token.kinds for token in tokens[max(begin, place - 12) : place + 1])


def _called_right(tokens: Sequence[Token]) -> bool:
    """ "正确的方程式是D": praise, then words of its own for what is right."""
    kinds = frozenset().union(*(token.kinds for token in tokens)) if tokens else frozenset()
    marked = any(token.mark and token.mark not in SOFT for token in tokens)
    doubtful = kinds & {"wrong", "not", "if", "maybe", "label", "because", "but"}
    return "right" in kinds and not marked and not doubtful
