"""Twins: items made of another one, to try a program on that was written for it.

A twin is the item with its options in another order, or one that a model wrote: the same task with
other data, and the answer that the writer claims for it. A program that answers its item by the
method that the item asks for should do for the twins too. A twin is in no row of a study, has no
gold, and names the item that it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cgr_nb.items.permutations import other_orders
from cgr_nb.records import Item, content_id

__all__ = ["claimed_answer", "is_twin_of", "original_of", "reordered_twins", "written_twin"]

_KEY = "twin"
"""Of `Item.meta`: {"of": id of the item, "order": its letter of each option, in order} or {"of":
..., "answer": letters that the writer claims, in order}."""


def reordered_twins(item: Item, most: int, seed: int) -> tuple[Item, ...]:
    """The item with its options in other orders: turns, drawn by seed from what a model sees.

    Args:
        item: The item.
        most: Twins at most; an item whose options speak of each other has none.
        seed: Draws the orders.
    """
    return tuple(_reordered(item, order) for order in other_orders(item, seed)[:most])


def written_twin(
    item: Item,
    question: str,
    context: str | None,
    options: Mapping[str, str],
    answer: tuple[str, ...],
) -> Item:
    """A twin that somebody wrote.

    Args:
        item: The item that it is a twin of.
        question: As a reader sees it.
        context: Passage or table; None when there is none.
        options: Letter -> text.
        answer: Letters that the writer claims, in option order.
    """
    return _twin(item, question, context, options, {"answer": "".join(answer)})


def original_of(twin: Item) -> str | None:
    """Id of the item that a twin was made of; None for what is no twin."""
    of = _said(twin).get("of")
    return of if twin.use == "twin" and isinstance(of, str) else None


def claimed_answer(twin: Item) -> tuple[str, ...] | None:
    """The letters that the writer of a twin claims; None where nobody wrote it."""
    answer = _said(twin).get("answer")
    return tuple(answer) if isinstance(answer, str) else None


def is_twin_of(twin: Item, item: Item) -> bool:
    """Whether a twin is, as it says, made of an item: by turning its options, or by a writer."""
    said = _said(twin)
    if original_of(twin) != item.id:
        return False
    order, answer = said.get("order"), said.get("answer")
    if isinstance(order, str) and sorted(order) == sorted(item.options):
        return twin == _reordered(item, order)
    if not isinstance(answer, str) or not set(answer) <= set(twin.options):
        return False
    return twin == written_twin(item, twin.question, twin.context, twin.options, tuple(answer))


def _reordered(item: Item, order: str) -> Item:
    options = {own: item.options[of] for own, of in zip(item.options, order, strict=True)}
    return _twin(item, item.question, item.context, options, {"order": order})


def _twin(
    item: Item,
    question: str,
    context: str | None,
    options: Mapping[str, str],
    made: Mapping[str, str],
) -> Item:
    said = {"of": item.id, **made}
    # As it stands, white space and all: one id is one text that a program is given.
    shown = [question, context, [[letter, text] for letter, text in options.items()]]
    return replace(
        item,
        id=content_id("twin", said, shown),
        question=question,
        context=context,
        options=dict(options),
        gold=None,
        meta={_KEY: said},
        use="twin",
    )


def _said(twin: Item) -> Mapping[str, object]:
    said = twin.meta.get(_KEY)
    return said if isinstance(said, Mapping) else {}
