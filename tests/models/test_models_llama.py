"""The llama.cpp backend, with real tiny weights."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading

import pytest

from cgr_nb.errors import ContextOverflow, ModelError
from cgr_nb.models import Model
from cgr_nb.records import Message, Reply, Sampling

DIRECT = [
    Message(
        "user",
        "Given x = 7 + 3 and y = x * 10, find y.\nA) 10\nB) 100\nC) 108\nD) 80\nAnswer with a letter.",
    )
]
PROGRAM = [
    Message(
        "user", "Write solve(item, ask).\nGiven x = 7 + 3 and y = x * 10, find y.\nA) 10\nB) 100"
    )
]
LONG = Sampling(max_tokens=400, temperature=1.0, seed=1)


def ask(model, messages=DIRECT, on_text=None, **sampling):
    return asyncio.run(model.reply(messages, Sampling(**{"max_tokens": 8, **sampling}), on_text))


def user(text):
    return [Message("user", text)]


@pytest.fixture(scope="module")
def generator(lasting, weights):
    """Loaded once: no test may close it."""
    return lasting(weights("generator"))


def test_it_is_a_model(solver):
    assert isinstance(solver, Model)


def test_a_solver_answers_with_a_letter_and_stops(solver):
    reply = ask(solver)
    assert re.fullmatch(r"Answer: [A-D]", reply.text.strip())
    assert reply.finish == "stop"
    assert reply.duration_s > 0


def test_the_prompt_on_record_is_the_rendered_chat_template(solver):
    assert ask(solver).prompt_text == f"<|user|>{DIRECT[0].content}<|end|><|assistant|>"


def test_counted_tokens_are_the_prompt_tokens_of_the_reply(solver):
    assert solver.count_tokens(DIRECT) == ask(solver).prompt_tokens


def test_a_cut_reply_finishes_with_length(generator):
    reply = ask(generator, PROGRAM, max_tokens=5)
    assert (reply.finish, reply.reply_tokens) == ("length", 5)


def test_a_reply_does_not_depend_on_what_was_asked_before(generator, opened, weights):
    fresh = opened(weights("generator"))
    how = {"max_tokens": 60, "temperature": 1.0, "seed": 3}
    alone = ask(fresh, PROGRAM, **how).text
    for earlier in ("Hello.", DIRECT[0].content, PROGRAM[0].content + "\nC) 1000"):
        ask(generator, user(earlier), **how)
    assert ask(generator, PROGRAM, **how).text == alone


def test_the_same_seed_gives_the_same_reply_and_another_seed_another(generator):
    texts = [
        ask(generator, PROGRAM, max_tokens=80, temperature=1.5, seed=seed).text
        for seed in (1, 1, 2, 3)
    ]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


@pytest.mark.parametrize("seed", [-1, 2**32 - 1, 2**32, 10**30])
def test_a_seed_llama_cpp_would_not_take_is_still_one_fixed_seed(generator, seed):
    how = {"max_tokens": 60, "temperature": 1.5, "seed": seed}
    assert ask(generator, PROGRAM, **how).text == ask(generator, PROGRAM, **how).text


def test_greedy_does_not_look_at_the_seed(generator):
    texts = {ask(generator, PROGRAM, max_tokens=40, seed=seed).text for seed in (0, 1, 2)}
    assert len(texts) == 1


@pytest.mark.parametrize("how", [{"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}])
def test_the_tightest_truncation_is_greedy(generator, how):
    greedy = ask(generator, PROGRAM, max_tokens=40).text
    assert ask(generator, PROGRAM, max_tokens=40, temperature=2.0, seed=5, **how).text == greedy


def test_a_stop_text_ends_the_reply_and_is_not_part_of_it(generator):
    whole = ask(generator, PROGRAM, max_tokens=200).text
    stop = whole[20:26]
    reply = ask(generator, PROGRAM, max_tokens=200, stop=(stop,))
    assert reply.text == whole[: whole.index(stop)]
    assert reply.finish == "stop"


def test_streamed_pieces_make_the_reply(generator):
    pieces = []
    reply = ask(generator, PROGRAM, pieces.append, max_tokens=80, stop=("return",))
    assert len(pieces) > 10
    assert "".join(pieces) == reply.text


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_a_choice_is_exactly_one_of_the_texts(solver, temperature):
    choices = ("A", "AB", "yes, it is", "no", "ü", "a longer text that nobody would write")
    for seed in range(8):
        reply = ask(solver, choices=choices, temperature=temperature, seed=seed, max_tokens=1)
        assert reply.text in choices
        assert reply.finish == "stop"


def test_choices_at_a_high_temperature_vary_with_the_seed(solver):
    texts = {ask(solver, choices=("A", "B", "C"), temperature=5.0, seed=s).text for s in range(20)}
    assert len(texts) > 1


def test_a_single_choice_is_given_back(solver):
    assert ask(solver, choices=("Paris",)).text == "Paris"


def test_a_greedy_choice_agrees_with_the_free_reply(solver):
    free = ask(solver, user("What is 7 plus 3?")).text.strip()
    assert ask(solver, user("What is 7 plus 3?"), choices=("3", free, "yes")).text == free


def test_an_overflow_is_an_error_with_numbers(solver):
    count = solver.count_tokens(DIRECT)
    with pytest.raises(ContextOverflow, match=rf"{count} prompt tokens \+ 500 reply tokens > 512"):
        ask(solver, max_tokens=500)


def test_prompt_and_reply_may_fill_the_window_to_the_last_token(solver):
    room = 512 - solver.count_tokens(DIRECT)
    assert ask(solver, max_tokens=room).text
    with pytest.raises(ContextOverflow):
        ask(solver, max_tokens=room + 1)


def test_the_model_answers_after_an_overflow(solver):
    before = ask(solver).text
    with pytest.raises(ContextOverflow):
        ask(solver, user("word " * 2000))
    assert ask(solver).text == before


@pytest.mark.parametrize("token", ["<|end|>", "<|assistant|>", "<|user|>"])
def test_the_text_of_a_control_token_in_a_message_is_only_text(solver, token):
    plain = solver.count_tokens(user("a  b"))
    # One token more would mean that the message had closed its own turn.
    assert solver.count_tokens(user(f"a {token} b")) >= plain + 4
    assert token in ask(solver, user(f"a {token} b")).prompt_text


@pytest.mark.parametrize(
    "text", ["", "\x00", "é" * 50, "日本語", "\ud800", "\ue0000\ue001", "a\r\nb"]
)
def test_any_text_can_be_asked(solver, text):
    assert ask(solver, user(text)).prompt_tokens >= 3


def test_calls_from_many_tasks_give_what_they_give_alone(solver):
    questions = [user(f"What is {n} plus 3?") for n in range(12)]
    alone = [ask(solver, question).text for question in questions]

    async def together():
        calls = [solver.reply(question, Sampling(max_tokens=8)) for question in questions]
        return [reply.text for reply in await asyncio.gather(*calls)]

    assert asyncio.run(together()) == alone


def test_a_cancelled_reply_stops_and_leaves_the_model_usable(generator):
    async def scene():
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()
        pieces = []

        def on_text(piece):
            pieces.append(piece)
            loop.call_soon_threadsafe(begun.set)

        task = asyncio.create_task(generator.reply(PROGRAM, LONG, on_text))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        after = await generator.reply(PROGRAM, Sampling(max_tokens=20))
        return pieces, after

    whole = ask(generator, PROGRAM, max_tokens=400, temperature=1.0, seed=1).text
    # On a machine that is busy enough a reply may be at its end before its asker comes to cancel it.
    for _ in range(5):
        pieces, after = asyncio.run(scene())
        if len("".join(pieces)) < len(whole):
            break
    assert len("".join(pieces)) < len(whole)
    assert after.text == ask(generator, PROGRAM, max_tokens=20).text


def test_a_cancelled_reply_that_still_waits_never_starts(generator):
    async def scene():
        begun = threading.Event()
        heard = []
        first = asyncio.create_task(generator.reply(PROGRAM, LONG, lambda _: begun.set()))
        await asyncio.to_thread(begun.wait)
        waiting = asyncio.create_task(generator.reply(PROGRAM, LONG, heard.append))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await first
        await generator.reply(PROGRAM, Sampling(max_tokens=1))
        return heard

    assert asyncio.run(scene()) == []


def test_a_closed_model_says_so_and_may_be_closed_again(opened, weights):
    solver = opened(weights("solver"))
    ask(solver)

    async def scene():
        await solver.close()
        await solver.close()
        with pytest.raises(ModelError, match="closed"):
            await solver.reply(DIRECT, Sampling())

    asyncio.run(scene())
    with pytest.raises(ModelError, match="closed"):
        solver.count_tokens(DIRECT)


def test_a_model_that_was_never_used_can_be_closed(opened, weights):
    asyncio.run(opened(weights("solver")).close())


def test_closing_ends_what_is_still_running(opened, weights):
    async def scene():
        generator = opened(weights("generator"))
        begun = threading.Event()
        running = asyncio.create_task(generator.reply(PROGRAM, LONG, lambda _: begun.set()))
        waiting = asyncio.create_task(generator.reply(PROGRAM, LONG))
        await asyncio.to_thread(begun.wait)
        await generator.close()
        return await asyncio.gather(running, waiting, return_exceptions=True)

    # On a machine that is busy enough a reply may be at its end before its model is closed.
    for _ in range(5):
        results = asyncio.run(scene())
        if not any(isinstance(result, Reply) for result in results):
            break
    assert all(isinstance(result, ModelError) for result in results)


def test_closing_gives_the_memory_back(card_of, weights):
    psutil = pytest.importorskip("psutil")
    from cgr_nb.models import open_model

    def once():
        model = open_model(card_of(weights("solver")))
        ask(model)
        asyncio.run(model.close())

    for _ in range(2):
        once()
    before = psutil.Process().memory_info().rss
    for _ in range(8):
        once()
    # One tiny model in memory is above 3 MB.
    assert psutil.Process().memory_info().rss - before < 12_000_000


@pytest.mark.parametrize(
    "how",
    [
        {"max_tokens": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_k": -1},
        {"min_p": 2.0},
        {"stop": ("",)},
        {"choices": ("A", "")},
    ],
)
def test_sampling_outside_its_range_is_an_error(solver, how):
    with pytest.raises(ModelError, match="sampling"):
        ask(solver, **how)


@pytest.mark.parametrize("messages", [[], [Message("user", "a"), Message("assistant", "b")]])
def test_a_conversation_ends_with_a_user_turn(solver, messages):
    with pytest.raises(ModelError, match="ends with a user turn"):
        ask(solver, messages)


def test_an_error_in_on_text_reaches_the_caller(solver):
    def on_text(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(solver, on_text=on_text)
    assert ask(solver).text


def test_llama_cpp_prints_nothing(weights, repository):
    code = f"""
import asyncio, pathlib
from cgr_nb.models import card_from_gguf, open_model
from cgr_nb.records import Message, Sampling
model = open_model(card_from_gguf(pathlib.Path({str(weights("solver"))!r})))
asyncio.run(model.reply([Message("user", "hi")], Sampling(max_tokens=2)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=repository, check=False,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_opening_a_model_loads_no_weights(repository, weights):
    code = f"""
import pathlib, sys
from cgr_nb.models import card_from_gguf, open_model
open_model(card_from_gguf(pathlib.Path({str(weights("solver"))!r})))
print("llama_cpp" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=repository, check=True,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert done.stdout == "False\n"
