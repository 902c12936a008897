"""Gold reaches no program: not even that of a generator which copies all it sees."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.models import ScriptedModel
from cgr_nb.prompts import render
from cgr_nb.records import Item, Sampling
from cgr_nb.scaffolds import make_scaffold


def copying(messages, _):
    seen = repr([message.content for message in messages])
    return f"```python\nSEEN = {seen}\n\n\ndef solve(item, ask):\n    return ask(SEEN[0])\n```\n"


def scaffold(item, profile):
    model = ScriptedModel(copying)
    prompt = render("generator", item, profile)
    reply = asyncio.run(model.reply(prompt.messages, Sampling(max_tokens=100_000)))
    return make_scaffold(item, model.card, prompt, reply.text, call_id="c", seed=0)


@settings(deadline=None)
@given(
    texts=st.lists(st.text(max_size=20), min_size=2, max_size=10),
    pick=st.integers(0, 9),
    profile=st.sampled_from(["full", "tiny"]),
)
def test_flipping_gold_changes_no_byte_of_a_program(texts, pick, profile):
    options = dict(zip("ABCDEFGHIJ", texts, strict=False))
    letter = tuple(options)[pick % len(options)]
    item = Item("i", "d", "c", "What?", options, ("A",), None, {"gold": "A"})
    other = replace(item, gold=(letter,), meta={"gold": letter})
    assert scaffold(item, profile) == scaffold(other, profile)


def test_gold_and_meta_stand_in_no_program():
    mark = "zq-sentinel"
    item = Item(mark, mark, mark, "What?", {"A": "1", "B": "2"}, (mark,), None, {"gold": mark})
    for profile in ("full", "tiny"):
        source = scaffold(item, profile).source
        assert "What?" in source
        assert mark not in source
