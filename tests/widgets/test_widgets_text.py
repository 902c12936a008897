from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.widgets.text import LINE_CHARS, clip, coloured_lines


def text_of(lines) -> str:
    return "\n".join("".join(piece for kind, piece in line if kind != "more") for line in lines)


def test_kinds_of_words_are_told_apart():
    (line,) = coloured_lines('return "A"  # 1')
    assert [kind for kind, _ in line] == ["k", "", "s", "", "c"]


@pytest.mark.parametrize("source", ["def solve(:\n  'x", "\x00", "  \tif x", "'''", "f'{", ""])
def test_a_broken_program_is_drawn_whole(source):
    assert text_of(coloured_lines(source)) == source


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_every_character_of_any_program_is_drawn_once(source):
    kept = source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    assert text_of(coloured_lines(source)) == kept


def test_a_line_of_five_million_characters_is_cut_and_says_so():
    (line,) = coloured_lines("x" * 5_000_000)
    assert line[-1] == ["more", 5_000_000 - LINE_CHARS]


def test_a_clip_says_how_much_is_missing():
    assert clip("abc", 2) == ("ab", 1)
    assert clip(None) == ("", 0)


def test_a_lone_surrogate_can_be_sent_to_a_page():
    assert clip("\ud800")[0].encode("utf-8")
