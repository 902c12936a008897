"""The engine with real weights: exact replies, many at once, shared prefixes, cancelling."""

from __future__ import annotations

import asyncio
import gc
import math
import random
import threading
import time
from pathlib import Path

import pytest

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.choices import likeliest
from cgr_nb.models.engine.in_process import InProcessModel
from cgr_nb.records import Message, Sampling

SHARED = "Read the question with care, think about each option and give the letter that fits best. "
QUESTIONS = [
    f"{SHARED}Question {number}: what is {number} plus {3 * number}? A) {4 * number} B) {number} C) 7"
    for number in range(12)
]
GREEDY = Sampling(max_tokens=24)
DRAWN = Sampling(max_tokens=24, temperature=0.9, top_p=0.9, top_k=40, min_p=0.02, seed=5)


def user(text):
    return [Message("user", text)]


def ask(model, text, sampling=GREEDY, **more):
    return asyncio.run(model.complete(user(text), sampling, **more))


def ask_all(model, texts, sampling=GREEDY):
    async def together():
        return await asyncio.gather(*(model.reply(user(text), sampling) for text in texts))

    return asyncio.run(together())


@pytest.fixture(params=["trained", "random"])
def path(request, weights, random_weights):
    return weights("generator") if request.param == "trained" else random_weights


@pytest.fixture
def engine(card_of, proven):
    """Open a weight file in a mode, its engine in this process."""
    models = []

    def open_(path, mode="exact", **options):
        options = {"n_threads": 1, "mode": mode, **options}
        context = options.pop("context_tokens", 512)
        card = card_of(path, context_tokens=context, options=options)
        models.append(InProcessModel(card, Path()))
        return models[-1]

    yield open_
    for model in models:
        asyncio.run(model.close())


@pytest.fixture(params=["own", "pool"])
def cells(request, monkeypatch):
    """Fast mode with cells for each sequence, or with one pool as where memory is short."""
    if request.param == "pool":
        monkeypatch.setattr("cgr_nb.models.engine.layout._BATCHED_BYTES", 0)


@pytest.fixture(scope="session")
def completion(on_gpu, plain_llama):
    """What `llama_cpp.Llama` completes a prompt with, in an empty context."""
    # On a GPU with what the engine uses there: all layers, and fused attention.
    options = {"n_gpu_layers": -1, "flash_attn": True} if on_gpu else {}

    def complete(path, prompt, sampling):
        return plain_llama.ask(
            what="complete",
            path=str(path),
            options=options,
            prompt=prompt,
            max_tokens=sampling.max_tokens,
            seed=sampling.seed,
            temp=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            min_p=sampling.min_p,
        )

    return complete


