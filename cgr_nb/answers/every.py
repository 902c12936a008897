"""A sentence of another language that calls every option right, or none of them."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.answers.evidence import FINAL, STATED, WEAK, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import Token

__all__ = ["every_option"]


def every_option(tokens: Sequence[Token], choices: Choices, multi: bool) -> Statement | None:
    """All options called right, or none of them; None where a sentence says neither.

    Example:
        "Todas las opciones son correctas", "所有选项都错误", "Keine der Aussagen ist richtig"
    """
    known = [place for place, token in enumerate(tokens) if token.kinds]
    words = [tokens[place] for place in known]
    heard = frozenset().union(*(token.kinds for token in words)) if words else frozenset()
    labels = {letter for token in words if "label" in token.kinds for letter in token.mark}
    if labels and "except" in heard:
        return _all_but(words, choices)
    if not heard & {"all", "none"} or not heard & {"option", "answer"}:
        return None
    if labels and labels != set(choices.letters):
        return None
    if heard & {"if", "maybe", "but", "because", "or"}:
        return None
    cues = [place for place in known if tokens[place].kinds & {"all", "none", "right", "wrong"}]
    between = tokens[cues[0] : cues[-1]]
    if any(not token.kinds and not token.mark for token in between):
        return None
    denied = "none" in heard or "wrong" in heard
    if not heard & {"right", "wrong"} or ("not" in heard and not denied):
        return None
    if {"none", "wrong"} <= heard or ({"wrong", "not"} <= heard and "none" not in heard):
        return None
    strength = FINAL if "final" in heard else STATED
    return Statement(
        "no_option" if denied else "all_options",
        WEAK if not multi and not denied else strength,
        choices.letters,
        tokens[cues[0]].start,
        tokens[cues[-1]].end,
        denies=denied,
    )


def _all_but(words: Sequence[Token], choices: Choices) -> Statement | None:
    """ "Todas son correctas menos la C": every option but those named last."""
    place = next(at for at, token in enumerate(words) if "except" in token.kinds)
    before, after = words[:place], words[place + 1 :]
    spared = [token for token in after if "label" in token.kinds]
    joints = frozenset({"label", "filler", "option", "and"})
    if not spared or any(not token.kinds & joints for token in after):
        return None
    said = frozenset().union(*(token.kinds for token in before)) if before else frozenset()
    if not {"all", "right"} <= said or said & {"label", "wrong", "not", "if", "maybe", "none"}:
        return None
    named = {letter for token in spared for letter in token.mark}
    rest = tuple(letter for letter in choices.letters if letter not in named)
    return Statement("all_options", STATED, rest, before[0].start, spared[-1].end)
