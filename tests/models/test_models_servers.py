"""llama-server, vLLM, Ollama and LM Studio, each with its own ways, in imitation."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from endpoint_calls import ASK, ask, card_at
from imitation_servers import KINDS, LlamaServer, LmStudio, Ollama, Vllm, running
from loopback_endpoint import Act, running_endpoint

from cgr_nb.errors import CallFailed, ContextOverflow, ModelError, RequestError
from cgr_nb.models import add_endpoint, call_id, check_model, open_model
from cgr_nb.models.choosing import PROBE_SAMPLING
from cgr_nb.records import Message, Sampling

LETTERS = Sampling(max_tokens=8, choices=("Answer: A", "Answer: B"))
each_kind = pytest.mark.parametrize("kind", KINDS)


def brain(turns):
    return "I think it is Answer: B, as B is right."


@pytest.fixture
def serve():
    """Start an imitation; all of them end with the test."""
    started = []

    def start(kind, **options):
        running_one = running(kind(brain, **options))
        started.append(running_one)
        return running_one.__enter__()

    yield start
    for one in started:
        one.__exit__(None, None, None)


def card_of(behind, **options):
    known = {"model": behind.name, "server": behind.server, "retry_for_s": 2}
    return card_at(behind.url, **{**known, **options})


# --- choices --------------------------------------------------------------------------------


@each_kind
def test_each_server_is_held_to_choices_in_a_way_that_it_knows(serve, kind):
    reply = ask(card_of(serve(kind)), LETTERS)
    assert (reply.text, reply.finish) == ("Answer: B", "stop")
    assert reply.served.choosing is not None


@pytest.mark.parametrize("server", ["openai", "vllm"])
@pytest.mark.parametrize("version", [(0, 8), (0, 11), (0, 12), (0, 24)])
def test_a_vllm_of_any_version_is_held_to_choices(serve, version, server):
    vllm = serve(Vllm, version=version)
    assert ask(card_of(vllm, server=server), LETTERS).text == "Answer: B"


@pytest.mark.parametrize(
    ("version", "way"), [((0, 11), "guided_choice"), ((0, 12), "structured_outputs")]
)
def test_the_way_is_found_out_once_and_then_used_and_told(serve, version, way):
    vllm = serve(Vllm, version=version)

    async def several(model):
        replies = await asyncio.gather(*(model.reply(ASK, LETTERS) for _ in range(4)))
        replies.append(await model.reply(ASK, LETTERS))
        await model.close()
        return replies

    replies = asyncio.run(several(open_model(card_of(vllm))))
    assert {reply.served.choosing for reply in replies} == {way}
    asked = [body for body in vllm.bodies if PROBE_SAMPLING.choices[0] not in json.dumps(body)]
    assert len(asked) == 5
    assert all(way in body for body in asked)
    probes = len(vllm.bodies) - len(asked)
    assert probes == ("structured_outputs", "guided_choice").index(way) + 1


def test_a_call_without_choices_asks_nothing_beside_itself(serve):
    vllm = serve(Vllm)
    ask(card_of(vllm))
    assert len(vllm.bodies) == 1


def test_a_way_that_the_card_names_is_used_unasked(serve):
    vllm = serve(Vllm)
    ask(card_of(vllm, choices="json_schema"), LETTERS)
    assert len(vllm.bodies) == 1
    with pytest.raises(CallFailed, match=r"did not hold to the choices.*structured_outputs"):
        ask(card_of(vllm, choices="guided_choice"), LETTERS)


def test_a_server_that_holds_to_choices_in_no_way_gives_a_choice_only_by_itself():
    with running_endpoint() as endpoint:
        endpoint.choose = lambda asked: Act("Answer: B")
        reply = ask(card_at(endpoint.url), LETTERS)
        assert (reply.text, reply.served.choosing) == ("Answer: B", None)
        endpoint.choose = lambda asked: Act("It is B, surely.")
        with pytest.raises(CallFailed, match="did not hold to the choices") as caught:
            ask(card_at(endpoint.url), LETTERS)
    assert not isinstance(caught.value, RequestError)


@pytest.mark.parametrize("status", [400, 422, 500, 501])
def test_a_server_that_refuses_a_field_is_asked_in_the_next_way(status):
    def choose(asked):
        if "response_format" in asked:
            return Act(status=status, body={"error": {"message": "response_format: no"}})
        choices = (asked.get("structured_outputs") or {}).get("choice") or ["free"]
        return Act(choices[0])

    with running_endpoint() as endpoint:
        endpoint.choose = choose
        reply = ask(card_at(endpoint.url), LETTERS)
    assert (reply.text, reply.served.choosing) == ("Answer: A", "structured_outputs")


def test_an_error_in_a_200_about_a_field_is_a_field_that_is_not_taken():
    def choose(asked):
        if "response_format" in asked:
            return Act(body={"error": "response_format is not known"})
        choices = (asked.get("structured_outputs") or {}).get("choice") or ["free"]
        return Act(choices[0])

    with running_endpoint() as endpoint:
        endpoint.choose = choose
        assert ask(card_at(endpoint.url), LETTERS).served.choosing == "structured_outputs"


def test_a_server_that_can_not_be_asked_is_said_and_not_taken_for_one_that_knows_no_way():
    with running_endpoint() as endpoint:
        endpoint.choose = lambda asked: Act(status=401)
        with pytest.raises(CallFailed, match="refuses the key"):
            ask(card_at(endpoint.url), LETTERS)
        assert len(endpoint.bodies) == 1


# --- system turns ---------------------------------------------------------------------------


@each_kind
def test_a_server_without_system_turns_gets_them_before_the_users(serve, kind):
    server = serve(kind, takes_system=False)
    reply = ask(card_of(server))
    folded = [{"role": "user", "content": "Be short.\n\nA or B?"}]
    assert server.bodies[-1]["messages"] == folded == json.loads(reply.prompt_text)
    assert reply.served.folded
    assert len(server.bodies) == 2


def test_what_was_refused_once_is_not_tried_with_every_call(serve):
    server = serve(LlamaServer, takes_system=False)

    async def twice(model):
        replies = [await model.reply(ASK, Sampling(max_tokens=8)) for _ in range(3)]
        await model.close()
        return replies

    assert all(one.served.folded for one in asyncio.run(twice(open_model(card_of(server)))))
    assert [turn["role"] for turn in server.bodies[0]["messages"]] == ["system", "user"]
    assert all(len(body["messages"]) == 1 for body in server.bodies[1:])
    assert len(server.bodies) == 4


@each_kind
def test_a_server_that_takes_system_turns_gets_them(serve, kind):
    server = serve(kind)
    reply = ask(card_of(server))
    assert len(server.bodies[0]["messages"]) == 2
    assert not reply.served.folded


@pytest.mark.parametrize(
    "said",
    [
        "System role not supported",
        "Only user and assistant roles are supported!",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "Only user, assistant and tool roles are supported, got system.",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "invalid role: system",
        "This model does not support system messages.",
    ],
)
@pytest.mark.parametrize("status", [400, 422, 424, 500])
def test_all_words_of_such_a_refusal_are_understood(said, status):
    def choose(asked):
        if any(turn["role"] == "system" for turn in asked["messages"]):
            return Act(status=status, body={"error": {"message": said}})
        return Act("Answer: A")

    with running_endpoint() as endpoint:
        endpoint.choose = choose
        assert ask(card_at(endpoint.url)).served.folded


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("the system is not available", CallFailed),
        (
            "This model's maximum context length is 8 tokens; the system prompt has 9",
            ContextOverflow,
        ),
        ("content_policy_violation: the system message is not allowed", RequestError),
    ],
)
def test_a_refusal_for_another_reason_folds_nothing(said, error):
    with running_endpoint() as endpoint:
        status = 503 if error is CallFailed else 400
        endpoint.choose = lambda asked: Act(status=status, body={"error": {"message": said}})
        with pytest.raises(error):
            ask(card_at(endpoint.url, retries=0))
        assert len(endpoint.bodies) == 1


def test_a_card_may_say_what_becomes_of_a_system_turn(serve):
    server = serve(LlamaServer)
    ask(card_of(server, system_turn="folded"))
    assert len(server.bodies[0]["messages"]) == 1
    stubborn = serve(LlamaServer, takes_system=False)
    with pytest.raises(CallFailed, match=r"refuses the roles.*System role not supported"):
        ask(card_of(stubborn, system_turn="own"))
    assert len(stubborn.bodies) == 1


# --- thoughts -------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts_are_kept_apart_from_the_answer(serve, kind, streamed):
    server = serve(kind, thoughts="Could be A. Rather B.")
    told = []
    reply = ask(card_of(server), Sampling(max_tokens=64), on_text=told.append if streamed else None)
    assert (reply.thoughts, reply.text) == ("Could be A. Rather B.", brain([]))
    assert reply.reply_tokens == len(f"{reply.thoughts} {reply.text}".split())
    assert not reply.is_cut_thought
    assert "".join(told) == (reply.text if streamed else "")


@each_kind
def test_a_reply_that_is_thoughts_alone_is_told_from_an_empty_one(serve, kind):
    cut = ask(card_of(serve(kind, thoughts="one two three four five")), Sampling(max_tokens=3))
    assert (cut.text, cut.finish, cut.is_cut_thought) == ("", "length", True)
    assert cut.thoughts == "one two three"
    server = serve(kind)
    server.brain = lambda turns: ""
    empty = ask(card_of(server))
    assert (empty.text, empty.thoughts, empty.is_cut_thought) == ("", "", False)


@each_kind
def test_thinking_can_be_switched_off_by_a_field_of_the_card(serve, kind):
    server = serve(kind, thoughts="one two three four five")
    off = {"chat_template_kwargs": {"enable_thinking": False}}
    extra = {"reasoning_effort": "none"} if kind is Ollama else off
    reply = ask(card_of(server, extra=extra), Sampling(max_tokens=64))
    assert (reply.thoughts, reply.text) == ("", brain([]))


def test_a_choice_that_thoughts_left_no_room_for_is_no_result(serve):
    server = serve(Vllm, thoughts="hm " * 200)
    with pytest.raises(CallFailed, match=r"used up by thoughts.*enable_thinking"):
        ask(card_of(server, choices="structured_outputs"), LETTERS)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("odd", [5, {"text": "hm"}, ["hm"], True, None])
def test_thoughts_of_another_type_cost_no_answer(odd):
    with running_endpoint() as endpoint:
        message = {"role": "assistant", "content": "Answer: A", "reasoning": odd}
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        endpoint.choose = lambda asked: Act(body=body)
        reply = ask(card_at(endpoint.url))
    assert (reply.text, reply.thoughts) == ("Answer: A", "")


# --- what is told beside a reply ------------------------------------------------------------


@each_kind
def test_a_reply_tells_which_server_gave_it(serve, kind):
    server = serve(kind)
    served = ask(card_of(server)).served
    assert (served.address, served.model) == (server.url, "smollm2")
    told = server.extra().get("system_fingerprint", server.fingerprint)
    assert served.fingerprint == told
    assert served.estimated == ()


@each_kind
def test_counts_that_a_server_does_not_tell_are_marked_as_estimates(serve, kind):
    reply = ask(card_of(serve(kind, counts=False)))
    assert reply.served.estimated == ("prompt_tokens", "reply_tokens")
    assert reply.prompt_tokens > 0


@pytest.mark.parametrize("odd", [7, "x" * 5000, ["b1"], {}, ""])
def test_an_odd_fingerprint_is_none_and_costs_nothing(odd):
    with running_endpoint() as endpoint:
        message = {"role": "assistant", "content": "Answer: A"}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = {"choices": choices, "system_fingerprint": odd, "model": odd}
        endpoint.choose = lambda asked: Act(body=body)
        served = ask(card_at(endpoint.url)).served
    assert (served.fingerprint, served.model) == (None, None)


# --- what a server says that is not well ----------------------------------------------------


@each_kind
def test_a_prompt_that_does_not_fit_is_an_overflow_in_the_servers_words(serve, kind):
    server = serve(kind, n_ctx=40)
    long = [Message("user", "word " * 200)]
    if kind is Ollama:  # cuts it, and says nothing
        assert ask(card_of(server), messages=long).text
        return
    with pytest.raises(ContextOverflow, match=r"40 tokens"):
        ask(card_of(server), messages=long)


@pytest.mark.parametrize("kind", [Vllm, Ollama])
def test_a_model_that_a_server_does_not_know_is_said_in_its_words(serve, kind):
    with pytest.raises(CallFailed, match=r"does not exist|try pulling it first"):
        ask(card_of(serve(kind), model="smollm3"))


def test_a_server_that_is_loading_its_model_is_waited_for(serve):
    assert ask(card_of(serve(LlamaServer, loading=2))).text


def test_an_address_without_v1_is_said_in_the_servers_words(serve):
    server = serve(LmStudio)
    with pytest.raises(CallFailed, match="Unexpected endpoint or method"):
        ask(card_at(server.url.removesuffix("/v1"), model=server.name, retries=0))


def test_a_template_that_refuses_a_conversation_is_not_asked_for_minutes():
    said = "Jinja Exception: unknown filter"
    with running_endpoint() as endpoint:
        endpoint.choose = lambda asked: Act(status=500, body={"error": {"message": said}})
        with pytest.raises(RequestError, match=r"template refuses this conversation.*filter"):
            ask(card_at(endpoint.url))
        assert len(endpoint.bodies) == 1


# --- cards and checks -----------------------------------------------------------------------


@each_kind
def test_a_server_is_added_with_its_kind_and_its_window(serve, kind, tmp_path):
    server = serve(kind, n_ctx=2048)
    options = {"base_url": server.url, "model": server.name}
    card = add_endpoint(tmp_path / "models.toml", "far", ["solver"], options, None)
    assert card.options["server"] == server.server
    assert card.context_tokens == (2048 if kind in (LlamaServer, Vllm) else 4096)
    assert ask(card, LETTERS).text == "Answer: B"


def test_a_name_without_its_tag_is_the_one_that_the_server_lists(serve, tmp_path):
    options = {"base_url": serve(Ollama).url, "model": "smollm2"}
    card = add_endpoint(tmp_path / "models.toml", "far", ["solver"], options, None)
    assert card.options["model"] == "smollm2:latest"


@pytest.mark.parametrize("wanted", ["smolm2", "SmolLM2", "smollm2:135m", "hf/smollm2"])
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(serve, tmp_path, wanted):
    options = {"base_url": serve(LmStudio).url, "model": wanted}
    with pytest.raises(ModelError, match="did you mean 'smollm2'"):
        add_endpoint(tmp_path / "models.toml", None, ["solver"], options, None)
    assert not (tmp_path / "models.toml").exists()


@each_kind
def test_a_check_says_how_a_server_is_held_to_choices(serve, kind):
    found = check_model(card_of(serve(kind)))
    assert found.problem is None
    assert found.system_turn == "own"
    ways = {"llama.cpp": "grammar", "vllm": "structured_outputs"}
    assert found.choices == ways.get(kind.server, "json_schema")


def test_a_check_says_what_a_server_is_not_or_does_not(serve):
    server = serve(Vllm, takes_system=False, counts=False, n_ctx=1024)
    found = check_model(card_of(server, server="openai"))
    assert found.system_turn == "folded"
    told = " | ".join(found.remarks)
    assert "looks like vllm" in told
    assert "the card says a context of 4,096 tokens, the server 1,024" in told
    assert "takes no system turn" in told
    assert "counts are estimates" in told


def test_a_check_finds_out_that_a_server_leaves_system_turns_out():
    with running_endpoint() as endpoint:
        endpoint.choose = lambda asked: Act("A", usage=(17, 1))
        assert "leaves the system turn out" in " ".join(check_model(card_at(endpoint.url)).remarks)


# --- fields of the card's own ---------------------------------------------------------------


def test_extra_fields_and_headers_reach_every_request(serve, monkeypatch):
    monkeypatch.setenv("GATEWAY_KEY", "s3cr3t-gateway-key")
    server = serve(LlamaServer)
    extra = {
        "reasoning_effort": "low",
        "chat_template_kwargs": {"enable_thinking": False},
        "headers": {"X-Tenant": "laboratory", "api-key": "${GATEWAY_KEY}"},
    }
    reply = ask(card_of(server, extra=extra))
    assert server.bodies[0]["reasoning_effort"] == "low"
    assert server.bodies[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert "headers" not in server.bodies[0]
    assert server.headers[0]["x-tenant"] == "laboratory"
    assert server.headers[0]["api-key"] == "s3cr3t-gateway-key"
    assert "s3cr3t" not in repr(reply)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("low", "extra is a table"),
        ({"temperature": 0.5}, "sets something that the study sets.*temperature"),
        ({"messages": []}, "sets something that the study sets"),
        ({"max_tokens": 7}, "sets something that the study sets"),
        ({"guided_choice": ["A"]}, "sets something that the study sets"),
        ({"api_key": "sk-not-told"}, "a registry file must not contain a key"),
        ({"provider": {"api-key": "sk-not-told"}}, "a registry file must not contain a key"),
        ({"headers": {"Authorization": "Bearer sk-not-told"}}, "must not contain a key"),
        ({"headers": {"X-Api-Key": "sk-not-told"}}, r"must not contain a key.*\$\{NAME\}"),
        ({"headers": {"X-A": "one\r\nX-B: two"}}, "one line of ASCII"),
        ({"headers": {"X A": "one"}}, "not a valid header name"),
        ({"headers": {"Host": "elsewhere"}}, "belongs to the connection"),
        ({"headers": ["X"]}, "extra.headers is a table"),
        ({"headers": {"X-A": "${NOT_SET_ANYWHERE}"}}, "NOT_SET_ANYWHERE has no value"),
        ({"top": float("nan")}, "not JSON"),
        ({"much": "x" * 70_000}, "too long"),
    ],
)
def test_a_mistake_in_extra_is_one_line_that_tells_no_secret(extra, message):
    with pytest.raises(ModelError, match=message) as caught:
        open_model(card_at("http://127.0.0.1:9/v1", extra=extra))
    assert len(str(caught.value).splitlines()) == 1
    assert "sk-not-told" not in str(caught.value)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_secret_of_a_header_that_comes_back_is_told_nowhere(monkeypatch, status):
    monkeypatch.setenv("GATEWAY_KEY", "s3cr3t-gateway-key")
    with running_endpoint() as endpoint:
        said = "you sent s3cr3t-gateway-key"
        endpoint.choose = lambda asked: (
            Act(said) if status == 200 else Act(status=status, body={"error": said})
        )
        card = card_at(endpoint.url, extra={"headers": {"api-key": "${GATEWAY_KEY}"}}, retries=0)
        try:
            told = repr(ask(card))
        except ModelError as error:
            told = str(error)
    assert "s3cr3t" not in told
    assert "you sent ***" in told


def test_a_header_from_the_environment_is_no_part_of_identity_and_one_of_the_card_is_a_digest():
    def card(**headers):
        return card_at("http://a/v1", extra={"headers": headers})

    assert card(Key="${A}").identity == card(Other="${B}").identity == card().identity
    assert card(X="one").identity != card(X="two").identity
    kept = card(X="a private word", Key="${A}").on_record
    assert "a private word" not in repr(kept)
    assert kept.options["extra"]["headers"]["Key"] == "${A}"
    assert kept.identity == card(X="a private word").identity
    with pytest.raises(ModelError, match="not on record, only its digest"):
        open_model(kept)


def test_a_call_has_the_same_id_wherever_its_server_stands(serve):
    here, there = card_of(serve(Vllm)), card_of(serve(Vllm))
    assert here.options["base_url"] != there.options["base_url"]
    assert call_id(here, ASK, LETTERS) == call_id(there, ASK, LETTERS)
    assert call_id(replace(here, name="x"), ASK, LETTERS) != call_id(there, ASK, LETTERS)
