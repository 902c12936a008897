"""The parts of the engine that need no weights: prefix tree, choices, layout."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.errors import RequestError
from cgr_nb.models import read_calls, write_calls
from cgr_nb.models.choices import decisive, likeliest
from cgr_nb.models.engine.batch_timing import Pace
from cgr_nb.models.engine.continuations import split_continuations
from cgr_nb.models.engine.layout import plan_layout
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.engine.prefix import PrefixTree
from cgr_nb.records import Message, ModelCall, Reply, Sampling, Score

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


def words(text):
    """Words with the white space before them, as most tokenisers take them."""
    return [hash(word) for word in re.findall(r"\s*\S+|\s+$", text)]


@given(st.text("ab:\n ", min_size=1), st.sets(st.text("ab ", min_size=1, max_size=4), min_size=1))
def test_every_choice_follows_the_prompt_as_the_tokeniser_writes_both(prompt, choices):
    choices = sorted(choices)
    for tokenise in (characters, words):
        try:
            shared, found = split_continuations(tokenise(prompt), prompt, choices, tokenise)
        except RequestError:
            continue  # one choice is another one behind a space
        for choice, tokens in zip(choices, found, strict=True):
            between = "" if prompt[-1].isspace() or choice[0].isspace() else " "
            whole = tokenise(f"{prompt}{between}{choice}")
            together = [*shared, *tokens]
            assert together in (whole, [*tokenise(prompt), *tokenise(f"{between}{choice}")])
            assert tokens


def test_a_prompt_s_white_space_that_merges_is_scored_with_every_choice():
    shared, found = split_continuations(words("Answer: "), "Answer: ", ["milk", "honey"], words)
    assert shared == words("Answer:")
    assert found == (tuple(words(" milk")), tuple(words(" honey")))


def test_a_choice_behind_a_control_token_stands_as_it_is():
    assert split_continuations([7], "", ["ab"], characters) == ([7], (tuple(b"ab"),))


def test_two_choices_of_equal_tokens_are_refused():
    with pytest.raises(RequestError, match="the same tokens"):
        split_continuations(characters("x:"), "x:", ["a", " a"], characters)


def test_the_longer_of_two_choices_wins_where_the_shorter_one_can_t_end():
    choices = ("1", "12", "7")
    scores = (Score(-1.0, 1, 1, -9.0), Score(-1.5, 2, 2, -0.1), Score(-3.0, 1, 1, -0.1))
    assert likeliest(choices, scores) == "12"
    # Without such a pair the end of the reply has no say.
    assert likeliest(choices[::2], scores[::2]) == "1"
    assert decisive(choices, scores) == [-10.0, -1.6, -3.1]


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


def test_scores_survive_a_file_of_calls(tmp_path):
    scores = (Score(-0.25, 1, 1, -0.5), Score(-1.5, 2, 1))
    reply = Reply("A", "stop", "Which?", 3, 1, 0.5, scores=scores)
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
