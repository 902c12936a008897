"""Replies in prose that no form of words decides: by their last word, a list, or as a whole.

`attentive_replies.toml` holds them by what they make a reader do. All were used to mend the rules in
the end: the figures here are those of tuned material.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cgr_nb.answers import extract

TOLD = tomllib.loads(Path(__file__).with_name("attentive_replies.toml").read_text(encoding="utf-8"))
OPTIONS = TOLD["options"]


def word(name: str, mode: str, reply: str) -> str:
    """Letters, or nothing where there is no answer."""
    found = extract(reply, OPTIONS[name], multi=mode == "multi")
    return "".join(found.letters) if found.status == "answered" else ""


def test_no_reply_gives_letters_that_it_does_not_decide_on() -> None:
    for part in ("decided", "undecided"):
        for rows in TOLD[part].values():
            for name, mode, letters, reply in rows:
                assert word(name, mode, reply) in {letters, ""}, reply


def test_few_replies_that_decide_are_left_open() -> None:
    rows = [row for kind in TOLD["decided"].values() for row in kind]
    left = [reply for name, mode, letters, reply in rows if word(name, mode, reply) != letters]
    assert len(rows) > 260
    assert len(left) <= 20


def test_the_last_word_counts_even_where_it_names_no_option() -> None:
    step = "So it is Sirius, as far as brightness goes."
    assert word("sky", "single", step) == "A"
    assert word("sky", "single", f"{step} Therefore the answer is 42 degrees.") == ""


def test_a_row_with_a_member_that_names_no_option_is_left_open() -> None:
    row = "So what protects the soil is crop rotation and cover crops."
    assert word("soil", "multi", row) == "AC"
    assert word("soil", "multi", row.replace("crop rotation", "the hedges, crop rotation")) == ""


def test_a_set_goes_on_behind_the_text_of_its_first_label() -> None:
    announced = "The correct answers are A. Iron"
    assert word("metal", "multi", f"{announced} and C. Copper.") == "AC"
    assert word("metal", "multi", f"{announced}. Copper is C.") != "C"


def test_a_list_is_read_whole_or_not_at_all() -> None:
    listed = "So the true statements are:\n- A primary key must be unique\n"
    assert word("keys", "multi", listed + "- A primary key may not be null") == "AC"
    assert word("keys", "multi", listed + "- A primary key may not") == ""


@pytest.mark.parametrize("behind", ["Let me double-check this.", "Let me verify that."])
def test_an_answer_that_is_about_to_be_checked_is_withdrawn(behind: str) -> None:
    assert word("bare", "single", f"Answer: C\n\n{behind}") == ""
    assert word("bare", "single", f"Answer: C\n\n{behind} 3 is less than 4.\n\nAnswer: B") == "B"


def test_a_thought_that_is_not_closed_decides_where_its_last_sentence_tells_label_and_text() -> (
    None
):
    thought = "<think>\nThe brightest one at night. So the answer is A. "
    assert word("sky", "single", f"{thought}Sirius.") == "A"
    assert word("sky", "single", f"{thought}Venus.") == ""
    assert word("sky", "single", f"{thought}Sirius would") == ""


def test_a_number_in_a_formula_is_no_option_beside_a_label() -> None:
    assert word("row_eq", "multi", "Option A alone works since 2² = 4.") == "A"
    assert word("row_eq", "single", "The result is 2² = 4.") == "D"


def test_labels_in_brackets_choose_unless_their_sentence_denies() -> None:
    row = "Ankara (A) ve İzmir (C) {}. Atina ve Sofya başka ülkelerdedir."
    assert word("row_tr", "multi", row.format("Türkiye'dedir")) == "AC"
    assert word("row_tr", "multi", row.format("ada değil")) == ""


def test_code_that_may_return_several_labels_gives_none() -> None:
    assert word("bare", "single", 'def pick():\n    return "C"') == "C"
    branched = 'def pick(x):\n    if x:\n        return "C"\n    return "D"'
    assert word("bare", "single", branched) == ""
