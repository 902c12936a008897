"""Replies that are read for a letter: direct, chain of thought, and what asks again."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.prompts_cells import Cell

from cgr_nb.answers import extract_reply
from cgr_nb.errors import RequestError
from cgr_nb.models import Model
from cgr_nb.prompts import render, render_reask
from cgr_nb.records import Extraction, Item, Reply, Sampling

MAX_TOKENS = {"direct": 48, "cot": 256}
"""Of one reply, by template; with or without `_multi`."""


def kind_of(item: Item, reply: Reply, found: Extraction) -> str:
    """What a reply is, in a few words."""
    if found.status == "answered":
        return "read"
    text = reply.text.strip()
    if not text:
        return "empty"
    if found.status == "out_of_range":
        return "a letter that is no option"
    if found.status == "ambiguous":
        return "several letters"
    if reply.finish == "length":
        return "cut before any letter"
    if re.fullmatch(r"(answer|option)?\W*", text, re.IGNORECASE):
        return "a heading and nothing behind it"
    if text[:40].lower() in item.question.lower():
        return "the question again"
    return "words without a letter"


@dataclass(frozen=True)
class Asked:
    """What became of one item."""

    item: Item
    reply: Reply | None
    """None: prompt and reply do not fit the context window."""
    found: Extraction | None
    again: Extraction | None = None
    """None: it was not asked again."""

    @property
    def letters(self) -> tuple[str, ...]:
        return _letters(self.found)

    @property
    def letters_again(self) -> tuple[str, ...]:
        """At first or, where that can't be read, when asked again."""
        return self.letters or _letters(self.again)

    @property
    def kind(self) -> str:
        if self.reply is None or self.found is None:
            return "too long for the context window"
        return kind_of(self.item, self.reply, self.found)


def _letters(found: Extraction | None) -> tuple[str, ...]:
    return found.letters if found is not None and found.status == "answered" else ()


async def ask_items(
    model: Model, cell: Cell, items: Sequence[Item], folder: Path | None = None
) -> list[Asked]:
    """Put a template to all items, side by side."""
    sampling = Sampling(max_tokens=MAX_TOKENS[cell.name.removesuffix("_multi")], temperature=0.0)
    one_letter = replace(sampling, max_tokens=MAX_TOKENS["direct"])

    async def one(item: Item) -> Asked:
        first = render(cell.name, item, cell.profile, cell.version, folder)
        try:
            reply = await model.reply(first.messages, sampling)
        except RequestError:
            return Asked(item, None, None)
        found = extract_reply(reply, item.options, multi=item.multi)
        if found.status == "answered" or cell.again is None:
            return Asked(item, reply, found)
        name, _, version = cell.again.partition("@")
        turn = render_reask(
            item, first.messages, reply.text, cell.profile, int(version), folder, name
        )
        try:
            second = await model.reply(turn.messages, one_letter)
        except RequestError:
            return Asked(item, reply, found)
        again = extract_reply(second, item.options, multi=item.multi)
        return Asked(item, reply, found, again)

    return list(await asyncio.gather(*map(one, items)))


def answers_to(item: Item) -> int:
    """How many there are to choose from: letters, or sets of them."""
    return 2 ** len(item.options) - 1 if item.multi else len(item.options)


def standing(items: Sequence[Item]) -> dict[str, Any]:
    """What a set gives to those that know nothing."""
    gold = Counter("".join(item.gold or ()) for item in items)
    constant, often = gold.most_common(1)[0]
    return {
        "items": len(items),
        "chance": round(sum(1 / answers_to(item) for item in items) / len(items), 4),
        "constant": [constant, often],
        "gold": dict(sorted(Counter("".join(gold.elements())).items())),
    }


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """The numbers of one table row."""
    replies = [one.reply for one in asked if one.reply is not None]
    kinds = Counter(one.kind for one in asked if one.kind != "read")
    return {
        **standing([one.item for one in asked]),
        "read": sum(bool(one.letters) for one in asked),
        "asked_again": sum(one.again is not None for one in asked),
        "read_again": sum(bool(one.letters_again) and not one.letters for one in asked),
        "right": sum(one.letters == one.item.gold for one in asked),
        "right_again": sum(one.letters_again == one.item.gold for one in asked),
        "letters": dict(sorted(Counter("".join("".join(one.letters) for one in asked)).items())),
        "kinds": dict(kinds.most_common()),
        "reply_tokens": round(
            sum(reply.reply_tokens for reply in replies) / max(1, len(replies)), 1
        ),
    }
