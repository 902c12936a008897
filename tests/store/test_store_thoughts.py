from __future__ import annotations

import sqlite3
from importlib import resources

import pytest

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


@pytest.mark.parametrize("writable", [True, False], ids=["brought up to date", "read as it lies"])
def test_calls_of_earlier_schemas_have_no_thoughts(tmp_path, monkeypatch, writable):
    folder = resources.files("cgr_nb.store")
    with sqlite3.connect(tmp_path / "study.sqlite") as connection:
        for name in ("schema.sql", "superseding.sql"):
            connection.executescript(folder.joinpath(name).read_text("utf-8"))
        connection.execute("INSERT INTO meta VALUES ('schema', '3')")
        connection.execute(
            'INSERT INTO calls VALUES (\'k1\', \'m\', \'[{"role": "user", "content": "q"}]\','
            " '{\"stop\": [], \"choices\": []}', 'B', 'stop', 'p', 3, 9, 0.25, NULL, NULL)"
        )
    connection.close()
    if not writable:
        monkeypatch.setattr("os.access", lambda path, mode: False)
    with Store.open(tmp_path) as store:
        assert tuple(store.calls()) == (thinking_call("k1"),)
        assert frames.calls(store).thoughts.isna().all()


def test_a_reply_of_thoughts_alone_is_a_cut_thought_and_an_empty_one_is_not():
    def said(text: str, thoughts: str) -> bool:
        return Reply(text, "length", "p", 1, 1, 0.1, thoughts=thoughts).is_cut_thought

    assert said(" \n", "<think>The answer is A")
    assert not said("", "")
    assert not said("B", "<think>A?</think>")
