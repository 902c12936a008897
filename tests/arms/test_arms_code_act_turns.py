"""One reply of a conversation with an interpreter: what in it counts."""

from __future__ import annotations

import pytest
from talking_study import block

from cgr_nb.arms.converse.turns import read_turn

OPTIONS = {"A": "2", "B": "Paris", "C": "4"}
FINALS = {
    "FINAL: B": "B",
    "So it is.\n**FINAL: (B)** as said": "B",
    "final: c": "",
    "FINAL ANSWER: C) 4": "C",
    "FINAL: Paris": "B",
    "FINAL: 4.0": "C",
    "FINAL: A\n\nFINAL: B": "A",
    "FINAL: \nFINAL: B": "B",
    "FINAL: none of them\nFINAL: D": "",
    "My FINAL: B": "",
    "Not FINAL yet: B": "",
    "FINALLY: B": "",
    f"FINAL: A\n{block('x')}": "A",
    f"{block('x')}\nFINAL: A": "",
}


@pytest.mark.parametrize("reply", FINALS)
def test_a_final_line_names_an_option(reply):
    assert "".join(read_turn(reply, OPTIONS, multi=False).letters) == FINALS[reply]


def test_of_an_item_with_several_right_options_final_names_a_set():
    assert read_turn("FINAL: C, A", OPTIONS, multi=True).letters == ("A", "C")


@pytest.mark.parametrize(
    ("reply", "code", "kept"),
    [
        ("Hm.\n```python\nx\n```\nIt prints 7.\n```python\ny\n```", "x", "Hm.\n```python\nx\n```"),
        ("```text\n7\n```\n```py\nx = 1\n```", "x = 1", "```text\n7\n```\n```py\nx = 1\n```"),
        ("```python\n\n```\n```\nx\n```", "x", "```python\n\n```\n```\nx\n```"),
        ("```python\nx = 1\ny", "x = 1\ny", "```python\nx = 1\ny"),
    ],
)
def test_the_first_block_counts_and_what_stands_behind_it_is_left_out(reply, code, kept):
    turn = read_turn(reply, OPTIONS, multi=False)
    assert (turn.code, turn.kept) == (code, kept)
