"""Who lies where in a context: live sequences, finished ones kept for their prefixes, free slots.

A new sequence begins with a copy of the longest prefix that another one has computed. Finished
sequences are kept until their slot or their cells are needed, the longest unused one goes first.

Where many are at work, each with cells of its own, those at work lie at the lowest slots, side by
side (see `Layout.abreast`): a new one takes the lowest slot that is not at work, what was kept
there moves up, and `pack` closes the gaps that finished ones leave.

In exact mode a prefix is reused only where that can't change a bit of what follows. llama.cpp's
kernels for x86 compute the rows of a batch in tiles of 16 or 4, those left over by another routine,
and batches below 8 rows by a third; their sums round differently. So only prompt tokens are reused,
in whole tiles, and never so many that less than a tile is left: each row then goes through the
routine that it would have gone through. (A mixture of experts groups rows as it likes: no reuse.)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from cgr_nb.models.engine.context import Context
from cgr_nb.models.engine.layout import SMALL_TILE
from cgr_nb.models.engine.prefix import PrefixTree

__all__ = ["TILE", "KvCache", "Prefix"]

TILE = 16
"""Rows that llama.cpp's kernels for x86 compute together at most."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """What of a prompt need not be computed."""

    source: int | None
    """Slot of the sequence that has it; None when there is none."""
    count: int
    """Tokens that can be copied now."""
    coming: int
    """Tokens that a live sequence is about to compute, if waited for."""


@dataclass(slots=True)
class _Slot:
    prompt: int
    """Tokens of the prompt."""
    length: int
    """Tokens of the prompt and of the reply so far."""
    computed: int
    """Tokens in memory, of prompt and reply."""
    reserved: int
    """Cells that the reply may still take."""


