"""What a model sees of a text: without white space around it, which may tell the answer.

In a public test set 15 items have outer white space in exactly one option, and it is the right one
in all 15. The record keeps the text as its file has it.
"""

from __future__ import annotations

from textwrap import dedent

__all__ = ["trimmed"]

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def trimmed(text: str) -> str:
    """Return a text without white space and invisible characters around it.

    A text without any is the same, word for word. Of several lines that are indented alike, as code
    is, none keeps the indent, so that they still stand below each other.
    """
    outer = _stripped(text)
    if outer == text or "\n" not in outer:
        return outer
    return _stripped(dedent(text))


def _stripped(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(_INVISIBLE)
    return text
