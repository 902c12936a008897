"""Lines of another language that begin with a label and call its option right or wrong.

A. Faux              A. 错误，因为 ...          (A) x = 3, yanlış
B. Vrai              B. 正确                    (B) y = 4, doğru
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cgr_nb.answers.clause import at_end
from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.judged import LINE
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import Language, Token
from cgr_nb.answers.tokens import SOFT, tokens_of
from cgr_nb.answers.view import View

__all__ = ["judged_lines"]

_LONGEST = 400
"""Characters of a line that are looked at."""
_PASSED = frozenset({"filler", "link", "option", "so"})
_DOUBT = frozenset({"if", "maybe", "label", "back"})


def judged_lines(
    view: View, languages: Sequence[Language], choices: Choices
) -> Iterator[Statement]:
    """At least two such lines; each is a judgement of one option among several."""
    heads = [
        (head["both"] or head["one"], head)
        for head in LINE.finditer(view.text, view.start, view.stop)
    ]
    heads = [pair for pair in heads if pair[0] in choices.letters]
    if len({letter for letter, _ in heads}) < 2:
        return
    for language in languages:
        found = []
        for letter, head in heads:
            end = view.text.find("\n", head.end(), view.stop)
            stop = min(view.stop if end < 0 else end, head.end() + _LONGEST)
            verdict = _verdict(list(tokens_of(view.text, head.end(), stop, language, choices)))
            if verdict is not None:
                found.append((letter, verdict, head.start(), stop))
        if len({letter for letter, *_ in found}) < 2:
            continue
        for letter, right, start, stop in found:
            yield Statement(
                f"lines_{language.name}",
                WEAK,
                (letter,),
                start,
                stop,
                denies=not right,
                one_of_many=right,
            )
        return


def _verdict(tokens: Sequence[Token]) -> bool | None:
    """Right or wrong, as the first words of a line say, or its last ones."""
    denied = False
    for token in tokens:
        if token.mark and (token.mark in SOFT or token.mark in ").]"):
            continue
        if token.kinds & _DOUBT or token.mark or not token.kinds:
            break
        if "wrong" in token.kinds:
            return None if denied else False
        if "right" in token.kinds:
            return not denied
        denied = denied or "not" in token.kinds
        if not (token.kinds & _PASSED or denied):
            break
    last = list(tokens)
    while last and last[-1].mark:
        last.pop()
    clause = next((at for at in range(len(last) - 1, -1, -1) if last[at].mark == ","), -1)
    if at_end(last[clause + 1 :], {"right"}):
        return True
    said = (
        frozenset().union(*(token.kinds for token in last[clause + 1 :])) if last else frozenset()
    )
    if all(token.kinds or token.mark for token in last[clause + 1 :]) and not said & _DOUBT:
        if "wrong" in said and "not" not in said:
            return False
        if {"not", "right"} <= said and "wrong" not in said:
            return False
    return None
