"""What a server sends is checked before it is believed: types, ranges, sizes, ends, keys."""

from __future__ import annotations

import gzip
import html
import json
import zlib
from base64 import b64encode
from urllib.parse import quote

import pytest
from endpoint_calls import ask, card_at, completion
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import CallFailed, ContextOverflow, ModelError, RequestError
from cgr_nb.models import open_model
from cgr_nb.records import Sampling

KEY = "sk-proj-0aB/c+d=e-9Zy8"


@pytest.fixture
def endpoint():
    with running_endpoint() as running:
        yield running


@pytest.fixture
def asked(endpoint):
    """Ask a server that sends this, without a second attempt."""

    def ask_once(act, sampling=None, on_text=None, **options):
        endpoint.acts = [act if isinstance(act, Act) else Act(body=act)]
        card = card_at(endpoint.url, **{"retries": 0, **options})
        return ask(card, sampling or Sampling(max_tokens=8), on_text=on_text)

    return ask_once


def with_choice(**fields):
    body = completion()
    body["choices"][0] |= fields
    return body


# --- one strict reader ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "text", "text": "Answer: "}, {"type": "text", "text": "B"}],
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "A?"}]},
            {"type": "text", "text": "Answer: B"},
        ],
        [{"type": "reasoning", "text": "A?"}, {"type": "output_text", "text": "Answer: B"}],
    ],
)
def test_parts_of_text_are_joined_and_thoughts_are_no_part_of_the_answer(asked, parts):
    assert asked(completion(parts)).text == "Answer: B"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"text": "B"},
        42,
        True,
        float("nan"),
        ["B"],
        [42],
        [{"type": "image_url", "image_url": "x"}],
        [{"type": "text", "text": 7}],
        [{"type": ["text"], "text": "B"}],
    ],
)
def test_content_of_another_type_is_an_error_that_says_what_came(asked, content):
    with pytest.raises(CallFailed, match="no usable reply: content") as caught:
        asked(completion(content))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "body",
    [
        with_choice(message=None),
        with_choice(message=[]),
        with_choice(message="Answer: B"),
        with_choice(finish_reason={"stop": 1}),
        {**completion(), "choices": {}},
        {**completion(), "choices": [None]},
        {**completion(), "choices": []},
        {**completion(), "choices": None},
        completion("x", refusal=5),
        [],
        "text",
        "null",
        17,
        b'{"choices": [{"message": {"content": "cut',
        b"[" * 200_000,
        b"\xff\xfe{}",
        b"",
    ],
)
def test_a_body_that_is_no_completion_is_an_error_in_one_line(asked, body):
    with pytest.raises(CallFailed) as caught:
        asked(body)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "count",
    ["many", b"1e400", b"9" * 40, b"9" * 5000, -3, 1.5, True, None, [], {}, float("nan"), 0],
)
def test_a_count_that_can_be_none_is_estimated_and_the_reply_kept(asked, count):
    body = json.dumps(completion("one two three", usage=("COUNT", "COUNT"))).encode()
    odd = count if isinstance(count, bytes) else json.dumps(count).encode()
    reply = asked(body.replace(b'"COUNT"', odd))
    assert (reply.text, reply.prompt_tokens, reply.reply_tokens) == ("one two three", 5, 4)


@pytest.mark.parametrize("usage", [None, [], "many", 3, {}, {"prompt_tokens": {}}])
def test_usage_that_is_none_is_estimated_too(asked, usage):
    assert asked({**completion("one two three"), "usage": usage}).reply_tokens == 4


def test_fields_that_nobody_needs_may_be_anything(asked):
    body = {**completion(), "created": "x", "model": None, "system_fingerprint": [float("nan")]}
    body["choices"][0] |= {"logprobs": None, "index": "0", "content_filter_results": 3}
    assert asked(body).text == "Answer: A"


def test_a_reply_of_thoughts_alone_is_an_empty_reply(asked):
    reply = asked(completion(None, finish="length", usage=(11, 8), reasoning_content="Let me see"))
    assert (reply.text, reply.finish) == ("", "length")


def test_half_a_character_in_a_reply_is_escaped(asked):
    text = json.dumps(completion("half \ud83d of \ud83d\ude00"))
    assert asked(text.encode()).text == "half \ufffd{D83D} of \U0001f600"


# --- only known good ends are replies -------------------------------------------------------


