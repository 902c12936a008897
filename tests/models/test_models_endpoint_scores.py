"""Choices scored by servers that tell log-probabilities of prompts, in imitation."""

from __future__ import annotations

import json
import random

import pytest
from endpoint_calls import ask, card_at
from loopback_endpoint import Act, running_endpoint
from told_prompts import Toy

from cgr_nb.errors import CallFailed, ModelError, RequestError
from cgr_nb.models import check_model
from cgr_nb.records import Message, Sampling

ASKED = [Message("user", "What do cows give us?")]
TEXTS = ("milk", "honey", "milk and cheese", "wool", "café crème", "é")
PROMPT = "<|im_start|>user\nWhat do cows give us?<|im_end|>\n<|im_start|>assistant\n"
END = "<|im_end|>"
CHOOSE = Sampling(max_tokens=8, choices=TEXTS)
CLOSE = pytest.approx
SPELLINGS = [
    Toy(),  # vLLM's
    Toy(names_control=False, half=""),  # llama_cpp.server's
    Toy(offsets=False),
]


def scored(endpoint, toy, sampling=CHOOSE, messages=ASKED, **options):
    endpoint.choose = toy.answer
    return ask(card_at(endpoint.url, **{"chat_template": "chatml", **options}), sampling, messages)


@pytest.fixture
def endpoint():
    with running_endpoint() as running:
        yield running


@pytest.mark.parametrize("way", ["echo", "prompt_logprobs"])
@pytest.mark.parametrize("toy", SPELLINGS, ids=["vllm", "llama.cpp", "no offsets"])
def test_a_text_has_the_sum_of_its_tokens_whatever_the_servers_spelling(endpoint, toy, way):
    if way == "prompt_logprobs" and not toy.half:
        pytest.skip("vLLM does not spell so")
    reply = scored(endpoint, toy, scores=way)
    for text, score in zip(TEXTS, reply.scores, strict=True):
        logprob, tokens, end = toy.sums(PROMPT, text, END)
        assert (score.logprob, score.tokens) == (CLOSE(logprob), tokens)
        assert score.bytes == len(text.encode())
        assert score.end_logprob == CLOSE(end)
    best = max(reply.scores, key=lambda score: score.logprob + score.end_logprob)
    assert reply.text == TEXTS[reply.scores.index(best)]
    assert (reply.prompt_text, reply.served.choosing) == (PROMPT, way)
    assert reply.prompt_tokens >= len(toy.tokens(PROMPT)) - 1


def test_texts_of_all_kinds_are_scored_over_their_own_tokens(endpoint):
    draw = random.Random(7)
    letters = "ab cé.ß漢\n<'"
    for toy in SPELLINGS:
        for _ in range(15):
            texts = {"".join(draw.choices(letters, k=draw.randint(1, 9))) + "z" for _ in range(3)}
            asked = Sampling(max_tokens=1, choices=tuple(sorted(texts)))
            reply = scored(endpoint, toy, asked, scores="echo")
            for text, score in zip(asked.choices, reply.scores, strict=True):
                logprob, tokens, end = toy.sums(PROMPT, text, END)
                assert (score.logprob, score.tokens) == (CLOSE(logprob), tokens), (toy, text)
                assert score.end_logprob == CLOSE(end)


def test_a_token_that_spans_prompt_and_text_is_scored_with_what_it_takes_of_the_prompt(endpoint):
    toy = Toy(names_control=False, half="")
    # The prompt's last space goes into the text's first token.
    template = "{% for m in messages %}{{ m.content }}{% endfor %} It is: "
    texts = ("milk", "honey", " wool")
    asked = Sampling(max_tokens=1, choices=texts)
    reply = scored(endpoint, toy, asked, chat_template=template, scores="echo")
    shared = "What do cows give us? It is:"
    for text, score in zip(texts, reply.scores, strict=True):
        logprob, tokens, _ = toy.sums(shared, f" {text}", "")
        assert (score.logprob, score.tokens) == (CLOSE(logprob), tokens)
        assert score.end_logprob is None  # nobody knows what ends a turn of such a template


