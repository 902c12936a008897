"""Scripted and replaying models, and what makes two calls the same call."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.errors import ContextOverflow, ModelError, ReplayMiss
from cgr_nb.models import (
    Model,
    ReplayModel,
    ScriptedModel,
    call_id,
    open_model,
    read_calls,
    write_calls,
)
from cgr_nb.models.sampling import ReplyText
from cgr_nb.models.scripted import Rules
from cgr_nb.records import Message, ModelCall, ModelCard, Sampling


def card(**changes):
    fields = {
        "name": "m", "roles": ("solver",), "backend": "scripted", "family": "f",
        "parameters": None, "quantisation": "none", "context_tokens": 100, "licence": "l",
        "source": "s", "sha256": None,
    }  # fmt: skip
    return ModelCard(**(fields | changes))


def user(text):
    return [Message("user", text)]


def ask(model, text="q", on_text=None, **sampling):
    return asyncio.run(model.reply(user(text), Sampling(**sampling), on_text))


def test_a_sequence_is_said_in_order_and_then_ends():
    model = ScriptedModel(["one", "two"])
    assert [ask(model).text, ask(model).text] == ["one", "two"]
    with pytest.raises(ModelError, match="after all 2 replies"):
        ask(model)


def test_a_mapping_answers_by_the_last_user_turn():
    model = ScriptedModel({"What is 9 times 3?": "27"})
    assert ask(model, "What is 9 times 3?").text == "27"
    with pytest.raises(ModelError, match="nearest that has one is 'What is 9 times 3"):
        ask(model, "What is 9 times 4?")


def test_a_function_sees_messages_and_sampling():
    model = ScriptedModel(lambda messages, how: f"{messages[-1].content} {how.seed}")
    assert ask(model, "hi", seed=7).text == "hi 7"


def test_rules_answer_with_what_they_matched():
    model = ScriptedModel(Rules([(r"is (\d+) plus", r"\1!")], default="?"))
    assert [ask(model, "What is 12 plus 3?").text, ask(model, "Who?").text] == ["12!", "?"]


@pytest.mark.parametrize("reply", [r"re.findall('\d+', text)", r"\2", r"\g<name>"])
def test_a_reply_that_can_not_be_filled_in_is_refused_before_it_is_needed(reply):
    with pytest.raises(ModelError, match="the reply of a rule"):
        Rules([("(a)", reply)])


def test_every_conversation_is_kept():
    model = ScriptedModel(["a"])
    ask(model, "hello")
    assert model.asked == [tuple(user("hello"))]


def test_choices_stop_texts_and_limits_are_honoured():
    assert ask(ScriptedModel(["yes no"]), stop=(" no",)).text == "yes"
    cut = ask(ScriptedModel(["one two three"]), max_tokens=2)
    assert (cut.text, cut.finish) == ("one two", "length")
    assert ask(ScriptedModel(["a b c"]), choices=("a b c",), max_tokens=1).text == "a b c"
    with pytest.raises(ModelError, match="not one of the choices"):
        ask(ScriptedModel(["maybe"]), choices=("yes", "no"))


@settings(deadline=None)
@given(text=st.text())
def test_a_scripted_text_comes_out_as_it_went_in(text):
    pieces = []
    assert ask(ScriptedModel([text]), on_text=pieces.append, max_tokens=1000).text == text
    assert "".join(pieces) == text


def test_a_scripted_model_can_be_cancelled():
    async def scene():
        model = ScriptedModel(["late"], delay_s=60)
        task = asyncio.create_task(model.reply(user("q"), Sampling()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())


@pytest.mark.parametrize(
    "options", [{"replies": ["x"]}, {"replies": {"q": "x"}}, {"rules": [["q", "x"]]}]
)
def test_a_script_can_stand_in_a_registry(options):
    model = open_model(card(options=options))
    assert isinstance(model, Model)
    assert ask(model).text == "x"


def test_a_registry_script_without_replies_is_an_error():
    with pytest.raises(ModelError, match="'replies', or 'rules'"):
        open_model(card(options={"reply": ["x"]}))


def recorded(how=None, text="What is 9 times 3?"):
    how = how or Sampling()
    reply = asyncio.run(ScriptedModel(["27"]).reply(user(text), how))
    return ModelCall(call_id(card(), user(text), how), "m", tuple(user(text)), how, reply)


def test_a_replay_gives_the_recorded_reply():
    call = recorded()
    model = ReplayModel(card(), [call])
    assert ask(model, "What is 9 times 3?") == call.reply
    assert model.count_tokens(user("What is 9 times 3?")) == call.reply.prompt_tokens


def test_a_miss_names_the_nearest_prompt():
    model = ReplayModel(card(), [recorded(), recorded(text="Who lives in the forest?")])
    with pytest.raises(ReplayMiss, match="nearest of 2 recorded is 'What is 9 times 3"):
        ask(model, "What is 9 times 4?")


def test_a_miss_by_sampling_names_what_differs():
    model = ReplayModel(card(), [recorded()])
    with pytest.raises(ReplayMiss, match="seed 0 on record, 5 asked"):
        ask(model, "What is 9 times 3?", seed=5)


def test_an_empty_replay_misses():
    with pytest.raises(ReplayMiss, match="no calls are on record"):
        ask(ReplayModel(card(), []))


def test_a_recorded_overflow_is_an_overflow_again():
    call = replace(recorded(), reply=None, error="context_overflow")
    with pytest.raises(ContextOverflow):
        ask(ReplayModel(card(), [call]), "What is 9 times 3?")


def test_calls_written_are_read_back_the_same(tmp_path):
    calls = (recorded(), recorded(Sampling(seed=3, stop=("\n",), choices=("27",)), "odd\u2028\n"))
    calls += (replace(recorded(text="x"), reply=None, error="context_overflow"),)
    write_calls(tmp_path / "calls.jsonl", calls)
    assert read_calls(tmp_path / "calls.jsonl") == calls


def test_a_replay_can_stand_in_a_registry(tmp_path):
    how = Sampling()
    source = card(backend="replay", options={"calls": "calls.jsonl"})
    call = replace(recorded(), id=call_id(source, user("What is 9 times 3?"), how))
    write_calls(tmp_path / "calls.jsonl", [call])
    assert ask(open_model(source, tmp_path), "What is 9 times 3?").text == "27"


@pytest.mark.parametrize("line", ["{", "[]", "{}", json.dumps({"id": 1})])
def test_a_line_that_is_no_call_is_named(tmp_path, line):
    (tmp_path / "calls.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(ModelError, match="line 2"):
        read_calls(tmp_path / "calls.jsonl")


def test_equal_calls_have_one_id_however_numbers_are_written():
    assert call_id(card(), user("q"), Sampling(temperature=0)) == call_id(
        card(), user("q"), Sampling(temperature=0.0)
    )


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"max_tokens": 9}, {"temperature": 0.5}, {"top_p": 0.9}, {"top_k": 4},
     {"min_p": 0.1}, {"stop": ("x",)}, {"choices": ("x",)}],
)  # fmt: skip
def test_every_part_of_sampling_makes_another_call(change):
    assert call_id(card(), user("q"), Sampling()) != call_id(card(), user("q"), Sampling(**change))


def test_weights_and_template_arguments_make_another_call_and_threads_do_not():
    one = card(sha256="0" * 64)
    same = replace(one, name="other", options={"n_threads": 4})
    assert call_id(one, user("q"), Sampling()) == call_id(same, user("q"), Sampling())
    for other in (
        replace(one, sha256="1" * 64),
        replace(one, options={"template": {"enable_thinking": False}}),
    ):
        assert call_id(one, user("q"), Sampling()) != call_id(other, user("q"), Sampling())


@settings(deadline=None)
@given(
    text=st.text(alphabet="abé日\n ", max_size=30),
    stops=st.lists(st.text(alphabet="abé\n", min_size=1, max_size=3), max_size=3),
    cuts=st.lists(st.integers(1, 4), max_size=60),
)
def test_a_stop_text_is_found_however_the_bytes_are_cut(text, stops, cuts):
    pieces = []
    made = ReplyText(stops, pieces.append)
    data, place = text.encode(), 0
    for size in [*cuts, len(data)]:
        if made.push(data[place : place + size]):
            break
        place += size
    found = [(text.index(stop) + len(stop), text.index(stop)) for stop in stops if stop in text]
    assert made.finish() == text[: min(found)[1] if found else len(text)]
    assert "".join(pieces) == made.text


def test_bytes_that_are_no_text_are_marked_and_not_lost():
    made = ReplyText()
    made.push(b"a\xff\xc3")
    assert made.finish() == "a\ufffd\ufffd"


def test_a_script_with_half_a_character_gives_valid_text():
    assert ask(ScriptedModel(["half \ud83d of it"])).text == "half \ufffd{D83D} of it"
