"""Replies as models write them: judged lists, closing sentences, texts for labels, corrections.

`natural_replies.toml` and `natural_prose.toml` hold them by kind. All were used to mend the rules: the
figures here are those of tuned material.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cgr_nb.answers import extract

REPLIES: dict[str, dict[str, Any]] = {"options": {}, "decided": {}, "undecided": {}}
for name in ("natural_replies", "natural_prose"):
    told = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    REPLIES["options"] |= told["options"]
    for part in ("decided", "undecided"):
        REPLIES[part] |= {(name, kind): rows for kind, rows in told[part].items()}
OPTIONS = REPLIES["options"]


def word(name: str, mode: str, reply: str) -> str:
    """Letters, or nothing where there is no answer."""
    found = extract(reply, OPTIONS[name], multi=mode == "multi")
    return "".join(found.letters) if found.status == "answered" else ""


@pytest.mark.parametrize("kind", REPLIES["undecided"], ids="-".join)
def test_a_reply_that_decides_nothing_gives_no_letter(kind: tuple[str, str]) -> None:
    for name, mode, _, reply in REPLIES["undecided"][kind]:
        assert word(name, mode, reply) == "", reply


@pytest.mark.parametrize("kind", REPLIES["decided"], ids="-".join)
def test_a_reply_that_decides_gives_its_letters_or_none(kind: tuple[str, str]) -> None:
    for name, mode, letters, reply in REPLIES["decided"][kind]:
        assert word(name, mode, reply) in {letters, ""}, reply


def test_few_replies_that_decide_are_left_open() -> None:
    rows = [row for kind in REPLIES["decided"].values() for row in kind]
    left = [reply for name, mode, letters, reply in rows if word(name, mode, reply) != letters]
    assert len(rows) > 600
    assert len(left) <= 24


@pytest.mark.parametrize("cut", [25, 32, 40])
def test_a_judged_list_that_is_cut_gives_no_part_of_its_letters(cut: int) -> None:
    reply = "A: one - correct\nB: two - incorrect\nC: three - correct\nD: four - correct"
    assert word("bare", "multi", reply) == "ACD"
    assert word("bare", "multi", reply[:cut]) == ""


def test_what_is_announced_behind_a_judged_list_wins() -> None:
    reply = (
        "A: true\nB: false\nC: true\nD: false\n\nThe question asks for the false ones. Answer: B, D"
    )
    assert word("bare", "multi", reply) == "BD"


def test_typography_of_a_formula_does_not_hide_an_option() -> None:
    for written in ("SO₄²⁻", "SO_4^{2-}", "$\\mathrm{SO_4^{2-}}$", "SO4^2-"):
        assert word("ions", "single", f"So the ion is {written}.") == "C", written


def test_a_text_with_the_label_of_another_option_gives_no_letter() -> None:
    assert (
        word("planets", "single", "The largest planet is Jupiter (A), which is a gas giant.") == ""
    )
    assert word("planets", "single", "The largest planet is Jupiter (C), a gas giant.") == "C"


@pytest.mark.parametrize(
    "doubt", ["I can't determine which is meant.", "It depends on the definition.", "Sorry!"]
)
def test_prose_that_doubts_anywhere_decides_nothing(doubt: str) -> None:
    reply = "Jupiter has the strongest magnetic field of all planets. Saturn's is weaker."
    assert word("planets", "single", reply) == "C"
    assert word("planets", "single", f"{reply} {doubt}") == ""


def test_a_conclusion_in_prose_wins_over_its_opening() -> None:
    reply = (
        "The fastest rotation might be expected of Saturn. It is the lightest. So it is Jupiter."
    )
    assert word("planets", "single", reply) == "C"


def test_other_wording_names_an_option_only_where_it_tells_it_apart() -> None:
    assert word("motion", "single", "The answer is: zero net force.") == "A"
    assert word("motion", "single", "The answer is: non-zero net force, not the velocity.") == ""
    assert word("evolution", "single", "The answer is evolution.") == ""
