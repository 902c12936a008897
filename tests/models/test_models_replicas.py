"""A model behind several servers: each gets its share, one may go and come back."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
from endpoint_calls import ASK, GREEDY, ask, card_at, completion
from loopback_endpoint import Act, running_endpoint
from replica_calls import ask_many, asking, card_of, is_probe, run, studied, until

from cgr_nb.errors import CallFailed, ModelError
from cgr_nb.models import call_id, check_model, open_model
from cgr_nb.models.replicated import ReplicatedModel
from cgr_nb.records import Sampling


@pytest.fixture
def pair():
    with ExitStack() as stack:
        yield [stack.enter_context(running_endpoint()) for _ in range(2)]


# --- who is asked ---------------------------------------------------------------------------


def test_servers_share_the_work_and_none_gets_more_than_it_may(pair):
    go = Event()
    for one in pair:
        one.choose = lambda asked: Act() if is_probe(asked) else Act(wait=go)

    async def scene(model):
        await model.check_servers()
        tasks = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(7)]
        await until(lambda: [one.at_once for one in pair] == [2, 2])
        full = [(one.in_flight, one.most_in_flight) for one in model.servers]
        go.set()
        await asyncio.gather(*tasks)
        return full, model.servers

    full, after = run(card_of(pair, max_in_flight=2), scene)
    assert full == [(2, 2), (2, 2)]
    assert [one.most_at_once for one in pair] == [2, 2]
    assert sorted(one.calls for one in after) == [3, 4]
    assert {(one.state, one.in_flight, one.failures) for one in after} == {("in use", 0, 0)}


def test_a_server_that_is_busy_gets_less(pair):
    busy, quick = pair
    go = Event()
    busy.choose = lambda asked: Act() if is_probe(asked) else Act(wait=go)

    async def scene(model):
        await model.check_servers()
        first = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(2)]
        await until(lambda: [one.in_flight for one in model.servers] == [1, 0])
        await ask_many(model, 20, at_once=1)
        go.set()
        await asyncio.gather(*first)

    run(card_of(pair, max_in_flight=4), scene)
    assert [len(studied(one)) for one in (busy, quick)] == [1, 21]


def test_a_call_has_the_same_id_whichever_servers_there_are():
    one, two = "http://a:1/v1", "http://b:2/v1"
    cards = [card_at(place) for place in (one, two, [one], [one, two], [two, one], (two, one))]
    assert len({call_id(card, ASK, GREEDY) for card in cards}) == 1


def test_which_server_answered_is_told_with_the_reply(pair):
    replies = run(card_of(pair), lambda model: ask_many(model, 12))
    assert {reply.served.address for reply in replies} == {one.url for one in pair}


def test_a_list_of_one_address_is_one_server_as_ever(pair):
    assert ask(card_of(pair[:1])).served.address == pair[0].url
    assert (pair[0].lists, len(pair[0].bodies)) == (0, 1)


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ([], "needs base_url"),
        (["http://a/v1", "http://a/v1/"], "lists an address twice"),
        (["http://a/v1", 7], "is not an address.*7"),
        (["http://a/v1", "b:80"], "is not an address"),
        (["http://a/v1", "http://me:word@b/v1"], "a password or query"),
        ([f"http://a:{port}/v1" for port in range(1, 300)], "too many"),
        ({"a": "http://a/v1"}, "needs base_url"),
        (7, "needs base_url"),
    ],
)
def test_a_mistake_in_the_addresses_is_one_line(addresses, message):
    with pytest.raises(ModelError, match=message) as caught:
        open_model(card_at(addresses))
    assert len(str(caught.value).splitlines()) == 1
    assert "word" not in str(caught.value).replace("password", "")


# --- one goes down and comes back -----------------------------------------------------------


def test_a_server_that_is_stopped_loses_nothing_and_is_used_again_when_it_is_back(pair):
    steady, stopped = pair
    go = Event()
    stopped.choose = lambda asked: Act() if is_probe(asked) else Act(wait=go)

    async def scene(model):
        await model.check_servers()
        tasks = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(8)]
        await until(lambda: stopped.at_once == 4)
        await asyncio.to_thread(stopped.stop)
        go.set()
        replies = await asyncio.gather(*tasks)
        replies += await ask_many(model, 8)
        down = model.servers[1]
        stopped.choose = None
        await asyncio.to_thread(stopped.start)
        while model.servers[1].state != "in use":
            replies.append(await model.reply(ASK, GREEDY))
        before = len(studied(stopped))
        replies += await ask_many(model, 8)
        return replies, down, len(studied(stopped)) - before

    replies, down, after = run(card_of(pair, max_in_flight=4), scene)
    assert {reply.text for reply in replies} == {"Answer: A"}
    assert {reply.served.address for reply in replies[:16]} == {steady.url}
    assert down.state == "put aside"
    assert "reached, or the connection broke" in down.problem
    assert after > 0


def test_when_all_are_down_a_call_waits_and_goes_on_with_the_first_that_is_back(pair):
    async def scene(model):
        await ask_many(model, 2)
        for one in pair:
            await asyncio.to_thread(one.stop)
        task = asyncio.create_task(model.reply(ASK, GREEDY))
        await until(lambda: {one.state for one in model.servers} == {"put aside"})
        assert not task.done()
        await asyncio.to_thread(pair[1].start)
        return await task

    assert run(card_of(pair, backoff_s=0.01), scene).served.address == pair[1].url


def test_when_all_are_down_and_there_is_no_time_a_call_fails_and_names_each(pair):
    for one in pair:
        one.stop()
    with pytest.raises(CallFailed, match="none of its 2 servers gives a usable reply") as caught:
        ask(card_of(pair, retry_for_s=0))
    assert all(f"{one.url}: the endpoint can't be reached" in str(caught.value) for one in pair)
    assert "check that the server runs" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_does_not_pass_at_any_server_is_not_waited_for(pair):
    for one in pair:
        one.choose = lambda asked: Act(status=401)
    with pytest.raises(CallFailed, match="refuses the key") as caught:
        ask(card_of(pair))
    assert "key_env" in str(caught.value)
    assert [len(one.bodies) for one in pair] == [1, 1]


def test_a_server_is_put_aside_once_however_many_requests_it_drops(pair, caplog):
    _, sick = pair
    go = Event()
    sick.choose = lambda asked: Act() if is_probe(asked) else Act(wait=go, status=500)

    async def scene(model):
        await model.check_servers()
        tasks = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(8)]
        await until(lambda: sick.at_once == 4)
        go.set()
        await asyncio.gather(*tasks)

    run(card_of(pair, max_in_flight=4, backoff_s=60), scene)
    told = [record.message for record in caplog.records if sick.url in record.message]
    assert len(told) == 1
    assert "is put aside, and tried again after" in told[0]
    assert "1 of 2 servers are in use" in told[0]


# --- text as it comes, cancelling, closing, threads -----------------------------------------


@pytest.mark.parametrize("second", ["one two three four", "one other way"])
def test_a_reply_that_breaks_off_is_begun_anew_and_nothing_is_told_twice(pair, second):
    breaks, whole = pair
    breaks.choose = lambda asked: Act() if is_probe(asked) else Act("one two three four", half=True)
    whole.choose = lambda asked: Act() if is_probe(asked) else Act(second)

    async def scene(model):
        await model.check_servers()
        told = []
        replies = []
        while not breaks.bodies or len(studied(breaks)) < 1:
            told.clear()
            replies.append(await model.reply(ASK, Sampling(max_tokens=9), told.append))
        return replies[-1], "".join(told)

    reply, told = run(card_of(pair, backoff_s=60), scene)
    assert reply.text.split() == second.split()
    assert told in (reply.text, "one two ")


def test_a_cancelled_call_ends_at_once_wherever_it_is(pair):
    go = Event()
    for one in pair:
        one.choose = lambda asked: Act() if is_probe(asked) else Act(wait=go)

    async def scene(model):
        await model.check_servers()
        tasks = [asyncio.create_task(model.reply(asking(n), GREEDY)) for n in range(4)]
        await until(lambda: [one.at_once for one in pair] == [1, 1])
        for task in tasks:  # two with a server, two that wait for a place
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return done, model.servers

    try:
        done, states = run(card_of(pair, max_in_flight=1), scene)
    finally:
        go.set()
    assert {type(one) for one in done} == {asyncio.CancelledError}
    assert {(one.in_flight, one.failures) for one in states} == {(0, 0)}


def test_a_model_that_is_closed_answers_nobody_and_keeps_nobody_waiting(pair):
    for one in pair:
        one.stop()

    async def scene(model):
        task = asyncio.create_task(model.reply(ASK, GREEDY))
        await until(lambda: any(one.failures for one in model.servers))
        await model.close()
        with pytest.raises(ModelError, match="the model is closed"):
            await task
        with pytest.raises(ModelError, match="the model is closed"):
            await model.reply(ASK, GREEDY)

    run(card_of(pair, backoff_s=0.01), scene)


def test_several_threads_share_the_places(pair):
    model = ReplicatedModel(card_of(pair, max_in_flight=2), Path())

    def work():
        return asyncio.run(ask_many(model, 10, at_once=5))

    async def threads():
        return await asyncio.gather(*(asyncio.to_thread(work) for _ in range(3)))

    replies = [reply for some in asyncio.run(threads()) for reply in some]
    assert len(replies) == 30
    assert max(one.most_at_once for one in pair) <= 3  # two, and a check
    assert {(one.state, one.in_flight) for one in model.servers} == {("in use", 0)}
    assert sum(one.calls for one in model.servers) == 30


# --- what a check says ----------------------------------------------------------------------


def test_a_check_names_each_server_and_what_it_lacks(pair):
    pair[0].choose = lambda asked: Act("A", usage=(17, 1))
    pair[1].stop()
    found = check_model(card_of(pair))
    assert found.problem is None
    assert [one.address for one in found.servers] == [one.url for one in pair]
    assert found.servers[0].problem is None
    assert "can't be reached" in found.servers[1].problem
    told = " | ".join(found.remarks)
    assert f"server {pair[0].url} ok, one token in" in told
    assert f"server {pair[1].url} can't be used" in told
    assert f"server {pair[0].url}: the server leaves the system turn out" in told
    assert json.loads(json.dumps(found.to_dict()))["servers"][1]["address"] == pair[1].url


def test_a_check_says_in_what_servers_differ(pair):
    states = iter(("b1", "b2"))
    for one in pair:
        body = completion() | {"system_fingerprint": next(states)}
        one.choose = lambda asked, body=body: Act(body=body)
    remarks = check_model(card_of(pair)).remarks
    assert any("differ in their state" in one and "b1 at" in one for one in remarks)


def test_a_check_of_servers_that_are_all_down_is_a_problem(pair):
    for one in pair:
        one.stop()
    found = check_model(card_of(pair))
    assert found.problem.count("can't be reached") == 2