@pytest.mark.parametrize("reason", ["stop", "eos_token", "STOP", "stop_sequence", "end_turn"])
def test_a_good_end_in_the_words_of_any_server_is_one(asked, reason):
    assert asked(completion(finish=reason)).finish == "stop"


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS"])
def test_a_cut_in_the_words_of_any_server_is_one(asked, reason):
    assert asked(completion(finish=reason, usage=(11, 8))).finish == "length"


@pytest.mark.parametrize(
    "reason",
    ["error", "abort", "network_error", "insufficient_system_resource", "load", "", None, 3, "zzz"],
)
def test_another_end_is_tried_again_and_then_an_error_that_names_it(endpoint, asked, reason):
    bad = completion("", finish=reason)
    with pytest.raises(CallFailed, match="finish_reason") as caught:
        asked(bad)
    assert repr(reason) in str(caught.value)
    endpoint.acts = [Act(body=bad), Act("at last")]
    assert ask(card_at(endpoint.url)).text == "at last"


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "sensitive"])
def test_a_filtered_reply_is_a_refusal(asked, reason):
    with pytest.raises(RequestError, match="refused to answer"):
        asked(completion("half of", finish=reason))


@pytest.mark.parametrize("reason", ["tool_calls", "function_call"])
def test_a_tool_call_is_no_answer(asked, reason):
    with pytest.raises(RequestError, match="called a tool"):
        asked(completion(None, finish=reason, tool_calls=[{"id": "x", "type": "function"}]))


# --- what the server said -------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "the words", "code": 502}},
        {"error": {"message": "the words", "code": "502", "type": "x"}},
        {"error": {"message": "Provider returned error", "metadata": {"raw": "the words"}}},
        {"error": "the words"},
        {"error": ["the words"]},
        {"error": {"error": {"message": "the words"}}},
        {"object": "error", "message": "the words", "type": "X", "code": 500},
        {"detail": "the words"},
        {"detail": [{"loc": ["body", "seed"], "msg": "the words", "type": "value_error"}]},
        {"errors": [{"message": "the words"}]},
        [{"error": {"code": 503, "message": "the words", "status": "UNAVAILABLE"}}],
        {**completion(""), "error": {"message": "the words"}},
        with_choice(error={"message": "the words", "code": 502}, finish_reason="error"),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_what_the_server_said_is_told_whatever_its_shape(asked, body, status):
    with pytest.raises(ModelError, match="the words") as caught:
        asked(Act(body=body, status=status))
    assert len(str(caught.value).splitlines()) == 1


def test_a_page_of_a_proxy_is_told_as_its_words(asked):
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
    with pytest.raises(CallFailed, match=r"HTTP 502: 502 Bad Gateway nginx\)"):
        asked(Act(body=page, status=502))


@pytest.mark.parametrize("words", ["slow down", "a\x1b[2Jb\r\nc\u202ed", "\ud83d"])
def test_nothing_that_a_server_says_steers_a_terminal(asked, words):
    with pytest.raises(CallFailed) as caught:
        asked(Act(body={"error": {"message": words}}, status=500))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "the model's context length is only 4096 tokens", ContextOverflow),
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000", ContextOverflow),
        (500, "Context size has been exceeded.", ContextOverflow),
        (
            200,
            "loaded with context length of only 4096 tokens, which is not enough",
            ContextOverflow,
        ),
        (429, "Too many tokens, please wait before trying again", CallFailed),
        (403, "Your input was flagged by moderation", RequestError),
        (402, "Insufficient credits", CallFailed),
        (401, "bad key", CallFailed),
        (400, {"message": "no", "code": "unsupported_parameter"}, CallFailed),
        (400, "far/model is not a valid model ID", CallFailed),
        (400, "", RequestError),
        (307, "elsewhere", CallFailed),
        (404, "no such model", CallFailed),
    ],
)
def test_an_error_is_what_it_means_not_what_its_status_is(asked, status, error, kind):
    with pytest.raises(kind) as caught:
        asked(Act(body={"error": error}, status=status))
    assert type(caught.value) is kind


def test_an_address_that_moved_is_named(asked):
    with pytest.raises(CallFailed, match=r"moved to https://new\.example/v1.*base_url"):
        asked(Act(status=308, headers={"Location": "https://new.example/v1"}))


# --- bounds ---------------------------------------------------------------------------------


def zeros():
    return b"0" * (32 << 20)


def bomb(packed, encoding):
    return Act(body=packed, headers={"Content-Encoding": encoding})


