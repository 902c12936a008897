"""Plain Python values as texts, there and back: numbers, texts, True, False, None, and lists,
tuples, sets and dictionaries of these.

Reading evaluates nothing: a text is parsed, and what is not a literal is refused. Writing looks at
exact types alone, so that no method of a value's own class is called. Both are bounded in depth,
in the number of values and in characters. What was written is read as an equal value.
"""

from __future__ import annotations

import ast
import keyword
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cgr_nb.util.syntax import compile_tree

__all__ = ["MOST_CHARS", "NotLiteral", "is_name", "read_literal", "read_names", "written"]

MOST_CHARS: Final = 20_000
"""Longest text that is read as a literal."""
_DEPTH: Final = 8
_MOST_VALUES: Final = 2_000
_MOST_BITS: Final = 4_096
"""Of a whole number: Python itself refuses to write out many more digits."""
_MOST_NAME: Final = 100
_ENDLESS: Final = "1e999"
"""Python reads it as infinity, which has no literal of its own."""
_BRACKETS: Final[Mapping[type, tuple[str, str]]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
}


class NotLiteral(ValueError):
    """A text that is no plain value, or too large a one; its message says why."""


class _NotPlain(Exception):
    """A value that can't be written."""


def read_literal(text: str) -> Any:  # noqa: ANN401 - any plain value
    """The plain value that a text is, and nothing but that.

    Raises:
        NotLiteral: It is something else.
    """
    if len(text) > MOST_CHARS:
        raise NotLiteral(f"longer than {MOST_CHARS:,} characters")
    try:
        # As one expression: a text that closes the bracket and goes on is no literal.
        [statement] = compile_tree(text.strip()).body
        if not isinstance(statement, ast.Expr):
            raise ValueError
        value = ast.literal_eval(statement.value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise NotLiteral("not a literal of Python") from None
    if not _is_plain(value, _DEPTH, [_MOST_VALUES]):
        raise NotLiteral("nested too deeply, too large, or not of numbers and texts")
    return value


def read_names(text: str) -> dict[str, Any]:
    """The names and plain values that a text gives as a dictionary: {"count": 2}.

    Raises:
        NotLiteral: It is no dictionary, or a key is no name that a program could use.
    """
    value = read_literal(text)
    if type(value) is not dict:
        raise NotLiteral("not a dictionary")
    for name in value:
        if type(name) is not str or not is_name(name):
            raise NotLiteral(f"{str(name)[:40]!r} is no name of a variable")
    return value


def is_name(text: str) -> bool:
    """Whether a variable can be called so: neither a keyword of Python nor one of its own names,
    such as __builtins__, which a value put in their place would change."""
    return (
        len(text) <= _MOST_NAME
        and text.isidentifier()
        and not keyword.iskeyword(text)
        and not text.startswith("__")
        and unicodedata.normalize("NFKC", text) == text  # as the compiler has it
    )


def written(value: object, most: int = MOST_CHARS) -> str | None:
    """The text of a plain value.

    Args:
        value: Any value.
        most: Longest text.

    Returns:
        None for a value that is not plain, or whose text would be longer.
    """
    room = [most, _MOST_VALUES]
    try:
        text = _written(value, _DEPTH, room)
    except (_NotPlain, RuntimeError):  # changed by a thread meanwhile
        return None
    return text if len(text) <= most else None


def _is_plain(value: object, depth: int, left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    kind = type(value)
    if kind is int:
        return _bits(value) <= _MOST_BITS
    if kind in (str, bool, type(None), float):
        return value == value  # not a number has no text that is read as one
    if kind not in (list, tuple, set, dict) or not depth:
        return False
    return all(_is_plain(part, depth - 1, left) for part in _parts(value))


def _parts(value: Any) -> Iterable[object]:  # noqa: ANN401 - any container
    if type(value) is dict:
        return [part for pair in value.items() for part in pair]
    return list(value)


def _written(value: Any, depth: int, room: list[int]) -> str:  # noqa: ANN401 - any value
    """`written` of a part; `room` is what is left of characters and values."""
    room[1] -= 1
    if room[0] < 0 or room[1] < 0:
        raise _NotPlain
    kind = type(value)
    if kind in _BRACKETS or kind is dict:
        if not depth:
            raise _NotPlain
        text = _container(value, depth - 1, room)
    else:
        text = _atom(value, room[0])
        room[0] -= len(text)
    room[0] -= 2
    return text


def _atom(value: Any, room: int) -> str:  # noqa: ANN401 - any value
    kind = type(value)
    if kind is str:
        if len(value) > room:
            raise _NotPlain
        return repr(value)
    if kind is int and _bits(value) <= _MOST_BITS:
        return repr(value)
    if kind is bool or value is None:
        return repr(value)
    if kind is float and not math.isnan(value):
        return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}{_ENDLESS}"
    raise _NotPlain


def _container(value: Any, depth: int, room: list[int]) -> str:  # noqa: ANN401 - any container
    if type(value) is dict:
        pairs = [
            f"{_written(key, depth, room)}: {_written(part, depth, room)}"
            for key, part in value.items()
        ]
        return "{" + ", ".join(pairs) + "}"
    texts = [_written(part, depth, room) for part in value]
    if type(value) is set:
        if not texts:
            return "set()"
        texts.sort()  # the order of a set is no part of it
    left, right = _BRACKETS[type(value)]
    comma = "," if type(value) is tuple and len(texts) == 1 else ""
    return left + ", ".join(texts) + comma + right


def _bits(value: Any) -> int:  # noqa: ANN401 - it is an int
    return int.bit_length(value)
