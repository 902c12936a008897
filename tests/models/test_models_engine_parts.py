"""The parts of the engine that need no weights: prefix tree, choices, layout."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.errors import RequestError
from cgr_nb.models import read_calls, write_calls
from cgr_nb.models.choices import ChoiceTree, Fork, Leaf
from cgr_nb.models.engine.batch_timing import Pace
from cgr_nb.models.engine.layout import plan_layout
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.engine.prefix import PrefixTree
from cgr_nb.records import Message, ModelCall, Reply, Sampling

TOKENS = st.lists(st.integers(0, 2), min_size=1, max_size=8)
STEPS = st.lists(st.tuples(TOKENS, st.integers(0, 8), st.integers(0, 9)), max_size=25)


def common(one, other):
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


@given(STEPS)
def test_a_prefix_tree_finds_what_each_sequence_shares_with_a_prompt(steps):
    tree, held = PrefixTree(), {}
    for number, (tokens, taken, other) in enumerate(steps):
        shares = {name: common(mine, tokens) for name, mine in held.items()}
        assert tree.match(tokens) == {name: count for name, count in shares.items() if count}
        source = max(shares, key=shares.__getitem__, default=None)
        shared = min(shares.get(source, 0), taken)
        tree.add(number, tokens, source, shared)
        held[number] = list(tokens)
        name = other % (number + 1)
        if name in held and other % 3 == 0:
            tree.extend(name, 1)
            held[name].append(1)
        elif name in held and other % 3 == 1:
            keep = min(taken, len(held[name]))
            tree.trim(name, keep)
            held[name] = held[name][:keep]
            if not keep:
                del held[name]
    for name in list(held):
        tree.trim(name, 0)
    assert tree.cells == 0
    assert tree.match([0]) == {}


def test_a_copied_prefix_takes_its_cells_once():
    tree = PrefixTree()
    tree.add(0, [1, 2, 3, 4])
    tree.add(1, [1, 2, 3, 9, 9], source=0, shared=3)
    tree.add(2, [1, 2, 3, 4])
    assert tree.cells == 4 + 2 + 4
    tree.trim(0, 0)
    assert tree.cells == 3 + 2 + 4


def characters(text):
    return list(text.encode())


def leaves(tree, place):
    if isinstance(place, Leaf):
        return [place.choice]
    return [leaf for way in place.ways for leaf in leaves(tree, tree.follow(place, way))]


@given(st.sets(st.text("ab ", min_size=1, max_size=4).filter(str.strip), min_size=1, max_size=5))
def test_every_choice_can_be_reached_and_nothing_else(choices):
    try:
        tree = ChoiceTree(sorted(choices), characters, end=0)
    except RequestError:
        # One choice is another one after a space.
        assert any(f" {choice}" in choices for choice in choices)
        return
    assert set(leaves(tree, tree.first())) == choices


def test_letters_part_at_one_fork():
    tree = ChoiceTree("ABC", lambda text: [ord(text.strip()) + 1000 * text.startswith(" ")], end=0)
    fork = tree.first()
    assert isinstance(fork, Fork)
    assert len(fork.ways) == 6
    assert all(isinstance(tree.follow(fork, way), Leaf) for way in fork.ways)


EXACT = EngineOptions("exact", 1, threads=1, batch=512, gpu_layers=None, window=512)


@pytest.mark.parametrize("window", [512, 4096, 32_768])
def test_exact_mode_never_takes_much_more_than_its_window(window):
    cell = 12_288  # Qwen2-0.5B
    layout = plan_layout(replace(EXACT, window=window), cell, offloaded=False)
    assert layout.cells % window == 0
    assert not layout.shared
    assert (layout.cells - window) * cell <= 256 << 20


BATCHED = replace(EXACT, mode="batched", parallel=16)


@pytest.mark.parametrize("parallel", [1, 3, 16, 64])
def test_batched_mode_gives_each_sequence_a_window_of_its_own(parallel):
    layout = plan_layout(replace(BATCHED, parallel=parallel), 12_288)
    assert not layout.shared
    assert layout.cells_each == BATCHED.window
    assert parallel <= layout.lanes < layout.sequences <= 255
    assert layout.abreast == (parallel > 1)


@pytest.mark.parametrize("parallel", [1, 16, 64])
@pytest.mark.parametrize(
    ("window", "told"),
    [(32_768, {}), (512, {"offloaded": True}), (512, {"forgets": True})],
    ids=repr,
)
def test_batched_mode_shares_a_pool_with_room_for_a_full_window(parallel, window, told):
    options = replace(BATCHED, parallel=parallel, window=window)
    layout = plan_layout(options, 100_000, **told)
    assert layout.shared
    assert not layout.abreast
    assert layout.cells >= options.window
    assert parallel < layout.sequences <= 255


@pytest.mark.parametrize("parallel", [1, 16, 64])
def test_a_gpu_has_room_for_as_many_whole_windows_as_are_asked_for(parallel):
    layout = plan_layout(replace(BATCHED, parallel=parallel), 12_288, offloaded=True)
    assert layout.cells >= parallel * BATCHED.window


@pytest.mark.parametrize("offloaded", [False, True])
@pytest.mark.parametrize("window", [512, 4096, 32_768])
def test_batched_mode_never_takes_much_more_than_its_bytes(window, offloaded):
    cell = 57_344  # Qwen2.5-7B
    layout = plan_layout(replace(BATCHED, window=window), cell, offloaded)
    assert layout.cells * cell <= max(2 << 30, window * cell)


def test_probabilities_of_choices_survive_a_file_of_calls(tmp_path):
    reply = Reply("A", "stop", "Which?", 3, 1, 0.5, choice_logprobs=(-0.25, -1.5))
    sampling = Sampling(choices=("A", "B"))
    call = ModelCall("1", "tiny", (Message("user", "Which?"),), sampling, reply)
    write_calls(tmp_path / "calls.jsonl", [call])
    assert read_calls(tmp_path / "calls.jsonl") == (call,)


def paced(seconds, batches=200):
    """Share of batches that a pace computes together, where so many rows take so long."""
    pace, together = Pace(), 0
    for _ in range(batches):
        rows = 4 if pace.together(4) else 1
        pace.note(rows, seconds[rows])
        together += rows == 4
    return together / batches


def test_the_faster_way_is_found_and_kept():
    assert paced({1: 0.019, 4: 0.100}) < 0.1
    assert paced({1: 0.019, 4: 0.025}) > 0.9


def test_many_rows_are_always_computed_together():
    assert Pace().together(16)
