"""What a person should know of items before a study is made of them: nothing is lost in silence.

Columns that were not used, items without an answer, a passage that questions speak of and nobody
gave, options that stand out, repeated questions, items longer than a model's context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from math import sqrt

from cgr_nb.items.gold import plain_text
from cgr_nb.items.reading import SourceCount
from cgr_nb.records import Item

__all__ = ["item_remarks", "source_remarks"]

_SPOKEN_OF = re.compile(
    r"\b(?:according to|in|of|from|by|refer to|see|based on)\s+(?:the|this)\s+(?:\w+\s+)?"
    r"(?:passage|article|paragraph|excerpt|dialogue|conversation|figure|diagram|graph|picture"
    r"|image|table)\b"
    r"|\b(?:following|above|preceding|given)\s+(?:\w+\s+)?"
    r"(?:passage|article|paragraph|excerpt|figure|diagram|graph|picture|image|table)\b"
    r"|\b(?:passage|article|figure|diagram|graph|picture|image|table)\s+(?:above|below)\b"
    r"|\bthe (?:author|passage|narrator)\b",
    re.IGNORECASE,
)
_CHARACTERS_A_TOKEN = 4
_MUCH_LONGER = 1.5
_SURELY = 3.0
"""Standard deviations above chance from which a mark is said to tell the answer."""
_SHOWN_COLUMNS = 12


def source_remarks(source: SourceCount, context_tokens: int | None = None) -> list[str]:
    """Return what is to be known of one source, a line each.

    Args:
        source: What was read.
        context_tokens: Tokens that the models have for a prompt; None: not known.
    """
    remarks = list(source.notes)
    if source.unused:
        shown = ", ".join(source.unused[:_SHOWN_COLUMNS])
        more = len(source.unused) - _SHOWN_COLUMNS
        remarks.append(f"columns not used: {shown}" + (f" and {more} more" if more > 0 else ""))
    missing = sum(item.gold is None for item in source.items)
    if missing:
        looks = source.looks_like_gold
        remarks.append(
            f"{missing} without gold" + (f"; column {looks!r} looks like it" if looks else "")
        )
    return remarks + item_remarks(source.items, context_tokens)


def item_remarks(items: Sequence[Item], context_tokens: int | None = None) -> list[str]:
    """Return what is to be known of the items themselves, a line each."""
    remarks = []
    asked = [(item.dataset, plain_text(item.question), item.context) for item in items]
    repeated = len(asked) - len(set(asked))
    if repeated:
        remarks.append(f"{repeated} ask what an earlier item asks, with other options")
    lost = sum(item.context is None and bool(_SPOKEN_OF.search(item.question)) for item in items)
    if lost:
        remarks.append(
            f"{lost} speak of a passage, figure or table, and have no context: is it in a column"
            " that was not used?"
        )
    remarks += _standing_out(items)
    places = {_places(item) for item in items if item.gold is not None}
    if len(items) >= 10 and len(places) == 1 and min(len(item.options) for item in items) > 1:
        remarks.append(f"the right option is number {next(iter(places))[0] + 1} in every item")
    if context_tokens is not None:
        long = sum(_characters(item) > context_tokens * _CHARACTERS_A_TOKEN for item in items)
        if long:
            remarks.append(
                f"{long} are longer than the {context_tokens} tokens that the models have for a"
                f" prompt ({_CHARACTERS_A_TOKEN} characters a token)"
            )
    return remarks


def _standing_out(items: Iterable[Item]) -> list[str]:
    """Count, for each mark, the items in which exactly one option has it, against gold."""
    remarks = []
    known = [item for item in items if item.gold is not None and len(item.options) > 2]
    for words, odd, always in (
        ("white space around it", _spaced, True),
        ("another closing mark than the others", _marked, False),
        ("much more text than the others", _longest, False),
        ("much less text than the others", _shortest, False),
    ):
        found = [(item, odd(list(item.options.values()))) for item in known]
        single = [(item, place) for item, place in found if place is not None]
        right = sum(list(item.options)[place] in (item.gold or ()) for item, place in single)
        chance = sum(len(item.gold or ()) / len(item.options) for item, _ in single)
        spread = sqrt(sum(_variance(item) for item, _ in single)) or 1.0
        if single and (always or (len(single) >= 5 and right - chance > _SURELY * spread)):
            remarks.append(
                f"in {len(single)} exactly one option has {words}; it is gold in {right}"
                f" ({chance:.1f} by chance)" + ("; models are not shown it" if always else "")
            )
    return remarks


def _variance(item: Item) -> float:
    share = len(item.gold or ()) / len(item.options)
    return share * (1 - share)


def _only(places: Sequence[bool]) -> int | None:
    return places.index(True) if sum(places) == 1 else None


def _spaced(texts: Sequence[str]) -> int | None:
    return _only([text != text.strip() for text in texts])


def _marked(texts: Sequence[str]) -> int | None:
    closed = [text.rstrip()[-1:] in ".!?;," for text in texts]
    return _only(closed) if sum(closed) == 1 else _only([not one for one in closed])


def _by_length(
    texts: Sequence[str], first: Callable[..., int], factor: Callable[[int, int], bool]
) -> int | None:
    lengths = [len(text.strip()) for text in texts]
    end = first(lengths)
    place = lengths.index(end)
    others = [length for other, length in enumerate(lengths) if other != place]
    return place if all(factor(end, length) for length in others) else None


def _longest(texts: Sequence[str]) -> int | None:
    return _by_length(texts, max, lambda end, other: end > _MUCH_LONGER * other + 5)


def _shortest(texts: Sequence[str]) -> int | None:
    return _by_length(texts, min, lambda end, other: _MUCH_LONGER * end + 5 < other)


def _places(item: Item) -> tuple[int, ...]:
    letters = list(item.options)
    return tuple(letters.index(letter) for letter in item.gold or ())


def _characters(item: Item) -> int:
    return len(item.question) + len(item.context or "") + sum(map(len, item.options.values()))
