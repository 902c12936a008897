"""Server bodies that nobody thought of: each is a reply that can be recorded, or one clear error.

`--fuzz-seconds 300` goes on for so long; `-s` shows the count.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import random
import time
from collections import Counter
from dataclasses import asdict

from endpoint_calls import ASK, card_at, completion
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import ModelError
from cgr_nb.models import open_model
from cgr_nb.models.completion import StreamedCompletion, read_completion
from cgr_nb.models.endpoint_errors import (
    BrokenReply,
    NotACompletion,
    OddReply,
    ServerError,
    meaning,
)
from cgr_nb.models.error_body import error_of
from cgr_nb.models.redaction import Redaction
from cgr_nb.models.served_models import read_served_models
from cgr_nb.records import ModelCall, Sampling
from cgr_nb.store import Store

KEY = "sk-proj-0aB/c+d=e-9Zy8"
ODD = (
    *(None, True, False, 0, -1, 3, 2**31, 10**40, 1.5, float("nan"), float("inf"), "", " ", "stop"),
    *("error", "abort", "length", "tool_calls", "many", "\ud83d", "\ude00", "\0", "\u202e", KEY),
    *("Answer: A", "x" * 5000, [], {}, [[]], [None], {"": None}, {"type": "text", "text": "B"}),
    *([{"type": "text", "text": "B"}], [{"type": "thinking", "thinking": []}], [1, "a", None]),
    *({"message": "no", "code": 429}, {"message": f"key {KEY}", "code": "500"}, {"message": {}}),
)
BODIES = (
    completion(),
    completion([{"type": "text", "text": "Answer: A"}]),
    completion(None, "tool_calls", tool_calls=[{"id": "x", "function": {"name": "f"}}]),
    completion("x", logprobs=None, reasoning_content="hm", refusal=None),
    {"error": {"message": "no", "type": "server_error", "param": None, "code": None}},
    {"error": "no", "error_type": "overloaded"},
    {"object": "error", "message": "no", "code": 400},
    {"detail": [{"loc": ["body", "seed"], "msg": "no", "type": "value_error"}]},
    [{"error": {"code": 503, "message": "no", "status": "UNAVAILABLE"}}],
)
CHUNKS = (
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"choices": [{"index": 0, "delta": {"content": "Answer: "}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "A"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3}},
)


def places(value, path=()):
    """The path of every value in a JSON value."""
    yield path
    parts = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from places(part, (*path, name))


def with_odd_values(value, draw):
    """The value with some of its parts replaced, left out, added or nested."""
    value = {"whole": copy.deepcopy(value)}
    for _ in range(draw.choice((0, 0, 0, 1, 1, 2, 4))):
        path = draw.choice([path for path in places(value) if len(path) > 1] or [("whole",)])
        holder = value
        for name in path[:-1]:
            holder = holder[name]
        act, odd = draw.randrange(8), copy.deepcopy(draw.choice(ODD))
        if act < 5:
            holder[path[-1]] = odd
        elif act == 5 and isinstance(holder, dict) and holder is not value:
            del holder[path[-1]]
        elif act == 6 and isinstance(holder, dict) and holder is not value:
            holder[draw.choice(("error", "content", "text", "refusal", "usage"))] = odd
        else:
            holder[path[-1]] = [
                copy.deepcopy(holder[path[-1]]) for _ in range(draw.choice((1, 2, 5)))
            ]
    return value["whole"]


def with_odd_bytes(data: bytes, draw) -> bytes:
    """The bytes with some of them cut, changed, doubled or added."""
    for _ in range(draw.choice((0, 0, 0, 1, 3))):
        at = draw.randrange(len(data) + 1)
        act = draw.randrange(5)
        if act == 0:
            data = data[:at]
        elif act == 1:
            data = data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
        elif act == 2:
            data = (
                data[:at]
                + draw.choice((b"\xff", b"\0", b"\\ud800", b'"', b"}", b"\n\n", b"[" * 3000))
                + data[at:]
            )
        elif act == 3:
            data = data[:at] + b"9" * draw.choice((5, 40, 5000)) + data[at:]
        else:
            data = data + data[:at]
    return data


def odd_act(draw) -> Act:
    """One misbehaving reply."""
    status = draw.choice(
        (200,) * 12 + (201, 204, 301, 400, 401, 403, 404, 413, 422, 429, 500, 503, 529)
    )
    if draw.random() < 0.35:
        chunks = [with_odd_values(part, draw) for part in CHUNKS]
        draw.random() < 0.2 and draw.shuffle(chunks)
        events = [b"data: " + dumped(part) + b"\n\n" for part in chunks]
        events.insert(
            draw.randrange(5), draw.choice((b": ping\n\n", b"event: error\n", b"data:\n", b"\r\n"))
        )
        return Act(events=[with_odd_bytes(event, draw) for event in events])
    body = with_odd_bytes(dumped(with_odd_values(draw.choice(BODIES), draw)), draw)
    if draw.random() < 0.1:
        body = b"<html><title>502</title>" + body
    headers = {
        "Content-Type": draw.choice(("application/json", "text/html", "", "text/event-stream"))
    }
    if draw.random() < 0.1:
        headers["Content-Encoding"] = draw.choice(("gzip", "deflate", "br", "gzip, gzip", "x"))
        body = gzip.compress(body) if draw.random() < 0.7 else body
    if draw.random() < 0.1:
        headers["Retry-After"] = draw.choice(("0", "x", "-1", "nan", "3600", "1e999"))
    if draw.random() < 0.1:
        headers["Location"] = draw.choice(("/", "http://[", "x" * 2000))
    return Act(status=status, body=body, headers=headers)


def dumped(value) -> bytes:
    return json.dumps(value).encode()


def read_whole(body: bytes):
    return read_completion(body, 8)


def read_event(body: bytes):
    stream = StreamedCompletion(8)
    stream.take(body)
    return stream.completion()


def test_the_readers_of_bodies_raise_nothing_but_what_they_say(fuzz_seconds):
    draw, counts = random.Random(20260526), Counter()
    until = time.monotonic() + fuzz_seconds
    while time.monotonic() < until:
        body = with_odd_bytes(dumped(with_odd_values(draw.choice((*BODIES, *CHUNKS)), draw)), draw)
        for read in (read_whole, read_event, read_served_models):
            counts["tried"] += 1
            try:
                read(body)
            except (ServerError, BrokenReply, OddReply, NotACompletion) as error:
                meant = meaning(error, "here", Redaction(KEY), None)
                assert KEY not in str(meant), body
                counts[type(error).__name__] += 1
            except BaseException:
                print(body)
                raise
            else:
                counts["read"] += 1
        error_of(body)
    print(dict(counts))
    assert counts["read"]


def test_whatever_a_server_sends_is_a_reply_to_record_or_one_clear_error(
    fuzz_seconds, monkeypatch, tmp_path
):
    monkeypatch.setenv("MY_KEY", KEY)
    draw, counts = random.Random(20260525), Counter()
    until = time.monotonic() + fuzz_seconds
    with running_endpoint() as endpoint, Store.create(tmp_path) as store:

        async def ask_all():
            model = open_model(card_at(endpoint.url, key_env="MY_KEY", retries=1, backoff_s=0))
            while time.monotonic() < until:
                acts = [odd_act(draw) for _ in range(2)]
                endpoint.acts = list(acts)
                on_text = draw.choice((None, lambda piece: None))
                counts["tried"] += 1
                try:
                    reply = await model.reply(ASK, Sampling(max_tokens=8), on_text)
                except ModelError as error:
                    said = str(error)
                    assert said.isprintable(), acts
                    assert KEY not in said, acts
                    counts[type(error).__name__] += 1
                except BaseException:
                    print(acts)
                    raise
                else:
                    assert type(reply.text) is str, acts
                    assert reply.finish in ("stop", "length"), acts
                    for tokens in (reply.prompt_tokens, reply.reply_tokens):
                        assert type(tokens) is int, acts
                        assert 0 <= tokens < 1 << 31, acts
                    json.dumps(asdict(reply), ensure_ascii=False, allow_nan=False).encode("utf-8")
                    assert KEY not in reply.text, acts
                    id = f"call-{counts['tried']}"
                    call = ModelCall(id, "far", tuple(ASK), Sampling(), reply)
                    store.add_call(call)
                    assert store.call(id) == call
                    counts["Reply"] += 1
            await model.close()

        asyncio.run(ask_all())
    print(dict(counts))
    assert counts["Reply"]
    assert counts["CallFailed"]
    assert counts["RequestError"]
