"""The stated answer is read in the form its file declares, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.items.gold import (
    by_flags,
    by_index,
    by_letter,
    by_letters,
    by_number,
    by_text,
    check_text,
    stated,
)
from cgr_nb.items.options import listed, paired
from cgr_nb.items.rejection import Reject

FOUR = listed(["red", "green", "blue", "no  colour"])


@pytest.mark.parametrize("value", ["B", "b", "(B)", "B)", "B.", " [B] ", "(b)"])
def test_a_letter_is_read_with_its_decoration(value: str) -> None:
    assert by_letter(FOUR, value, "answer") == (1,)


def test_a_letter_is_a_label_and_not_a_position() -> None:
    options = paired(["P)", "Q)", "R)"], ["x", "y", "z"])
    assert by_letter(options, "Q", "answer") == (1,)
    with pytest.raises(Reject, match="not among options P-R"):
        by_letter(options, "B", "answer")


def test_the_datasets_own_label_is_read() -> None:
    assert by_letter(paired(["1", "2"], ["x", "y"]), "2", "answerKey") == (1,)


def test_an_unknown_letter_says_what_and_how_to_mend() -> None:
    with pytest.raises(Reject) as caught:
        by_letter(FOUR, "F", "answer")
    assert str(caught.value) == (
        "answer 'F' is not among options A-D; correct 'answer' or add the option"
    )


@pytest.mark.parametrize("value", ["BD", "DB", "B, D", "B and D", "B;D", "(B) (D)", ["D", "B"]])
def test_several_letters_come_in_option_order(value: object) -> None:
    assert by_letters(FOUR, value, "gold") == (1, 3)


@pytest.mark.parametrize("value", ["BF", "BB", "bad", "B or so"])
def test_letters_that_are_not_all_options_are_rejected(value: str) -> None:
    with pytest.raises(Reject):
        by_letters(FOUR, value, "gold")


@pytest.mark.parametrize(("value", "base"), [(2, 0), ("2", 0), (2.0, 0), (3, 1), ("3", 1)])
def test_an_index_counts_from_its_base(value: object, base: int) -> None:
    assert by_index(FOUR, value, "answer", base) == (2,)


@pytest.mark.parametrize(
    ("value", "base"), [(4, 0), (0, 1), (5, 1), ("two", 0), (1.5, 0), (True, 0)]
)
def test_an_index_outside_the_options_is_rejected(value: object, base: int) -> None:
    with pytest.raises(Reject):
        by_index(FOUR, value, "answer", base)


def test_a_negative_index_is_not_known() -> None:
    assert by_index(FOUR, -1, "cop") is None


def test_a_numbered_word_counts_from_one() -> None:
    assert by_number(FOUR, "Answer4", "answer", "answer") == (3,)
    with pytest.raises(Reject):
        by_number(FOUR, "answer5", "answer", "answer")


def test_a_text_is_read_whatever_its_white_space() -> None:
    assert by_text(FOUR, "no\u00a0colour", "answer") == (3,)
    with pytest.raises(Reject, match="not the text of any option"):
        by_text(FOUR, "Red", "answer")


def test_a_text_that_stands_twice_is_ambiguous() -> None:
    with pytest.raises(Reject, match="text of options A and C") as caught:
        by_text(listed(["8", "9", "8"]), "8", "answer")
    assert caught.value.reason == "gold_ambiguous"


def test_flags_mark_one_or_several() -> None:
    assert by_flags(FOUR, [False, True, False, True], "correct") == (1, 3)


@pytest.mark.parametrize("value", [[True], [False] * 4, "B", [1, 0, 0, 0]])
def test_flags_that_do_not_fit_are_rejected(value: object) -> None:
    with pytest.raises(Reject):
        by_flags(FOUR, value, "correct")


@pytest.mark.parametrize("read", [by_letter, by_letters, by_index, by_text, by_flags, stated])
@pytest.mark.parametrize("value", [None, "", "  ", float("nan")])
def test_an_empty_field_is_an_unknown_answer(read: object, value: object) -> None:
    assert read(FOUR, value, "answer") is None


def test_an_answer_of_unknown_form_is_read_when_only_one_form_fits() -> None:
    assert stated(FOUR, "C", "gold") == (2,)
    assert stated(FOUR, "AC", "gold") == (0, 2)
    assert stated(FOUR, "blue", "gold") == (2,)
    assert stated(FOUR, [False, False, True, False], "gold") == (2,)


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["A", "B", "AB", "O"], "AB"),  # blood groups: two labels, or the third option's text
        (["B", "A"], "A"),
        (["1", "2", "3"], 2),
        (["red", "green", "blue"], 1),
        (["red", "green", "blue"], "1"),
    ],
)
def test_an_answer_that_fits_two_forms_is_rejected_and_not_guessed(
    texts: list[str], value: object
) -> None:
    with pytest.raises(Reject) as caught:
        stated(listed(texts), value, "gold")
    assert caught.value.reason == "gold_ambiguous"


def test_letter_and_text_must_agree() -> None:
    assert check_text(FOUR, (1,), " green", "answer") == (1,)
    with pytest.raises(Reject) as caught:
        check_text(FOUR, (1,), "red", "answer")
    assert caught.value.reason == "gold_conflict"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.lists(st.text())))
def test_any_value_gives_positions_or_a_reason(value: object) -> None:
    try:
        gold = stated(FOUR, value, "gold")
    except Reject:
        return
    assert gold is None or (gold and set(gold) <= {0, 1, 2, 3} and list(gold) == sorted(gold))
