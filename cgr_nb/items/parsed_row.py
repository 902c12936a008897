"""What an adapter makes of a row, and how it becomes an `Item`.

An adapter says what the row holds; letters, distractors, identity and meta are the same for all and
are added here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cgr_nb.items.distractors import distractors, parse_number
from cgr_nb.items.gold import Gold, plain_text
from cgr_nb.items.identity import item_id
from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject
from cgr_nb.records import Item, content_id

__all__ = ["Numeric", "ParsedRow", "finish"]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A numeric answer from which options are to be made."""

    answer: str
    """The right number as it is to be shown."""
    options: int = 5
    """How many options to make, the right one included."""
    low: int | None = None
    """Least plausible value; None: 0, unless the answer is negative."""
    high: int | None = None
    """Greatest plausible value; None: about ten times the answer."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row as an adapter understands it. Needs either `options` or `numeric`."""

    question: str
    options: Options | None = None
    gold: Gold = None
    """Positions of the correct options; None when not known."""
    numeric: Numeric | None = None
    """The answer, when options must be made from it; then `options` and `gold` stay None."""
    config: str = "default"
    context: str | None = None
    dataset: str | None = None
    """None: the adapter's name."""
    shuffle: bool = False
    """Whether the source gives the options in an order that tells the answer."""
    id: str | None = None
    """The row's own id."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready extras that give nothing of the answer away."""


def finish(draft: ParsedRow, dataset: str, where: str, seed: int) -> Item:
    """Make the item: letters, distractors where needed, id and meta.

    Args:
        draft: What the adapter made of the row.
        dataset: Name of the adapter, for drafts that name no dataset.
        where: File and line the row comes from.
        seed: Seed of distractors and shuffling, which depend on it and on the row's content only.

    Raises:
        Reject: the draft has neither options nor a number to make them from.
    """
    dataset = draft.dataset or dataset
    meta = {"where": where, **({"id": draft.id} if draft.id is not None else {}), **draft.meta}
    options, gold = draft.options, draft.gold
    if options is None:
        if draft.numeric is None:
            raise Reject("no_options", "there are no options", "add them, or a numeric answer")
        options, gold = _around(draft, draft.numeric, dataset, seed)
        meta |= {"options_from": "distractors", "seed": seed}
    elif draft.shuffle:
        options, gold = _shuffled(draft, options, dataset, seed)
        meta |= {"options_from": "shuffle", "seed": seed}
    if options.labels is not None and options.labels != options.letters:
        meta["labels"] = list(options.labels)
    letters = None if gold is None else tuple(options.letters[position] for position in gold)
    lettered = dict(zip(options.letters, options.texts, strict=True))
    return Item(
        id=item_id(dataset, draft.question, draft.context, lettered, letters),
        dataset=dataset,
        config=draft.config,
        question=draft.question,
        options=lettered,
        gold=letters,
        context=draft.context,
        meta=meta,
    )


def _around(draft: ParsedRow, numeric: Numeric, dataset: str, seed: int) -> tuple[Options, Gold]:
    number = parse_number(numeric.answer)
    if number is None:
        raise Reject(
            "not_multiple_choice",
            f"there are no options, and the answer {numeric.answer[:60]!r} is not a number",
            "add options",
        )
    rng = _chance("distractors", draft, dataset, seed, numeric.answer)
    answer = numeric.answer.strip()
    texts = [answer, *distractors(number, numeric.options - 1, rng, numeric.low, numeric.high)]
    rng.shuffle(texts)
    return paired(None, texts), (texts.index(answer),)


def _shuffled(draft: ParsedRow, options: Options, dataset: str, seed: int) -> tuple[Options, Gold]:
    rng = _chance("shuffle", draft, dataset, seed, sorted(options.texts))
    order = list(range(len(options)))
    rng.shuffle(order)
    gold = draft.gold
    if gold is not None:
        gold = tuple(sorted(order.index(position) for position in gold))
    return paired(None, [options.texts[position] for position in order]), gold


def _chance(kind: str, draft: ParsedRow, dataset: str, seed: int, extra: object) -> random.Random:
    context = plain_text(draft.context or "")
    name = content_id(kind, seed, dataset, plain_text(draft.question), context, extra)
    return random.Random(int(name, 16))
