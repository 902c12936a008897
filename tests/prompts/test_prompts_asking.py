"""What stands around a program's question: template `ask`, where a profile has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.arms.identity import execution_id
from cgr_nb.arms.requests import ask_request
from cgr_nb.errors import PromptError
from cgr_nb.models import Registry
from cgr_nb.prompts import ask_messages, ask_template
from cgr_nb.records import Ask, Item, Message
from cgr_nb.study import StudyConfig

ITEM = Item("i", "d", "c", "What?", {"A": "1", "B": "2"}, ("A",))
ASK = Ask(0, "Is ice cold?", (), None, None, None, None)
CONFIG = {"name": "s", "items": {"files": ["i.jsonl"]}, "models": {"solvers": ["tiny-solver"]}}


@pytest.fixture
def folder(tmp_path):
    def write(text, version=1, profile="tiny"):
        (tmp_path / profile).mkdir(exist_ok=True)
        (tmp_path / profile / f"ask@{version}.txt").write_text(text)
        return tmp_path

    return write


@pytest.fixture(scope="module")
def card():
    return Registry.load(None).get("tiny-solver")


def study(folder=None):
    told = CONFIG if folder is None else {**CONFIG, "prompts": str(folder)}
    return StudyConfig.from_dict(told)


def test_the_tiny_solver_is_shown_the_programs_words_and_nothing_else(card):
    assert ask_template("tiny") is None
    assert ask_request(study(), card, "p", ASK).messages == (Message("user", "Is ice cold?"),)


@given(st.text(min_size=1))
def test_a_question_is_the_end_of_the_last_turn_word_for_word(question):
    *before, last = ask_messages(question, "full")
    assert (last.role, last.content) == ("user", question)
    assert question == "." or before == list(ask_messages(".", "full")[:-1])


def test_worked_examples_of_replies_are_short_and_of_several_kinds():
    replies = [turn.content for turn in ask_messages("Hm?", "full") if turn.role == "assistant"]
    assert {"yes", "no"} < {reply.lower().rstrip(".") for reply in replies}
    assert any(reply.rstrip(".").isdecimal() for reply in replies)
    assert max(len(reply.split()) for reply in replies) <= 5


def test_a_users_template_stands_around_the_question(folder, card):
    place = folder("[system]\nBe brief.\n[user]\nSay: {prompt}\n")
    assert ask_request(study(place), card, "p", ASK).messages == (
        Message("system", "Be brief."),
        Message("user", "Say: Is ice cold?"),
    )


def test_a_template_of_the_question_alone_is_none_and_changes_no_id(folder, card):
    place = folder("{prompt}\n")
    assert ask_template("tiny", place) is None
    assert execution_id(study(place), ITEM, card, "p") == execution_id(study(), ITEM, card, "p")


def test_another_template_makes_other_runs(folder, card):
    ids = {execution_id(study(), ITEM, card, "p")}
    for version, text in enumerate(("Say: {prompt}", "Tell: {prompt}"), 1):
        ids.add(execution_id(study(folder(text, version)), ITEM, card, "p"))
    assert len(ids) == 3


def test_a_run_without_a_model_behind_it_is_the_same_under_any_template(folder):
    place = folder("Say: {prompt}")
    assert execution_id(study(place), ITEM, "stub", "p") == execution_id(study(), ITEM, "stub", "p")


@pytest.mark.parametrize("text", ["{prompt} {question}", "{options}", "Be brief.", "{gold}"])
def test_a_template_that_asks_for_more_or_less_than_the_question_is_an_error(folder, text):
    with pytest.raises(PromptError):
        ask_messages("Is ice cold?", "tiny", folder(text))
