"""A model one of whose servers means harm, or is slow: it can't stop the others, nor be believed."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import ExitStack, suppress
from threading import Event

import pytest
from endpoint_calls import ASK, GREEDY, ask, completion
from loopback_endpoint import Act, running_endpoint
from replica_calls import ask_many, asking, card_of, is_probe, run, studied, until

from cgr_nb.errors import CallFailed, ContextOverflow, ModelError, RequestError
from cgr_nb.records import Sampling

REFUSED = {"error": {"message": "This model's maximum context length is 8 tokens"}}
OTHER = {"object": "list", "data": [{"id": "other", "object": "model"}]}
LETTERS = Sampling(max_tokens=8, choices=("Answer: A", "Answer: B"))


@pytest.fixture
def pair():
    with ExitStack() as stack:
        yield [stack.enter_context(running_endpoint()) for _ in range(2)]


HOSTILE_LISTS = {
    "another model": (Act(body=OTHER), "does not name 'm' among its models .got other."),
    "no model": (Act(body={"data": []}), "does not name 'm'"),
    "a page": (Act(body="<html>welcome</html>"), "no OpenAI-compatible server"),
    "bytes": (Act(body=b"\x00\xff" * 99), "no OpenAI-compatible server"),
    "deep": (Act(body=b"[" * 100_000), "no usable reply"),
    "nothing": (Act(status=404), "knows no such model or address"),
    "moved": (Act(status=307, headers={"Location": "http://10.0.0.1/"}), "somewhere else"),
    "endless": (Act(body=b'{"data": "', repeat=b"x" * 65_536), "more than 4,194,304 bytes"),
    "small window": (
        Act(body={"data": [{"id": "m", "max_model_len": 512}]}),
        "smaller than its card says .got 512 of 4,096 tokens.",
    ),
}
HOSTILE_REPLIES = {
    "another model": (Act(body=completion() | {"model": "other"}), "another model answered"),
    "a page": (Act(body="<html>welcome</html>"), "no OpenAI-compatible server"),
    "no text": (Act(body=completion(42)), "no usable reply"),
    "half": (Act(half=True), "connection broke|no usable reply"),
    "endless": (Act(body=b'{"choices": "', repeat=b"x" * 65_536), "bytes"),
    "endless stream": (Act(events=[b": on\n\n"] * 9, repeat=b": on\n\n" * 9_999), "bytes"),
    "an error": (Act(status=500), "HTTP 500"),
    "a key": (Act(status=401), "refuses the key"),
    "much patience": (Act(status=429, headers={"Retry-After": "1e9"}), "HTTP 429"),
}


@pytest.mark.parametrize("kind", HOSTILE_LISTS)
def test_a_server_that_does_not_have_the_model_is_asked_nothing(pair, kind, caplog):
    good, bad = pair
    bad.listed, problem = HOSTILE_LISTS[kind]

    async def scene(model):
        replies = await ask_many(model, 12)
        await model.check_servers()
        return replies, model.servers

    replies, (_, state) = run(card_of(pair), scene)
    assert {reply.served.address for reply in replies} == {good.url}
    assert bad.bodies == []
    assert (state.state, state.calls) == ("put aside", 0)
    told = [record.message for record in caplog.records if bad.url in record.message]
    assert f"server {bad.url} is put aside" in told[0]
    assert len(told[0].splitlines()) == 1
    assert re.search(problem, state.problem)


@pytest.mark.parametrize("kind", HOSTILE_REPLIES)
@pytest.mark.parametrize("from_when", ["the first", "the fourth"])
def test_what_a_server_says_that_is_no_reply_is_asked_of_the_other(pair, kind, from_when):
    _, bad = pair
    act, problem = HOSTILE_REPLIES[kind]
    first = 0 if from_when == "the first" else 4
    bad.choose = lambda asked: act if len(bad.bodies) > first else Act()

    async def scene(model):
        await model.check_servers()
        replies = await ask_many(model, 24)
        return replies, model.servers[1]

    replies, state = run(card_of(pair, backoff_s=60), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}
    assert [json.loads(one.prompt_text)[0]["content"] for one in replies] == [
        asking(number)[0].content for number in range(24)
    ]
    assert state.state == "put aside"
    assert re.search(problem, state.problem)
    assert len(bad.bodies) <= first + 4


@pytest.mark.parametrize("owner", ["library", "organization_owner"])
def test_another_one_of_its_many_models_is_not_believed(pair, owner):
    good, bad = pair
    bad.listed = Act(body={"data": [{"id": name, "owned_by": owner} for name in ("m", "other")]})
    bad.choose = lambda asked: Act(body=completion("poison") | {"model": "other"})

    async def scene(model):
        await model.check_servers()
        return await ask_many(model, 12), model.servers[1]

    replies, state = run(card_of(pair, backoff_s=60), scene)
    assert {reply.served.address for reply in replies} == {good.url}
    assert "another model answered" in state.problem


@pytest.mark.parametrize("where", ["its list", "each reply", "replies but the first"])
def test_a_server_that_hangs_holds_nobody_up(pair, where):
    good, bad = pair
    go = Event()
    if where == "its list":
        bad.listed = Act(wait=go)
    else:
        least = 1 if where == "each reply" else 2
        bad.choose = lambda asked: Act(wait=go) if len(bad.bodies) >= least else Act()

    async def scene(model):
        replies = await ask_many(model, 24)
        await until(lambda: model.servers[1].state == "put aside")
        return replies, model.servers[1]

    try:
        replies, state = run(card_of(pair, timeout_s=1, backoff_s=4, max_in_flight=3), scene)
    finally:
        go.set()
    assert {reply.served.address for reply in replies} == {good.url}
    assert "did not answer in time" in state.problem
    assert len(bad.bodies) <= 6


def test_a_server_that_came_back_with_another_model_is_not_believed(pair):
    _, changed = pair

    async def scene(model):
        await ask_many(model, 8)
        await model.check_servers()
        await asyncio.to_thread(changed.stop)
        changed.listed = Act(body=OTHER)
        changed.choose = lambda asked: Act("poison")
        await asyncio.to_thread(changed.start)
        changed.acts = [Act(status=503)]
        replies = await ask_many(model, 24)
        aside = model.servers[1]
        changed.listed = changed.choose = None
        while model.servers[1].state != "in use":
            replies.append(await model.reply(ASK, GREEDY))
        return replies, aside

    replies, aside = run(card_of(pair), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}
    assert "does not name 'm'" in aside.problem


def test_a_server_that_was_exchanged_unseen_is_found_out_by_its_state(pair):
    _, changed = pair
    changed.choose = lambda asked: Act(body=completion() | {"system_fingerprint": "b1"})

    async def scene(model):
        await model.check_servers()
        await ask_many(model, 8)
        changed.listed = Act(body=OTHER)
        changed.choose = lambda asked: Act(body=completion("poison") | {"system_fingerprint": "b2"})
        return await ask_many(model, 8)

    replies = run(card_of(pair), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}


def test_each_time_a_server_fails_it_is_left_alone_longer_up_to_a_bound(pair):
    async def scene(model):
        replica = model.replicas[0]
        return [replica.put_aside(ModelError("no")) for _ in range(2000)]

    pauses = run(card_of(pair, backoff_s=0.5), scene)
    for number, pause in enumerate(pauses):
        longest = min(0.5 * 2**number, 60) if number < 100 else 60
        assert longest / 2 <= pause <= longest


def test_a_server_that_fails_again_gets_one_request_at_a_time_until_it_answers(pair):
    steady, shaky = pair
    go = Event()
    fails = [True]

    def choose(asked):
        if is_probe(asked):
            return Act()
        return Act(status=500) if fails else Act(wait=go)

    shaky.choose = choose

    async def scene(model):
        await model.check_servers()
        while model.servers[1].state == "in use":
            await model.reply(ASK, GREEDY)
        fails.clear()
        steady.choose = lambda asked: Act(wait=go)
        tasks = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(12)]
        # A check of the server is one request too: calls are counted where none is under way.
        await until(lambda: (steady.at_once, model.servers[1].in_flight) == (4, 1))
        await until(lambda: (steady.at_once, shaky.at_once) == (4, 1))
        held = model.servers[1].in_flight
        go.set()
        await asyncio.gather(*tasks)
        return held

    assert run(card_of(pair, max_in_flight=4), scene) == 1


# --- refusals -------------------------------------------------------------------------------


def refuse(endpoint):
    endpoint.choose = lambda asked: Act() if is_probe(asked) else Act(status=400, body=REFUSED)


def test_what_one_server_refuses_and_another_answers_is_answered(pair):
    refuse(pair[1])

    async def scene(model):
        await model.check_servers()
        return await ask_many(model, 12), model.servers[1]

    replies, state = run(card_of(pair, backoff_s=60), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}
    assert state.state == "put aside"
    assert f"gave no reply to what {pair[0].url} answered" in state.problem


def test_what_two_servers_refuse_is_refused(pair):
    for one in pair:
        refuse(one)

    async def scene(model):
        await model.check_servers()
        with pytest.raises(ContextOverflow, match="maximum context length"):
            await model.reply(ASK, GREEDY)
        return model.servers

    states = run(card_of(pair), scene)
    assert [one.state for one in states] == ["in use", "in use"]
    assert [len(studied(one)) for one in pair] == [1, 1]


def test_the_only_server_there_is_may_refuse_once_it_has_answered_but_not_after_it_was_wrong(pair):
    good, other = pair

    async def scene(model):
        await model.check_servers()
        await ask_many(model, 4)
        refuse(other)
        await asyncio.to_thread(good.stop)
        with pytest.raises(RequestError, match="maximum context length"):
            await model.reply(ASK, GREEDY)
        await asyncio.to_thread(good.start)
        while model.servers[1].state == "in use":
            with suppress(RequestError):
                await model.reply(ASK, GREEDY)
        await asyncio.to_thread(good.stop)
        with pytest.raises(CallFailed, match="do not fit"):
            await model.reply(ASK, GREEDY)

    run(card_of(pair, retries=3), scene)


def test_a_server_that_has_answered_nothing_yet_can_not_refuse_alone(pair):
    away, refusing = pair
    away.listed = Act(status=503)
    refuse(refusing)
    with pytest.raises(CallFailed, match="do not fit"):
        ask(card_of(pair, retries=2))
    away.listed = None
    assert ask(card_of(pair)).text == "Answer: A"


def test_a_reply_that_is_none_of_the_choices_is_asked_of_the_other(pair):
    pair[1].choose = lambda asked: Act("I would rather not.")

    async def scene(model):
        await model.check_servers()
        return [await model.reply(asking(n), LETTERS) for n in range(6)]

    replies = run(card_of(pair, choices="grammar"), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}
    for one in pair:
        one.choose = lambda asked: Act("I would rather not.")
    with pytest.raises(CallFailed, match="did not hold to the choices"):
        ask(card_of(pair, choices="grammar"), LETTERS)


def test_a_reply_that_is_none_of_the_choices_is_not_asked_for_until_the_other_is_back(pair):
    free, away = pair
    free.choose = lambda asked: Act("I would rather not.")
    away.stop()
    with pytest.raises(CallFailed, match="did not hold to the choices"):
        ask(card_of(pair, choices="grammar"), LETTERS)
    assert len(studied(free)) == 2
