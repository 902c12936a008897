"""Text that is no valid Unicode: one rule, applied where text enters.

A text may hold surrogates, halves of a UTF-16 pair: JSON can spell one alone, a server may cut a
reply in the middle of a character, a program can raise one, a file's name can be bytes that are no
UTF-8. No file in UTF-8, no page and no other tool can hold them. The rule:

* Two halves in order are the character that they spell.
* A half alone becomes U+FFFD and its number in braces: "\\ud83d" -> "\\ufffd{D83D}".
* Valid text is never touched. So the rule can be applied twice, recorded texts keep their ids, and
  an exported text that is read again stays as it is.

Nothing is lost: `restore_surrogates` gives back what was no valid text. (In such a text, a U+FFFD
of its own before what looks like a number in braces is written as "\\ufffd{FFFD}".)
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["escape_surrogates", "escape_surrogates_in", "restore_surrogates"]

_NUMBERS = frozenset((int, float))
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_NUMBER = r"\{(D[89A-F][0-9A-F]{2}|FFFD)\}"
_MARK = re.compile(f"\ufffd{_NUMBER}")
_LIKE_A_MARK = re.compile(f"\ufffd(?={_NUMBER})")


def escape_surrogates(text: str) -> str:
    """The text itself where it is valid Unicode, else what stands for it by the rule."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    text = _LIKE_A_MARK.sub("\ufffd{FFFD}", text)
    text = _PAIR.sub(_joined, text)
    return _SURROGATE.sub(lambda half: f"\ufffd{{{ord(half[0]):04X}}}", text)


def restore_surrogates(text: str) -> str:
    """What `escape_surrogates` was given, if that was no valid text; halves of a pair are joined.

    A valid text that holds such marks of its own (a quoted report, say) is not told apart from one
    that was escaped.
    """
    return _MARK.sub(lambda mark: chr(int(mark[1], 16)), text)


def escape_surrogates_in(value: Any) -> Any:  # noqa: ANN401 - any JSON-ready value
    """A JSON-ready value with the rule applied to every text in it, keys included."""
    if isinstance(value, str):
        return escape_surrogates(value)
    if isinstance(value, dict):
        return {
            escape_surrogates_in(name): escape_surrogates_in(part) for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        if _NUMBERS.issuperset(map(type, value)):
            return value  # a long series: nothing to look into
        return [escape_surrogates_in(part) for part in value]
    return value


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
