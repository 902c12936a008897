"""What the sequences at work compute next: one batch after the other.

Every batch holds one token of each reply under way and as much of the prompts as there is room for.
Where sequences lie apart (`Layout.abreast`), prompts have batches of their own, and all of a batch
lie side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.batch_timing import Pace
from cgr_nb.models.engine.context import Context, Logits, OutOfCells
from cgr_nb.models.engine.kv_cache import KvCache
from cgr_nb.models.engine.sequence import LiveSequence
from cgr_nb.models.engine.stats import EngineStats

__all__ = ["Batches"]

_VAIN = 1.1
"""Rows computed for prompts of unlike length that go together, at most, in multiples of theirs."""


class Batches:
    """The sequences at work in one context."""

    def __init__(
        self, context: Context, memory: KvCache, stats: EngineStats, name: str, window: int
    ) -> None:
        """Nobody is at work.

        Args:
            context: What computes.
            memory: Its slots.
            stats: What is done is counted here.
            name: What errors call the model.
            window: Tokens that one sequence may have.
        """
        self.live: list[LiveSequence] = []
        """Those at work, in the order in which they take turns. Append to it."""
        self._context = context
        self._memory = memory
        self._stats = stats
        self._name = name
        self._window = window
        self._pace = Pace()

    def pack(self) -> None:
        """Bring those at work side by side, where that matters."""
        if not self._context.layout.abreast:
            return
        moved = self._memory.pack()
        for live in self.live:
            live.slot = moved.get(live.slot, live.slot)

    def compute(self, begin: Callable[[], None]) -> None:
        """Compute a row of every reply and some prompts, and hand over what is finished.

        Args:
            begin: Called after prompts were computed, to begin those that waited for them.
        """
        if not self.live:
            return
        if self._context.layout.abreast:
            self._compute_abreast(begin)
        elif any(live.is_prompt for live in self.live):
            # Replies under way first, then prompts in the order they were begun.
            self._run(sorted(self.live, key=lambda live: live.is_prompt))
        else:
            self._run(self._side_by_side(self.live))

    def end(self, live: LiveSequence, error: BaseException | None = None) -> None:
        """Take one out, its work left where it is; with an error, it has failed."""
        self.live.remove(live)
        live.leave()
        if error is not None:
            live.request.fail(error)

    def fail(self, error: BaseException) -> None:
        """End everything that runs with an error."""
        while self.live:
            self.end(self.live[0], error)

    def _compute_abreast(self, begin: Callable[[], None]) -> None:
        """Prompts, up to a batch full of them, then one row of each reply.

        A prompt's last row goes with those of the replies: logits of many rows cost little more
        than those of one.
        """
        left = self._context.layout.batch
        while left > 0 and (group := self._alike(left)):
            rows = [live.rows(left, self._reads) for live in group]
            padding = [
                (live.slot, live.position + row)
                for live, mine in zip(group, rows, strict=True)
                for row in range(mine, max(rows))
            ]
            if not self._run(group, padding):
                return
            left -= sum(rows) + len(padding)
            begin()
        ready = self._side_by_side([live for live in self.live if not live.is_long])
        ready.sort(key=lambda live: live.slot)
        if ready:
            whole = 1 < len(ready) == len(self.live)
            self._run(ready, self._memory.padding(len(ready)) if whole else ())

    @property
    def _reads(self) -> int:
        """Rows of logits that each sequence may have in a batch."""
        return max(1, self._context.most_outputs // max(1, len(self.live)))

    def _alike(self, room: int) -> list[LiveSequence]:
        """Prompts at neighbouring slots that have about equally much to compute."""
        group: list[LiveSequence] = []
        rows: list[int] = []
        for live in sorted(self.live, key=lambda live: live.slot):
            if not live.is_long:
                continue
            with_it = [*rows, live.rows(room, self._reads)]
            whole = max(with_it) * len(with_it)
            if group and (
                live.slot != group[-1].slot + 1
                or whole > min(room, _VAIN * sum(with_it))
                or max(one.position for one in [*group, live]) + max(with_it) > self._window
            ):
                break
            group.append(live)
            rows = with_it
        return group

    def _side_by_side(self, replies: list[LiveSequence]) -> list[LiveSequence]:
        """Those of some replies that are continued now: all, or one at a time, each in its turn."""
        if not replies or self._pace.together(len(replies)):
            return replies
        first = replies[0]
        self.live.remove(first)
        self.live.append(first)
        return [first]

    def _run(self, lives: Iterable[LiveSequence], padding: Iterable[tuple[int, int]] = ()) -> bool:
        """Compute one batch, with rows of these as far as there is room; False when it failed."""
        batch: list[tuple[LiveSequence, int]] = []
        readers: list[tuple[LiveSequence, int]] = []
        reads = self._reads
        for live in lives:
            rows = live.rows(self._context.room, reads)
            if not rows:
                break
            batch.append((live, rows))
            if count := live.fill(rows):
                readers.append((live, count))
        for slot, position in padding:
            self._context.add_padding_row(position, slot)
        before = self._context.computing_s
        try:
            logits = self._context.compute()
        except OutOfCells:
            self._make_room()
            return False
        except ModelError as error:
            self.fail(error)
            return False
        if len(readers) == sum(rows for _, rows in batch):
            self._pace.note(len(readers), self._context.computing_s - before)
        self._stats.steps += 1
        self._stats.computed_tokens += sum(rows for _, rows in batch)
        for live, rows in batch:
            live.advance(rows)
        start = 0
        for live, count in readers:
            self._read(live, logits[start : start + count])
            start += count
        return True

    def _read(self, live: LiveSequence, logits: Logits) -> None:
        try:
            reply = live.read(logits)
        except Exception as error:
            # The caller's own `on_text` may raise anything; it is the caller's to hear of it.
            self.end(live, error)
            return
        if reply is not None:
            self._stats.replies += 1
            self._stats.reply_tokens += reply.reply_tokens
            self.end(live)
            live.request.succeed(reply)

    def _make_room(self) -> None:
        """KvCache was full although it was counted: give up what is kept, else the latest reply."""
        if self._memory.drop_kept():
            return
        self.end(
            self.live[-1],
            ModelError(
                "the memory for contexts is full",
                where=self._name,
                fix="lower parallel of the card or raise its cells",
            ),
        )