# Made where they are sent: each process collects the tests, and one sends.
@pytest.mark.parametrize(
    "make",
    [
        lambda: Act(body=b'{"x": "', repeat=b"x" * 65_536),
        lambda: Act(repeat=b" " * 4096),
        lambda: Act(body=b" " * (60 << 20)),
        lambda: bomb(gzip.compress(zeros()), "gzip"),
        lambda: bomb(gzip.compress(gzip.compress(zeros())), "gzip, gzip"),
        lambda: bomb(zlib.compress(zeros()), "deflate"),
    ],
    ids=["endless text", "endless space", "60 MB", "gzip bomb", "bomb in a bomb", "deflate bomb"],
)
def test_a_body_without_end_is_given_up_in_time(asked, make):
    act = make()
    with pytest.raises(CallFailed, match=r"a body of more than [\d,]+ bytes"):
        asked(act)


@pytest.mark.parametrize("beat", [b": keep-alive\n\n", b"data: x", b"event: ping\n\n"])
def test_a_stream_without_end_is_given_up_in_time(asked, beat):
    endless = Act(repeat=beat * 1000, headers={"Content-Type": "text/event-stream"})
    with pytest.raises(CallFailed, match=r"(a body|an event) of more than [\d,]+ bytes"):
        asked(endless, on_text=lambda piece: None)


def test_an_error_without_end_is_read_at_its_beginning(asked):
    endless = Act(status=503, body=b"no room " * 20, repeat=b"x" * 4096)
    with pytest.raises(CallFailed, match="HTTP 503: no room"):
        asked(endless)


def test_a_body_that_drips_without_end_is_given_up_after_its_time(endpoint, asked):
    with pytest.raises(CallFailed, match="did not answer in time"):
        asked(Act(repeat=b""), timeout_s=0.3)


def test_far_more_text_than_was_asked_for_is_no_reply(asked):
    with pytest.raises(CallFailed, match=r"more than [0-9,]+ characters for 8 tokens"):
        asked(completion("x" * 200_000))


def test_a_body_that_says_it_is_packed_and_is_not_is_an_error(asked):
    with pytest.raises(CallFailed):
        asked(Act(body=completion(), headers={"Content-Encoding": "gzip"}))


def test_a_packed_reply_is_unpacked(asked):
    packed = gzip.compress(json.dumps(completion("B")).encode())
    assert asked(Act(body=packed, headers={"Content-Encoding": "gzip"})).text == "B"


# --- streams --------------------------------------------------------------------------------


def chunk(delta, finish=None, **more) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"


END = chunk({}, "stop")


@pytest.mark.parametrize(
    "events",
    [
        [
            b": OPENROUTER PROCESSING\n\n",
            chunk({"content": "one "}),
            chunk({"content": "two"}),
            END,
        ],
        [chunk({"role": "assistant", "content": None}), chunk({"content": "one two"}, "stop")],
        [chunk({"content": "one two"}, "", usage=None), END, b"data: [DONE]\n\n"],
        [b'data: {"choices": []}\n\n', chunk({"content": "one two"}), END, b"data: [DONE]"],
        [chunk({"content": [{"type": "text", "text": "one two"}]}), END],
        [chunk({"reasoning_content": "hm"}), chunk({"content": "one two"}), END],
        [
            b"id: 1\r\nevent: message\r\n" + chunk({"content": "one two"}).replace(b"\n", b"\r\n"),
            END,
        ],
        [chunk({"content": "one two"}), END.rstrip()],
        [chunk({"content": "one two"}) + END + b"data: [DONE]\n\ndata: rubbish\n\n"],
        [chunk(None), chunk({"content": "one two"}), END],
    ],
)
def test_a_stream_in_the_manner_of_any_server_is_its_text(asked, events):
    told = []
    reply = asked(Act(events=events), on_text=told.append)
    assert reply.text == "".join(told) == "one two"


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([chunk({"content": "one"})], "ended before the reply did"),
        ([b"data: [DONE]\n\n"], "ended before the reply did"),
        ([chunk({"content": 42})], "content of type int"),
        ([chunk({"content": "x" * 200_000})], "characters for 8 tokens"),
        ([b"data: {cut\n\n"], "cut or damaged"),
        ([chunk({}, "error")], "finish_reason 'error'"),
        ([b'data: {"error": {"message": "died on the way", "code": 502}}\n\n'], "died on the way"),
        ([b'event: error\ndata: {"object": "error", "message": "no room"}\n\n'], "no room"),
        ([b'data: {"choices": {}}\n\n'], "no OpenAI-compatible server"),
        ([b'data: {"choices": [7]}\n\n'], "of type int"),
        ([], "ended before the reply did"),
    ],
)
def test_a_stream_that_goes_wrong_is_an_error_that_says_how(asked, events, words):
    with pytest.raises(CallFailed, match=words):
        asked(Act(events=events), on_text=lambda piece: None)