@pytest.mark.parametrize("sampling", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_exact_mode_writes_what_llama_cpp_completes(engine, completion, path, sampling):
    model = engine(path)
    for question in QUESTIONS[:5]:
        reply = ask(model, question, sampling)
        assert reply.text == completion(path, reply.prompt_text, sampling)


@pytest.mark.parametrize("name", ["q8_0", "q5_0", "q4_0", "q4_k_m"])
def test_the_number_of_threads_changes_no_bit(engine, repository, random_weights, name):
    """So exact mode may choose it by the clock: each number is added up by one thread."""
    stems = {"q8_0": "tiny-solver", "q5_0": "tiny-solver-deep", "q4_0": "tiny-solver-m"}
    weights = repository / "fixtures" / "models"
    path = weights / f"{stems[name]}-{name}.gguf" if name in stems else random_weights
    choices = Sampling(choices=("A and B", "A and C", "B"))
    found = []
    for threads in (1, 2, 4):
        model = engine(path, n_threads=threads)
        texts = [ask(model, question, DRAWN).text for question in QUESTIONS[:3]]
        # Log-probabilities show bits that the choice of a token hides.
        exact = [ask(model, question, choices).scores for question in QUESTIONS[:3]]
        found.append((texts, exact))
    assert found[0] == found[1] == found[2]


def test_exact_mode_reuses_prefixes_and_changes_nothing(engine, path, on_gpu):
    alone = []
    for question in QUESTIONS[:6]:
        model = engine(path)
        alone.append(ask(model, question, DRAWN).text)
        assert model.stats.reused_tokens == 0
    model = engine(path)
    for order in ([0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 0, 2, 4]):
        assert [ask(model, QUESTIONS[n], DRAWN).text for n in order] == [alone[n] for n in order]
    # A GPU's kernels choose by the number of rows how they add up: there nothing is reused.
    assert model.stats.reused_share == 0 if on_gpu else model.stats.reused_share > 0.3


def test_exact_replies_do_not_depend_on_what_is_asked_at_the_same_time(engine, path):
    model = engine(path)
    alone = [ask(model, question).text for question in QUESTIONS]
    together = ask_all(engine(path), QUESTIONS)
    assert [reply.text for reply in together] == alone


@pytest.mark.usefixtures("cells")
def test_batched_mode_computes_a_shared_prefix_once(engine, path):
    model = engine(path, "batched")
    replies = ask_all(model, QUESTIONS)
    stats = model.stats
    shared = model.count_tokens(user(SHARED)) - 8
    assert stats.requests == stats.replies == len(QUESTIONS)
    assert stats.prompt_tokens == sum(reply.prompt_tokens for reply in replies)
    assert stats.reused_tokens >= shared * (len(QUESTIONS) - 1)


@pytest.mark.usefixtures("cells")
def test_batched_mode_computes_many_replies_in_one_batch(engine, path):
    model = engine(path, "batched", parallel=12)
    replies = ask_all(model, QUESTIONS)
    # One at a time they would take a batch for each prompt and for each token but the last.
    assert model.stats.steps < sum(reply.reply_tokens for reply in replies) / 3


@pytest.mark.usefixtures("cells")
def test_batched_replies_of_a_trained_model_are_the_exact_ones(engine, weights):
    exact = engine(weights("solver"))
    batched = engine(weights("solver"), "batched", parallel=8)
    asked = [reply.text for reply in ask_all(batched, QUESTIONS)]
    assert asked == [ask(exact, question).text for question in QUESTIONS]


@pytest.mark.usefixtures("cells")
def test_replies_that_could_overfill_memory_wait_for_each_other(engine, random_weights):
    model = engine(random_weights, "batched", context_tokens=4096)
    replies = ask_all(model, QUESTIONS, Sampling(max_tokens=3900, stop=("e",)))
    assert {reply.finish for reply in replies} == {"stop"}
    assert model.stats.requests == model.stats.replies == len(QUESTIONS)


@pytest.mark.usefixtures("cells")
def test_what_is_kept_makes_room_for_a_prompt_that_needs_the_whole_window(engine, random_weights):
    model = engine(random_weights, "batched", parallel=1, context_tokens=8192)
    room = 8192 - model.count_tokens(user(QUESTIONS[0]))
    for _ in range(3):
        for question in QUESTIONS[1:]:
            ask(model, question)
        assert ask(model, QUESTIONS[0], Sampling(max_tokens=room, stop=("e",))).finish == "stop"
    assert model.stats.reused_share > 0.5


@pytest.mark.usefixtures("cells")
def test_more_requests_than_fit_inside_are_all_answered(engine, weights):
    model = engine(weights("solver"), "batched")
    replies = ask_all(model, [f"{number}?" for number in range(400)], Sampling(max_tokens=1))
    assert len(replies) == 400


@pytest.mark.usefixtures("cells")
def test_prefixes_are_kept_after_their_sequences_have_ended(engine, path, on_gpu):
    for mode in ("batched",) if on_gpu else ("exact", "batched"):
        model = engine(path, mode)
        ask(model, QUESTIONS[0])
        ask(model, QUESTIONS[1])
        assert model.stats.reused_tokens > 10


def test_event_loops_of_several_threads_share_one_engine(engine, weights):
    model = engine(weights("solver"), "batched")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append([r.text for r in ask_all(model, QUESTIONS)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4


@pytest.mark.usefixtures("cells")
@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_a_thousand_cancels_leave_the_other_replies_right(engine, weights, mode):
    model = engine(weights("generator"), mode)
    sampling = Sampling(max_tokens=12, temperature=1.0, seed=3)
    right = [ask(model, question, sampling).text for question in QUESTIONS]
    whims = random.Random(7)

    async def scene():
        kept = []
        for _ in range(10):
            doomed = []
            for place, question in enumerate(QUESTIONS):
                for _ in range(9 if place < 4 else 8):
                    task = asyncio.create_task(model.reply(user(question), sampling))
                    doomed.append(task)
                kept.append((place, asyncio.create_task(model.reply(user(question), sampling))))
            for task in whims.sample(doomed, len(doomed)):
                if whims.random() < 0.1:
                    await asyncio.sleep(whims.random() * 0.002)
                task.cancel()
            await asyncio.gather(*doomed, return_exceptions=True)
        assert len(doomed) * 10 >= 1000
        return [(place, (await task).text) for place, task in kept]

    assert all(text == right[place] for place, text in asyncio.run(scene()))
    # Nothing is stuck: all places are free again for as many as go in at once.
    assert [reply.text for reply in ask_all(model, QUESTIONS, sampling)] == right


def test_a_reply_that_is_late_is_an_error_and_others_go_on(engine, weights):
    model = engine(weights("generator"), "batched")
    ask(model, QUESTIONS[0])
    with pytest.raises(RequestError, match="timed out"):
        ask(model, QUESTIONS[0], Sampling(max_tokens=400, temperature=2.0), time_limit_s=1e-9)
    assert ask(model, QUESTIONS[0]).text


def test_a_grammar_is_followed(engine, weights):
    model = engine(weights("solver"))
    reply = ask(model, QUESTIONS[0], Sampling(max_tokens=16), grammar='root ::= "no" | "never"')
    assert reply.text in ("no", "never")


def test_a_grammar_that_makes_no_sense_is_an_error(engine, weights):
    with pytest.raises(RequestError, match="grammar"):
        ask(engine(weights("solver")), "Hello", grammar="root ::= (")


def test_a_logit_bias_moves_the_reply(engine, random_weights):
    model = engine(random_weights)
    free = ask(model, QUESTIONS[0], Sampling(max_tokens=1)).text
    assert ask(model, QUESTIONS[0], Sampling(max_tokens=1), logit_bias={0: 1e9}).text == "\x00"
    assert free != "\x00"


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_choices_come_with_their_scores(engine, weights, mode):
    model = engine(weights("solver"), mode)
    choices = ("A", "B", "C", "B or C", "none of them", "ü")
    reply = ask(model, QUESTIONS[3], Sampling(choices=choices))
    assert [score.bytes for score in reply.scores] == [1, 1, 1, 6, 12, 2]
    assert all(score.logprob < 0 and score.end_logprob < 0 for score in reply.scores)
    assert all(score.tokens >= 1 for score in reply.scores)
    assert reply.text == likeliest(choices, reply.scores)
    assert ask(model, QUESTIONS[3]).scores is None


def test_a_choice_that_stands_there_twice_is_scored_once(engine, weights):
    model = engine(weights("solver"))
    once = ask(model, QUESTIONS[3], Sampling(choices=("A", "B")))
    steps = model.stats.steps
    twice = ask(model, QUESTIONS[3], Sampling(choices=("A", "B", "A")))
    assert twice.scores == (*once.scores, once.scores[0])
    assert twice.text == once.text
    assert model.stats.steps == 2 * steps


def test_a_score_depends_on_no_other_choice_in_exact_mode(engine, random_weights):
    model = engine(random_weights)
    choices = ("A", "B or C", "neither of them", "a longer text that nobody would write")
    together = ask(model, QUESTIONS[3], Sampling(choices=choices)).scores
    for order in (choices[::-1], choices[1:], choices[2:3]):
        alone = ask(model, QUESTIONS[3], Sampling(choices=order)).scores
        assert alone == tuple(together[choices.index(choice)] for choice in order)


def test_the_prompt_of_choices_is_computed_once(engine, weights):
    model = engine(weights("solver"))
    choices = ("A", "B", "C and D", "none of them at all")
    reply = ask(model, QUESTIONS[3], Sampling(choices=choices))
    behind = sum(score.tokens for score in reply.scores)
    assert model.stats.computed_tokens == reply.prompt_tokens + behind


def test_drawn_choices_follow_their_probabilities(engine, weights):
    model = engine(weights("solver"), "batched")
    choices = ("A", "B", "an apple")

    async def draw():
        calls = [
            model.reply(user("Which?"), Sampling(choices=choices, temperature=4.0, seed=seed))
            for seed in range(300)
        ]
        return await asyncio.gather(*calls)

    replies = asyncio.run(draw())
    weights_of = [math.exp(score.logprob / 4.0) for score in replies[0].scores]
    for choice, weight in zip(choices, weights_of, strict=True):
        share = sum(reply.text == choice for reply in replies) / len(replies)
        assert abs(share - weight / sum(weights_of)) < 0.12


def test_an_engine_that_nobody_holds_gives_its_memory_back(card_of, weights, proven):
    psutil = pytest.importorskip("psutil")

    def once():
        model = InProcessModel(card_of(weights("solver")), Path())
        ask(model, "Hello", Sampling(max_tokens=1))

    for _ in range(3):
        once()
    gc.collect()
    before = psutil.Process().memory_info().rss
    for _ in range(10):
        once()
    gc.collect()
    assert psutil.Process().memory_info().rss - before < 20_000_000
    assert not [one for one in threading.enumerate() if one.name == "cgr-engine"]


def test_five_hundred_calls_leave_memory_as_it_was(engine, weights):
    psutil = pytest.importorskip("psutil")
    model = engine(weights("solver"), "batched")

    def some(count):
        ask_all(model, [f"What is {n} plus {n * n}?" for n in range(count)], Sampling(max_tokens=4))

    some(200)
    before = psutil.Process().memory_info().rss
    some(250)
    some(250)
    assert psutil.Process().memory_info().rss - before < 4_000_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "quick"}, "mode is 'exact', 'batched' or 'auto'"),
        ({"parallel": 4}, "one reply at a time"),
        ({"mode": "batched", "parallel": 0}, "parallel must be"),
        ({"n_threads": 1.5}, "n_threads must be"),
        ({"paralel": 4}, "did you mean 'parallel'"),
    ],
)
def test_options_are_checked_when_the_model_is_opened(opened, weights, options, message):
    with pytest.raises(ModelError, match=message):
        opened(weights("solver"), options=options)


def test_loading_tells_how_far_it_is_and_how_it_runs(opened, weights):
    model = opened(weights("solver"))
    told = []
    model.on_progress = told.append
    line = asyncio.run(model.load())
    assert line.startswith("exact mode, 1 at once, 1 thread, ")
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_time_is_accounted_for(engine, weights):
    model = engine(weights("generator"), "batched")
    started = time.perf_counter()
    ask_all(model, QUESTIONS)
    stats = model.stats
    assert 0 < stats.computing_s < stats.working_s < time.perf_counter() - started
    assert 0 < stats.overhead_share < 1