class KvCache:
    """The slots of one context."""

    def __init__(self, context: Context, exact: bool, reuse: bool) -> None:
        """Nothing is in memory.

        Args:
            context: Whose memory it is.
            exact: Reuse only what leaves every bit as it is.
            reuse: Whether prefixes are reused at all.
        """
        self._context = context
        self._exact = exact
        self._reuse = reuse and not context.forgets
        self._tree = PrefixTree()
        self._slots: dict[int, _Slot] = {}
        self._kept: OrderedDict[int, None] = OrderedDict()
        self._free = set(range(context.layout.sequences))
        self._reserved = 0

    def prefix(self, tokens: Sequence[int]) -> Prefix:
        """Look for the beginning of a prompt."""
        if not self._reuse:
            return Prefix(None, 0, 0)
        best, coming = (0, False, 0), 0
        for slot, shared in self._tree.match(tokens).items():
            held = self._slots[slot]
            usable = self._usable(len(tokens), min(shared, held.computed), held.prompt)
            # Of equals one that is kept, at the slot where the new one may be put (see `open`).
            best = max(best, (usable, slot in self._kept, -slot))
            if slot not in self._kept:
                whole = min(shared, held.prompt)
                coming = max(coming, self._usable(len(tokens), whole, held.prompt))
        count, _, slot = best
        return Prefix(-slot, count, coming) if count else Prefix(None, 0, coming)

    def fits(self, tokens: int, prefix: Prefix, reply: int) -> bool:
        """Whether there is room for a prompt and its reply, others' replies respected.

        Kept sequences make room as far as needed; of the one that the prefix comes from, only what
        follows the prefix.
        """
        if not self._context.layout.shared:
            return True
        new = tokens - prefix.count + reply
        while self._tree.cells + self._reserved + new > self._context.layout.cells:
            victim = next((slot for slot in self._kept if slot != prefix.source), None)
            if victim is not None:
                self._drop(victim)
            elif not self._cut_source(prefix):
                return False
        return True

    def open(self, tokens: Sequence[int], prefix: Prefix, reply: int) -> int:
        """Take a slot for a prompt, its prefix copied. There must be one that is not live.

        Returns:
            The slot; memory holds `prefix.count` tokens there.
        """
        if prefix.source is not None:
            self._touch(prefix.source)
        if not self._free:
            victim = next((slot for slot in self._kept if slot != prefix.source), prefix.source)
            assert victim is not None  # as the caller has seen to
            if victim == prefix.source:
                return self._take_over(victim, tokens, prefix.count, reply)
            self._drop(victim)
        source, abreast = prefix.source, self._context.layout.abreast
        slot = self._lowest() if abreast else min(self._free)
        here = source == slot
        if slot in self._kept:
            shelf = self._move(slot, max(self._free), prefix.count if here else 0)
            source = shelf if here else source
        self._free.remove(slot)
        if source is not None and not here:
            self._context.copy(source, slot, prefix.count)
        self._tree.add(slot, tokens, source, prefix.count)
        self._enter(slot, tokens, prefix.count, reply)
        return slot

    def pack(self) -> dict[int, int]:
        """Bring the live sequences to the lowest slots: old slot -> new one of those moved."""
        moved: dict[int, int] = {}
        while True:
            live = self._slots.keys() - self._kept.keys()
            gap, last = self._lowest(), max(live, default=-1)
            if gap > last:
                return moved
            if gap in self._kept:
                if not self._free:
                    self._drop(next(iter(self._kept)))
                if gap in self._kept:
                    self._move(gap, max(self._free))
            moved[last] = self._move(last, gap)

    def padding(self, live: int) -> list[tuple[int, int]]:
        """Places beside so many live ones whose next row may be computed in vain, to fill a tile.

        Returns:
            Each slot and the position of that row.
        """
        found = []
        for slot in range(live, -(-live // SMALL_TILE) * SMALL_TILE):
            held = self._slots.get(slot)
            if held is not None and held.computed >= self._context.layout.cells_each:
                self._drop(slot)
                held = None
            found.append((slot, held.computed if held is not None else 0))
        return found

    def computed(self, slot: int, count: int) -> None:
        """Tell how many tokens a live sequence has in memory now.

        What goes beyond the tokens that were told by `open` and `extend` is not kept.
        """
        held = self._slots[slot]
        held.computed = min(count, held.length)

    def extend(self, slot: int, token: int) -> None:
        """Tell that a live sequence goes on with one more token."""
        self._tree.extend(slot, token)
        held = self._slots[slot]
        held.length += 1
        held.reserved -= 1
        self._reserved -= 1

    def close(self, slot: int) -> None:
        """End a live sequence; what it has computed is kept for others."""
        held = self._slots[slot]
        self._reserved -= held.reserved
        held.reserved = 0
        self._kept[slot] = None
        if not self._reuse or held.computed == 0:
            self._drop(slot)
            return
        self._tree.trim(slot, held.computed)
        self._context.trim(slot, held.computed)
        held.length = held.computed

    def drop_kept(self) -> bool:
        """Forget all finished sequences; False when there was none."""
        victims = list(self._kept)
        for slot in victims:
            self._drop(slot)
        return bool(victims)

    def _usable(self, prompt: int, shared: int, source_prompt: int) -> int:
        if not self._exact:
            # At least one token must be computed, for its logits.
            return min(shared, prompt - 1)
        return max(0, min(shared, source_prompt, prompt - TILE) // TILE * TILE)

    def _take_over(self, slot: int, tokens: Sequence[int], count: int, reply: int) -> int:
        self._cut(slot, count)
        del self._kept[slot]
        for token in tokens[count:]:
            self._tree.extend(slot, token)
        self._enter(slot, tokens, count, reply)
        return slot

    def _enter(self, slot: int, tokens: Sequence[int], count: int, reply: int) -> None:
        self._slots[slot] = _Slot(len(tokens), len(tokens), count, reply)
        self._reserved += reply

    def _cut_source(self, prefix: Prefix) -> bool:
        source = prefix.source
        return source is not None and source in self._kept and self._cut(source, prefix.count)

    def _cut(self, slot: int, count: int) -> bool:
        """Keep only the beginning of a kept sequence; False when it is no longer than that."""
        held = self._slots[slot]
        if held.length <= count:
            return False
        self._tree.trim(slot, count)
        self._context.trim(slot, count)
        held.length = held.computed = count
        return True

    def _touch(self, slot: int) -> None:
        if slot in self._kept:
            self._kept.move_to_end(slot)

    def _drop(self, slot: int) -> None:
        del self._kept[slot]
        del self._slots[slot]
        self._tree.trim(slot, 0)
        self._context.trim(slot, 0)
        self._free.add(slot)

    def _lowest(self) -> int:
        """The lowest slot that is not at work; there is one."""
        return min(chain(self._free, self._kept))

    def _move(self, slot: int, to: int, leave: int = 0) -> int:
        """Move a sequence to a free slot, and return that; so many tokens stay where they were."""
        self._slots[to] = self._slots.pop(slot)
        self._tree.rename(slot, to)
        self._context.move(slot, to, leave)
        self._free.remove(to)
        self._free.add(slot)
        if slot in self._kept:
            # The order of the others is that of their last use, and its own slot in it stays.
            self._kept = OrderedDict((to if kept == slot else kept, None) for kept in self._kept)
        return to