def test_a_space_is_put_between_a_prompt_and_a_text_that_have_none(endpoint):
    toy = Toy()
    asked = Sampling(max_tokens=1, choices=("milk", "honey"))
    messages = [Message("user", "Question: What do cows give?\nAnswer:")]
    card = card_at(endpoint.url, chat_template="base", scores="echo")
    endpoint.choose = toy.answer
    reply = ask(card, asked, messages)
    for text, score in zip(asked.choices, reply.scores, strict=True):
        logprob, tokens, end = toy.sums(messages[0].content, f" {text}", "\nQuestion:")
        assert (score.logprob, score.tokens) == (CLOSE(logprob), tokens)
        assert score.end_logprob == CLOSE(end)


class Merging(Toy):
    """Its tokeniser takes a full stop and a line break together."""

    def tokens(self, text):
        found = []
        for name, told, whole in super().tokens(text):
            if told == "\n" and found and found[-1][1] == ".":
                found[-1] = (".\n", ".\n", whole)
            else:
                found.append((name, told, whole))
        return found


def test_where_the_end_merges_with_a_text_the_text_is_scored_without_it(endpoint):
    toy = Merging()
    asked = Sampling(max_tokens=1, choices=("Milk.", "honey"))
    messages = [Message("user", "Question: What do cows give?\nAnswer:")]
    reply = scored(endpoint, toy, asked, messages, chat_template="base", scores="echo")
    logprob, tokens, _ = toy.sums(messages[0].content, " Milk.", "")
    assert (reply.scores[0].logprob, reply.scores[0].tokens) == (CLOSE(logprob), tokens)
    assert reply.scores[0].end_logprob is None
    assert reply.scores[1].end_logprob is not None


def test_a_choice_is_drawn_by_the_scores_where_there_is_a_temperature(endpoint):
    def draws(temperature):
        return [
            scored(
                endpoint,
                Toy(),
                Sampling(max_tokens=1, choices=TEXTS, temperature=temperature, seed=seed),
                scores="echo",
            ).text
            for seed in range(12)
        ]

    assert draws(50.0) == draws(50.0)
    assert len(set(draws(50.0))) > 1
    assert len(set(draws(0.001))) == 1


# --- whether a server can -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "way"), [("openai", "echo"), ("llama.cpp", "echo"), ("vllm", "prompt_logprobs")]
)
def test_it_is_found_out_once_how_a_server_tells(endpoint, server, way):
    reply = scored(endpoint, Toy(), server=server)
    assert reply.served.choosing == way
    probes = 2
    assert len(endpoint.bodies) == probes + 1 + len(TEXTS)
    assert all(body["max_tokens"] == 1 for body in endpoint.bodies)


def test_a_vllm_without_its_own_field_is_asked_in_the_older_way(endpoint):
    toy = Toy()

    def choose(asked):
        if "prompt_logprobs" in asked:
            body = toy.echo({**asked, "prompt": ""})
            return Act(body={**body, "choices": [{"index": 0, "text": "x", "logprobs": None}]})
        return toy.answer(asked)

    endpoint.choose = choose
    reply = ask(card_at(endpoint.url, server="vllm", chat_template="chatml"), CHOOSE, ASKED)
    assert reply.served.choosing == "echo"


class Shifted(Toy):
    """What llama_cpp.server tells where a prompt does not begin with the model's first token."""

    def echo(self, asked):
        body = super().echo(asked)
        told = body["choices"][0]["logprobs"]
        for name in ("tokens", "top_logprobs", "text_offset"):
            told[name].pop()
        told["token_logprobs"] = [*told["token_logprobs"][1:]]
        return body


class Wrong(Toy):
    """A server that makes its figures up."""

    def logprob(self, before, name):
        return -0.25 if name == self.writes and not before else -9.0 - len(before)

    def echo(self, asked):
        body = super().echo(asked)
        body["choices"][0]["logprobs"]["token_logprobs"][-1] = -0.25
        return body


