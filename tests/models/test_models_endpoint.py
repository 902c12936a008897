"""An OpenAI-compatible server that misbehaves, on loopback: what is tried again, what is told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace

import pytest
from endpoint_calls import ASK, GREEDY, ask, card_at
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import CallFailed, ContextOverflow, ModelError, RequestError
from cgr_nb.models import Model, open_model
from cgr_nb.records import Message, ModelCard, Sampling

SECRET = "sk-do-not-tell"


@pytest.fixture
def endpoint():
    with running_endpoint() as running:
        yield running


@pytest.fixture
def card(endpoint):
    def make(**options) -> ModelCard:
        return card_at(endpoint.url, **options)

    return make


def test_a_reply_comes_with_the_servers_own_count(endpoint, card):
    reply = ask(card())
    assert (reply.text, reply.finish) == ("Answer: A", "stop")
    assert (reply.prompt_tokens, reply.reply_tokens) == (11, 3)
    assert reply.duration_s > 0


def test_the_prompt_on_record_is_the_conversation_as_json(card):
    assert json.loads(ask(card()).prompt_text) == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "A or B?"},
    ]


def test_sampling_is_sent_as_it_is(endpoint, card):
    sampling = Sampling(max_tokens=9, temperature=0.5, top_p=0.9, seed=7, stop=("\n", "END"))
    ask(card(), sampling)
    sent = endpoint.bodies[0]
    assert sent["model"] == "m"
    assert (sent["max_tokens"], sent["temperature"], sent["top_p"]) == (9, 0.5, 0.9)
    assert (sent["seed"], sent["stop"]) == (7, ["\n", "END"])
    assert "top_k" not in sent


@pytest.mark.parametrize(("server", "off"), [("llama.cpp", 0), ("vllm", -1)])
def test_a_servers_own_cuts_are_switched_off(endpoint, card, server, off):
    ask(card(server=server))
    ask(card(server=server), Sampling(top_k=5, min_p=0.1))
    assert [(sent["top_k"], sent["min_p"]) for sent in endpoint.bodies] == [(off, 0.0), (5, 0.1)]


@pytest.mark.parametrize("server", ["openai", "ollama"])
@pytest.mark.parametrize("cut", [{"top_k": 5}, {"min_p": 0.1}])
def test_a_cut_that_a_server_does_not_take_is_refused(endpoint, card, server, cut):
    with pytest.raises(RequestError, match=f"does not accept {next(iter(cut))}"):
        ask(card(server=server), Sampling(**cut))
    assert endpoint.bodies == []


def test_fields_that_a_server_refuses_can_be_left_out(endpoint, card):
    ask(card(omit=["seed", "temperature"], max_tokens_field="max_completion_tokens"))
    sent = endpoint.bodies[0]
    assert "seed" not in sent
    assert "temperature" not in sent
    assert sent["max_completion_tokens"] == 8


@pytest.mark.parametrize(
    ("way", "said", "found"),
    [
        (
            "grammar",
            " Paris",
            lambda sent: sent["grammar"] == 'root ::= " "? ("Paris" | "A \\"B\\"")',
        ),
        ("guided_choice", "Paris", lambda sent: sent["guided_choice"] == ["Paris", 'A "B"']),
        (
            "structured_outputs",
            "Paris",
            lambda sent: sent["structured_outputs"]["choice"][1] == 'A "B"',
        ),
        (
            "json_schema",
            '{"choice": "Paris"}',
            lambda sent: sent["response_format"]["type"] == "json_schema",
        ),
    ],
)
def test_choices_are_asked_for_in_the_servers_way(endpoint, card, way, said, found):
    endpoint.acts = [Act(said)]
    told = []
    reply = ask(card(choices=way), Sampling(choices=("Paris", 'A "B"')), on_text=told.append)
    assert (reply.text, reply.finish, told) == ("Paris", "stop", ["Paris"])
    assert found(endpoint.bodies[0])


def test_a_server_that_does_not_hold_to_the_choices_is_found_out(endpoint, card):
    endpoint.choose = lambda asked: Act("I think Paris")
    with pytest.raises(CallFailed, match=r"did not hold to the choices.*I think Paris"):
        ask(card(choices="grammar"), Sampling(choices=("Paris", "Rome")))
    assert len(endpoint.bodies) == 2


def test_a_reply_that_holds_to_the_choices_after_one_that_did_not_is_the_reply(endpoint, card):
    endpoint.acts = [Act("I think Paris"), Act("Paris")]
    reply = ask(card(choices="grammar"), Sampling(choices=("Paris", "Rome")))
    assert reply.text == "Paris"


def test_choices_without_a_way_are_refused(endpoint, card):
    with pytest.raises(RequestError, match="does not support constrained choices"):
        ask(card(choices="none"), Sampling(choices=("A", "B")))
    assert endpoint.bodies == []


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again(endpoint, card, status):
    endpoint.acts = [Act(status=status), Act(status=status), Act("at last")]
    assert ask(card()).text == "at last"
    assert len(endpoint.bodies) == 3


def test_a_server_that_asks_for_patience_gets_it(endpoint, card):
    endpoint.acts = [Act(status=429, headers={"Retry-After": "0.2"})]
    started = time.perf_counter()
    ask(card())
    assert time.perf_counter() - started > 0.2


def test_what_does_not_pass_is_an_error_in_one_line(endpoint, card):
    endpoint.acts = [Act(status=503)] * 3
    with pytest.raises(ModelError, match=r"model 'far' at http.*fails.*HTTP 503") as caught:
        ask(card(retries=2))
    assert len(endpoint.bodies) == 3
    assert len(str(caught.value).splitlines()) == 1
    assert not isinstance(caught.value, RequestError)


def test_used_up_credit_is_not_tried_again(endpoint, card):
    endpoint.acts = [
        Act(status=429, body={"error": {"code": "insufficient_quota", "message": "pay"}})
    ]
    with pytest.raises(ModelError, match="credit is used up"):
        ask(card())
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"code": "context_length_exceeded", "message": "too long"},
        {"type": "exceed_context_size_error", "message": "no"},
        {"message": "This model's maximum context length is 4096 tokens. However, ..."},
    ],
)
def test_a_prompt_that_does_not_fit_is_an_overflow(endpoint, card, error):
    endpoint.acts = [Act(status=400, body={"error": error})]
    with pytest.raises(ContextOverflow):
        ask(card())
    assert len(endpoint.bodies) == 1


def test_a_reply_cut_by_the_window_is_an_overflow_and_no_short_reply(endpoint, card):
    endpoint.acts = [Act(finish="length", usage=(4090, 6))]
    with pytest.raises(ContextOverflow, match="cut at the end of the context window"):
        ask(card())


def test_a_reply_cut_at_its_own_length_is_one(endpoint, card):
    endpoint.acts = [Act(finish="length", usage=(11, 8))]
    assert ask(card()).finish == "length"


@pytest.mark.parametrize(
    "act",
    [
        Act(status=400, body={"error": {"code": "content_policy_violation", "message": "no"}}),
        Act(status=422, body={"error": {"message": "seed is not known"}}),
        Act(finish="content_filter"),
        Act(refusal="I can't help with that"),
    ],
)
def test_a_refusal_is_of_this_request_only(endpoint, card, act):
    endpoint.acts = [act]
    with pytest.raises(RequestError) as caught:
        ask(card())
    assert not isinstance(caught.value, ContextOverflow)
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("body", ["<html>hello</html>", {"hello": 1}])
def test_another_kind_of_server_is_named_as_one(endpoint, card, body):
    endpoint.acts = [Act(body=body)]
    with pytest.raises(ModelError, match=r"no OpenAI-compatible server.*ends in /v1"):
        ask(card())


def test_an_unknown_model_says_what_to_check(endpoint, card):
    endpoint.acts = [Act(status=404, body={"error": {"message": "no model m"}})]
    with pytest.raises(ModelError, match=r"no model m.*check base_url.*model of the card"):
        ask(card())


def test_no_server_at_all_is_an_error_in_one_line(card):
    with running_endpoint() as gone:
        pass
    with pytest.raises(ModelError, match=r"can't be reached.*check that the server runs"):
        ask(card(base_url=gone.url, retries=1))


def test_a_half_answer_is_asked_for_again(endpoint, card):
    endpoint.acts = [Act(half=True), Act("whole")]
    assert ask(card()).text == "whole"


def test_a_slow_answer_is_given_up(endpoint, card):
    over = threading.Event()
    endpoint.acts = [Act(wait=over), Act(wait=over)]
    try:
        with pytest.raises(ModelError, match=r"did not answer in time.*timeout_s"):
            ask(card(timeout_s=0.1, retries=1))
    finally:
        over.set()
    assert len(endpoint.bodies) == 2


def test_a_stream_is_told_piece_by_piece(endpoint, card):
    endpoint.acts = [Act("one two three")]
    told = []
    reply = ask(card(), on_text=told.append)
    assert told == ["one ", "two ", "three "]
    assert reply.text == "one two three "


def test_a_stream_without_a_count_gets_an_estimate(endpoint, card):
    endpoint.acts = [Act("one two three")]
    reply = ask(card(), on_text=lambda piece: None)
    assert (reply.prompt_tokens, reply.reply_tokens) == (5, 4)


def test_a_half_stream_is_an_error_and_no_short_reply(endpoint, card):
    endpoint.acts = [Act("one two three four", half=True)]
    with pytest.raises(ModelError, match="the stream ended before the reply did"):
        ask(card(), on_text=lambda piece: None)
    assert len(endpoint.bodies) == 1


def test_a_cancelled_reply_closes_its_stream_and_leaves_the_model_usable(endpoint, card):
    endpoint.acts = [Act(endless=True), Act("still here")]

    async def run():
        model = open_model(card())
        begun = asyncio.Event()
        task = asyncio.create_task(model.reply(ASK, GREEDY, lambda piece: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(endpoint.left.wait, 5)
        reply = await model.reply(ASK, GREEDY)
        await model.close()
        return reply

    assert asyncio.run(run()).text == "still here"


def test_no_more_than_the_places_are_in_flight_at_once(endpoint, card):
    async def run():
        model = open_model(card(max_in_flight=3))
        replies = await asyncio.gather(*(model.reply(ASK, GREEDY) for _ in range(12)))
        await model.close()
        return replies

    assert len(asyncio.run(run())) == 12
    assert endpoint.most_at_once <= 3


def test_requests_are_spaced_over_the_minute(endpoint, card):
    async def run():
        model = open_model(card(requests_per_minute=1200))
        started = time.perf_counter()
        await asyncio.gather(*(model.reply(ASK, GREEDY) for _ in range(5)))
        took = time.perf_counter() - started
        await model.close()
        return took

    assert asyncio.run(run()) >= 4 * 60 / 1200


def test_a_model_serves_one_event_loop_after_another(endpoint, card):
    model = open_model(card())
    for _ in range(2):
        assert asyncio.run(model.reply(ASK, GREEDY)).text == "Answer: A"
    asyncio.run(model.close())


def test_a_closed_model_says_so(card):
    async def run():
        model = open_model(card())
        await model.close()
        await model.close()
        await model.reply(ASK, GREEDY)

    with pytest.raises(ModelError, match="the model is closed"):
        asyncio.run(run())


def test_a_model_that_is_closed_under_a_reply_says_so(endpoint, card):
    over = threading.Event()
    endpoint.acts = [Act(wait=over)]

    async def run():
        model = open_model(card())
        task = asyncio.create_task(model.reply(ASK, GREEDY))
        while not endpoint.bodies:
            await asyncio.sleep(0)
        await model.close()
        await task

    try:
        with pytest.raises(ModelError, match="the model is closed"):
            asyncio.run(run())
    finally:
        over.set()


def test_half_a_character_in_a_prompt_does_not_stop_the_call(endpoint, card):
    ask(card(), messages=[Message("user", "broken \ud800 text")])
    assert endpoint.bodies[0]["messages"][0]["content"] == "broken \ufffd{D800} text"


# --- keys -----------------------------------------------------------------------------------


def test_a_key_comes_from_the_environment_and_goes_to_the_server_only(
    endpoint, card, monkeypatch, caplog
):
    monkeypatch.setenv("MY_KEY", SECRET)
    caplog.set_level("DEBUG")
    mine = card(key_env="MY_KEY")
    reply = ask(mine)
    assert endpoint.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in repr(mine) + repr(reply) + caplog.text


def test_without_key_env_no_key_of_the_environment_is_sent(endpoint, card, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    ask(card())
    assert SECRET not in json.dumps(endpoint.headers)


def test_a_missing_key_is_said_before_anything_runs(card, monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ModelError, match=r"MY_KEY holds no key.*export MY_KEY"):
        open_model(card(key_env="MY_KEY"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_key_that_a_server_sends_back_is_in_no_error(endpoint, card, monkeypatch, status):
    monkeypatch.setenv("MY_KEY", SECRET)
    endpoint.acts = [Act(status=status, body={"error": {"message": f"bad key {SECRET}"}})]
    with pytest.raises(ModelError) as caught:
        ask(card(key_env="MY_KEY", retries=0))
    assert SECRET not in str(caught.value) + repr(caught.value.__dict__)
    assert caught.value.__suppress_context__


def test_a_refused_key_names_its_variable(endpoint, card, monkeypatch):
    monkeypatch.setenv("MY_KEY", SECRET)
    endpoint.acts = [Act(status=401)]
    with pytest.raises(ModelError, match=r"refuses the key.*MY_KEY"):
        ask(card(key_env="MY_KEY"))
    assert len(endpoint.bodies) == 1


# --- cards ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": SECRET}, "a registry file must not contain a key.*key_env"),
        ({"base_ulr": "x"}, "unknown option 'base_ulr'; did you mean 'base_url'"),
        ({"base_url": None}, "an endpoint needs base_url"),
        ({"base_url": "localhost:8080"}, "base_url is not an address"),
        ({"base_url": "http://me:secret@host/v1"}, "a password or query"),
        ({"base_url": "https://host/v1?key=1"}, "a password or query"),
        ({"server": "llama"}, r"unknown server .*llama\.cpp"),
        ({"choices": "yes"}, "unknown choices"),
        ({"retries": -1}, "retries is out of range"),
        ({"retries": 1.5}, "retries is out of range"),
        ({"timeout_s": True}, "timeout_s is out of range"),
        ({"max_in_flight": 0}, "max_in_flight is out of range"),
        ({"model": 3}, "option model is a text"),
    ],
)
def test_a_mistake_in_a_card_is_one_line_that_names_it(card, options, message):
    with pytest.raises(ModelError, match=message) as caught:
        open_model(card(**options))
    assert SECRET not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_where_a_server_stands_and_how_it_is_reached_is_no_part_of_identity(card):
    here = card(base_url="http://a/v1", key_env="A", timeout_s=3, max_in_flight=2)
    there = card(base_url="https://b:8443/v1", key_env="B", retries=1, requests_per_minute=9)
    assert here.identity == there.identity


def test_what_a_card_says_by_saying_nothing_changes_nothing(card):
    said = card(server="openai", max_tokens_field="max_tokens", omit=[], extra={}, revision=None)
    assert said.identity == card().identity


@pytest.mark.parametrize(
    "options",
    [
        {"model": "other"},
        {"revision": "2026-05"},
        {"server": "vllm"},
        {"choices": "json_schema"},
        {"system_turn": "folded"},
        {"omit": ["seed"]},
        {"extra": {"reasoning_effort": "low"}},
        {"extra": {"chat_template_kwargs": {"enable_thinking": False}}},
        {"extra": {"headers": {"X-Tenant": "lab"}}},
    ],
)
def test_what_changes_a_request_is_part_of_identity(card, options):
    assert card(**options).identity != card().identity
    assert replace(card(**options), name="another").identity != card(**options).identity


def test_an_endpoint_is_a_model_like_any_other(card):
    assert isinstance(open_model(card()), Model)
