"""What holds of extraction for every text."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cgr_nb.answers
from cgr_nb.answers import extract

FORMS = (
    "{0}",
    "({0})",
    "{0}.",
    "**{0}**",
    "Answer: {0}",
    "The answer is ({0}).",
    "The correct option is {0}.",
    "Final answer: {0}",
    "\\boxed{{{0}}}",
    "Option {0}",
    '{{"answer": "{0}"}}',
    "<think>let me see</think>\n{0}",
    "We add them up.\n\nTherefore, the answer is **{0}**.",
    "{0}<|im_end|>",
)
PIECES = (
    "the answer is ", "Answer:", "(A)", "B)", "[C]", "D.", "\\boxed{", "}", "Final answer: ", "and ", "or ", "not ",
    "is correct", "is wrong", "wait, ", "</think>", "<think>", "\n", " ", "**", "_", "$", "none of the options are", "E",
    "\x00", "\ud800", "\u202e", "א", "，", "option ", "so ", "<|end|>", "\nQuestion:", "1,200", "= ", "\\frac{1}{", "I ",
)  # fmt: skip
letters_of = st.lists(
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=1, max_size=26, unique=True
)
options_of = letters_of.map(lambda letters: dict.fromkeys(sorted(letters), ""))
any_text = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)


@given(options_of, st.data())
def test_every_form_gives_back_its_letter(options: dict[str, str], data: st.DataObject) -> None:
    letter = data.draw(st.sampled_from(sorted(options)))
    reply = data.draw(st.sampled_from(FORMS)).format(letter)
    assert extract(reply, options).letter == letter


@given(any_text, options_of, st.booleans())
def test_letters_are_always_among_the_options(
    reply: str, options: dict[str, str], multi: bool
) -> None:
    found = extract(reply, options, multi=multi)
    assert set(found.letters) <= set(options)
    assert found.letter is None or found.letters == (found.letter,)
    assert list(found.letters) == [letter for letter in options if letter in found.letters]


@given(any_text, options_of, st.booleans())
def test_status_letters_rule_and_span_fit_together(
    reply: str, options: dict[str, str], multi: bool
) -> None:
    found = extract(reply, options, multi=multi)
    assert (found.letter is not None) == (found.status == "answered" and len(found.letters) == 1)
    assert multi or found.status != "answered" or found.letter is not None
    assert bool(found.letters) == (found.status in {"answered", "ambiguous"})
    assert (found.rule is None) == (found.span is None)
    if found.span:
        assert 0 <= found.span[0] < found.span[1] <= len(reply)


@given(any_text, options_of)
def test_reading_twice_gives_the_same(reply: str, options: dict[str, str]) -> None:
    assert extract(reply, options) == extract(reply, options)


@given(options_of, st.data())
def test_the_place_that_was_read_gives_the_same_letter_again(
    options: dict[str, str], data: st.DataObject
) -> None:
    letter = data.draw(st.sampled_from(sorted(options)))
    reply = f"We think about it.\n\nThe answer is ({letter}). That is all there is."
    found = extract(reply, options)
    assert found.span is not None
    assert extract(reply[slice(*found.span)], options).letter == letter


@given(
    st.lists(
        st.sampled_from(
            [
                "a lens",
                "we see that",
                "P(A) = 0.2",
                "A patient",
                "I believe",
                "x^2",
                "H2O",
                "T cells",
            ]
        ),
        max_size=12,
    )
)
def test_noise_does_not_become_an_answer(words: list[str]) -> None:
    assert extract(" ".join(words), dict.fromkeys("ABCDEFGHIJ", "")).status == "none"


@given(
    st.lists(
        st.sampled_from(["we see that", "A patient has it", "I believe it", "P(A) = 0.2"]),
        max_size=8,
    ),
    st.sampled_from("ABCD"),
)
def test_noise_around_an_answer_does_not_change_it(words: list[str], letter: str) -> None:
    reply = f"{'. '.join(words)}\nThe answer is ({letter}).\n{'. '.join(words)}"
    assert extract(reply, dict.fromkeys("ABCD", "")).letter == letter


@pytest.mark.parametrize("unit", ["a ", "the answer is a lens. ", "\\frac{1}{2} = "])
def test_a_reply_of_a_megabyte_is_read(unit: str) -> None:
    reply = unit * (1_000_000 // len(unit)) + "\nThe answer is (B)."
    assert extract(reply, dict.fromkeys("ABCD", "")).letter == "B"


def test_only_the_standard_library_records_and_errors_are_imported() -> None:
    allowed = {"cgr_nb.records", "cgr_nb.errors", "cgr_nb.thoughts"}
    folder = Path(cgr_nb.answers.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                own = name.startswith("cgr_nb.answers") or name == "cgr_nb" or name in allowed
                assert own or name.split(".")[0] in sys.stdlib_module_names, f"{file.name}: {name}"
