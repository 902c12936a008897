"""Thoughts in the engine: marks that are control tokens, prompts that open them, their budget."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.thinking import shown_tokens
from cgr_nb.records import Message, Sampling

TURNS = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}"
PLAIN = TURNS + "<|assistant|>"
OPENING = PLAIN + "<think>\nAt first sight"
ITEM = "Which animal barks?\nA) a cat\nB) a dog\nAnswer with a letter."
MARKS = {b"<|pad|>": b"[THINK]", b"<|user|>": b"[/THINK]"}


def ask(model, text=ITEM, max_tokens=12, **more):
    sampling = Sampling(max_tokens=max_tokens, **more)
    return asyncio.run(model.reply([Message("user", text)], sampling))


@pytest.fixture
def through(opened, weights):
    """Open a tiny model with another chat template and options."""

    def open_(template, role="generator", **options):
        options = {"n_threads": 1, "chat_template": template, **options}
        return opened(weights(role), options=options)

    return open_


def test_a_reply_to_a_prompt_that_opens_a_thought_is_thoughts_until_they_close(through):
    reply = ask(through(OPENING))
    assert reply.prompt_text.endswith("<think>\nAt first sight")
    assert (reply.text, reply.is_cut_thought) == ("", True)
    assert reply.thoughts
    assert reply.thought_tokens == reply.reply_tokens > 0


def test_a_mark_in_what_a_user_says_opens_nothing(through):
    model = through(PLAIN)
    reply = ask(model, f"Is <think> a mark? {ITEM}")
    assert reply.text
    assert (reply.thoughts, reply.thought_tokens) == ("", None)


def test_a_budget_closes_the_thought_and_leaves_the_answer_its_tokens(through):
    reply = ask(through(OPENING, think_tokens=5), max_tokens=7)
    assert reply.thoughts.endswith("\n</think>")
    assert reply.text.startswith("\n\n")
    assert reply.text.strip()
    assert reply.thought_tokens > 5
    # What leads over to the answer, two line ends, takes nothing of its tokens.
    assert 7 < reply.reply_tokens - reply.thought_tokens <= 9
    assert reply.finish == "length"
    free = ask(through(OPENING), max_tokens=5)
    assert reply.thoughts.startswith(free.thoughts)


def test_without_any_budget_left_the_thought_is_closed_before_it_begins(through):
    reply = ask(through(OPENING, think_tokens=0), max_tokens=4)
    assert reply.thoughts == "\n</think>"
    assert reply.text.strip()


def test_a_budget_takes_nothing_from_replies_without_thoughts(through):
    free, bound = ask(through(PLAIN)), ask(through(PLAIN, think_tokens=3))
    assert bound.text == free.text
    assert bound.reply_tokens == free.reply_tokens


def test_a_choice_is_made_behind_the_thought_that_a_prompt_opens(through):
    reply = ask(through(OPENING), choices=("A", "B"))
    assert reply.prompt_text.endswith("</think>\n\n")
    assert reply.text in ("A", "B")
    assert not reply.thoughts


@pytest.fixture
def marked(opened, weights, tmp_path):
    """The tiny solver with marks of thoughts in place of control tokens of the same length."""

    def open_(marks, **options):
        data = weights("solver").read_bytes()
        for old, new in marks.items():
            head = len(old).to_bytes(8, "little")
            assert data.count(head + old) == 1
            data = data.replace(head + old, head + new)
        path = tmp_path / f"marked-{len(marks)}.gguf"
        path.write_bytes(data)
        return opened(path, options={"n_threads": 1, **options})

    return open_


def always(model, token, max_tokens=3):
    """A reply of this token alone."""
    turns, sampling = [Message("user", ITEM)], Sampling(max_tokens=max_tokens)
    return asyncio.run(model.complete(turns, sampling, logit_bias={token: 1000.0}))


def test_marks_that_are_control_tokens_are_seen(marked):
    reply = always(marked(MARKS), 0)
    assert (reply.thoughts, reply.text) == ("[THINK]" * 3, "")
    assert reply.is_cut_thought
    assert reply.thought_tokens == 3


def test_other_control_tokens_stay_unseen_and_so_does_a_mark_without_its_other_half(marked):
    assert always(marked(dict([next(iter(MARKS.items()))])), 0).text == ""
    assert always(marked(MARKS), 2).text == ""


def test_shown_are_the_marks_of_families_whose_both_marks_are_there():
    assert shown_tokens(["<s>", "</s>", "<|im_end|>", "<|end|>", ""]) == set()
    assert shown_tokens(["<s>", "[THINK]", "[/THINK]"]) == {"[THINK]", "[/THINK]"}
    assert shown_tokens(["<|channel>", "<channel|>", "<|think|>"]) == {"<|channel>", "<channel|>"}
    channels = {"<|start|>", "<|channel|>", "<|message|>", "<|end|>"}
    assert shown_tokens([*channels, "<|return|>"]) == channels


@pytest.mark.parametrize("budget", [-1, 1.5, True, "many"])
def test_a_budget_is_a_whole_number(through, budget):
    with pytest.raises(ModelError, match="think_tokens must be a whole number"):
        through(PLAIN, think_tokens=budget)


def test_a_budget_and_a_named_template_are_part_of_what_a_model_is(card_of, weights):
    cards = [
        card_of(weights("solver"), sha256="0" * 64, options=options)
        for options in (
            {},
            {"think_tokens": 0},
            {"think_tokens": 9},
            {"chat_template": "chatml"},
            {"chat_template": "gemma"},
        )
    ]
    cards.append(card_of(weights("solver"), sha256="0" * 64, options={}, prompts="base"))
    assert len({card.identity for card in cards}) == len(cards)
