"""Places in memory: what is said to be computed is there, and who works lies side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.models.engine.kv_cache import KvCache
from cgr_nb.models.engine.layout import plan_layout
from cgr_nb.models.engine.options import EngineOptions

OPTIONS = EngineOptions("batched", 5, threads=1, batch=512, gpu_layers=None, window=16)


class Cells:
    """A context that holds tokens and computes nothing."""

    forgets = False

    def __init__(self, layout):
        self.layout = layout
        self.held = {slot: [] for slot in range(layout.sequences)}

    def copy(self, source, target, count):
        self.held[target] = self.held[source][:count]

    def move(self, source, target, leave=0):
        self.held[target], self.held[source] = self.held[source], self.held[source][:leave]

    def trim(self, slot, count):
        self.held[slot] = self.held[slot][:count]
        return True


class House:
    """A memory, and the sequences that are at work in it."""

    def __init__(self, layout, exact=False):
        self.context = Cells(layout)
        self.memory = KvCache(self.context, exact, reuse=True)
        self.live = {}

    def open(self, tokens, reply):
        prefix = self.memory.prefix(tokens)
        if len(self.live) == OPTIONS.parallel or not self.memory.fits(len(tokens), prefix, reply):
            return None
        slot = self.memory.open(tokens, prefix, reply)
        assert slot not in self.live
        self.live[slot] = [*tokens]
        return prefix

    def compute(self, slot, count):
        held = self.context.held[slot]
        held += self.live[slot][len(held) : len(held) + count]
        self.memory.computed(slot, len(held))

    def extend(self, slot, token):
        self.live[slot].append(token)
        self.memory.extend(slot, token)

    def close(self, slot):
        del self.live[slot]
        self.memory.close(slot)

    def pack(self):
        moved = self.memory.pack()
        self.live = {moved.get(slot, slot): mine for slot, mine in self.live.items()}

    def check(self):
        for slot, tokens in self.live.items():
            held = self.context.held[slot]
            assert held == tokens[: len(held)]


ABREAST = plan_layout(OPTIONS, 1024)
POOL = plan_layout(OPTIONS, 1024, offloaded=True)

TOKENS = st.lists(st.integers(0, 1), min_size=1, max_size=8)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), TOKENS, st.integers(1, 8)),
        st.tuples(st.just("compute"), st.integers(0, 99), st.integers(1, 8)),
        st.tuples(st.just("extend"), st.integers(0, 99), st.integers(0, 1)),
        st.tuples(st.just("close"), st.integers(0, 99)),
    ),
    max_size=60,
)


def do(house, deed):
    kind, *rest = deed
    if kind == "open":
        tokens, reply = rest
        prefix = house.open(tokens, min(reply, OPTIONS.window - len(tokens)))
        assert prefix is None or prefix.count < len(tokens)
        return
    if not house.live:
        return
    slot = sorted(house.live)[rest[0] % len(house.live)]
    if kind == "compute":
        house.compute(slot, rest[1])
    elif kind == "close":
        house.close(slot)
    elif len(house.live[slot]) < OPTIONS.window and house.memory._slots[slot].reserved:
        house.extend(slot, rest[1])


@pytest.mark.parametrize("layout", [ABREAST, POOL], ids=["abreast", "pool"])
@given(deeds=DEEDS)
def test_a_sequence_always_holds_its_own_tokens(layout, deeds):
    house = House(layout)
    for deed in deeds:
        do(house, deed)
        house.check()


@given(deeds=DEEDS)
def test_packed_sequences_lie_side_by_side_and_nothing_is_lost(deeds):
    house = House(ABREAST)
    for deed in deeds:
        do(house, deed)
        before = sorted(map(tuple, house.live.values()))
        house.pack()
        house.check()
        assert sorted(map(tuple, house.live.values())) == before
        assert sorted(house.live) == list(range(len(house.live)))


@given(deeds=DEEDS)
def test_rows_in_vain_fill_a_tile_beside_the_live_ones(deeds):
    house = House(ABREAST)
    for deed in deeds:
        do(house, deed)
    house.pack()
    found = house.memory.padding(len(house.live))
    slots = [slot for slot, _ in found]
    assert slots == list(range(len(house.live), len(house.live) + len(slots)))
    assert (len(house.live) + len(slots)) % 4 == 0
    for slot, position in found:
        assert position == len(house.context.held[slot]) < ABREAST.cells_each


def test_a_full_kept_sequence_gives_way_to_a_row_in_vain():
    house = House(ABREAST)
    tokens = [1] * OPTIONS.window
    house.open([0, 0], 1)
    house.open(tokens, 0)
    house.compute(1, OPTIONS.window)
    house.close(1)
    assert house.memory.prefix([*tokens, 1]).count == OPTIONS.window
    assert house.memory.padding(1) == [(1, 0), (2, 0), (3, 0)]
    assert house.memory.prefix([*tokens, 1]).count == 0


def test_what_was_kept_is_found_again_after_it_has_moved():
    house = House(ABREAST)
    house.open([1, 2, 3, 4], 2)
    house.compute(0, 4)
    house.close(0)
    house.open([9, 9], 2)
    assert house.context.held[0] == []
    prefix = house.open([1, 2, 3, 5], 2)
    assert prefix.count == 3
    assert house.context.held[1] == [1, 2, 3]


def test_the_one_longest_unused_is_forgotten_first():
    layout = replace(ABREAST, sequences=9, cells=9 * OPTIONS.window)
    house = House(layout)
    for number in range(9):
        house.open([number, number, number], 1)
        house.compute(0, 3)
        house.close(0)
    house.open([0, 0, 1], 1)
    house.compute(0, 3)
    house.close(0)
    assert house.memory.prefix([0, 0, 0]).count == 2
    assert house.memory.prefix([1, 1, 1]).count == 0
    assert house.memory.prefix([8, 8, 8]).count == 2