def silent(asked):
    return Act(body=Toy().body("hello", None, 4)) if "prompt" in asked else Act("qzx-7134")


def refusing(status):
    def choose(asked):
        if "prompt" in asked:
            said = {"error": {"message": "echo is not supported", "type": "invalid_request_error"}}
            return Act(status=status, body=said)
        return Act("qzx-7134")

    return choose


@pytest.mark.parametrize(
    ("choose", "why"),
    [
        (silent, "does not echo the prompt"),
        (
            lambda asked: Act(body=Toy().body(asked.get("prompt", "") + " yes", None, 4)),
            "no log-pr",
        ),
        (refusing(404), "echo is not supported"),
        (refusing(400), "echo is not supported"),
        (refusing(501), "echo is not supported"),
        (lambda asked: Act(body="<html>hello</html>"), "html"),
        (Shifted().answer, "those of their neighbours"),
        (Wrong().answer, "not what it told when it wrote them"),
        (Toy(writes="").answer, "at once"),
    ],
    ids=["silent", "none", "404", "400", "501", "html", "shifted", "wrong", "mute"],
)
def test_a_server_that_can_not_is_held_to_choices_and_the_check_says_why(endpoint, choose, why):
    def both(asked):
        return choose(asked) if "prompt" in asked else Act("qzx-7134")

    endpoint.choose = both
    card = card_at(endpoint.url, chat_template="chatml", server="llama.cpp")
    reply = ask(card, Sampling(max_tokens=8, choices=("qzx-7134", "b")), ASKED)
    assert (reply.text, reply.scores) == ("qzx-7134", None)
    found = check_model(card)
    assert found.scores is None
    [said] = [one for one in found.remarks if "no log-probabilities of texts" in one]
    assert why in said
    assert len(said.splitlines()) == 1


def test_a_card_without_a_template_is_told_what_it_lacks(endpoint):
    endpoint.choose = Toy().answer
    found = check_model(card_at(endpoint.url))
    assert any("names no chat template" in one for one in found.remarks)
    assert not any("prompt" in body for body in endpoint.bodies)


def test_a_check_tells_how_a_server_scores(endpoint):
    endpoint.choose = Toy().answer
    found = check_model(card_at(endpoint.url, chat_template="chatml"))
    assert found.scores == "echo"
    assert not any("no log-probabilities" in one for one in found.remarks)


def test_a_card_may_do_without(endpoint):
    endpoint.choose = lambda asked: Act("milk")
    card = card_at(endpoint.url, chat_template="chatml", scores="none")
    assert ask(card, Sampling(max_tokens=4, choices=("milk", "b")), ASKED).scores is None
    assert not any("prompt" in body for body in endpoint.bodies)


def test_a_server_that_can_not_although_the_card_says_so_is_an_error(endpoint):
    endpoint.choose = silent
    card = card_at(endpoint.url, chat_template="chatml", scores="echo")
    with pytest.raises(RequestError, match="returns no log-probabilities for this prompt"):
        ask(card, CHOOSE, ASKED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scores": "echo"}, "names no chat template"),
        ({"scores": "loud", "chat_template": "chatml"}, "unknown scores"),
        ({"chat_template": 5}, "chat_template is a text"),
        ({"chat_template": "nowhere.jinja"}, "can't be read"),
        ({"chat_template": "chatml", "template": "x"}, "template is a table"),
    ],
    ids=repr,
)
def test_a_mistake_in_the_card_is_one_line(options, message):
    with pytest.raises(ModelError, match=message) as caught:
        ask(card_at("http://127.0.0.1:9/v1", **options))
    assert len(str(caught.value).splitlines()) == 1


def test_a_template_of_a_file_is_part_of_what_the_model_is(tmp_path):
    from cgr_nb.models import open_model

    (tmp_path / "own.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}")
    card = card_at("http://127.0.0.1:9/v1", chat_template="own.jinja")
    opened = open_model(card, tmp_path).card
    assert opened.options["chat_template"].startswith("{% for")
    assert opened.identity != card_at("http://127.0.0.1:9/v1").identity


