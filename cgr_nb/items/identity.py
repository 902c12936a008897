"""What makes two items the same: a content hash over what a reader sees, and the answer.

Unicode form and white space do not count; case, punctuation and the order of options do.
"""

from __future__ import annotations

from collections.abc import Mapping

from cgr_nb.items.gold import plain_text
from cgr_nb.records import Item, content_id

__all__ = ["item_id", "question_key"]


def item_id(
    dataset: str,
    question: str,
    context: str | None,
    options: Mapping[str, str],
    gold: tuple[str, ...] | None,
) -> str:
    """Return the id of an item with this content, 20 hexadecimal digits.

    Args:
        dataset: Its name.
        question: As a reader sees it.
        context: Passage or table; None when there is none.
        options: Letter -> text.
        gold: Correct letters; None when not known.
    """
    return content_id(
        "item",
        dataset,
        plain_text(question),
        None if context is None else plain_text(context),
        [[letter, plain_text(text)] for letter, text in options.items()],
        None if gold is None else list(gold),
    )


def question_key(item: Item) -> tuple[str, str]:
    """What two items of one dataset share that ask the same question, whatever their options: the
    answer to one may show that to the other."""
    return item.dataset, plain_text(item.question)
