"""Text that is no valid Unicode: the rule, and that it loses nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cgr_nb.util.surrogates import escape_surrogates, escape_surrogates_in, restore_surrogates

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
# Halves of characters, and pieces of what the escape itself is written with, side by side.
ODD_TEXT = st.lists(
    st.sampled_from(
        [
            "\ud83d",
            "\ude00",
            "\udfff",
            "\ufffd",
            "{",
            "}",
            "D83D",
            "FFFD",
            "{D83D}",
            "x",
            "\U0001f600",
        ]
    ),
    max_size=12,
).map("".join)


def is_valid(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def joined(text: str) -> str:
    """The text with halves that stand in order joined, as UTF-16 and JSON spell them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@given(ANY_TEXT | ODD_TEXT)
@example("half \ud83d of it")
@example("\ufffd{D83D} \ud83d")
def test_what_was_no_valid_text_can_be_restored(text):
    escaped = escape_surrogates(text)
    assert is_valid(escaped)
    if not is_valid(text):
        assert restore_surrogates(escaped) == joined(text)


@given(ANY_TEXT | ODD_TEXT)
def test_valid_text_is_never_touched_so_the_rule_can_be_applied_twice(text):
    once = escape_surrogates(text)
    assert escape_surrogates(once) == once
    if is_valid(text):
        assert once == text


@given(st.lists(ANY_TEXT | ODD_TEXT, max_size=2, unique_by=joined))
def test_two_texts_that_were_not_valid_stay_two(texts):
    broken = [text for text in texts if not is_valid(text)]
    assert len({escape_surrogates(text) for text in broken}) == len(broken)


def test_a_half_is_shown_with_its_number_and_a_pair_as_its_character():
    assert escape_surrogates("a \ud83d b") == "a \ufffd{D83D} b"
    assert escape_surrogates("\ud83d" + "\ude00") == "\U0001f600"


@pytest.mark.parametrize(
    "value", [[1, 2.5] * 3, {"a": [None, True, {"b\udc00": ("\ud800", 1)}]}, "x"]
)
def test_every_text_of_a_json_value_is_valid_afterwards(value):
    json.dumps(escape_surrogates_in(value), ensure_ascii=False).encode("utf-8")
