"""Twins in a generator's reply: a JSON array of questions, read strictly.

Whatever does not hold is dropped and counted by its reason; nothing of it is evaluated or guessed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cgr_nb.items import written_twin
from cgr_nb.records import Item

__all__ = ["WrittenTwins", "read_twins"]

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_QUESTION_CHARS, _OPTION_CHARS, _CONTEXT_CHARS = 20_000, 5_000, 100_000
_FIELDS = {"question", "options", "answer"}


@dataclass(frozen=True, slots=True)
class WrittenTwins:
    """What a reply holds."""

    twins: tuple[Item, ...]
    dropped: Mapping[str, int]
    """Reason -> twins that were asked for and are not there: "not JSON" or "missing", or read and
    dropped: "shape", "answer" (not among its options), "repeated" (the item, or another twin)."""


def read_twins(reply: str, item: Item, most: int) -> WrittenTwins:
    """Read the twins of an item that a generator wrote.

    Args:
        reply: The reply.
        item: The item.
        most: Twins that were asked for; what is beyond is not looked at.
    """
    written = _array(reply)
    if written is None:
        return WrittenTwins((), {"not JSON": most})
    twins: list[Item] = []
    dropped: Counter[str] = Counter()
    seen = {_shown(item.question, item.context, item.options)}
    for one in written[:most]:
        found = _twin(one, item)
        if isinstance(found, str):
            dropped[found] += 1
            continue
        shown = _shown(found.question, found.context, found.options)
        if shown in seen:
            dropped["repeated"] += 1
            continue
        seen.add(shown)
        twins.append(found)
    if len(written) < most:
        dropped["missing"] = most - len(written)
    return WrittenTwins(tuple(twins), dict(dropped))


def _array(reply: str) -> list[Any] | None:
    """The JSON array of a reply: in a fenced block, or from the first bracket to the last."""
    fenced = _FENCED.search(reply)
    text = fenced[1] if fenced else reply[reply.find("[") : reply.rfind("]") + 1]
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _twin(written: object, item: Item) -> Item | str:
    """One twin, or why it is none."""
    if not isinstance(written, dict) or set(written) - {"context"} != _FIELDS:
        return "shape"
    question, context = written["question"], written.get("context")
    options = _options(written["options"])
    if not _is_text(question, _QUESTION_CHARS) or options is None:
        return "shape"
    if context is not None and not _is_text(context, _CONTEXT_CHARS):
        return "shape"
    answer = _letters(written["answer"], options, item.multi)
    if answer is None:
        return "answer"
    # Without a text of its own it is about that of the item.
    return written_twin(item, question, context or item.context, options, answer)


def _options(written: object) -> dict[str, str] | None:
    if not isinstance(written, dict) or not 2 <= len(written) <= 26:
        return None
    if any(len(letter) != 1 or not "A" <= letter <= "Z" for letter in written):
        return None
    if not all(_is_text(text, _OPTION_CHARS) for text in written.values()):
        return None
    if len({text.strip() for text in written.values()}) < len(written):
        return None
    return dict(sorted(written.items()))


def _letters(written: object, options: Mapping[str, str], multi: bool) -> tuple[str, ...] | None:
    """The letters that a twin claims, in option order: one text, or a list for a set of them."""
    named = written if isinstance(written, list) and multi else [written]
    if not named or not all(isinstance(one, str) and one in options for one in named):
        return None
    return tuple(letter for letter in options if letter in named)


def _is_text(value: object, most: int) -> bool:
    """Whether it is a text that can be shown, kept and compared."""
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(question: str, context: str | None, options: Mapping[str, str]) -> tuple[Any, ...]:
    """What is alike of two twins that ask the same, in whatever order."""
    texts = tuple(sorted(text.strip() for text in options.values()))
    return " ".join(question.split()), (context or "").strip(), texts
