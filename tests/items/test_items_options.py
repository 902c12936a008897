"""Options keep their texts and their labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.items.embedded import numbered_out, split_out
from cgr_nb.items.options import Options, any_shape, glued, labelled, listed, paired
from cgr_nb.items.rejection import Reject


def pairs(options: Options) -> dict[str, str]:
    return dict(zip(options.letters, options.texts, strict=True))


def test_a_list_gets_letters_by_position() -> None:
    assert pairs(listed(["x", "y"])) == {"A": "x", "B": "y"}


def test_labels_that_are_letters_stay_and_need_not_begin_at_a() -> None:
    options = paired(["P)", "Q)", "R)"], ["x", "y", "z"])
    assert pairs(options) == {"P": "x", "Q": "y", "R": "z"}
    assert options.labels == ("P)", "Q)", "R)")


def test_labels_that_are_no_letters_are_replaced_and_remembered() -> None:
    options = paired(["1", "2"], ["x", "y"])
    assert options.letters == ("A", "B")
    assert options.labels == ("1", "2")


def test_one_option_is_enough_and_26_are_not_too_many() -> None:
    assert len(listed(["x"])) == 1
    assert listed([str(n) for n in range(26)]).letters[-1] == "Z"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: listed([]), "no_options"),
        (lambda: listed(None), "no_options"),
        (lambda: listed([str(n) for n in range(27)]), "too_many_options"),
        (lambda: listed(["x", " "]), "empty_option"),
        (lambda: listed(["x", None]), "empty_option"),
        (lambda: listed("x, y"), "bad_options"),
        (lambda: listed([["x"], ["y"]]), "bad_options"),
        (lambda: paired(["A", "a)"], ["x", "y"]), "bad_options"),
        (lambda: paired(["A"], ["x", "y"]), "bad_options"),
        (lambda: labelled([{"label": "A"}]), "bad_options"),
        (lambda: any_shape("x or y"), "bad_options"),
        (lambda: any_shape("['x' 'y']"), "bad_options"),
    ],
)
def test_options_that_cannot_be_told_are_rejected_with_a_reason(make: object, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        make()
    assert caught.value.reason == reason


def test_equal_texts_are_two_options() -> None:
    assert listed(["8.75", "8.79", "8.75"]).texts == ("8.75", "8.79", "8.75")


def test_glued_labels_are_taken_off_at_the_first_bracket_only() -> None:
    assert pairs(glued(["A)5(x + 1)", "B) 7(x)", "C)None)"])) == {
        "A": "5(x + 1)",
        "B": "7(x)",
        "C": "None)",
    }


@pytest.mark.parametrize(
    "texts",
    [
        ["Carl Rogers", "B. F. Skinner", "C. Jung"],
        ["A) 3, B) 4", "A) 5, B) 6"],
        ["A. Smith"],
        ["A.M.", "P.M."],
        ["B) x", "A) y"],
    ],
)
def test_texts_that_only_look_labelled_stay_whole(texts: list[str]) -> None:
    assert glued(texts).texts == tuple(texts)


@pytest.mark.parametrize(
    "value",
    [
        {"A": "x", "B": "y"},
        {"A": "x", "B": "y", "C": None},
        ["x", "y"],
        ["A. x", "B. y"],
        [{"label": "A", "text": "x"}, {"text": "y", "label": "B"}],
        [{"key": "A", "value": "x"}, {"key": "B", "value": "y"}],
        {"label": ["A", "B"], "text": ["x", "y"]},
        '{"A": "x", "B": "y"}',
        "['x', 'y']",
        '["x", "y"]',
    ],
)
def test_any_usual_shape_gives_the_same_options(value: object) -> None:
    assert pairs(any_shape(value)) == {"A": "x", "B": "y"}


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=26))
def test_no_text_is_changed(texts: list[str]) -> None:
    assert listed(texts).texts == tuple(texts)


@pytest.mark.parametrize(
    "text",
    [
        "How many?\n\n(A) one\n\n(B) two\n\n(C) three",
        "How many?\n[A] one\n[B] two\n[C] three",
        "How many?\nA. one\nB. two\nC. three\nAnswer:",
        "How many? (A) one (B) two (C) three",
        "How many? A) one B) two C) three",
        "How many? A: one | B: two | C: three",
        "How many? A) one, B) two, C) three",
    ],
)
def test_options_in_the_text_are_split_out(text: str) -> None:
    question, options = split_out(text)
    assert question == "How many?"
    assert pairs(options) == {"A": "one", "B": "two", "C": "three"}


def test_a_label_inside_latex_keeps_the_dollar_sign_with_its_text() -> None:
    _, options = split_out("So\n\n$[\\mathrm{A}] \\quad x^2$\n\n$[\\mathrm{B}] y$\n\n[C] $z$")
    assert options.texts == ("$\\quad x^2$", "$y$", "$z$")


def test_labels_mentioned_in_question_and_options_do_not_split_them() -> None:
    text = "Given P (A) and P(B), find P(A/B). (A) 0.2 (B) 0.4 (C) both (A) and (B) (D) none"
    question, options = split_out(text)
    assert question == "Given P (A) and P(B), find P(A/B)."
    assert options.texts == ("0.2", "0.4", "both (A) and (B)", "none")


def test_a_label_missing_at_the_line_starts_is_looked_for_within_the_lines() -> None:
    _, options = split_out("How?\n(A) one\n(B) two. (C) three\n(D) four")
    assert options.texts == ("one", "two.", "three", "four")


def test_an_element_symbol_within_an_option_is_no_label() -> None:
    _, options = split_out("Iron?\n(A) with coke (C) at heat\n(B) with gas\n(C) cold\n(D) never")
    assert options.texts == ("with coke (C) at heat", "with gas", "cold", "never")


def test_an_answer_told_behind_the_options_spoils_the_item() -> None:
    with pytest.raises(Reject, match="the answer stands in the text"):
        split_out("How many? A) one B) two Answer: B")


def test_a_text_without_options_is_rejected() -> None:
    with pytest.raises(Reject) as caught:
        split_out("Vitamin A. is what?")
    assert caught.value.reason == "no_options"


def test_numbered_options_are_split_out_and_a_number_out_of_turn_is_text() -> None:
    question, options = numbered_out("Why?\n\nAnswer1: see Answer3: no Answer2: yes", "Answer")
    assert question == "Why?"
    assert options.texts == ("see Answer3: no", "yes")


@given(st.text(alphabet="AB()[]. \n$x", max_size=120))
def test_splitting_any_text_gives_options_or_a_reason(text: str) -> None:
    try:
        question, options = split_out(text)
    except Reject:
        return
    assert len(options) >= 2
    assert len(question) + sum(map(len, options.texts)) < len(text)
