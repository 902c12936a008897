"""What makes two items the same: a content hash over what a reader sees, and the answer.

Unicode form and white space do not count; case, punctuation and the order of options do.
"""

from __future__ import annotations

from collections.abc import Mapping

from cgr_nb.items.gold import plain_text
from cgr_nb.records import content_id

__all__ = ["item_id"]


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
