"""Another letter in GENERATOR_ANSWER: what is changed, and what is left alone."""

from __future__ import annotations

import pytest

from cgr_nb.audit.probes.swap_generator_answer import swap_generator_answer

READS = "def solve(item, ask):\n    return GENERATOR_ANSWER\n"


def test_the_written_letter_is_changed_and_nothing_else():
    source = 'GENERATOR_ANSWER = "B"  # B\nDIFFICULTY = "easy"\n' + READS
    changed = swap_generator_answer(source, "ABCD")
    assert changed.source == source.replace('= "B"', "= 'A'")
    assert (changed.letter, changed.own) == ("A", {"B"})


def test_an_annotated_or_repeated_belief_is_changed_everywhere():
    source = "GENERATOR_ANSWER: str = 'A'\nGUESS = GENERATOR_ANSWER = 'B'\n" + READS
    changed = swap_generator_answer(source, "ABCD")
    assert changed.source.startswith(
        "GENERATOR_ANSWER: str = 'C'\nGUESS = GENERATOR_ANSWER = 'C'\n"
    )


def test_columns_after_other_letters_than_ascii_are_found():
    source = 'NAME = "Jürgen – 東京"; GENERATOR_ANSWER = "A"\n' + READS
    assert swap_generator_answer(source, "AB").source == source.replace('"A"', "'B'")


@pytest.mark.parametrize(
    "source",
    [
        "GENERATOR_ANSWER = None\n" + READS,
        'GENERATOR_ANSWER = "B"\ndef solve(item, ask):\n    return ask("?")\n',
        'GENERATOR_ANSWER = "A" + ""\n' + READS,
        "def solve(item, ask):\n    return GENERATOR_ANSWER or GENERATOR_ANSWER\n",
        'GENERATOR_ANSWER = "A\n' + READS,
        'GENERATOR_ANSWER = ("A"\n "")\n' + READS,
    ],
    ids=["none", "never read", "worked out", "not written", "broken", "over two lines"],
)
def test_what_can_not_be_changed_is_left_alone(source):
    assert swap_generator_answer(source, "AB") is None


def test_an_item_of_one_option_leaves_nothing_else_to_believe():
    assert swap_generator_answer('GENERATOR_ANSWER = "A"\n' + READS, "A") is None
