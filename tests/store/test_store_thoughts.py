from __future__ import annotations

from cgr_nb.records import Message, ModelCall, Reply, Sampling
from cgr_nb.store import Store, frames


def thinking_call(id: str, **told) -> ModelCall:
    reply = Reply("B", "stop", "p", 3, 9, 0.25, **told)
    return ModelCall(id, "m", (Message("user", "q"),), Sampling(), reply)


def test_thoughts_and_their_tokens_are_kept_apart_from_the_reply(tmp_path):
    thought = thinking_call("k1", thoughts="<think>\nA? \ud800</think>\n\n", thought_tokens=7)
    calls = (thought, thinking_call("k2"))
    with Store.create(tmp_path) as store:
        for call in calls:
            store.add_call(call)
        assert tuple(store.calls()) == calls
        frame = frames.calls(store).set_index("id")
    assert frame.reply.tolist() == ["B", "B"]
    assert frame.thoughts["k1"].startswith("<think>\nA?")
    assert frame.thought_tokens["k1"] == 7
    assert frame.thoughts.isna()["k2"]


def test_a_reply_of_thoughts_alone_is_a_cut_thought_and_an_empty_one_is_not():
    def said(text: str, thoughts: str) -> bool:
        return Reply(text, "length", "p", 1, 1, 0.1, thoughts=thoughts).is_cut_thought

    assert said(" \n", "<think>The answer is A")
    assert not said("", "")
    assert not said("B", "<think>A?</think>")
