"""The rule for `\\boxed{...}`: the mathematician's way of marking the final answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import FINAL, Statement
from cgr_nb.answers.labels import Choices, Group, read_group
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import listed
from cgr_nb.answers.verdicts import is_right, is_wrong
from cgr_nb.answers.view import View

__all__ = ["boxed"]

_BOX = LazyPattern(
    r"\\(?:boxed|fbox|framebox)\s?\{[\s\"':]{0,8}(?:(?:option|choice"
    r"|answer|statement)s?\b[\s:]{0,4}(?:is\s)?)?(?:(?:the|both|either|options?|answers?)\s){0,2}",
    re.IGNORECASE,
)
_BRACE = LazyPattern(r"[{}\n]")
_JUDGED = LazyPattern(
    r"\s?(?:[-–—:]\s?|is\s)?(?:(?P<right>true|correct|right)|(?P<wrong>false|incorrect|wrong))\b",
    re.IGNORECASE,
)
_BEHIND = LazyPattern(r"\s?[.,;]?\s?[(\[]\s?(?P<letter>[A-Z])\s?[)\]](?=\s?(?:[.!\n]|\Z))")
_BETWEEN = LazyPattern(r"[\s,;.&]{0,4}(?P<word>and|or)?[\s,:]{0,3}\Z")


def boxed(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A box that holds labels, or the exact text of one option; several boxes with only a joint
    between are one. A box with anything else says nothing, nor does a bare letter that is no
    option: that is the name of a quantity.

    Example:
        `\\boxed{C}`, `\\boxed{\\text{(C) } 4}`, `\\boxed{\\textbf{B, D}}`, `\\boxed{A}, \\boxed{C}`
    """
    last: Statement | None = None
    for found in _boxes(view, choices):
        joint = _BETWEEN.match(view.text[last.end : found.start]) if last else None
        plain = last is not None and not (last.one_of_many or found.one_of_many)
        if last and joint and plain and found.start - last.end <= 12:
            last = Statement(
                last.rule,
                FINAL,
                tuple(dict.fromkeys((*last.letters, *found.letters))),
                last.start,
                found.end,
                either=last.either or found.either or joint["word"] == "or",
            )
            continue
        if last:
            yield last
        last = found
    if last:
        yield last


def _boxes(view: View, choices: Choices) -> Iterator[Statement]:
    text = view.text
    for box in _BOX.finditer(text, view.start, view.stop):
        close = _closing(text, box.end(), view.stop)
        after = min(view.stop, close + 1)
        content = text[text.index("{", box.start()) + 1 : close]
        spelt = choices.spelt_out(content)
        group = read_group(text, box.end(), choices, stop=view.stop, small=True, article=True)
        if group is None or spelt:
            named = spelt or choices.named(content)
            if named:
                yield Statement(
                    "boxed_text", FINAL, named, box.start(), after, either=len(named) > 1
                )
            elif behind := _BEHIND.match(text, after, view.stop):
                # "x = \\boxed{2} (D)": the option stands behind its value.
                letter = behind["letter"]
                if letter in choices.letters:
                    yield Statement("boxed", FINAL, (letter,), box.start(), behind.end())
            continue
        whole = box.start() == view.start and view.stop - after <= 1
        if not (whole or group.marked or set(group.letters) & set(choices.letters)):
            continue
        yield _labelled(text, box.start(), max(group.end, close), after, group, choices)


def _labelled(
    text: str, start: int, close: int, after: int, group: Group, choices: Choices
) -> Statement:
    """The box of a label, or of a judgement of one: "(B) True", "(C) is incorrect"."""
    judged = _JUDGED.match(text, group.end, close)
    if judged and len(group.letters) == 1 and not choices.begins(group.letters[0], judged[0]):
        right = judged["right"] is not None
        return Statement(
            "boxed", FINAL, group.letters, start, after, denies=not right, one_of_many=right
        )
    if is_wrong(text, group.end, close) or is_wrong(text, after, len(text)):
        return Statement("boxed", FINAL, group.letters, start, after, denies=True)
    if len(group.letters) == 1 and is_right(text, after, len(text)):
        return Statement("boxed", FINAL, group.letters, start, after, one_of_many=True)
    found = listed(text, group, choices, close)
    return Statement("boxed", FINAL, found.letters, start, after, either=found.either)


def _closing(text: str, pos: int, stop: int) -> int:
    """Where the box ends, as far as can be told within 600 characters."""
    depth, limit = 0, min(stop, pos + 600)
    for found in _BRACE.finditer(text, pos, limit):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}" and depth == 0:
            return found.start()
        elif found[0] == "}":
            depth -= 1
    return limit
