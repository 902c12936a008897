"""The same items with their options in other orders: does an answer follow the text or the letter?

Orders are turns of the original one, each by another number of places, so that no text has a letter
twice: an answer that is alike in two orders is alike by text or by letter, never by both. Which
turns are taken is drawn by seed from what a model sees. Items whose options speak of each other
("none of the above", "both A and C"), or whose question names one, keep their one order; that is
told by English words.

A copy is an item with an id of its own; its `meta` says whose copy it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cgr_nb.items.identity import item_id
from cgr_nb.records import Item

__all__ = [
    "COPY_KEY",
    "base_id",
    "base_letters",
    "copy_of",
    "fixed_order",
    "is_copy_of",
    "other_orders",
    "permuted",
]

COPY_KEY = "permutation"
"""Of `Item.meta`: {"of": id of the item, "letters": base letter of each option, in order}."""

_WHOLE = re.compile(
    r"\b(?:all|none|both|neither|either|any|some|two|three|more than one)\b\W+(?:of\W+)?"
    r"(?:(?:the|these|those)\b\W*)?(?:\w+\W+)?"
    r"(?:above|below|following|preceding|options?|choices?|answers?|alternatives?|statements?)\b"
    r"|\b(?:all|none|both|neither|either)\W+of\W+(?:the\W+)?(?:above|these|those|them)\W*$"
    r"|\b(?:first|last|previous|next|other)\W+(?:\w+\W+)?(?:options?|choices?|alternatives?)\b"
    r"|^\W*(?:all|none|both|neither)\W*$",
    re.IGNORECASE,
)
"""An option that is about the others."""


def base_id(item: Item) -> str:
    """The item that this one is a copy of; its own id where it is none."""
    return _said(item)[0]


def base_letters(item: Item) -> str:
    """For each option, in presented order, the letter that its text has in the item copied."""
    return _said(item)[1]


def _said(item: Item) -> tuple[str, str]:
    return copy_of(item.id, item.options, item.meta)


def copy_of(id: str, options: Iterable[str], meta: Mapping[str, object]) -> tuple[str, str]:
    """`base_id` and `base_letters` of what is known of an item without reading all of it."""
    own = id, "".join(options)
    said = meta.get(COPY_KEY)
    if not isinstance(said, Mapping):
        return own
    of, letters = said.get("of"), said.get("letters")
    if not isinstance(of, str) or not isinstance(letters, str):
        return own
    return (of, letters) if sorted(letters) == sorted(own[1]) else own


def is_copy_of(item: Item, base: Item) -> bool:
    """Whether an item is, as it says, the other one with its options in another order."""
    of, letters = _said(item)
    return (
        of == base.id
        and (item.dataset, item.config, item.question, item.context, item.multi)
        == (base.dataset, base.config, base.question, base.context, base.multi)
        and list(item.options) == list(base.options)
        and list(item.options.values()) == [base.options.get(letter) for letter in letters]
        and item.gold == _moved_gold(base, letters)
    )


def fixed_order(item: Item) -> bool:
    """Whether the order of its options is part of what the item asks."""
    labels = "".join(item.options)
    several = re.compile(
        rf"\b[{labels}]\b\)?\W{{0,3}}(?:and|or|nor|&|,|/|\+)\W{{0,3}}\(?\b[{labels}]\b"
        rf"|\(?\b[{labels}]\b\)?\s+only\b|\bonly\s+\(?[{labels}]\b"
    )
    named = re.compile(
        rf"\b(?:options?|choices?|answers?|alternatives?)\s+\(?[{labels}]\b(?!')"
        rf"|\([{labels}]\)"
    )
    shown = (item.question, item.context or "")
    return any(
        _WHOLE.search(text) or several.search(text) for text in item.options.values()
    ) or any(named.search(text) for text in shown)


def permuted(items: Iterable[Item], permutations: int, seed: int) -> list[Item]:
    """Every item, followed by its copies in other orders.

    Args:
        items: The items; ids differ.
        permutations: Orders of each, the original among them. An item has no more than it has
            options, and one whose order is fixed has that alone.
        seed: Draws the orders.

    Returns:
        The items in their order. A copy that is an item of its own already is left out.
    """
    originals = list(items)
    seen = {item.id for item in originals}
    found = []
    for item in originals:
        found.append(item)
        if permutations < 2:
            continue
        for order in other_orders(item, seed)[: permutations - 1]:
            copy = _copy(item, order)
            if copy.id not in seen:
                seen.add(copy.id)
                found.append(copy)
    return found


def other_orders(item: Item, seed: int) -> list[str]:
    """The other orders of an item's options, as they are drawn: for each place, the letter that the
    text there has in the item. None where the order is part of what the item asks.

    Args:
        item: The item.
        seed: Draws the orders.
    """
    if fixed_order(item):
        return []
    letters = "".join(item.options)
    return [letters[turn:] + letters[:turn] for turn in _turns(item, seed)]


def _turns(item: Item, seed: int) -> Sequence[int]:
    """By how many places the options are turned, in the order of their lots."""
    # By what a model sees, so that gold does not choose.
    shown = json.dumps([item.dataset, item.question, list(item.options.values())])

    def lot(turn: int) -> str:
        return hashlib.sha256(f"{seed}/{COPY_KEY}/{turn}/{shown}".encode()).hexdigest()

    return sorted(range(1, len(item.options)), key=lot)


def _copy(item: Item, order: str) -> Item:
    options = {own: item.options[of] for own, of in zip(item.options, order, strict=True)}
    gold = _moved_gold(item, order)
    return replace(
        item,
        id=item_id(item.dataset, item.question, item.context, options, gold),
        options=options,
        gold=gold,
        meta={**item.meta, COPY_KEY: {"of": item.id, "letters": order}},
    )


def _moved_gold(base: Item, letters: str) -> tuple[str, ...] | None:
    """Gold of a copy, in option order."""
    if base.gold is None:
        return None
    moved = zip(base.options, letters, strict=True)
    return tuple(own for own, of in moved if of in base.gold)
