"""A budget for thoughts where a server writes them."""

from __future__ import annotations

import pytest
from endpoint_calls import ask, card_at, completion
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import ModelError
from cgr_nb.records import Sampling

EIGHT = Sampling(max_tokens=8)


@pytest.fixture
def served():
    """Bodies for a server -> the reply of a model with a budget, and what was asked."""

    def serve(*bodies, sampling=EIGHT, **options):
        with running_endpoint() as endpoint:
            endpoint.acts = [Act(body=body) for body in bodies]
            reply = ask(card_at(endpoint.url, think_tokens=100, **options), sampling)
            return reply, list(endpoint.bodies)

    return serve


def cut(**message) -> dict:
    told = {"content": "", "reasoning_content": "Is it A? Or", **message}
    return completion(finish="length", usage=(11, 108), **told)


def test_an_answer_in_time_is_one_call_with_room_for_thoughts(served):
    reply, asked = served(completion("B", reasoning_content="Is it A? No."))
    assert (reply.text, reply.thoughts) == ("B", "Is it A? No.")
    assert [body["max_tokens"] for body in asked] == [108]


@pytest.mark.parametrize(
    "told", [{}, {"content": "<think>Is it A? Or", "reasoning_content": None}], ids=["apart", "in"]
)
def test_a_thought_that_is_cut_is_given_back_and_the_answer_asked_for(served, told):
    reply, asked = served(cut(**told), completion("Answer: B", usage=(40, 3)))
    assert reply.text == "Answer: B"
    assert "Is it A? Or" in reply.thoughts
    assert [body["max_tokens"] for body in asked] == [108, 8]
    last = asked[1]["messages"][-1]
    assert last["role"] == "user"
    assert last["content"].startswith("A or B?\n\n")
    assert "Is it A? Or" in last["content"]
    assert (reply.prompt_tokens, reply.reply_tokens) == (11 + 40, 108 + 3)


def test_what_is_cut_twice_stays_a_cut_thought(served):
    reply, asked = served(cut(), cut())
    assert len(asked) == 2
    assert reply.is_cut_thought
    assert reply.thoughts == "Is it A? Or" * 2


def test_a_budget_is_part_of_what_a_served_model_is():
    bound, free = card_at("http://127.0.0.1:1/v1", think_tokens=0), card_at("http://127.0.0.1:1/v1")
    assert bound.identity != free.identity


@pytest.mark.parametrize("budget", [-1, 1.5, "many", True])
def test_a_budget_is_a_whole_number(budget):
    with pytest.raises(ModelError, match="think_tokens is out of range"):
        ask(card_at("http://127.0.0.1:1/v1", think_tokens=budget))