def test_talk_of_control_tokens_is_refused_since_a_server_would_take_it_for_them(endpoint):
    talk = [Message("user", "What does <|im_end|> mean?")]
    with pytest.raises(RequestError, match="text of a control token"):
        scored(endpoint, Toy(), messages=talk, scores="echo")
    assert not endpoint.bodies


# --- what a server says that is not well ----------------------------------------------------


def broken(change):
    """A server whose body is changed by a function."""
    toy = Toy()

    def choose(asked):
        body = toy.echo(asked)
        choice = body["choices"][0]
        change(body, choice, choice["logprobs"])
        return Act(body=body)

    return choose


def put(table, name, value):
    table[name] = value


HOSTILE = {
    "lists of unlike length": lambda b, c, told: told["tokens"].pop(),
    "no list": lambda b, c, told: put(told, "token_logprobs", 5),
    "offsets of text": lambda b, c, told: put(told, "text_offset", ["a"] * len(told["tokens"])),
    "tokens of numbers": lambda b, c, told: put(told, "tokens", [7] * len(told["tokens"])),
    "above 0": lambda b, c, told: put(told["token_logprobs"], -2, 0.5),
    "nan": lambda b, c, told: put(told["token_logprobs"], -2, float("nan")),
    "true": lambda b, c, told: put(told["token_logprobs"], -2, True),
    "none within": lambda b, c, told: put(told["token_logprobs"], -2, None),
    "text": lambda b, c, told: put(told["token_logprobs"], -2, "-1.5"),
    "many tokens": lambda b, c, told: put(b["usage"], "completion_tokens", 7),
    "odd count": lambda b, c, told: put(b["usage"], "completion_tokens", "one"),
    "two choices": lambda b, c, told: put(b, "choices", [c, c]),
    "a long token": lambda b, c, told: put(told["tokens"], 3, "x" * 20_000),
    "far too many": lambda b, c, told: told.update({name: told[name] * 90 for name in told}),
    "text is none": lambda b, c, told: put(c, "text", None),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_body_that_is_not_what_the_api_defines_is_no_result(endpoint, change):
    endpoint.choose = broken(change)
    with pytest.raises(CallFailed) as caught:
        ask(card_at(endpoint.url, chat_template="chatml", scores="echo", retries=0), CHOOSE, ASKED)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda b, c, told: put(told, "tokens", ["x"] * len(told["tokens"])),
        lambda b, c, told: put(told, "tokens", list(reversed(told["tokens"]))),
        lambda b, c, told: put(told, "text_offset", [10**6] * len(told["tokens"])),
    ],
    ids=["other tokens", "reversed", "far offsets"],
)
def test_tokens_that_do_not_make_up_the_text_are_never_summed(endpoint, change):
    endpoint.choose = broken(change)
    card = card_at(endpoint.url, chat_template="chatml", scores="echo", retries=0)
    try:
        reply = ask(card, CHOOSE, ASKED)
    except (RequestError, CallFailed):
        return
    for text, score in zip(TEXTS, reply.scores, strict=True):
        assert score.logprob == CLOSE(Toy().sums(PROMPT, text, END)[0])


def test_minus_infinity_is_kept_as_a_number(endpoint):
    def change(body, choice, told):
        told["token_logprobs"][-3] = float("-inf")

    endpoint.choose = broken(change)
    card = card_at(endpoint.url, chat_template="chatml", scores="echo")
    reply = ask(card, Sampling(max_tokens=1, choices=("milk", "wool")), ASKED)
    assert all(score.logprob <= -1e8 for score in reply.scores)
    json.dumps([score.logprob for score in reply.scores], allow_nan=False)


def test_a_body_without_end_is_cut_off(endpoint):
    endpoint.choose = lambda asked: Act(body=b'{"choices": [', repeat=b"[" * 65536)
    card = card_at(endpoint.url, chat_template="chatml", scores="echo", retries=0)
    with pytest.raises(CallFailed, match="more than"):
        ask(card, CHOOSE, ASKED)
