"""Rendering: exact bytes of the tiny profile, no re-reading of item text, no gold anywhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb import check_program
from cgr_nb.errors import PromptError
from cgr_nb.prompts import available, load_template, render, render_reask, shown, trimmed
from cgr_nb.records import Item, Message

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAMES = [("direct", "tiny"), ("generator", "tiny"), ("direct", "full"), ("generator", "full")]


def item(question="What is 9 times 3?", options=None, gold=("B",), context=None, **fields):
    options = options or {"A": "12", "B": "27"}
    return Item("i1", "demo", "default", question, options, gold, context, **fields)


def content(prompt):
    return "\n".join(message.content for message in prompt.messages)


def test_the_tiny_direct_prompt_is_what_the_tiny_solver_was_trained_on():
    assert render("direct", item(), "tiny").messages == (
        Message("user", "What is 9 times 3?\nA) 12\nB) 27\nAnswer with a letter."),
    )


def test_the_tiny_generator_prompt_is_what_the_tiny_generator_was_trained_on():
    assert render("generator", item(), "tiny").messages == (
        Message("user", "Write solve(item, ask).\nWhat is 9 times 3?\nA) 12\nB) 27"),
    )


def test_a_context_stands_on_its_own_line_before_the_question():
    prompt = render("direct", item(context="It is Monday."), "tiny")
    assert content(prompt).startswith("It is Monday.\nWhat is 9 times 3?\n")


def test_the_re_ask_continues_the_conversation_with_the_reply_as_it_was():
    first = render("direct", item(), "tiny")
    again = render_reask(item(), first.messages, " hm \n", "tiny")
    assert again.messages == (
        *first.messages,
        Message("assistant", " hm \n"),
        Message("user", "Only the letter."),
    )


def test_a_re_ask_of_a_conversation_that_ends_with_a_reply_is_an_error():
    with pytest.raises(PromptError, match="ends with a user turn"):
        render_reask(item(), [Message("assistant", "B")], "hm")


def test_the_full_re_ask_shows_the_options_of_the_item_again():
    one = item(options={"P": "1", "Q": "2", "R": "3"})
    again = render_reask(one, render("direct", one).messages, "hm")
    assert "P) 1\nQ) 2\nR) 3" in again.messages[-1].content


@pytest.mark.parametrize("name", ["generator", "generator_multi"])
def test_the_example_of_the_contract_is_a_program_that_keeps_it(name):
    _, _, example = load_template(name).text.rpartition("An example, for another question")
    found = check_program("GENERATOR_ANSWER = " + example.partition("GENERATOR_ANSWER = ")[2])
    assert (found.hard_coded, found.fallback, found.interface) == ("no", False, ())
    assert (found.ask_sites, found.unused_asks) == (2, ())


@pytest.mark.parametrize("profile", ["full", "base"])
@pytest.mark.parametrize("name", ["direct", "reask", "cot"])
def test_no_prompt_ends_in_a_list_of_letters_that_can_be_echoed(name, profile):
    one = item(options={letter: f"text {letter}" for letter in "PQRS"})
    *_, last = render(name, one, profile).messages
    assert not re.search(r"P\W+Q\W+R\W+(or |and )?S\b", last.content)


@pytest.mark.parametrize("profile", ["full", "base"])
@pytest.mark.parametrize("name", ["direct", "cot"])
def test_worked_examples_answer_with_each_letter_equally_often(name, profile):
    text = content(render(name, item(), profile))
    examples = re.findall(r"[Aa]nswer(?: is|:) ([A-Z])\b", text)
    assert len(examples) >= 4
    assert len({examples.count(letter) for letter in set(examples)}) == 1
    assert set(examples) >= set("ABCD")


@pytest.mark.parametrize(("name", "profile"), NAMES)
def test_braces_and_dollars_of_an_item_stay_as_they_are(name, profile):
    odd = "{options} {question} {contract@1} {{x}} $x ${x} {0} %s"
    prompt = render(name, item(question=odd, options={"A": odd, "B": "{letters}"}), profile)
    assert content(prompt).count(odd) == 2
    assert "B) {letters}" in content(prompt)


def test_the_full_generator_prompt_tells_the_whole_contract():
    text = content(render("generator", item()))
    for word in (
        "GENERATOR_ANSWER", "DIFFICULTY", "def solve(item, ask)", "read_letter(text, options=None)",
        "ask(prompt, choices=None, max_tokens=None, temperature=None, scores=False)", "reply.scores",
        "reply.finish", "NOT shown the choices", "read_number(text)", "import", "Limits",
        "```python",
    ):  # fmt: skip
        assert word in text


@pytest.mark.parametrize(("name", "profile"), NAMES)
@settings(deadline=None)
@given(
    question=st.text(min_size=1),
    texts=st.lists(st.text(), min_size=2, max_size=26),
    picks=st.tuples(st.integers(0, 25), st.integers(0, 25)),
    context=st.none() | st.text(),
)
def test_gold_changes_no_byte_of_a_prompt(name, profile, question, texts, picks, context):
    options = dict(zip(LETTERS, texts, strict=False))
    first, second = (tuple(options)[pick % len(options)] for pick in picks)
    one = item(question, options, (first,), context)
    prompts = [render(name, one, profile)]
    for gold in ((second,), None, tuple(options)):
        prompts.append(render(name, replace(one, gold=gold), profile))
    assert all(prompt == prompts[0] for prompt in prompts)


@pytest.mark.parametrize(("name", "profile"), NAMES)
def test_id_dataset_meta_and_gold_reach_no_prompt(name, profile):
    sentinel = "zq-sentinel"
    marked = Item(
        sentinel, sentinel, sentinel, "What?", {"A": "1", "B": "2"}, (sentinel,), None,
        {"gold": sentinel, "answer": [sentinel]},
    )  # fmt: skip
    prompt = render(name, marked, profile)
    again = render_reask(marked, prompt.messages, "hm", profile)
    assert sentinel not in repr(prompt)
    assert sentinel not in repr(again)


def test_an_item_without_options_is_an_error():
    with pytest.raises(PromptError, match="no options"):
        render("direct", replace(item(), options={}))


def test_every_bundled_template_loads():
    assert len(available()) >= 6
    for entry in available():
        profile, _, rest = entry.partition("/")
        name, _, version = rest.partition("@")
        assert load_template(name, profile, int(version), fields=None).turns


def test_white_space_around_texts_is_not_shown_and_the_record_keeps_it():
    spaced = item(" What? \n", {"A": "x ", "B": "\u00a0y", "C": "z\u200b"}, context="\tOnce.\n")
    plain = item("What?", {"A": "x", "B": "y", "C": "z"}, context="Once.")
    assert render("direct", spaced) == render("direct", plain)
    assert spaced.options == {"A": "x ", "B": "\u00a0y", "C": "z\u200b"}


@given(st.text(), st.lists(st.text(min_size=1), min_size=2, max_size=4))
def test_no_option_of_a_prompt_stands_out_by_white_space(question, texts):
    view = shown(item(question, dict(zip(LETTERS, texts, strict=False))))
    assert all(text == text.strip() for text in (view.question, *view.options.values()))


@given(st.text().filter(lambda text: text == text.strip() and not set(text) & set("\u200b\ufeff")))
def test_a_text_without_outer_white_space_is_shown_word_for_word(text):
    assert trimmed(text) == text


def test_code_keeps_its_indent():
    code = "\n    if x:\n        y = 1\n    return y\n"
    assert trimmed(code) == "if x:\n    y = 1\nreturn y"
    assert trimmed("def f():\n    return 1") == "def f():\n    return 1"
