"""What generators write: programs that ask a solver, programs that ask nobody, and twins.

Programs are read by `cgr_nb.scaffolds` and run in the sandbox. Those of templates `generator` ask
the model that wrote them, those of the tiny generator the tiny solver; those of `pal` have nobody
to ask. Twins are read by the reader of arm `code_t`. Replies are asked for greedily.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.prompts_cells import Cell
from benchmarks.prompts_replies import standing

from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.arms.written_twins import read_twins
from cgr_nb.errors import RequestError
from cgr_nb.models import Model
from cgr_nb.prompts import ask_messages, render
from cgr_nb.records import Execution, Item, Reply, Sampling
from cgr_nb.sandbox import Asker, AskReply, AskRequest, Sandbox
from cgr_nb.scaffolds import extract_program

PROGRAM_TOKENS = 640
"""Most of one program; bundled and written ones have 150 to 500."""
TINY_PROGRAM_TOKENS = 320
"""Of the tiny generator, whose window is 512 tokens; as `cgr-nb demo`."""
TWINS = 2
"""As arm code_t asks for."""
TWINS_TOKENS = 320
"""Most of a reply with so many; two of four options have about 200."""
ASK_TOKENS = 24


@dataclass(frozen=True)
class Written:
    """What became of one item."""

    item: Item
    reply: Reply | None
    """None: prompt and reply do not fit the context window."""
    run: Execution | None = None
    """None: there is no program."""

    @property
    def kind(self) -> str:
        if self.reply is None:
            return "too long for the context window"
        if self.run is None:
            cut = self.reply.finish == "length"
            return "no program, cut at max_tokens" if cut else "no program"
        return self.run.status.replace("_", " ")

    @property
    def right(self) -> bool:
        answer = None if self.run is None else self.run.solver_answer
        return answer is not None and set(answer) == set(self.item.gold or ())


async def write(
    model: Model, cell: Cell, items: Sequence[Item], most: int, **fields: str
) -> list[Reply | None]:
    """One reply an item, side by side."""
    sampling = Sampling(max_tokens=most, temperature=0.0)

    async def one(item: Item) -> Reply | None:
        prompt = render(cell.name, item, cell.profile, cell.version, fields=fields)
        try:
            return await model.reply(prompt.messages, sampling)
        except RequestError:
            return None

    return list(await asyncio.gather(*map(one, items)))


def asker(solver: Model) -> Asker:
    """Answers what programs ask, as a study does."""

    async def ask(request: AskRequest) -> AskReply:
        messages = ask_messages(request.prompt, solver.card.prompts)
        most = request.max_tokens or ASK_TOKENS
        sampling = Sampling(most, request.temperature or 0.0, choices=request.choices)
        return AskReply.of(request, await solver.reply(messages, sampling))

    return ask


async def measure_programs(
    model: Model, cell: Cell, items: Sequence[Item], solver: Model
) -> dict[str, Any]:
    """The numbers of one table row."""
    most = TINY_PROGRAM_TOKENS if cell.profile == "tiny" else PROGRAM_TOKENS
    replies = await write(model, cell, items, most)
    ask = NOBODY.ask if cell.name.startswith("pal") else asker(solver)
    async with Sandbox() as box:

        async def one(item: Item, reply: Reply | None) -> Written:
            source = None if reply is None else extract_program(reply.text)
            if source is None:
                return Written(item, reply)
            return Written(item, reply, await box.run(source, item, ask, trace=False))

        found = await asyncio.gather(*map(one, items, replies))
    runs = [one.run for one in found if one.run is not None]
    return {
        **standing(items),
        "programs": len(runs),
        "ok": sum(run.status == "ok" for run in runs),
        "asking": sum(bool(run.calls) for run in runs),
        "right": sum(one.right for one in found),
        "kinds": dict(Counter(one.kind for one in found).most_common()),
        "reply_tokens": _tokens(replies),
    }


async def measure_twins(model: Model, cell: Cell, items: Sequence[Item]) -> dict[str, Any]:
    """The numbers of one table row."""
    most = TINY_PROGRAM_TOKENS if cell.profile == "tiny" else TWINS_TOKENS
    replies = await write(model, cell, items, most, count=str(TWINS))
    found = [
        read_twins(reply.text, item, TWINS)
        for item, reply in zip(items, replies, strict=True)
        if reply is not None
    ]
    dropped: Counter[str] = Counter()
    for one in found:
        dropped.update(one.dropped)
    if too_long := replies.count(None):
        dropped["too long for the context window"] = too_long * TWINS
    return {
        "items": len(items),
        "wanted": TWINS * len(items),
        "twins": sum(len(one.twins) for one in found),
        "json": sum("not JSON" not in one.dropped for one in found),
        "cut": sum(reply is not None and reply.finish == "length" for reply in replies),
        "kinds": dict(dropped.most_common()),
        "reply_tokens": _tokens(replies),
    }


def _tokens(replies: Sequence[Reply | None]) -> float:
    """The mean of those that are there."""
    counts = [reply.reply_tokens for reply in replies if reply is not None]
    return round(sum(counts) / max(1, len(counts)), 1)
