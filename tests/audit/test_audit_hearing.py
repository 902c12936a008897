"""Whatever a program's process reports, replies can be made of it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.audit.probes.formats import Formats
from cgr_nb.audit.probes.own_formats import marked_replies, own_plans
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import AskRequest

ITEM = Item("i", "d", "default", "Which way, 3 or 4?", {"A": "up 3", "B": "down 4"}, None)
PROMPTS = ("Is up 3 right?", 'Reply as JSON: {"a": [1, true, "x"]} or like \'A > B\'.', "")

SUBJECTS = st.sampled_from(
    ["Zqaaz", "zqabz", "Zqbaz", "x Zqaaz y", '{"answer": "Zqabz"}', "Zqaaz, Zqaaz", "", "4"]
) | st.text(max_size=5)
WORDS = st.sampled_from(
    ["yes", "{", "[", "<a>", "Answer:", "A", "up 3", ",", ":", "|", " > ", "%Y-%m-%d", "%%", "%", "(", r"(\d+)\s*%", r"<b>(.*?)</b>", r"([A-D])", r"\{.*?\}", r"(a+)+$", "zqaaz"]
) | st.text(max_size=6)  # fmt: skip
HELD = st.booleans()
MODES = st.sampled_from(["equal", "in", "has", "inside", "starts", "ends", "other"])
SEARCHES = st.sampled_from(["search", "findall", "split", "sub", "match"])
EVENTS = st.one_of(
    st.tuples(st.just("is"), MODES, SUBJECTS, st.lists(WORDS, max_size=4), HELD),
    st.tuples(st.just("pattern"), SEARCHES, WORDS, st.integers(-5, 600), SUBJECTS, HELD),
    st.tuples(st.sampled_from(["json", "number"]), SUBJECTS, HELD),
    st.tuples(st.just("key"), SUBJECTS, st.lists(WORDS | st.integers(0, 3), max_size=4), HELD),
    st.tuples(st.sampled_from(["split", "time"]), WORDS, SUBJECTS, HELD),
    st.tuples(st.just("inner"), SUBJECTS, WORDS, HELD),
)


def request(prompt, index=0):
    return AskRequest(index, prompt, (), None, None, None)


@settings(deadline=None, max_examples=150)
@given(rounds=st.lists(st.lists(EVENTS, max_size=6), min_size=1, max_size=5))
def test_any_report_leads_to_replies(rounds):
    formats = Formats(ITEM)
    for turn, events in enumerate(rounds):
        told = marked_replies(formats, turn)
        calls = [(prompt, told.reply(request(prompt))) for prompt in PROMPTS]
        calls.append(("heard " + json.dumps(events), ""))
        formats.hear([Ask(n, p, (), None, None, r, None) for n, (p, r) in enumerate(calls)])
    formats.add_examples()
    plans = list(own_plans(formats))
    assert len({plan.name for plan in plans}) == len(plans)
    for plan in plans:
        for prompt in PROMPTS:
            assert isinstance(plan.reply(request(prompt)), str)


def test_prompts_of_one_wording_are_one_site():
    formats = Formats(ITEM)
    first = formats.places.site("Is up 3 the right way? Say yes or no.")
    assert formats.places.site("Is down 4 the right way? Say yes or no.") is first
    assert formats.places.site("Write the date of today as a number.") is not first


def test_a_prompt_with_half_a_surrogate_pair_gets_a_reply():
    formats = Formats(ITEM)
    formats.places.site("\ud800?")
    assert all(isinstance(plan.reply(request("\ud800?")), str) for plan in own_plans(formats))