def test_a_whole_reply_to_who_asked_for_a_stream_is_told_in_one_piece(asked):
    told = []
    assert asked(completion("one two"), on_text=told.append).text == "one two"
    assert told == ["one two"]


def test_a_stream_to_who_asked_for_a_whole_reply_is_read_as_one(asked):
    assert asked(Act(events=[chunk({"content": "B"}), END])).text == "B"


def test_a_character_that_comes_in_halves_is_told_whole(asked):
    told = []
    events = [chunk({"content": "a \ud83d"}), chunk({"content": "\ude00 b"}), END]
    assert asked(Act(events=events), on_text=told.append).text == "a \U0001f600 b"
    assert told == ["a ", "\U0001f600 b"]


# --- keys -----------------------------------------------------------------------------------

ECHOES = {
    "as it is": KEY,
    "of a header": f"{{'authorization': 'Bearer {KEY}'}}",
    "in capitals": KEY.upper(),
    "percent-encoded": quote(KEY, safe=""),
    "percent-encoded, slashes kept": quote(KEY),
    "percent-encoded in lower case": quote(KEY, safe="").replace("%2B", "%2b"),
    "in HTML": html.escape(f"<b>{KEY}</b>"),
    "as JSON": json.dumps({"key": KEY}),
    "in Base64": b64encode(f"Bearer {KEY}".encode()).decode(),
    "in Base64, as a password": b64encode(f":{KEY}".encode()).decode(),
    "its first half": KEY[:12],
    "its second half": KEY[-12:],
    "masked": f"{KEY[:7]}************{KEY[-4:]}",
    "masked with dots": f"{KEY[:6]}...{KEY[-4:]}",
    "before the cut": "x" * 290 + KEY,
    "where the body is cut": "x" * (65_536 - 10) + KEY,
}


def pieces_of_the_key(text):
    """Pieces of five characters that are the key's alone, and not the beginning of all keys."""
    return [KEY[at : at + 5] for at in range(8, len(KEY) - 4) if KEY[at : at + 5] in text]


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_a_server_echoes_is_in_no_error(asked, monkeypatch, echo, status):
    monkeypatch.setenv("MY_KEY", KEY)
    for body in ({"error": {"message": f"bad: {ECHOES[echo]}"}}, f"no good: {ECHOES[echo]}"):
        with pytest.raises(ModelError) as caught:
            asked(Act(body=body, status=status), key_env="MY_KEY")
        said = str(caught.value) + repr(caught.value.__dict__)
        assert not pieces_of_the_key(said)
        assert b64encode(KEY[3:12].encode()).decode()[:8] not in said


@pytest.mark.parametrize("echo", ["as it is", "percent-encoded", "in Base64"])
def test_a_key_that_comes_back_in_a_reply_is_not_recorded(asked, monkeypatch, echo):
    monkeypatch.setenv("MY_KEY", KEY)
    assert not pieces_of_the_key(asked(completion(ECHOES[echo]), key_env="MY_KEY").text)


def test_a_key_that_comes_back_in_pieces_is_not_told(asked, monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    told = []
    events = [chunk({"content": piece}) for piece in ("say ", KEY[:4], KEY[4:9], KEY[9:], " sk")]
    reply = asked(Act(events=[*events, END]), on_text=told.append, key_env="MY_KEY")
    assert reply.text == "".join(told) == "say *** sk"


def test_a_word_that_serves_as_a_key_stays_in_replies(asked, monkeypatch):
    monkeypatch.setenv("MY_KEY", "none")
    assert asked(completion("none of them"), key_env="MY_KEY").text == "none of them"


@pytest.mark.parametrize("key", ["two words", "caf\u00e9-key", "line\nbreak"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_told(endpoint, monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(ModelError, match="MY_KEY holds a key that can't be sent") as caught:
        open_model(card_at(endpoint.url, key_env="MY_KEY"))
    assert key not in str(caught.value)


def test_white_space_around_a_key_is_no_part_of_it(endpoint, asked, monkeypatch):
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")
    asked(completion(), key_env="MY_KEY")
    assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"
